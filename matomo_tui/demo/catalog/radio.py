"""Harbour Radio: a station in Sydney with a player, shows and podcasts."""

from __future__ import annotations

from matomo_tui.demo.catalog.places import places_of
from matomo_tui.demo.catalog.sitemap import Extra, Sitemap, SitemapEntry, SitemapPage, pages_by_path
from matomo_tui.demo.catalog.sources import DIRECT, ENGINES, SOCIALS, campaign, website

_SHOWS = {
    "/shows/dawn-ferry": "Dawn Ferry",
    "/shows/two-tides": "Two Tides",
    "/shows/salt-and-vinyl": "Salt & Vinyl",
    "/shows/night-watch": "Night Watch",
}


def _show(path: str, title: str) -> SitemapPage:
    others = tuple((1.0, other) for other in _SHOWS if other != path)
    extras = (
        Extra(0.5, "event", "Player", "play", title, values=(1, 600)),
        Extra(0.2, "event", "Player", "pause", title, values=(1, 600)),
        Extra(0.15, "download", url=f"{path}/latest.mp3"),
    )
    return SitemapPage(path, f"{title} – Harbour Radio", 120, 0.4, (*others, (1.0, "/live"), (0.5, "/")), extras)


_PAGES = pages_by_path(
    SitemapPage("/", "Harbour Radio", 20, 0.25, ((4.0, "/live"), *((1.0, path) for path in _SHOWS), (0.5, "/support"))),
    SitemapPage(
        "/live",
        "Live – Harbour Radio",
        240,
        0.55,
        ((1.0, "/"), *((0.6, path) for path in _SHOWS)),
        (
            Extra(0.85, "event", "Player", "play", "live", values=(1, 900)),
            Extra(0.5, "event", "Player", "still listening", "live", values=(300, 900)),
            Extra(0.3, "event", "Player", "pause", "live", values=(1, 900)),
        ),
    ),
    *(_show(path, title) for path, title in _SHOWS.items()),
    SitemapPage("/support", "Support us", 40, 0.5, ((1.0, "/support/thanks"), (1.0, "/"))),
    SitemapPage("/support/thanks", "Thank you!", 15, 0.6, ((1.0, "/live"),)),
)

SITEMAP = Sitemap(
    kind="radio",
    per_minute=0.8,
    hourly=(
        (0.4, 0.3, 0.26, 0.26, 0.34, 0.6, 1.2, 1.5, 1.3, 1.1, 1.0, 1.0),
        (1.05, 1.0, 0.98, 1.0, 1.15, 1.3, 1.2, 1.0, 0.96, 0.9, 0.76, 0.56),
    ),
    weekly=(1.0, 1.0, 1.0, 1.02, 1.06, 1.1, 0.9),
    regulars=997,
    returning=0.6,
    known=17,
    pages=_PAGES,
    entries=(
        SitemapEntry(46, "direct", ("/", "/live")),
        SitemapEntry(22, "search", ("/", *_SHOWS)),
        SitemapEntry(18, "social", tuple(_SHOWS)),
        SitemapEntry(8, "website", ("/live", "/")),
        SitemapEntry(6, "campaign", ("/support", "/shows/night-watch")),
    ),
    keywords=("playlist", "ferry song", "schedule"),
    queries=("harbour radio live", "dawn ferry podcast", "harbour radio schedule"),
    sources={
        "direct": ((1.0, DIRECT),),
        "search": ENGINES,
        "social": SOCIALS,
        "website": ((2, website("radio-guide.example", "/au")), (1, website("harbour-council.example"))),
        "campaign": ((1, campaign("pledge-week")), (1, campaign("app-push", "night watch"))),
    },
    places=places_of({"au": 78, "nz": 8, "gb": 3}, others=0.3),
)
