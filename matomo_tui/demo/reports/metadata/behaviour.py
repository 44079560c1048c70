"""The reports of the category Actions, and of plug-ins that add categories of their own."""

from __future__ import annotations

from collections.abc import Iterator

from matomo_tui.demo.reports.metadata.described import Described
from matomo_tui.demo.reports.metadata.visitors import engagement

_UNIQUE = {"nb_visits": "Unique Pageviews"}
_SEARCHES = {"nb_visits": "Searches", "exit_rate": "% Search Exits"}
_MAIN: tuple[str, ...] = ("nb_pageviews", "nb_uniq_pageviews", "nb_downloads", "nb_uniq_downloads")
_MAIN += ("nb_outlinks", "nb_uniq_outlinks", "nb_searches", "nb_keywords")
_TIMED = ("avg_time_generation",)


def _related(*names: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((_PAGES[action], "Actions", action) for action in names)


_PAGES = {
    "getPageUrls": "Page URLs",
    "getPageTitles": "Page titles",
    "getEntryPageUrls": "Entry pages",
    "getEntryPageTitles": "Entry page titles",
    "getExitPageUrls": "Exit pages",
    "getExitPageTitles": "Exit page titles",
    "getPageUrlsFollowingSiteSearch": "Pages Following a Site Search",
    "getPageTitlesFollowingSiteSearch": "Page Titles Following a Site Search",
}


def _pages(action: str, subcategory: str, dimension: str, about: str, *related: str) -> Described:
    return Described(
        "Actions",
        subcategory,
        _PAGES[action],
        "Actions",
        action,
        about,
        dimension,
        metrics=("nb_hits", "nb_visits"),
        processed=("avg_time_on_page", "bounce_rate", "exit_rate", *_TIMED),
        goals="page",
        opens=action,
        names=_UNIQUE,
        related=_related(*related),
    )


def _entries(action: str, dimension: str, about: str, *related: str) -> Described:
    return Described(
        "Actions",
        "Entry pages",
        _PAGES[action],
        "Actions",
        action,
        about,
        dimension,
        metrics=("entry_nb_visits", "entry_bounce_count"),
        processed=("bounce_rate", *_TIMED),
        goals="entry",
        opens=action,
        related=_related(*related),
    )


def _exits(action: str, dimension: str, about: str, *related: str) -> Described:
    return Described(
        "Actions",
        "Exit pages",
        _PAGES[action],
        "Actions",
        action,
        about,
        dimension,
        metrics=("exit_nb_visits", "nb_visits"),
        processed=("exit_rate", *_TIMED),
        opens=action,
        names=_UNIQUE,
        related=_related(*related),
    )


def actions(*, site_search: bool) -> Iterator[Described]:
    """What visitors did; what they searched for only where the site has a search."""
    yield Described(
        "Actions",
        "",
        "Actions - Main metrics",
        "Actions",
        "get",
        "Page views, downloads, outlinks and searches in all.",
        metrics=_MAIN,
        processed=_TIMED,
    )
    yield _pages(
        "getPageUrls",
        "Pages",
        "Page URL",
        "The pages that were seen, in the folders of their addresses. <br />Open a folder to see what is in it.",
        "getEntryPageUrls",
        "getExitPageUrls",
    )
    yield _entries("getEntryPageUrls", "Entry Page URL", "The pages on which visits began.", "getEntryPageTitles")
    yield _entries(
        "getEntryPageTitles",
        "Entry Page title",
        "The titles of the pages on which visits began.",
        "getPageTitles",
        "getEntryPageUrls",
    )
    yield _exits("getExitPageUrls", "Exit Page URL", "The pages on which visits ended.", "getExitPageTitles")
    yield _exits(
        "getExitPageTitles",
        "Exit Page Title",
        "The titles of the pages on which visits ended.",
        "getPageTitles",
        "getExitPageUrls",
    )
    yield _pages(
        "getPageTitles",
        "Page titles",
        "Page Title",
        "The titles of the pages that were seen: the text that browsers show in their tabs.",
        "getEntryPageTitles",
        "getExitPageTitles",
    )
    if site_search:
        yield from _site_search()
    yield _links("Outlinks", "getOutlinks", "Clicked Outlink", "Other sites that visitors left for.", "Clicks")
    yield _links("Downloads", "getDownloads", "Download URL", "Files that visitors took along.", "Downloads")
    yield from _events()
    yield from _contents()
    yield from engagement()


def _links(name: str, action: str, dimension: str, about: str, called: str) -> Described:
    return Described(
        "Actions",
        name,
        name,
        "Actions",
        action,
        about,
        dimension,
        metrics=("nb_visits", "nb_hits"),
        processed=(),
        opens=action,
        names={"nb_visits": f"Unique {called}", "nb_hits": called},
    )


def _search(
    name: str, action: str, dimension: str, about: str, metrics: tuple[str, ...], processed: tuple[str, ...] = ()
) -> Described:
    following = action.endswith("FollowingSiteSearch")
    other = action.replace("Urls", "?").replace("Titles", "Urls").replace("?", "Titles")
    return Described(
        "Actions",
        "Site Search",
        name,
        "Actions",
        action,
        about,
        dimension,
        metrics,
        processed,
        names=_SEARCHES,
        guide=True,
        related=_related(other) if following else (),
    )


def _site_search() -> Iterator[Described]:
    yield _search(
        "Site Search Keywords",
        "getSiteSearchKeywords",
        "Keyword",
        "What visitors looked for on the site.",
        ("nb_visits", "nb_pages_per_search"),
        ("exit_rate",),
    )
    yield _search(
        "Pages Following a Site Search",
        "getPageUrlsFollowingSiteSearch",
        "Destination Page",
        "Where visitors went from the results of a search.",
        ("nb_hits_following_search", "nb_hits"),
    )
    yield _search(
        "Search Keywords with No Results",
        "getSiteSearchNoResultKeywords",
        "Keyword with No Search Result",
        "What visitors looked for and did not find.",
        ("nb_visits",),
        ("exit_rate",),
    )
    yield _search(
        "Page Titles Following a Site Search",
        "getPageTitlesFollowingSiteSearch",
        "Destination Page",
        "The titles of the pages where visitors went from the results of a search.",
        ("nb_hits_following_search", "nb_hits"),
    )
    yield _search(
        "Search Categories",
        "getSiteSearchCategories",
        "Search Category",
        "The categories that visitors searched in.",
        ("nb_visits", "nb_pages_per_search", "exit_rate"),
    )


_EVENT = ("nb_events", "sum_event_value", "min_event_value", "max_event_value", "nb_events_with_value")
_LEVELS = {
    "Category": ("Events_EventCategory", "Event Category"),
    "Action": ("Events_EventAction", "Event Action"),
    "Name": ("Events_EventName", "Event Name"),
}


def _events() -> Iterator[Described]:
    for name, action, opens, outer, inner in (
        ("Event Categories", "getCategory", "getActionFromCategoryId", "Category", "Action"),
        ("Event Actions", "getAction", "getNameFromActionId", "Action", "Name"),
        ("Event Names", "getName", "getActionFromNameId", "Name", "Action"),
    ):
        yield Described(
            "Actions",
            "Events",
            name,
            "Events",
            action,
            "What visitors did besides looking at pages, as the site tells it.",
            f"Event {outer}",
            _EVENT,
            ("avg_event_value",),
            opens=opens,
            dimensions=(_LEVELS[outer], _LEVELS[inner]),
            guide=True,
        )


def _contents() -> Iterator[Described]:
    for name, action in (("Content Name", "getContentNames"), ("Content Piece", "getContentPieces")):
        yield Described(
            "Actions",
            "Contents",
            name,
            "Contents",
            action,
            "Banners and the like: how often they were seen, and how often somebody did something with them.",
            name,
            ("nb_impressions", "nb_interactions"),
            ("interaction_rate",),
            opens=action,
            guide=True,
        )
