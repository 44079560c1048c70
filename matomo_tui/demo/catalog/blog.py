"""Field Notes: a blog about birds, maps and walking, read mostly in America."""

from __future__ import annotations

from matomo_tui.demo.catalog.places import places_of
from matomo_tui.demo.catalog.sitemap import Extra, Sitemap, SitemapEntry, SitemapPage, pages_by_path
from matomo_tui.demo.catalog.sources import CODER_SOCIALS, DIRECT, ENGINES, campaign, website

_POSTS = {
    "/2026/11/drawing-maps-by-hand": "Drawing maps by hand",
    "/2026/11/the-owl-at-mile-nine": "The owl at mile nine 🦉",
    "/2026/10/what-i-carry": "What I carry, weighed",
    "/2026/10/reading-contour-lines": "Reading contour lines",
    "/2026/09/a-week-without-gps": "A week without GPS",
    "/2026/08/night-sounds": "Night sounds & how to record them",
    "/2025/12/field-guide-to-fog": "A field guide to fog",
    "/2025/06/boots": "Boots, revisited",
}


def _post(path: str, title: str) -> SitemapPage:
    others = tuple((1.0, other) for other in _POSTS if other != path)
    extras = (
        Extra(0.4, "event", "Scroll", "75 %", title),
        Extra(0.08, "event", "Share", "copy link", title),
        Extra(0.12, "outlink", url="https://trail-club.example/routes"),
        Extra(0.06, "download", url="/files/map-sheet-7.pdf"),
        Extra(0.05, "search", name="{}"),
    )
    return SitemapPage(path, title, 95, 0.58, (*others, (1.5, "/"), (1.0, "/newsletter")), extras)


_PAGES = pages_by_path(
    SitemapPage(
        "/", "Field Notes", 25, 0.34, (*((1.0, path) for path in _POSTS), (0.5, "/about"), (0.5, "/newsletter"))
    ),
    *(_post(path, title) for path, title in _POSTS.items()),
    SitemapPage("/about", "About – Field Notes", 40, 0.5, ((1.0, "/"), (0.6, "/newsletter"))),
    SitemapPage("/newsletter", "Newsletter", 22, 0.4, ((1.6, "/newsletter/welcome"), (1.0, "/"))),
    SitemapPage("/newsletter/welcome", "Welcome aboard", 15, 0.6, ((1.0, "/"),)),
)

SITEMAP = Sitemap(
    kind="blog",
    per_minute=1.1,
    hourly=(
        (0.5, 0.4, 0.34, 0.32, 0.34, 0.44, 0.66, 0.9, 1.05, 1.1, 1.05, 1.02),
        (1.1, 1.05, 0.98, 0.94, 0.92, 0.94, 1.0, 1.12, 1.24, 1.2, 0.96, 0.7),
    ),
    weekly=(1.06, 1.0, 0.98, 0.96, 0.92, 0.9, 1.14),
    regulars=1999,
    returning=0.38,
    known=31,
    pages=_PAGES,
    entries=(
        SitemapEntry(16, "direct", ("/",)),
        SitemapEntry(34, "search", tuple(_POSTS)),
        SitemapEntry(22, "social", tuple(_POSTS)[:4]),
        SitemapEntry(16, "website", tuple(_POSTS)),
        SitemapEntry(12, "campaign", ("/2026/11/drawing-maps-by-hand", "/2026/11/the-owl-at-mile-nine", "/")),
    ),
    keywords=("fog", "owl", "boots size", "map pdf", "carte"),
    queries=("how to read contour lines", "field notes blog", "hand drawn maps", "owl calls at night"),
    sources={
        "direct": ((1.0, DIRECT),),
        "search": ENGINES,
        "social": CODER_SOCIALS,
        "website": (
            (3, website("trail-club.example", "/links")),
            (2, website("slow-web.example", "/2026/november")),
            (2, website("chatgpt.com")),
        ),
        "campaign": ((3, campaign("sunday-letter")), (1, campaign("feed", "rss"))),
    },
    places=places_of({"us": 48, "ca": 12, "gb": 10, "au": 5, "de": 5, "in": 4}, others=0.7),
)
