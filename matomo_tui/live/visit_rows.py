"""Converts visits of ``Live.getLastVisitsDetails`` into feed rows and ranking data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from sys import intern
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.api.live import Action, Visit
from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import Badge, Kind, Presence, TimelineEntry, VisitRow
from matomo_tui.live.timeline import (
    CONVERSIONS,
    MAX_ACTIONS,
    Conversion,
    Facet,
    brought,
    entry,
    happening,
    home_of,
    in_order,
    instant,
    last_page,
    page_facet,
    title_of,
)
from matomo_tui.live.timezones import zone
from matomo_tui.live.tracker_clock import TrackerClock
from matomo_tui.live.visit_facets import country_facet, device_facet, source_facet
from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize

ACTIVE = 180
"""Seconds after the last action for which a visitor counts as active."""
IDLE = 1800
"""Seconds after which Matomo begins a new visit: the visitor has left."""
MAX_BADGES = 6

COLUMNS = (
    "idVisit",
    "visitorId",
    "visitIp",
    "userId",
    "firstActionTimestamp",
    "lastActionTimestamp",
    "visitorType",
    "visitCount",
    "visitDuration",
    "actions",
    "referrerType",
    "referrerTypeName",
    "referrerName",
    "referrerKeyword",
    "referrerUrl",
    "deviceType",
    "operatingSystem",
    "browser",
    "country",
    "countryCode",
    "region",
    "city",
    "idSite",
    "siteName",
    "siteCurrency",
    "siteCurrencySymbol",
    "truncatedActionsCount",
    "actionDetails",
)
"""The columns of ``Live.getLastVisitsDetails`` that rows are made of."""

_SITE_COLUMNS = frozenset({"idSite", "siteName", "siteCurrency", "siteCurrencySymbol"})
_OWN_VISITS = frozenset({"website", "mobileapp", "intranet"})
"""Types of sites that have their own visits only: a roll-up has those of other sites."""


def columns_for(site: Site) -> tuple[str, ...]:
    """Return the columns that rows of ``site`` are made of: ``COLUMNS``, without those that are the site's own in every
    visit."""
    if site.type not in _OWN_VISITS:
        return COLUMNS
    return tuple(column for column in COLUMNS if column not in _SITE_COLUMNS)


HIDDEN = (
    "icon",
    "iconSVG",
    "serverTimePretty",
    "timeSpentPretty",
    "idpageview",
    "pageIdAction",
    "pageviewPosition",
    "goalPageId",
    "pageId",
    "pageTitle",
    "revenueSubTotal",
    "revenueTax",
    "revenueShipping",
    "revenueDiscount",
    "itemCategory",
    "categories",
    "contentTarget",
    "bandwidth",
    "bandwidth_pretty",
)
"""Columns of actions that are not used (a page view's ``title`` is its ``pageTitle``). In the Live module, Matomo's
``hideColumns`` applies to nested lists and ``showColumns`` does not. A server that ignores it sends a longer answer."""
WITH_TITLES = (*(column for column in HIDDEN if column != "pageTitle"), "title", "subtitle")
"""As ``HIDDEN``, and the titles of all actions but page views. The types of actions tell them, so they are used only
for those that a plug-in adds: hidden until there is one. They are a sixth of an answer."""

CHANGING = (
    "idVisit",
    "lastActionTimestamp",
    "visitDuration",
    "actions",
    "userId",
    "referrerType",
    "truncatedActionsCount",
    "actionDetails",
)
"""The columns that change in a visit, and two that show whether the others did: a person logs in, which may give the
visit another visitor id, or a visit that began without a source gets one."""
OF_THE_VISIT = ("referrerName", "referrerKeyword")
"""Columns that conversions repeat from their visit."""

_WEIGHT = {Kind.ORDER: 0, Kind.GOAL: 1, Kind.CART: 2, Kind.SEARCH: 3, Kind.EVENT: 4}


class TrackedVisit(Struct):
    """A visit in the feed: its row, and the values that rankings and counters use."""

    row: VisitRow
    place: tuple[int, int]
    """Sort key: last action and visit id."""
    version: tuple[int, int]
    """Last action and number of actions: grows while the visit goes on."""
    fingerprint: int
    """Hash of the answer, to skip unchanged visits."""
    visitor: str
    """Visitor id, or a substitute for visits without one."""
    page: Facet | None
    """The last page."""
    source: Facet
    country: Facet
    device: Facet
    views: tuple[tuple[int, Facet], ...]
    """Page views with their epochs, oldest first."""
    happenings: tuple[Conversion, ...]
    """Conversions, events and searches."""
    action_times: tuple[int, ...]
    """Epochs of the actions that ``Live.getCounters`` counts."""
    first: int
    """``firstActionTimestamp`` as sent."""
    progress: int
    """Hash of the columns of :data:`CHANGING`."""

    def differs(self, visit: Visit) -> bool:
        """Return True if ``visit`` has another user or kind of source: then columns that it lacks may have changed."""
        shown = sanitize(visit.user_id, 256), sanitize(visit.referrer_type, 64)
        return shown != (self.row.user_id, self.row.source_type)


def progress(visit: Visit) -> int:
    """Return a hash of the columns that change in a visit."""
    return hash(
        (
            visit.last_action_timestamp,
            visit.visit_duration,
            visit.actions,
            visit.user_id,
            visit.referrer_type,
            visit.action_details,
            visit.truncated_actions_count,
        )
    )


class _Course(NamedTuple):
    """What a visit did; instants are epochs on the server's clock."""

    first_at: int
    last_at: int
    presence: Presence
    timeline: tuple[TimelineEntry, ...]
    earlier: int
    """Actions before those of the timeline."""
    badges: tuple[Badge, ...]
    action_times: tuple[int, ...]
    happenings: tuple[Conversion, ...]
    action: Action | None
    """The last page view."""
    page: Facet | None
    views: tuple[tuple[int, Facet], ...]


def presence(age: float) -> Presence:
    """Return the presence of a visitor whose last action was ``age`` seconds ago."""
    if age <= ACTIVE:
        return Presence.ACTIVE
    return Presence.IDLE if age <= IDLE else Presence.GONE


class RowReader:
    """Converts visits of one site; ``tracker`` corrects their instants."""

    def __init__(self, site: Site, tracker: TrackerClock | None = None) -> None:
        self.tracker = tracker or TrackerClock()
        self._site = site
        self._zone: tzinfo = zone(site.timezone)
        self._home = home_of(site.main_url)

    def last_action(self, visit: Visit, now: float) -> int:
        """Return the epoch of the visit's last action on the server's clock, which shows ``now``."""
        return instant(visit.last_action_timestamp - self.tracker.back(visit, now))

    def read(self, visit: Visit, *, now: float, updated_at: float, before: VisitRow | None = None) -> TrackedVisit:
        """Convert ``visit``; ``now`` is the server's epoch of the answer, ``updated_at`` ours.

        Entries of the timeline of the row ``before`` that did not change are used again: an hour of snapshots shares
        them.
        """
        source = source_facet(visit.referrer_type, visit.referrer_name, visit.referrer_type_name)
        country, device = country_facet(visit.country_code, visit.country), device_facet(visit.device_type)
        row = self._row(visit, source, country, device)
        course = self._course(visit, now=now, before=before, currency=row.currency)
        return TrackedVisit(
            row=_grown(row, visit, course, (source, country, device), updated_at=updated_at),
            fingerprint=hash(visit),
            visitor=row.visitor_id or f"visit {visit.id_visit}",
            source=source,
            country=country,
            device=device,
            first=visit.first_action_timestamp,
            **_tracked(visit, course),
        )

    def go_on(self, known: TrackedVisit, visit: Visit, *, now: float, updated_at: float) -> TrackedVisit:
        """Return the visit ``known`` with what changed: ``visit`` has the columns of :data:`CHANGING` only."""
        visit = replace(visit, first_action_timestamp=known.first)
        course = self._course(visit, now=now, before=known.row, currency=known.row.currency)
        facets = known.source, known.country, known.device
        row = _grown(known.row, visit, course, facets, updated_at=updated_at)
        return replace(known, row=row, fingerprint=0, **_tracked(visit, course))

    def _course(self, visit: Visit, *, now: float, before: VisitRow | None, currency: str) -> _Course:
        back = self.tracker.back(visit, now)
        actions = [(at - back, action) for at, action in in_order(visit, self._zone)]
        lines = _sharing(tuple(entry(action, at, self._home) for at, action in actions), before)
        timeline = lines[-MAX_ACTIONS:]
        happenings = tuple(
            found
            for (_, action), line in zip(actions, lines, strict=True)
            if (found := happening(action, line, currency))
        )
        page, last = last_page(actions), self.last_action(visit, now)
        return _Course(
            first_at=min(instant(visit.first_action_timestamp - back) or last, last),
            last_at=last,
            presence=presence(now - last),
            timeline=timeline,
            earlier=len(visit.action_details) - len(timeline),
            badges=badges(lines),
            action_times=tuple(line.at for line in lines if line.kind not in CONVERSIONS),
            happenings=happenings,
            action=page,
            page=self._page(page) if page else None,
            views=tuple(self._views(actions, lines)),
        )

    def _row(self, visit: Visit, source: Facet, country: Facet, device: Facet) -> VisitRow:
        """Return the row without what changes in its visit. Texts of other visits too are shared."""
        place = visit.city or visit.region, visit.country
        return VisitRow(
            id_visit=visit.id_visit,
            visitor_id=sanitize(visit.visitor_id, 64),
            first_action_at=0,
            last_action_at=0,
            updated_at=0.0,
            presence=Presence.GONE,
            country=country.label,
            country_code=intern(sanitize(visit.country_code, 8).lower()),
            place=intern(", ".join(dict.fromkeys(sanitize(part).strip() for part in place if part))),
            visitor_type=intern(sanitize(visit.visitor_type, 64)),
            returning=visit.visitor_type.startswith("returning"),
            visit_count=visit.visit_count,
            source=source.label,
            source_type=intern(sanitize(visit.referrer_type, 64)),
            keyword=shown(visit.referrer_keyword).strip(),
            referrer_url=shown(visit.referrer_url, 2048),
            device=device.label,
            browser=intern(sanitize(visit.browser, 128)),
            operating_system=intern(sanitize(visit.operating_system, 128)),
            actions=0,
            duration=0,
            page="",
            page_title="",
            page_url="",
            ip=sanitize(visit.visit_ip, 64),
            user_id="",
            revenue=0.0,
            currency=self._currency(visit),
            site_name=self._elsewhere(visit),
        )

    def _currency(self, visit: Visit) -> str:
        """Return the currency of the visit's own site if it differs from that of the current site, else ``""``.

        A roll-up site has visits of other sites.
        """
        own = sanitize(visit.site_currency or visit.site_currency_symbol, 8).strip()
        return "" if own == self._site.currency else own

    def _elsewhere(self, visit: Visit) -> str:
        """Return the name of the visit's own site if it is not the current site, else ``""``."""
        if not visit.id_site or visit.id_site == self._site.id:
            return ""
        return sanitize(visit.site_name, 128).strip() or f"site {visit.id_site}"

    def _page(self, action: Action) -> Facet:
        return page_facet(action.url, title_of(action), self._home)

    def _views(
        self, actions: Sequence[tuple[int, Action]], lines: Sequence[TimelineEntry]
    ) -> Iterable[tuple[int, Facet]]:
        for (at, action), line in zip(actions, lines, strict=True):
            if line.kind is Kind.PAGE:
                yield at, self._page(action)


def _grown(row: VisitRow, visit: Visit, course: _Course, facets: tuple[Facet, ...], *, updated_at: float) -> VisitRow:
    """Return ``row`` with what changes in its visit. ``facets`` are its other ranking rows."""
    page, facet = course.action, course.page
    return replace(
        row,
        first_action_at=course.first_at,
        last_action_at=course.last_at,
        updated_at=updated_at,
        presence=course.presence,
        traits=_keys(facet, *facets, *(one.facet for one in course.happenings)),
        viewed=_keys(*(facet for _, facet in course.views)),
        actions=max(0, visit.actions or len(course.action_times)),
        duration=max(0, visit.visit_duration),
        page=facet.label if facet else "",
        page_title=intern(shown(title_of(page)).strip()) if page else "",
        page_url=intern(shown(page.url, 2048)) if page else "",
        user_id=sanitize(visit.user_id, 256),
        revenue=brought(visit, "ecommerceOrder"),
        badges=course.badges,
        timeline=course.timeline,
        earlier=course.earlier,
        later=visit.truncated_actions_count,
        cart=brought(visit, "ecommerceAbandonedCart"),
        page_variant=facet.variant if facet else "",
        page_segment=facet.segment if facet else "",
        path_segment=facet.folded.segment if facet and facet.folded else "",
    )


def _tracked(visit: Visit, course: _Course) -> dict[str, Any]:
    """Return the fields of a :class:`TrackedVisit` that change in its visit."""
    return {
        "place": (course.last_at, visit.id_visit),
        "version": (course.last_at, len(visit.action_details)),
        "page": course.page,
        "views": course.views,
        "happenings": course.happenings,
        "action_times": course.action_times,
        "progress": progress(visit),
    }


def _sharing(lines: tuple[TimelineEntry, ...], before: VisitRow | None) -> tuple[TimelineEntry, ...]:
    """Return ``lines`` with the equal entries of the row ``before`` at the same places."""
    if before is None:
        return lines
    start = before.earlier
    same = tuple(old if old == new else new for old, new in zip(before.timeline, lines[start:], strict=False))
    return lines[:start] + same + lines[start + len(same) :]


def _keys(*facets: Facet | None) -> tuple[str, ...]:
    """Return the keys of ``facets``, and of pages those of their paths; each once. (A set is five times as large.)"""
    known = [facet for facet in facets if facet is not None]
    return tuple({facet.key: None for facet in (*known, *(facet.folded for facet in known if facet.folded))})


def age(visits: Iterable[TrackedVisit], now: float) -> None:
    """Update the presence of the rows to ``now`` (server's epoch); other rows stay the same objects."""
    for seen in visits:
        wanted = presence(now - seen.place[0])
        if wanted is not seen.row.presence:
            seen.row = replace(seen.row, presence=wanted)


def badges(timeline: Sequence[TimelineEntry]) -> tuple[Badge, ...]:
    """Return the badges of a visit, each once: orders first, then goals, carts, searches, events; newest first. Goals
    are told apart by their ids, which are in their segments."""
    found: dict[tuple[Kind, str, str], Badge] = {}
    for line in reversed(timeline):
        if line.kind in _WEIGHT:
            goal = line.segment if line.kind is Kind.GOAL else ""
            found.setdefault((line.kind, line.label, goal), Badge(line.kind, line.label, line.revenue))
    return tuple(sorted(found.values(), key=lambda badge: _WEIGHT[badge.kind])[:MAX_BADGES])
