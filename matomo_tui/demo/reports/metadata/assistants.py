"""What Matomo 5.8 has besides: AI assistants as a channel, AI agents as visitors, the requests of AI chatbots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matomo_tui.demo.reports.metadata.described import VISITS, Described
from matomo_tui.demo.version import Version

_KINDS = (("ai_agent", "AI Agent"), ("human", "Human"))
_COUNTED = {
    "nb_visits": "{} Visits",
    "nb_actions": "Actions by {} Visits",
    "nb_uniq_visitors": "Unique {} Visitors",
    "nb_users": "{} Users",
    "max_actions": "Maximum Actions in one {} Visit",
}
_AVERAGED = {
    "avg_time_on_site": "Avg. Duration of a {} Visit (in sec)",
    "nb_actions_per_visit": "Avg. Actions per {} Visit",
    "bounce_rate": "Bounce Rate for {} Visits",
}
BOT_NAMES = {
    "BotTracking_AIChatbotsRequests": "Requests",
    "BotTracking_AIChatbotsAcquiredVisits": "Acquired visits",
    "BotTracking_AIChatbotsUniquePageUrls": "Unique page URLs",
    "BotTracking_AIChatbotsNotFoundRequests": "Not found requests",
    "BotTracking_AIChatbotsUniqueChatbots": "Unique AI chatbots",
    "BotTracking_AIChatbotsUniqueDocumentUrls": "Unique document URLs",
    "BotTracking_AIChatbotsServerErrorRequests": "Server error (5xx) requests",
}
"""The columns of ``BotTracking.get`` but for the rate."""
_RATE = {"BotTracking_AIChatbotsClickThroughRate": "Click-through rate"}
_REQUESTS = {
    "requests": "Requests",
    "page_requests": "Page Requests",
    "document_requests": "Document Requests",
    "visits_acquired": "Acquired visits",
}
_SITES = {"hits": "Hits", "ai_chatbots_requests": "AI Chatbots Requests"}
_CHANNEL = {
    "Referrers_visitorsFromAIAssistants": "Visitors from AI Assistants",
    "Referrers_visitorsFromAIAssistants_percent": "Percent of Visitors from AI Assistants",
    "Referrers_distinctAIAssistants": "Distinct AI assistants",
}
_MORE_METRICS = {
    "Actions_get": {"hits": "Hits"},
    "Referrers_get": _CHANNEL,
    "UserCountry_getCountry": {"nb_users": "Users"},
    "UserCountry_getContinent": {"nb_users": "Users"},
    "UserCountry_getRegion": {"nb_users": "Users"},
    "UserCountry_getCity": {"nb_users": "Users"},
    **{f"Events_get{kind}": dict.fromkeys(("nb_visits", "nb_uniq_visitors"), "") for kind in ("Category", "Action")},
    "Events_getName": dict.fromkeys(("nb_visits", "nb_uniq_visitors"), ""),
    "MultiSites_getAll": _SITES,
    "MultiSites_getOne": _SITES,
}


def as_of(reports: list[Described], version: Version) -> list[Described]:
    """The reports as this version has them; ``reports`` are those of a 5.0."""
    found: list[Described] = []
    for report in reports:
        report = replace(report, category=version.categories.get(report.category, report.category))
        if version.has_ai:
            report = _with_more(report)
            if report.unique_id == "Referrers_getCampaigns":
                found.append(_assistants(report))
        found.append(report)
    return [*found, *bots(), agents()] if version.has_ai else found


def _with_more(report: Described) -> Described:
    more = {name: text for name, text in _MORE_METRICS.get(report.unique_id, {}).items() if name not in report.metrics}
    named = {name: text for name, text in more.items() if text}
    report = replace(report, metrics=(*report.metrics, *more), names={**report.names, **named})
    if report.module == "MultiSites":
        changes = {f"{name}_evolution": f"{text} Evolution" for name, text in _SITES.items()}
        report = replace(report, processed=(*report.processed, *changes), names={**report.names, **changes})
    if report.unique_id == "Referrers_getSocials":
        rates = tuple(name for name in report.processed if name != "conversion_rate")
        report = replace(report, processed=rates, goals="visit")
    return report


def _assistants(like: Described) -> Described:
    return replace(
        like,
        subcategory="AI Assistants",
        name="AI Assistants",
        action="getAIAssistants",
        about="The AI assistants whose answers brought visitors.",
        dimension="AI Assistant",
        metrics=VISITS,
        opens="getEntryPageUrlsForAIAssistant",
        dimensions=(("Referrers_AIAssistant", "AI Assistant"), ("Actions_EntryPageUrl", "Entry Page URL")),
        guide=False,
    )


def bots() -> Iterator[Described]:
    """What AI chatbots asked for, in one row and by chatbot."""
    yield Described(
        "AI Assistants",
        "AI Chatbots Overview",
        "AI Chatbots Overview",
        "BotTracking",
        "get",
        "How often AI chatbots fetched pages and documents.",
        metrics=tuple(BOT_NAMES),
        processed=tuple(_RATE),
        names=BOT_NAMES | _RATE,
        types=dict.fromkeys(_RATE, "percent"),
    )
    yield Described(
        "AI Assistants",
        "AI Chatbots Overview",
        "AI Chatbots",
        "BotTracking",
        "getAIChatbotRequests",
        "Which AI chatbots fetched pages, and how often.",
        "AI Chatbot Name",
        metrics=tuple(_REQUESTS),
        processed=(),
        names=_REQUESTS,
        opens="getPageUrlsForAIChatbot",
        dimensions=(("BotTracking_AIChatbotName", "AI Chatbot Name"), ("BotTracking_PageUrl", "Page URL")),
    )


def agents() -> Described:
    """Visits of AI agents beside those of people."""
    counted = {f"{name}_{kind}": text.format(who) for kind, who in _KINDS for name, text in _COUNTED.items()}
    averaged = {f"{name}_{kind}": text.format(who) for kind, who in _KINDS for name, text in _AVERAGED.items()}
    return Described(
        "AI Assistants",
        "AI Agents Overview",
        "AI Agent Visits",
        "AIAgents",
        "get",
        "Visits that an AI made for somebody, beside those that people made.",
        metrics=tuple(counted),
        processed=tuple(averaged),
        names=counted | averaged,
        types={name: "duration_s" if name.startswith("avg_time") else "number" for name in averaged}
        | {name: "percent" for name in averaged if name.startswith("bounce_rate")},
    )
