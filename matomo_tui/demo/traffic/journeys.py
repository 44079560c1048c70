"""Journeys through a site, a thousand per site, each generated on first use, with the goals that they reach.

Every visit follows one of them, so a whole day can be summed without generating each visit; a few send hostile strings.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from matomo_tui.demo.catalog import Extra, Referrer, Sitemap, SitemapEntry, SitemapPage
from matomo_tui.demo.data import load
from matomo_tui.demo.hashing import Weighted, mix
from matomo_tui.demo.traffic.visit import Cart, Item, Journey, VisitStep
from matomo_tui.demo.world import StoredGoal, StoredSite

_ONE_IN = 128
JOURNEYS = 1024
LONGEST = 40 * 60
_MOST_PAGES = 24
_LEAVE_AT_ONCE = 0.38
_STAYING = 0.6
_KINDS: Mapping[str, str] = load("tables")["goal steps"]
_VALUES = {"title": "title", "event_category": "category", "event_action": "action", "event_name": "name"}
NUMERIC = frozenset({"visit_duration", "visit_total_actions", "visit_total_pageviews"})


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: int) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError):
        return None


def _matches(goal: StoredGoal, value: str) -> bool:
    pattern = goal.pattern
    if goal.pattern_type == "regex":
        compiled = _compiled(pattern, 0 if goal.case_sensitive else re.IGNORECASE)
        return compiled is not None and compiled.search(value) is not None
    if not goal.case_sensitive:
        pattern, value = pattern.lower(), value.lower()
    return value == pattern if goal.pattern_type == "exact" else pattern in value


class Watched:
    """A site's goals, indexed by the kind of step that may convert them, as each step of each visit is matched."""

    __slots__ = ("_by_kind",)

    def __init__(self, goals: Iterable[StoredGoal]) -> None:
        goals = tuple(goals)
        # Like Matomo, match unknown attributes against the URL of every action.
        self._by_kind: dict[str, tuple[StoredGoal, ...]] = {
            kind: tuple(goal for goal in goals if _KINDS.get(goal.match_attribute, kind) == kind)
            for kind in ("action", "search", "download", "outlink", "event")
        }

    def candidates(self, step: VisitStep) -> Candidates:
        """The goals that ``step`` converts, and those that it may convert as they measure the visit up to it."""
        found: list[tuple[StoredGoal, str, float]] = []
        for goal in self._by_kind.get(step.kind, ()):
            if goal.match_attribute in NUMERIC:
                found.append((goal, goal.match_attribute, as_float(goal.pattern)))
            elif _matches(goal, getattr(step, _VALUES.get(goal.match_attribute, "url"))):
                found.append((goal, "", 0.0))
        return found


Candidates = Sequence[tuple[StoredGoal, str, float]]
"""Goals that a step may convert: each with the measure of the visit that must exceed the bound, ``""`` where none."""


def reached(candidates: Candidates, *, seconds: int, pages: int, actions: int) -> Iterator[StoredGoal]:
    """Those of a step's ``candidates`` that it converts ``seconds`` after the visit began, as its ``actions``-th
    action."""
    measured = {"visit_duration": seconds / 60, "visit_total_actions": actions, "visit_total_pageviews": pages}
    for goal, measure, bound in candidates:
        if not measure or measured[measure] > bound:
            yield goal


def as_float(text: str) -> float:
    """Parse a number as PHP does; anything else, and infinity, is 0."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if abs(value) < 1e300 else 0.0


def conversion(goal: StoredGoal, step: VisitStep) -> VisitStep:
    revenue = step.value if goal.event_value_as_revenue and step.value is not None else goal.revenue
    return VisitStep("goal", step.url, goal=goal, revenue=revenue)


HOSTILE: Mapping[str, Sequence[str]] = load("hostile")
"""Strings that hostile or unusual visitors send: a client must render all of them harmless."""


def hostility(bits: int) -> int | None:
    """The hostile variant of a visit with these bits; ``None`` for nearly every visit."""
    return bits >> 34 & 0xFF if (bits >> 26) % _ONE_IN == 0 else None


def _hostile(kind: str, which: int) -> str:
    return HOSTILE[kind][which % len(HOSTILE[kind])]


def spoil(steps: list[VisitStep], which: int, main_url: str) -> list[VisitStep]:
    keyword = _hostile("keywords", which)
    spoilt = [replace(step, name=keyword) if step.kind == "search" else step for step in steps]
    spoilt[0] = replace(spoilt[0], title=_hostile("titles", which))
    if which % 4 == 3 and spoilt[-1].kind == "action":
        spoilt[-1] = replace(spoilt[-1], url=main_url + HOSTILE["long_path"][0])
    return spoilt


def spoilt_source(which: int) -> Referrer | None:
    if which % 2 == 0:
        return None
    website, referrer = _hostile("websites", which // 2), _hostile("referrers", which // 4)
    return Referrer("website", website, _hostile("keywords", which), referrer)


class Journeys(dict[int, Journey]):
    """The journeys of one site, by number (0 to 1023), made on first use; those of the same entry are consecutive."""

    def __init__(self, site: StoredSite, sitemap: Sitemap, seed: int) -> None:
        super().__init__()
        self._site = site
        self._sitemap = sitemap
        self._seed = mix(seed * 1_000_003 + site.id)
        self._watched = Watched(site.goals)
        self._places = {path: self._place(page) for path, page in sitemap.pages.items()}
        table = Weighted([(entry.weight, entry) for entry in sitemap.entries], JOURNEYS)
        self._entries = [table.values[index] for index in table.indexes]
        social = [number for number, entry in enumerate(self._entries) if entry.channel == "social"]
        self._rush = (social[0], len(social)) if social else (0, JOURNEYS)

    def taken(self, bits: int, *, rush: bool) -> int:
        """The journey number of a visit with these bits; visits of a rush come through social networks."""
        number = bits >> 16 & (JOURNEYS - 1)
        return self._rush[0] + number % self._rush[1] if rush else number

    def entry(self, number: int) -> SitemapEntry:
        return self._entries[number]

    def _place(self, page: SitemapPage) -> _Place:
        view = VisitStep("action", self._site.main_url + quote(page.path), page.title)
        weights, following = zip(*page.links, strict=True) if page.links else ((), ())
        return _Place(page, view, self._watched.candidates(view), following, tuple(accumulate(weights)))

    def __missing__(self, number: int) -> Journey:
        rng = random.Random(mix(self._seed + number))
        walk = _Walk(self._site, self._sitemap, self._places, self._watched, rng)
        made = self[number] = walk.take(self._entries[number])
        return made


class _Place(NamedTuple):
    """A page with what is the same at each visit: its view, the goals that this may convert, and the pages that follow
    with their cumulative weights."""

    page: SitemapPage
    view: VisitStep
    candidates: Candidates
    following: tuple[str, ...]
    weights: tuple[float, ...]


class _Walk(Struct):
    _site: StoredSite
    _sitemap: Sitemap
    _places: Mapping[str, _Place]
    _watched: Watched
    _rng: random.Random
    _at: int = 0
    _timed: list[tuple[int, VisitStep]] = field(default_factory=list)
    _cart: dict[str, Item] = field(default_factory=dict)
    _ordered: bool = False
    _pages: int = 0
    _actions: int = 0
    _goals: set[int] = field(default_factory=set)

    def take(self, entry: SitemapEntry) -> Journey:
        rng, place = self._rng, self._places[self._rng.choice(entry.paths)]
        if place.page.role == "cart":
            self._put_in_cart(rng.choice(tuple(self._sitemap.products)))
        while True:
            self._open(place)
            page = place.page
            leave = max(page.leave, _LEAVE_AT_ONCE) if self._pages == 1 else page.leave * _STAYING
            if self._pages >= _MOST_PAGES or self._at > LONGEST - 600 or rng.random() < leave or not page.links:
                break
            following = rng.choices(place.following, cum_weights=place.weights)[0]
            if following == "/cart":
                if page.role == "product" and not self._ordered:
                    self._put_in_cart(page.path)
                if not self._cart:
                    following = "/sale" if page.path != "/sale" else "/"
            place = self._places[following]
        if self._cart:
            self._timed.append((self._at, VisitStep("ecommerceAbandonedCart", cart=Cart(tuple(self._cart.values())))))
        self._timed.sort(key=itemgetter(0))
        return Journey(*zip(*self._timed, strict=True))

    def _open(self, place: _Place) -> None:
        self._pages += 1
        page, url = place.page, place.view.url
        self._add(place.view, self._at, place.candidates)
        if page.role == "order" and self._cart:
            items = tuple(self._cart.values())
            self._cart.clear()
            self._ordered = True
            self._timed.append((self._at, VisitStep("ecommerceOrder", cart=Cart(items, order_id="?"))))
        dwell = min(600, max(2, round(self._rng.lognormvariate(0, 0.75) * page.dwell)))
        began = self._at
        for extra in page.extras:
            if self._rng.random() < extra.chance:
                at = began + (0 if extra.kind == "content" else self._rng.randrange(1, dwell + 1))
                self._add_extra(self._extra(extra, url), at)
                self._at = max(self._at, at)
                if extra.kind == "content" and self._rng.random() < 0.2:
                    self._add_extra(self._extra(extra, url, interaction="click"), at + 1)
        self._at = max(self._at, began + dwell)

    def _extra(self, extra: Extra, url: str, interaction: str = "") -> VisitStep:
        value = float(self._rng.randint(*extra.values)) if extra.values else None
        if extra.kind == "event":
            return VisitStep("event", url, category=extra.category, action=extra.action, name=extra.name, value=value)
        if extra.kind == "search":
            keyword = self._rng.choice(self._sitemap.keywords)
            count = float(self._rng.choice((0, 1, 3, 7, 12, 31)))
            return VisitStep("search", url, name=keyword, category=self._site.traffic, value=count)
        target = extra.url if extra.kind == "outlink" else self._site.main_url + extra.url
        if extra.kind == "content":
            return VisitStep("content", url, "", extra.action, interaction, extra.name, target)
        return VisitStep(extra.kind, target)

    def _add_extra(self, step: VisitStep, at: int) -> None:
        if step.kind == "content":  # no action
            self._timed.append((at, step))
        else:
            self._add(step, at, self._watched.candidates(step))

    def _add(self, step: VisitStep, at: int, candidates: Candidates) -> None:
        self._timed.append((at, step))
        self._actions += 1
        for goal in reached(candidates, seconds=at, pages=self._pages, actions=self._actions):
            if goal.id not in self._goals or goal.allow_multiple:
                self._goals.add(goal.id)
                self._timed.append((at, conversion(goal, step)))

    def _put_in_cart(self, path: str) -> None:
        product = self._sitemap.products[path]
        quantity = self._rng.choices((1, 2, 4), (70, 22, 8))[0]
        self._cart[product.sku] = Item(product.sku, product.name, product.category, product.price, quantity)
