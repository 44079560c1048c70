"""The transitions screen: previous and following pages; enter goes to another page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal
from urllib.parse import unquote

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from matomo_tui.api import transitions
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.transitions import Transition, Transitions
from matomo_tui.live.snapshot import LiveSnapshot, PollState
from matomo_tui.page_url import shown, split_page_url
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import number, percent
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_layout import query_crumbs
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.retries import Retries, RetryingScreen
from matomo_tui.ui.widgets.screens import TabbedScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.tinted_table import OverBar, TintedTable
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (
    Column("label", "", 12, flex=1),
    Column("count", "", 7, align="right"),
    Column("share", "", 5, align="right", hides=1),
)
OTHERS = "Others"


class PageName(Struct, frozen=True):
    """A page, by address or by title."""

    kind: Literal["url", "title"]
    name: str
    """The complete address, or the title as the server sent it."""

    def shown(self) -> str:
        """Path with query and fragment, or the title; sanitized, with tokens masked."""
        if self.kind == "title":
            return shown(self.name).strip() or "(no title)"
        parts = split_page_url(self.name)
        return shown(unquote(parts.path or "/") + parts.variant)

    def sibling(self, label: str) -> PageName:
        """Another page by its ``label`` in the transitions of this one: an address without scheme, or a title."""
        scheme = split_page_url(self.name).scheme or "https"
        return PageName("url", f"{scheme}://{label}") if self.kind == "url" else PageName("title", label)


class FlowLine(Struct, frozen=True):
    """One line of a side."""

    label: str
    count: int
    heading: bool = False
    page: PageName | None = None
    """The page that the line leads to."""


def before(found: Transitions, page: PageName) -> list[FlowLine]:
    """The lines for what visitors did before the page: pages, site searches and referrers."""
    lines = _pages("Pages", found.previous_pages, page)
    lines += _others("Site searches", found.previous_site_searches)
    for source in sorted(found.referrers, key=lambda one: -one.visits):
        lines.append(FlowLine(sanitize(source.label, 60), source.visits, heading=True))
        lines += [FlowLine(shown(one.label, 200), one.referrals) for one in source.details]
    return lines


def after(found: Transitions, page: PageName) -> list[FlowLine]:
    """The lines for what they did after it: pages, site searches, outlinks, downloads and exits."""
    lines = _pages("Pages", found.following_pages, page)
    lines += _others("Site searches", found.following_site_searches)
    lines += _others("Outlinks", found.outlinks)
    lines += _others("Downloads", found.downloads)
    if found.page_metrics.exits:
        lines.append(FlowLine("Left the site", found.page_metrics.exits, heading=True))
    return lines


def _pages(heading: str, pages: Sequence[Transition], page: PageName) -> list[FlowLine]:
    if not pages:
        return []
    lines = [FlowLine(heading, sum(one.referrals for one in pages), heading=True)]
    for one in pages:
        other = page.sibling(one.label)
        rest = one.label == OTHERS
        lines.append(FlowLine(OTHERS if rest else other.shown(), one.referrals, page=None if rest else other))
    return lines


def _others(heading: str, entries: Sequence[Transition]) -> list[FlowLine]:
    if not entries:
        return []
    lines = [FlowLine(heading, sum(one.referrals for one in entries), heading=True)]
    return lines + [FlowLine(shown(one.label, 200), one.referrals) for one in entries]


class SidePane(AsyncPane):
    """One side of the page: counts and their shares of its pageviews."""

    def __init__(self, title: str, nothing: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heading, self._nothing = title, nothing
        self._table: VirtualTable[int] = TintedTable(COLUMNS)
        self.lines: tuple[FlowLine, ...] = ()

    def compose_content(self) -> ComposeResult:
        yield self._table

    def on_mount(self) -> None:
        """Draw the title before the first answer."""
        self.set_title(title=self._heading)

    @property
    def table(self) -> VirtualTable[int]:
        """The widget that takes the focus."""
        return self._table

    @property
    def page(self) -> PageName | None:
        """The page under the cursor."""
        key = self._table.cursor_key
        return self.lines[key].page if key is not None and key < len(self.lines) else None

    def show(self, lines: Sequence[FlowLine], pageviews: int) -> None:
        """Draw ``lines`` with their shares of ``pageviews``; the cursor goes to the first line that leads to a page,
        unless these lines were shown already."""
        keep_cursor = self._is_answered
        self.answered()
        self.lines = tuple(lines)
        self.set_state(PaneState.CONTENT if lines else PaneState.EMPTY, "" if lines else self._nothing)
        glyphs = glyphs_of(self)
        rows = ListRows([_row(n, line, pageviews, glyphs) for n, line in enumerate(lines)])
        self._table.set_rows(rows, keep_cursor=keep_cursor)
        if not keep_cursor:
            self._table.move_cursor(next((n for n, line in enumerate(lines) if line.page is not None), 0))


def _row(key: int, line: FlowLine, pageviews: int, glyphs: Glyphs) -> Row[int]:
    share = _share(line.count / pageviews) if pageviews else ""
    look: Literal["strong", ""] = "strong" if line.heading else ""
    bar = min(1.0, line.count / pageviews) if pageviews and not line.heading else 0.0
    label = line.label if line.heading else f"  {line.label}"
    count = number(line.count, glyphs.dash)
    return Row(key, (OverBar(((label, look),), bar, glyphs.ellipsis), ((count, look),), ((share, "muted"),)))


def _share(fraction: float) -> str:
    """A share in five cells; a small one is not shown as zero."""
    return "<1 %" if 0 < fraction < 0.005 else percent(fraction)


class PagePane(AsyncPane):
    """The figures of the page itself."""

    TITLE = "Page"
    TELLS_WAIT = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._table: VirtualTable[int] = TintedTable(COLUMNS)

    def compose_content(self) -> ComposeResult:
        yield self._table

    def on_mount(self) -> None:
        """The figures cannot be selected."""
        self._table.can_focus = False

    def show(self, found: Transitions, page: PageName) -> None:
        """Draw how often the page was viewed, entered, left and reloaded."""
        self.answered()
        metrics = found.page_metrics
        self.set_state(PaneState.CONTENT)
        self.set_title(page.shown())
        lines = (
            FlowLine("Pageviews", metrics.pageviews, heading=True),
            FlowLine("Visits begun here", metrics.entries),
            FlowLine("Visits ended here", metrics.exits),
            FlowLine("From another page", sum(one.referrals for one in found.previous_pages)),
            FlowLine("On to another page", sum(one.referrals for one in found.following_pages)),
            FlowLine("Loaded again", metrics.loops),
        )
        glyphs = glyphs_of(self)
        self._table.set_rows(ListRows([_row(n, line, metrics.pageviews, glyphs) for n, line in enumerate(lines)]))


class TransitionsScreen(TabbedScreen[None], RetryingScreen):
    """Before ← page → after. Enter goes to the page under the cursor; escape goes back, and closes at the first
    page."""

    DEFAULT_CSS = """
    TransitionsScreen { layout: vertical; overflow: hidden; }
    TransitionsScreen > #around {
        height: 1fr; padding: 0 1; layout: grid; grid-size: 2; grid-gutter: 0 2; grid-rows: 7 1fr;
    }
    TransitionsScreen PagePane { column-span: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("around")]
    AUTO_FOCUS = ""

    def __init__(self, context: ReportContext, page: PageName, poll: PollState | None = None) -> None:
        super().__init__()
        self.context = context
        self._query = context.query
        self._poll = poll or PollState()
        self._visited = [page]
        self._before = SidePane("Before", "No previous pages", id="before")
        self._page = PagePane(id="page")
        self._after = SidePane("After", "No following pages", id="after")
        self.retries = Retries(
            lambda: self.page if self._page.has_failed else None,
            lambda: self._page.is_waiting,
            self._reload,
            context.clock.monotonic,
        )
        self.retries.show_live(self._poll.phase)

    @property
    def page(self) -> PageName:
        """The page in the middle."""
        return self._visited[-1]

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader()
        with Container(id="around"):
            yield self._page
            yield self._before
            yield self._after
        yield SectionTabs("")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Load the first page."""
        self._request()

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Show the state of the live connection; once that is good again, load the page if that failed meanwhile."""
        self._poll = snapshot.poll
        self._draw_crumbs()
        self.follow_phase(snapshot.poll.phase)

    def _draw_crumbs(self) -> None:
        query = self._query
        names = [sanitize(query.site.name), "Before and after", self.page.shown()]
        crumbs = query_crumbs(names, query, self.context.segment_text())
        for header in self.query(BreadcrumbHeader):  # not there yet, or gone already
            header.show(crumbs, self._poll, demo=self.context.session.settings.demo)

    def _reload(self) -> None:
        self._request(reload=True)

    def _request(self, *, reload: bool = False) -> None:
        page = self.page
        self._draw_crumbs()
        for pane in (self._before, self._page, self._after):
            pane.ask(page, again=reload)
        self.run_worker(deferred(self._load, page, reload), group="around", exclusive=True)

    async def _load(self, page: PageName, reload: bool) -> None:
        method = (
            transitions.get_transitions_for_page_url
            if page.kind == "url"
            else transitions.get_transitions_for_page_title
        )
        try:
            found = await self.context.loader.request(
                method(page.name, **self._query.where), self._query, reload=reload
            )
        except MatomoError as error:
            self._fail(error)
            return
        pageviews = found.page_metrics.pageviews
        self._page.show(found, page)
        self._before.show(before(found, page), pageviews)
        self._after.show(after(found, page), pageviews)
        self.call_after_refresh(self._keep_focus)

    def _fail(self, error: MatomoError) -> None:
        """Show the error: in the title over what could not be loaded again, else in place of the page."""
        self._page.failed(error)
        for side in (self._before, self._after):
            side.end_request()
            if self._page.state is not PaneState.STALE:
                side.forget_answer()
                side.set_state(PaneState.EMPTY)
            elif side.has_content:
                side.set_state(PaneState.STALE)
        self.refresh_bindings()

    def _keep_focus(self) -> None:
        """Focus a side that has lines, by preference the one that had the focus."""
        sides = [self._before, self._after]
        if self._after.table.has_focus:
            sides.reverse()
        for side in sides:
            if side.state is PaneState.CONTENT:
                self.set_focus(side.table, scroll_visible=False)
                break
        self.refresh_bindings()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        """Go to the page double-clicked."""
        event.stop()
        self.action_walk()

    @property
    def _next(self) -> PageName | None:
        for side in (self._before, self._after):
            if side.table.has_focus:
                return side.page
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable going to a page on lines that lead to none."""
        return self._next is not None if action == "walk" else True

    def action_walk(self) -> None:
        """Go to the page under the cursor."""
        page = self._next
        if page is not None and page != self.page:
            self._visited.append(page)
            self._request()

    def action_walk_back(self) -> None:
        """Go back to the page before, or close the screen at the first one."""
        if len(self._visited) > 1:
            self._visited.pop()
            self._request()
        else:
            self.dismiss(None)

    def action_side(self, name: str) -> None:
        """Focus the pane of the previous or of the following pages."""
        wanted = self._before if name == "before" else self._after
        if wanted.state is PaneState.CONTENT:
            self.set_focus(wanted.table)

    def action_reload(self) -> None:
        """Load the page again from Matomo."""
        self.context.loader.resume()
        self._reload()
