"""Sample snapshots for the tests of the screen: a busy shop, a quiet blog, nobody, hostile visitors, and every phase.

All are made of the same small visit table, with rankings computed from it, so that the parts of one snapshot agree
with each other. ``NOW`` is a Tuesday, 14:02:11 in Berlin.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import cache

from msgspec.structs import replace

from matomo_tui import sanitize
from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess, TokenRejected, Unreachable
from matomo_tui.api.site import Site
from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import (
    Badge,
    Count,
    CounterRow,
    Feed,
    Kind,
    LiveSnapshot,
    Minutes,
    Pace,
    PartErrors,
    Phase,
    PollState,
    Presence,
    Ranked,
    Ranking,
    TimelineEntry,
    VisitRow,
)

NOW = 1795525331.0

SHOP = Site(
    id=1,
    name="Shop",
    main_url="https://shop.example",
    timezone="Europe/Berlin",
    currency="EUR",
    ecommerce=True,
    sitesearch=True,
)
BLOG = Site(id=2, name="Blog", main_url="https://blog.example", timezone="America/New_York", currency="USD")

PAGES = (
    ("/products/lamp", "Lamp – warm light"),
    ("/", "Home"),
    ("/products", "Products"),
    ("/blog/2026/launch", "We have launched"),
    ("/docs/api/reference", "API reference"),
    ("/cart", "Cart"),
    ("/checkout/thanks", "Thank you"),
    ("/blog/über-uns", "Über uns"),
    ("/products/desk-with-a-rather-long-name-that-will-not-fit", "Desk"),
    ("/日本語/ガイド", "使い方ガイド"),
    ("/docs/install", "Install"),
    ("/search", "Search"),
)
SOURCES = (
    ("Google", "search"),
    ("Direct", "direct"),
    ("news.ycombinator.com", "website"),
    ("Hacker News", "social"),
    ("Bing", "search"),
    ("spring-sale", "campaign"),
    ("ChatGPT", "ai-assistant"),
    ("DuckDuckGo", "search"),
)
COUNTRIES = (
    ("Germany", "de", "Berlin"),
    ("United States", "us", "Portland"),
    ("Japan", "jp", "Osaka"),
    ("France", "fr", "Lyon"),
    ("Brazil", "br", ""),
    ("United Kingdom", "gb", "Leeds"),
    ("India", "in", "Pune"),
)
DEVICES = ("Desktop", "Smartphone", "Tablet")
HAPPENINGS = (
    Badge(Kind.GOAL, "Newsletter"),
    Badge(Kind.ORDER, "Order A-1042", 59.9),
    Badge(Kind.CART, "3 items", 120.0),
    Badge(Kind.EVENT, "Video › play"),
    Badge(Kind.SEARCH, "warm lamp"),
)


def presence_of(age: float) -> Presence:
    """Active within 3 minutes, idle within 30, else gone."""
    return Presence.ACTIVE if age <= 180 else Presence.IDLE if age <= 1800 else Presence.GONE


def timeline(rng: random.Random, first: int, last: int, actions: int, page: tuple[str, str]) -> list[TimelineEntry]:
    """Page views from ``first`` to ``last``, ending on ``page``."""
    step = (last - first) // max(1, actions - 1)
    entries = [
        TimelineEntry(first + n * step, Kind.PAGE, *rng.choice(PAGES), url="https://shop.example/x", spent=step)
        for n in range(actions - 1)
    ]
    entries.append(TimelineEntry(last, Kind.PAGE, page[0], page[1], url="https://shop.example" + page[0]))
    return entries


def visit(rng: random.Random, number: int, last: int) -> VisitRow:
    """A believable visit whose newest action was at ``last``."""
    actions = min(30, 1 + int(rng.expovariate(0.35)))
    duration = 0 if actions == 1 else actions * rng.randint(8, 70)
    page = rng.choices(PAGES, weights=range(len(PAGES), 0, -1))[0]
    source, source_type = rng.choices(SOURCES, weights=(9, 7, 4, 3, 2, 2, 1, 1))[0]
    country, code, place = rng.choices(COUNTRIES, weights=(9, 6, 3, 2, 2, 2, 1))[0]
    returning = rng.random() < 0.35
    badge = rng.choice(HAPPENINGS) if rng.random() < 0.22 else None
    entries = timeline(rng, last - duration, last, actions, page)
    if badge:
        entries.insert(-1, TimelineEntry(last - 1, badge.kind, badge.text, revenue=badge.revenue))
    keyword = "warm lamp" if source_type == "search" and rng.random() < 0.3 else ""
    return VisitRow(
        id_visit=number,
        visitor_id=f"{rng.getrandbits(64):016x}",
        first_action_at=last - duration,
        last_action_at=last,
        updated_at=NOW,
        presence=presence_of(NOW - last),
        country=country,
        country_code=code,
        place=f"{place}, {country}" if place else country,
        visitor_type="returning" if returning else "new",
        returning=returning,
        visit_count=rng.randint(2, 20) if returning else 1,
        source=source,
        source_type=source_type,
        keyword=keyword,
        referrer_url="" if source_type == "direct" else "https://referrer.example/",
        device=rng.choices(DEVICES, weights=(6, 5, 1))[0],
        browser=rng.choice(("Firefox", "Chrome", "Safari", "Mobile Safari")),
        operating_system=rng.choice(("Windows", "Mac", "iOS", "Android", "GNU/Linux")),
        actions=actions,
        duration=duration,
        page=page[0],
        page_title=page[1],
        page_url="https://shop.example" + page[0],
        page_segment=visit_segments.page("https://shop.example" + page[0]),
        ip=f"95.{rng.randint(1, 254)}.0.0",
        user_id="alice@example.org" if rng.random() < 0.05 else "",
        revenue=badge.revenue or 0.0 if badge and badge.kind is Kind.ORDER else 0.0,
        badges=(badge,) if badge else (),
        timeline=tuple(entries),
        traits=(page[0], source, country, *([f"{badge.kind}:{badge.text}"] if badge else [])),
        viewed=tuple(entry.label for entry in entries if entry.kind is Kind.PAGE),
    )


def ranking(
    visits: Iterable[VisitRow], label: Callable[[VisitRow], str], segment: str, *, recent: int = 1800, bound: int = 50
) -> Ranking:
    """Rows by how many active visitors share a label, then by how many came in the last ``recent`` seconds."""
    here: dict[str, int] = {}
    came: dict[str, int] = {}
    for row in visits:
        key = label(row)
        here[key] = here.get(key, 0) + (row.presence is Presence.ACTIVE)
        came[key] = came.get(key, 0) + (row.last_action_at > NOW - recent)
    order = sorted(came, key=lambda key: (-here[key], -came[key], key))
    rows = tuple(Ranked(key, key, here[key], came[key], f"{segment}=={key}") for key in order if came[key])
    return Ranking(rows[:bound], total=len(rows))


def happenings(visits: Iterable[VisitRow]) -> Ranking:
    """Goals, orders, carts, events and searches of the visits, the most frequent first."""
    count: dict[Badge, list[int]] = {}
    for row in visits:
        for badge in row.badges:
            seen = count.setdefault(badge, [0, 0])
            seen[0] += row.presence is Presence.ACTIVE
            seen[1] += 1
    rows = (Ranked(f"{b.kind}:{b.text}", b.text, n[0], n[1], kind=b.kind, revenue=b.revenue) for b, n in count.items())
    ordered = tuple(sorted(rows, key=lambda row: (-row.recent, row.label)))
    return Ranking(ordered, total=len(ordered))


def minutes(rng: random.Random, level: float) -> Minutes:
    """An hour around ``level`` actions a minute."""
    actions = tuple(max(0, int(rng.gauss(level + level * 0.4 * ((n % 24) / 24 - 0.5), level**0.5))) for n in range(60))
    return Minutes(
        last_minute_at=int(NOW) // 60 * 60,
        actions=(*actions[:-1], actions[-1] // 5),
        visits=tuple(round(n * 0.4) for n in actions),
    )


@cache
def build(site: Site, amount: int, *, seed: int = 1, level: float = 40.0, spread: int = 1800) -> LiveSnapshot:
    """A live snapshot of ``amount`` visits over the last ``spread`` seconds."""
    rng = random.Random(seed)
    ages = sorted(int(rng.random() ** 1.6 * spread) for _ in range(amount))
    visits = tuple(visit(rng, 2644 - n, int(NOW) - 2 - seconds) for n, seconds in enumerate(ages))
    active = sum(1 for row in visits if row.presence is Presence.ACTIVE)
    past = minutes(rng, level)
    history = tuple(float(n) for n in past.actions[-30:])
    counters = CounterRow(
        active=Count(float(active), active * 0.9, tuple(active * (0.7 + n / 100) for n in range(30))),
        visits_3=Count(active * 1.0, max(0.0, active - 4.0), history),
        actions_3=Count(active * 3.0, active * 2.5, history),
        visits_30=Count(float(amount), amount * 1.08, history),
        actions_30=Count(amount * 2.9, amount * 3.0, history),
        today=Count(amount * 16.2, amount * 15.0, history),
        conversions=Count(amount * 0.22, None, history),
        revenue=Count(amount * 8.42, None, history),
        unique=Count(amount * 12.0),
        bounce_rate=Count(0.38),
        avg_time=Count(97.0),
        archived_at=NOW - 240,
    )
    return LiveSnapshot(
        site=site,
        taken_at=NOW,
        poll=PollState(phase=Phase.LIVE, last_success_at=NOW - 2, next_poll_at=NOW + 3, polls=120),
        counters=counters,
        minutes=past,
        feed=Feed(visits=visits, bound=500, ready=True),
        pages=ranking(visits, lambda row: row.page, "pageUrl"),
        sources=ranking(visits, lambda row: row.source, "referrerName"),
        countries=ranking(visits, lambda row: row.country, "countryCode"),
        devices=ranking(visits, lambda row: row.device, "deviceType"),
        happenings=happenings(visits),
    )


def busy() -> LiveSnapshot:
    """143 visits in half an hour on the shop."""
    return build(SHOP, 143)


def crowded() -> LiveSnapshot:
    """A burst beyond the bounds: 500 visits kept, a gap in the feed, rankings of the newest 500."""
    whole = build(SHOP, 500, seed=2, level=900.0)
    cut = {name: replace(getattr(whole, name), of_newest=500) for name in ("pages", "sources", "countries", "devices")}
    large = replace(
        whole.counters,
        visits_30=Count(12_480.0, 11_020.0, whole.counters.visits_30.history),
        today=Count(1_234_567.0, 1_100_000.0),
        revenue=Count(2_345_678.9, 2_100_000.0),
    )
    return replace(whole, feed=replace(whole.feed, truncated=True), counters=large, **cut)


def quiet() -> LiveSnapshot:
    """A blog with four visits."""
    return build(BLOG, 4, level=0.4)


def empty() -> LiveSnapshot:
    """Connected and nobody there; an older visit is still remembered."""
    return replace(
        build(SHOP, 0, level=0.0),
        minutes=Minutes(last_minute_at=int(NOW) // 60 * 60),
        counters=CounterRow(
            active=Count(0.0, 0.0, (0.0,) * 30),
            visits_3=Count(0.0, 0.0),
            actions_3=Count(0.0, 0.0),
            visits_30=Count(0.0, 3.0),
            actions_30=Count(0.0, 9.0),
            today=Count(0.0, None),
        ),
    )


HOSTILE = "\x1b[2J\x1b]0;pwned\x07\x9b31m[/][@click=app.exit()]\u202egnp.exe\u200b [link=http://x]‮Z̸̢̛̖̬a͎l"


def hostile() -> LiveSnapshot:
    """Visitors whose titles, pages, sources and searches are attacks, after the door for text as snapshots are."""
    whole = busy()
    evil = sanitize.sanitize(HOSTILE)
    visits = tuple(
        replace(
            row,
            page=f"/{evil}",
            page_title=evil,
            source=evil,
            country=evil,
            keyword=evil,
            device=evil,
            badges=(Badge(Kind.SEARCH, evil),),
            timeline=(TimelineEntry(row.last_action_at, Kind.PAGE, f"/{evil}", evil),),
        )
        if number % 3 == 0
        else row
        for number, row in enumerate(whole.feed.visits)
    )
    return replace(
        whole,
        site=Site(id=1, name=evil, timezone="Europe/Berlin", currency="EUR"),
        segment=f"pageUrl=={evil}",
        feed=replace(whole.feed, visits=visits),
        pages=ranking(visits, lambda row: row.page, "pageUrl"),
        sources=ranking(visits, lambda row: row.source, "referrerName"),
        countries=ranking(visits, lambda row: row.country, "countryCode"),
        devices=ranking(visits, lambda row: row.device, "deviceType"),
        happenings=happenings(visits),
    )


def starting() -> LiveSnapshot:
    """Before the first answer."""
    return LiveSnapshot(site=SHOP, taken_at=NOW, poll=PollState(phase=Phase.STARTING, in_flight=True))


def _failed(phase: Phase, error: MatomoError, *, failures: int = 3) -> LiveSnapshot:
    state = PollState(
        phase=phase,
        pace=Pace.ERRORS if phase is Phase.STALE else Pace.NORMAL,
        effective=40.0 if phase is Phase.STALE else 5.0,
        last_success_at=NOW - 95,
        next_poll_at=NOW + 38 if phase is Phase.STALE else None,
        failures=failures,
        error=error,
        polls=120,
    )
    return replace(busy(), poll=state)


def stale() -> LiveSnapshot:
    """The last polls failed; the figures are 95 seconds old."""
    return _failed(Phase.STALE, Unreachable("Cannot reach shop.example: the connection was refused."))


def stopped() -> LiveSnapshot:
    """The token was rejected: nothing is sent until a person acts."""
    return _failed(
        Phase.STOPPED,
        TokenRejected(
            "Matomo does not accept the token: it is invalid or has expired. "
            "Make a new one in Matomo under Personal settings › Security › Auth tokens."
        ),
        failures=1,
    )


def refused() -> LiveSnapshot:
    """The token may not see this site: nothing was ever shown."""
    error = NoAccess("This needs view on site 2 (Blog); the token has no access to it.", "view", 2)
    return LiveSnapshot(site=BLOG, taken_at=NOW, poll=PollState(phase=Phase.STOPPED, error=error, failures=1, polls=1))


def log_disabled() -> LiveSnapshot:
    """The visitor log is switched off: the counters go on, what comes from the visits does not."""
    whole = busy()
    error = FeatureDisabled("Visits log is deactivated in website settings.")
    none = Ranking()
    return replace(
        whole,
        parts=PartErrors(visits=error),
        feed=Feed(),
        pages=none,
        sources=none,
        countries=none,
        devices=none,
        happenings=none,
        counters=replace(whole.counters, active=Count()),
    )


def paused() -> LiveSnapshot:
    """A person paused it 95 seconds ago."""
    state = PollState(phase=Phase.PAUSED, last_success_at=NOW - 95, next_poll_at=None, polls=120)
    return replace(busy(), poll=state)


def slow() -> LiveSnapshot:
    """The server takes long, so the interval is stretched."""
    state = PollState(
        phase=Phase.LIVE, pace=Pace.SLOW_SERVER, effective=25.0, last_success_at=NOW - 9, next_poll_at=NOW + 16, polls=9
    )
    return replace(busy(), poll=state)


SAMPLES: dict[str, Callable[[], LiveSnapshot]] = {
    "busy": busy,
    "crowded": crowded,
    "quiet": quiet,
    "empty": empty,
    "hostile": hostile,
    "starting": starting,
    "stale": stale,
    "stopped": stopped,
    "refused": refused,
    "log_disabled": log_disabled,
    "paused": paused,
    "slow": slow,
}
