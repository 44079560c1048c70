"""Alerts, rules and figures in words. All texts are sanitized, single lines."""

from __future__ import annotations

from matomo_tui.alerts.evaluation import AlertChange, AlertEvent
from matomo_tui.alerts.observations import Measure
from matomo_tui.alerts.rules import (
    COUNTERS,
    CounterFigure,
    CountFigure,
    Deliveries,
    FailureFigure,
    FeedFigure,
    RankingFigure,
    ReportFigure,
    Rule,
    RuleComparison,
    Targets,
)
from matomo_tui.sanitize import sanitize

LONGEST = 240
"""The most characters of a message."""
_ACTIONS = {
    "error_page": ("error page", "error pages"),
    "empty_search": ("search without results", "searches without results"),
    "search": ("search", "searches"),
}
"""Kinds of actions in words, one and several, unless the plural is the name with an s."""


def span(seconds: float) -> str:
    """A duration: ``45 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def message(event: AlertEvent, *, profile: str = "") -> str:
    """Return the sentence of an alert: ``Shop silent: Shop: no hits for 15 min.``"""
    about = event.rule.name
    if not isinstance(event.rule.figure, FailureFigure):
        about += f": {event.site.name or f'site {event.site.id}'}"
    elif profile:
        about += f": {profile}"
    if event.change is AlertChange.ENDED:
        lasted = span(event.at - event.fired_at)
        if event.measure.value is None:
            return _sentence(f"{about}: over after {lasted}; it is no longer watched")
        return _sentence(f"{about}: over after {lasted}; now {figure_now(event.rule, event.measure)}")
    return _sentence(f"{about}: {figure_now(event.rule, event.measure)}{_against(event.rule, event.measure)}")


def _sentence(text: str) -> str:
    return sanitize(text if text.endswith(("?", "!")) else f"{text}.", LONGEST)


def figure_now(rule: Rule, found: Measure) -> str:
    """The figure with its value: ``612 visits in the last 30 min``."""
    figure, value = rule.figure, found.value
    if value is None:
        return "the figure is not known"
    if isinstance(figure, FailureFigure):
        error = f": {found.detail.rstrip('.')}" if found.detail else ""
        return f"no answer for {span(value)}{error}" if value else "Matomo answers"
    if _is_silence(rule):
        minutes = span(figure.minutes * 60) if isinstance(figure, CountFigure) else ""
        hits = "1 hit" if value == 1 else f"{format_value(value)} hits"
        return f"{hits} in the last {minutes}" if value else f"no hits for {minutes}"
    if isinstance(figure, FeedFigure) and figure.column == "count":
        return f"{format_value(value)} {_figure(rule, one=value == 1)}" + (
            f": {found.detail}" if found.detail and value else ""
        )
    shown = f"{value:.1%}" if _is_rate(rule) else span(value) if _is_duration(rule) else format_value(value)
    if isinstance(figure, CountFigure):
        return f"{shown} {_figure(rule, one=value == 1)}"
    return f"{_figure(rule)} {shown}" + (f" ({found.detail})" if found.detail else "")


def condition_text(rule: Rule) -> str:
    """The rule's condition: ``visits in the last 30 min above 500 for 10 min``."""
    condition, lasting = rule.condition, f" for {span(rule.lasting)}" if rule.lasting else ""
    if isinstance(rule.figure, FailureFigure):
        return f"no answer for {span(condition.bound)}{lasting}"
    if _is_silence(rule) and isinstance(rule.figure, CountFigure):
        return f"no hits for {span(rule.figure.minutes * 60)}{lasting}"
    if isinstance(rule.figure, FeedFigure) and condition.comparison is RuleComparison.ABOVE and condition.bound == 0:
        return f"any {_figure(rule)}{lasting}"
    if condition.is_change:
        side = "above" if condition.comparison is RuleComparison.RISES else "below"
        return f"{_figure(rule)} {condition.bound:.0%} {side} the usual of {condition.weeks} weeks{lasting}"
    bound = f"{condition.bound:.1%}" if _is_rate(rule) else format_value(condition.bound)
    return f"{_figure(rule)} {condition.comparison.value} {bound}{lasting}"


def target_text(targets: Targets) -> str:
    """The sites of a rule: ``all sites``, ``group Retail``, ``Shop, 4``; ``""`` for the first site."""
    if targets.all:
        return "all sites"
    return f"group {targets.group}" if targets.group else ", ".join(targets.sites)


def delivery_text(deliveries: Deliveries) -> str:
    """Where a rule's alerts go, without arguments and addresses, which may be secret: ``bell, command notify-send``."""
    parts = ["bell"] if deliveries.bell else []
    if deliveries.terminal:
        parts.append("terminal" if deliveries.terminal == "auto" else f"osc{deliveries.terminal}")
    if deliveries.command:
        parts.append(f"command {deliveries.command[0]}")
    parts += [f"apprise {address_kind(address)}" for address in deliveries.apprise]
    return sanitize(", ".join(parts) or "screen only")


def address_kind(address: str) -> str:
    """The service of an apprise address (``slack``), or the name of a file: nothing of it that may be secret."""
    scheme, separator, _ = address.partition("://")
    return sanitize(scheme if separator else address, 60)


def format_value(value: float) -> str:
    """A figure: ``1,234``, ``0.38``."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.2f}"


def format_usual(value: float) -> str:
    """A usual figure, which lies between whole numbers: ``640``, ``9.5``."""
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


def _figure(rule: Rule, *, one: bool = False) -> str:
    figure = rule.figure
    if isinstance(figure, CountFigure):
        counted = figure.column.removesuffix("s") if one else figure.column
        return f"{counted} in the last {span(figure.minutes * 60)}"
    if isinstance(figure, CounterFigure):
        return COUNTERS[figure.name]
    if isinstance(figure, FeedFigure):
        single, several = _ACTIONS.get(figure.kind, (figure.kind, f"{figure.kind}s"))
        what = single if one else several
        what = what if figure.column == "count" else f"{figure.column} of {what}"
        matching = f" with {figure.matching!r}" if figure.matching else ""
        return f"{what}{matching} in the last {figure.minutes} min"
    if isinstance(figure, RankingFigure):
        return f"{figure.row} in {figure.ranking}, {'now' if figure.column == 'here' else 'last 30 min'}:"
    if isinstance(figure, ReportFigure):
        row = f" of {figure.row}" if figure.row else ""
        when = figure.date if figure.period == "day" else f"{figure.date}'s {figure.period}"
        return f"{figure.method} {figure.column}{row} {when}"
    return "time without an answer"


def _against(rule: Rule, found: Measure) -> str:
    condition = rule.condition
    if isinstance(rule.figure, FailureFigure) or _is_silence(rule):
        return ""
    if condition.is_change:
        usual = found.usual or 0.0
        change = f" ({(found.value or 0.0) / usual - 1:+.0%})" if usual else ""
        return f", usually {format_usual(usual)} at this time{change}"
    if isinstance(rule.figure, FeedFigure) and condition.bound == 0:
        return ""
    bound = f"{condition.bound:.1%}" if _is_rate(rule) else format_value(condition.bound)
    return f", {condition.comparison.value} {bound}"


def _is_silence(rule: Rule) -> bool:
    condition = rule.condition
    return (
        isinstance(rule.figure, CountFigure)
        and rule.figure.column == "actions"
        and (condition.comparison, condition.bound) == (RuleComparison.BELOW, 1.0)
    )


def _is_rate(rule: Rule) -> bool:
    figure = rule.figure
    return (isinstance(figure, CounterFigure) and figure.name == "bounce_rate_today") or (
        isinstance(figure, ReportFigure) and figure.column.endswith("_rate")
    )


def _is_duration(rule: Rule) -> bool:
    return isinstance(rule.figure, CounterFigure) and rule.figure.name == "visit_time_today"
