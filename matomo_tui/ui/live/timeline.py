"""The timeline pane of one visit: visitor and actions, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import LiveSnapshot, Presence, TimelineEntry, VisitRow
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.pane import Pane, PaneState

if TYPE_CHECKING:
    from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

TALL = 16
"""Lines from which on the table has a header."""
MOST_FIELDS = 5
"""Lines with further fields of a visit."""
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    """Return ``1st``, ``2nd``, ``11th`` and so on."""
    suffix = "th" if number % 100 in (11, 12, 13) else _ORDINALS.get(number % 10, "th")
    return f"{number:,}{suffix}"


class TimelinePane(Pane):
    """The head and the actions of a visit. New actions scroll into view unless the user scrolled away from the end."""

    TITLE = "Visit"
    DEFAULT_CSS = """
    TimelinePane > .timeline--head {
        height: auto; max-height: 10; padding: 0 0 0 2; color: $text;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("timeline")]

    class Narrow(FieldMessage):
        """Request to narrow all figures to ``segment``; ``label`` is the segment in words."""

        segment: str
        label: str

    class Left(Message):
        """The focus left the pane."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._place: tuple[int, str] = (0, "")
        self.visit: VisitRow | None = None
        self._site: Site | None = None
        self._fields: tuple[tuple[str, str], ...] = ()
        self._head = Static("", classes="timeline--head", markup=False)
        self._head_lines = 0

    @cached_property
    def _table(self) -> VirtualTable[int]:
        """The table of the actions. Imported here, as the first frame does not need it."""
        from matomo_tui.ui.live.timeline_rows import COLUMNS
        from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

        return VirtualTable(COLUMNS, follow="end")

    def compose_content(self) -> ComposeResult:
        self._table.set_header(self.outer_size.height >= TALL)
        yield self._head
        yield self._table

    def on_mount(self) -> None:
        if self.visit is None and not self.is_postponed:
            self._show_nothing()

    def build(self) -> None:
        """Build the rest of the pane, which says that there is no visit until one is shown."""
        super().build()
        if self.visit is None and not self.is_postponed and self.state is PaneState.LOADING:
            self._show_nothing()

    def follow(self, visit: VisitRow | None, snapshot: LiveSnapshot) -> None:
        """Show ``visit``, which is under the feed's cursor. While the pane is read it keeps its own, as it is in
        ``snapshot``: visits that come move another one under the cursor."""
        place = snapshot.site.id, snapshot.segment
        if self.is_read and self.visit is not None and place == self._place:
            own = self.visit
            visit = next((one for one in snapshot.feed.visits if one.id_visit == own.id_visit), own)
        self._place = place
        self.show_visit(visit, snapshot.site)

    @property
    def is_read(self) -> bool:
        """True while the pane has the focus, also if the whole terminal has lost it: Textual gives it back."""
        if self.has_focus_within:
            return True
        waiting = None if self.app.app_focus else self.app._last_focused_on_app_blur
        return waiting is not None and self in waiting.ancestors

    def on_descendant_blur(self) -> None:
        """Follow the feed again."""
        if not self.is_read:
            self.post_message(self.Left())

    def show_visit(self, visit: VisitRow | None, site: Site) -> None:
        """Show ``visit``. If it is the same one, the cursor stays on its action.

        Another visit opens at its end while the visitor is active, and at its start afterwards.
        """
        if visit is self.visit and site == self._site and visit is not None:
            return
        self.build()
        before = self.visit if site == self._site else None
        if before is None or visit is None or before.id_visit != visit.id_visit:
            self._fields = ()
        self.visit, self._site = visit, site
        if visit is None:
            self._show_nothing()
            return
        self.set_state(PaneState.CONTENT)
        glyphs = glyphs_of(self)
        self.set_title(visit_title(visit, glyphs))
        self._draw_head()
        if before is None or (before.timeline is not visit.timeline or before.presence is not visit.presence):
            self._fill(visit, site, same=before is not None and before.id_visit == visit.id_visit)

    def _show_nothing(self) -> None:
        self.set_title()
        self.set_state(PaneState.EMPTY, "No visit under the cursor")

    def _fill(self, visit: VisitRow, site: Site, *, same: bool) -> None:
        """Put the actions into the table; ``same``: the visit that was there before has more of them."""
        from matomo_tui.ui.live.timeline_rows import COLUMNS, WITHOUT_REVENUE, timeline_rows
        from matomo_tui.ui.widgets.table.rows import ListRows

        columns = COLUMNS if any(entry.revenue for entry in visit.timeline) else WITHOUT_REVENUE
        self._table.set_columns(columns)
        self._table.set_rows(ListRows(list(timeline_rows(visit, site, glyphs_of(self), columns))), keep_cursor=same)
        if not same and visit.presence is Presence.GONE:
            self._table.move_cursor(0, pin=True)

    def show_fields(self, fields: Sequence[tuple[str, str]]) -> None:
        """List further fields of the visit, name and value, below its head."""
        self._fields = tuple(fields)
        self._draw_head()

    def _draw_head(self) -> None:
        if self.visit is not None and self._site is not None:
            lines = [*visit_head(self.visit, self._site, glyphs_of(self)), *self._field_lines()]
            # Textual lays the whole screen out again for an update that may change the height.
            self._head.update(Content("\n").join(lines), layout=len(lines) != self._head_lines)
            self._head_lines = len(lines)

    def _field_lines(self) -> list[Content]:
        """A line for each field; where they are many, the last line has the others."""
        lines = [Content.assemble((f"{name}  ", "$text-muted"), value) for name, value in self._fields]
        if len(lines) <= MOST_FIELDS:
            return lines
        return [*lines[: MOST_FIELDS - 1], Content("  ").join(lines[MOST_FIELDS - 1 :])]

    @property
    def current(self) -> TimelineEntry | None:
        """The action under the cursor."""
        entries = self.visit.timeline if self.visit is not None else ()
        place = self._table.cursor - bool(self.visit is not None and self.visit.earlier)
        return entries[place] if 0 <= place < len(entries) else None

    def action_narrow(self) -> None:
        """Narrow all figures to the visits with the same action."""
        entry = self.current
        if entry is not None and entry.segment:
            self.post_message(self.Narrow(entry.segment, f"{entry.label}{entry.variant}"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Hide the key where the action under the cursor has no segment."""
        return action != "narrow" or (self.current is not None and bool(self.current.segment))

    def refusal(self, action: str) -> str | None:
        """Return the reason why ``action`` is not possible."""
        return "Matomo has no segment for this action." if action == "narrow" and self.current is not None else None

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_resize(self, event: events.Resize) -> None:
        if not self.is_postponed:
            self._table.set_header(event.size.height >= TALL)

    def text(self) -> str:
        """Return the visit as text for the clipboard; ``""`` if there is none."""
        if self.visit is None or self._site is None:
            return ""
        fields = (sanitize(f"{name}: {value}", 2048) for name, value in self._fields)
        return "\n".join((visit_text(self.visit, self._site, glyphs_of(self)), *fields))


def visit_title(visit: VisitRow, glyphs: Glyphs) -> str:
    """Return ``2644 ● returning, 8th visit``, followed by ``on Shop US`` for a visit on another site."""
    kind = {"returningCustomer": "returning customer"}.get(visit.visitor_type, visit.visitor_type)
    nth = f"{ordinal(visit.visit_count)} visit" if visit.visit_count else ""
    where = f"on {visit.site_name}" if visit.site_name else ""
    return f"{visit.id_visit} {glyphs.presence(visit.presence)} {', '.join(filter(None, (kind, nth, where)))}"


def visit_head(visit: VisitRow, site: Site, glyphs: Glyphs) -> list[Content]:
    """Return visitor, source, device and duration, in up to four lines."""
    source = Content.assemble((visit.source, "bold"), f' "{visit.keyword}"' if visit.keyword else "")
    if visit.referrer_url:
        source = Content.assemble(source, (f" {glyphs.arrow} {visit.referrer_url}", "$text-muted"))
    who = (visit.place or visit.country, visit.ip, visit.user_id and f"user {visit.user_id}")
    machine = (visit.device, visit.browser, visit.operating_system)
    since = formatting.clock_time(visit.first_action_at, site.timezone)
    worth, cart = (formatting.money(amount, visit.currency or site.currency) for amount in (visit.revenue, visit.cart))
    if glyphs.ascii:
        worth, cart = formatting.ascii_money(worth), formatting.ascii_money(cart)
    total = Content.assemble(
        (formatting.duration(visit.duration), "bold"),
        (" since ", "$text-muted"),
        since,
        (", ", "$text-muted"),
        formatting.plural(visit.actions, "action"),
        (f", {worth}", "$success bold") if visit.revenue else "",
        (f", cart {cart}", "$warning") if visit.cart else "",
    )
    lines = [_joined(who, glyphs), source, _joined(machine, glyphs, "$text-muted"), total]
    return [line for line in lines if line.plain]


def _joined(parts: Iterable[str], glyphs: Glyphs, style: str = "") -> Content:
    return Content.styled(f" {glyphs.between} ".join(filter(None, parts)), style)


def visit_text(visit: VisitRow, site: Site, glyphs: Glyphs) -> str:
    """Return the visit for the clipboard: its head and one line per action, sanitized, without tabs."""
    from matomo_tui.ui.live.timeline_rows import NOT_SENT, earlier_actions, later_actions

    lines = [f"Visit {visit_title(visit, glyphs)}"]
    lines += [line.plain for line in visit_head(visit, site, glyphs)]
    lines += [earlier_actions(visit)] if visit.earlier else []
    lines += (_entry_text(entry, visit.currency or site.currency, site) for entry in visit.timeline)
    lines += [f"{later_actions(visit)}, {NOT_SENT}"] if visit.later else []
    return "\n".join(sanitize(line, 2048) for line in lines)


def _entry_text(entry: TimelineEntry, currency: str, site: Site) -> str:
    parts: Sequence[str] = (
        formatting.clock_time(entry.at, site.timezone),
        entry.kind.value,
        entry.label,
        entry.title,
        entry.url,
        formatting.money(entry.revenue, currency) if entry.revenue else "",
    )
    return "  ".join(filter(None, parts))
