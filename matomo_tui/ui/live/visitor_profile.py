"""The visitor profile pane: totals, earlier visits, pages and sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import LabelCount, ProfileEdge, VisitorProfile
from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timeline import home_of, page_facet
from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.async_pane import not_renewed
from matomo_tui.ui.widgets.pane import Pane, PaneState, state_of
from matomo_tui.ui.widgets.table.columns import Cell, Column, Span
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.visit_cells import badge_text

COLUMNS = (Column("label", "", 10, flex=1), Column("count", "", 7, align="right"))
LONGEST = 30
"""The most rows of each list."""
MOST_SENT = 100
"""Matomo sends at most so many entries of a list, the most frequent. It adds up so many visits, the last ones."""

Key = tuple[str, int]
"""The list of a row, and its place in it, or the ``id_visit`` of a visit."""


class ProfilePane(Pane):
    """The profile of a visitor. ``enter`` on one of the visits posts ``Chosen``."""

    TITLE = "Visitor"
    DEFAULT_CSS = """
    ProfilePane > .profile--head {
        height: auto; max-height: 5; padding: 0 0 0 2; color: $text;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    class Chosen(FieldMessage):
        """Request to show this visit of the visitor."""

        visit: VisitRow

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._head = Static("", classes="profile--head", markup=False)
        self._table: VirtualTable[Key] = VirtualTable(COLUMNS)
        self._shown: tuple[VisitorProfile, tuple[VisitRow, ...], Site] | None = None

    def compose_content(self) -> ComposeResult:
        yield self._head
        yield self._table

    def show_waiting(self) -> None:
        """Show that a profile is loading."""
        self.set_title()
        self.set_state(PaneState.LOADING)

    def show_nobody(self, sentence: str) -> None:
        """Show ``sentence`` in place of a profile."""
        self.set_title()
        self.set_state(PaneState.EMPTY, sentence)

    def show_error(self, error: MatomoError) -> None:
        """Show that Matomo refused the request, or that it failed."""
        self.set_title()
        state = PaneState.BROKEN if error.stops_polling else state_of(error)
        again = "\nr tries again." if state is PaneState.BROKEN else ""
        self.set_state(state, f"{error}{again}")

    def show_old(self, error: MatomoError) -> None:
        """Keep the profile that could not be loaded again, dimmed, with the error in the title."""
        self.set_state(PaneState.STALE)
        profile = self._shown[0] if self._shown is not None else None
        name = sanitize(profile.user_id or profile.visitor_id, 80) if profile is not None else ""
        self.set_title((not_renewed(error), name))

    def show_profile(
        self, profile: VisitorProfile, visits: Sequence[VisitRow], current: int, site: Site, *, as_of: float
    ) -> None:
        """Show ``profile`` as of ``as_of`` (epoch).

        ``visits`` are its last visits, newest first; ``current`` is the ``id_visit`` in the timeline.
        """
        is_again = self._shown is not None and self._shown[0].visitor_id == profile.visitor_id
        self._shown = (profile, tuple(visits), site)
        self.set_state(PaneState.CONTENT)
        at = formatting.clock_time(as_of, site.timezone)
        self.set_title(sanitize(profile.user_id or profile.visitor_id, 80), headings=f"as of {at}")
        head = _head(profile, visits, site, glyphs_of(self))
        self._head.update(Content("\n").join(line for line in head if line.plain))
        self._fill(current, keep_cursor=is_again)

    def mark_current(self, id_visit: int) -> None:
        """Mark the visit that the timeline shows."""
        self._fill(id_visit, keep_cursor=True)

    def _fill(self, current: int, *, keep_cursor: bool) -> None:
        if self._shown is None:
            return
        profile, visits, site = self._shown
        rows = ListRows(list(_rows(profile, visits, current, site, glyphs_of(self))))
        self._table.set_rows(rows, keep_cursor=keep_cursor)
        place = rows.index_of(("visit", current))
        if place is not None and not keep_cursor:
            self._table.move_cursor(place)

    def action_open(self) -> None:
        self._table.action_select()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[Key]) -> None:
        event.stop()
        kind, which = event.key
        visits = self._shown[1] if self._shown else ()
        for visit in visits:
            if kind == "visit" and visit.id_visit == which:
                self.post_message(self.Chosen(visit))


def _head(profile: VisitorProfile, visits: Sequence[VisitRow], site: Site, glyphs: Glyphs) -> Iterator[Content]:
    currencies = {visit.currency for visit in visits}
    currency = (currencies.pop() if len(currencies) == 1 else "") or site.currency
    visited = formatting.plural(profile.total_visits, "visit")
    yield Content.assemble(
        (f"the last {visited}" if profile.has_more_visits else visited, "bold"),
        f", {formatting.plural(profile.total_actions, 'action')}",
        (f" in {formatting.duration(profile.total_visit_duration)}", "$text-muted"),
    )
    kinds = (
        (profile.total_page_views, "page view"),
        (profile.total_events, "event"),
        (profile.total_downloads, "download"),
        (profile.total_outlinks, "outlink"),
    )
    yield Content.styled(", ".join(formatting.plural(count, word) for count, word in kinds if count), "$text-muted")
    worth = [formatting.plural(profile.total_goal_conversions, "conversion")] if profile.total_goal_conversions else []
    if profile.total_ecommerce_revenue:
        amount = formatting.money(profile.total_ecommerce_revenue, currency)
        amount = formatting.ascii_money(amount) if glyphs.ascii else amount
        worth.append(f"{amount} in {formatting.plural(profile.total_ecommerce_conversions, 'order')}")
    yield Content.styled(", ".join(worth), "$success")
    if profile.first_visit is not None:
        yield _edge("first", profile.first_visit, site)
    if profile.last_visit is not None and profile.total_visits > 1:
        yield _edge("last", profile.last_visit, site)


def _edge(word: str, edge: ProfileEdge, site: Site) -> Content:
    day = formatting.day(edge.timestamp, site.timezone)
    ago = "today" if edge.days_ago <= 0 else "yesterday" if edge.days_ago == 1 else f"{edge.days_ago:,} days ago"
    source = shown(edge.referral_summary, 80)
    return Content.assemble((f"{word} ", "$text-muted"), day, (f", {ago}, {source}".rstrip(", "), "$text-muted"))


def _rows(
    profile: VisitorProfile, visits: Sequence[VisitRow], current: int, site: Site, glyphs: Glyphs
) -> Iterator[Row[Key]]:
    cut = profile.has_more_visits or profile.total_visits > len(visits)
    more = f", the last {len(visits)}" if cut else ""
    if visits:
        yield _section("visits", f"Visits{more}", "actions")
        for visit in visits:
            yield _visit_row(visit, current, site, glyphs)
    lists = (
        ("pages", "Pages", "views", profile.visited_pages),
        ("searches", "Searches", "times", profile.searches),
        ("devices", "Devices", "visits", profile.devices),
        ("countries", "Countries", "visits", profile.countries),
    )
    for key, title, unit, counted in lists:
        if counted:
            yield Row((key, -2), ("", ""))
            of = f", {LONGEST} of {len(counted)}{'+' if len(counted) >= MOST_SENT else ''}"
            yield _section(key, f"{title}{of if len(counted) > LONGEST else ''}", unit)
            yield from _counted(key, counted, site)


def _section(key: str, title: str, unit: str) -> Row[Key]:
    return Row((key, -1), (((title, "strong"),), ((unit, "muted"),)))


def _visit_row(visit: VisitRow, current: int, site: Site, glyphs: Glyphs) -> Row[Key]:
    day = formatting.day(visit.first_action_at, site.timezone)
    time = formatting.clock_time(visit.first_action_at, site.timezone, seconds=False)
    badges = "  ".join(badge_text(badge, visit.currency or site.currency, glyphs) for badge in visit.badges)
    label: Cell = (
        (f"{day} {time} ", "strong" if visit.id_visit == current else ""),
        (f" {visit.site_name}" if visit.site_name else "", ""),
        (f" {visit.source}", "muted"),
        (f"  {badges}" if badges else "", "good"),
    )
    mark: Span = (glyphs.arrow, "accent") if visit.id_visit == current else ("", "")
    return Row(("visit", visit.id_visit), (label, str(visit.actions)), mark=mark)


def _counted(key: str, counted: Sequence[LabelCount], site: Site) -> Iterator[Row[Key]]:
    home = home_of(site.main_url)
    for place, one in enumerate(counted[:LONGEST]):
        page = page_facet(one.label, "", home) if key == "pages" else None
        label: Cell = ((page.label, ""), (page.variant, "muted")) if page is not None else shown(one.label)
        yield Row((key, place), (label, f"{one.count:,}"))
