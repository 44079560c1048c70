"""Kumo Docs: the manual of a small storage service, read by developers around the clock."""

from __future__ import annotations

from matomo_tui.demo.catalog.places import places_of
from matomo_tui.demo.catalog.sitemap import Extra, Sitemap, SitemapEntry, SitemapPage, pages_by_path
from matomo_tui.demo.catalog.sources import CODER_SOCIALS, DIRECT, ENGINES, campaign, website

_TOPICS = {
    "/guide/install": "Install",
    "/guide/first-bucket": "Your first bucket",
    "/guide/permissions": "Permissions",
    "/guide/backups": "Backups",
    "/guide/migrating-from-v1": "Migrating from v1",
    "/api/objects/put": "PUT /objects – API",
    "/api/objects/get": "GET /objects – API",
    "/api/objects/list": "GET /objects?prefix= – API",
    "/api/errors": "Error codes – API",
    "/api/limits": "Rate limits – API",
    "/ja/guide/install": "インストール",
}


def _topic(path: str, title: str) -> SitemapPage:
    others = tuple((1.0, other) for other in _TOPICS if other != path)
    extras = (
        Extra(0.5, "event", "Code", "copy", path, values=(1, 5)),
        Extra(0.22, "search", name="{}"),
        Extra(0.06, "event", "Feedback", "helpful", title, values=(1, 5)),
        Extra(0.06, "download", url="/dl/kumo-sdk-4.2.tar.gz"),
        Extra(0.07, "outlink", url="https://code.example/kumo/sdk"),
    )
    return SitemapPage(path, title, 64, 0.24, (*others, (1.0, "/changelog"), (0.6, "/signup")), extras)


_PAGES = pages_by_path(
    SitemapPage("/", "Kumo Docs", 14, 0.16, tuple((1.0, path) for path in _TOPICS), (Extra(0.3, "search", name="{}"),)),
    *(_topic(path, title) for path, title in _TOPICS.items()),
    SitemapPage("/changelog", "Changelog", 40, 0.5, ((1.0, "/guide/migrating-from-v1"), (1.0, "/"))),
    SitemapPage("/signup", "Sign up – Kumo", 35, 0.5, ((1.5, "/signup/done"), (1.0, "/"))),
    SitemapPage("/signup/done", "Account created – Kumo", 12, 0.4, ((1.0, "/guide/first-bucket"),)),
)

SITEMAP = Sitemap(
    kind="docs",
    per_minute=1.6,
    hourly=(
        (0.62, 0.56, 0.52, 0.5, 0.5, 0.54, 0.6, 0.72, 0.9, 1.1, 1.2, 1.15),
        (0.98, 1.14, 1.2, 1.2, 1.16, 1.1, 0.98, 0.9, 0.86, 0.82, 0.76, 0.7),
    ),
    weekly=(1.12, 1.16, 1.16, 1.12, 1.04, 0.58, 0.54),
    regulars=2503,
    returning=0.55,
    known=5,
    pages=_PAGES,
    entries=(
        SitemapEntry(24, "direct", ("/", "/api/objects/put", "/api/errors")),
        SitemapEntry(44, "search", tuple(_TOPICS)),
        SitemapEntry(10, "social", ("/changelog", "/guide/backups", "/")),
        SitemapEntry(14, "website", ("/guide/install", "/guide/first-bucket", "/ja/guide/install")),
        SitemapEntry(8, "campaign", ("/signup", "/guide/first-bucket")),
    ),
    keywords=("timeout", "429", "list objects", "presigned url", "バックアップ", "cors"),
    queries=("kumo put object", "kumo error 4012", "kumo rate limit", "kumo インストール"),
    sources={
        "direct": ((1.0, DIRECT),),
        "search": ENGINES,
        "social": CODER_SOCIALS,
        "website": (
            (4, website("chatgpt.com")),
            (2, website("claude.ai")),
            (3, website("code.example", "/kumo/sdk")),
            (2, website("answers.example", "/q/kumo-timeout")),
        ),
        "campaign": ((2, campaign("release-4-2", "kumo")), (1, campaign("status-mail"))),
    },
    places=places_of({"jp": 30, "us": 20, "in": 9, "de": 7, "sg": 4, "kr": 5, "gb": 4, "cn": 4}, others=0.8),
)
