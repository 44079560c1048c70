"""The wall: a tile a site with its visitors of now, its visits of today, its last 30 days and its last hit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.api.errors import FeatureDisabled, NoAccess
from matomo_tui.live.site_activity import SiteNow
from matomo_tui.live.sites_poller import SitesSnapshot
from matomo_tui.live.snapshot import Phase
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.fading import FADE_ROWS
from matomo_tui.ui.drawing.formatting import number, pad_or_truncate, short_number
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.sites.grid_cursor import GridCursorMixin
from matomo_tui.ui.reports.sites.site_course import known_days, plot_course
from matomo_tui.ui.reports.sites.site_rows import last_hit
from matomo_tui.ui.widgets.big_digits import ROWS, digit_rows
from matomo_tui.ui.widgets.table.columns import StyleName

GAP = 2
"""Cells between two tiles."""
_LEAST_WIDTH, _GOOD_WIDTH, _MOST_WIDTH = 20, 26, 96
_LEAST_HEIGHT, _MOST_HEIGHT = 4, 16
"""Lines of a tile, with the blank one below it. Lower tiles are put below each other, higher ones beside each other."""
_TALLEST = 48
"""Lines of a tile that has the room of others that are not there."""
_LARGE_FROM = 9
"""Lines from which on the visitors of now are in large digits."""

_CAPTION_FROM = 4
"""Lines of the course from which on a further one says what it shows."""

_Texts = tuple[tuple[str, str], ...]


class WallGrid(NamedTuple):
    """The tiles in a row, and the lines of each."""

    columns: int
    height: int


def wall_grid(width: int, height: int, count: int) -> WallGrid:
    """The grid for ``count`` tiles in ``width`` by ``height`` cells: as high as possible, then as wide as possible.

    If they do not fit, the tiles are as small as they may be, and the wall scrolls."""
    widest = max(1, (width + GAP) // (_LEAST_WIDTH + GAP))
    best = WallGrid(widest, _LEAST_HEIGHT)
    for beside in range(max(1, -(-(width + GAP) // (_MOST_WIDTH + GAP))), widest + 1):
        lines = height // max(1, -(-count // beside))
        narrow = (width - GAP * (beside - 1)) // beside < _GOOD_WIDTH
        if lines > best.height and not (narrow and best.height > _LEAST_HEIGHT):
            best = WallGrid(beside, min(lines, _MOST_HEIGHT))
        if lines >= _MOST_HEIGHT:
            break
    return best._replace(height=max(best.height, min(_TALLEST, height // max(1, -(-count // best.columns)))))


class SiteTile(Struct, frozen=True):
    """What a tile shows."""

    site: int
    name: str
    """Sanitized."""
    now: SiteNow
    hit_age: float | None
    """Seconds; ``None``: unknown or none."""
    phase: Phase
    """Of the poller."""
    outdated: bool = False
    """Its figures are those of earlier; those of now are awaited."""

    def state(self, glyphs: Glyphs) -> tuple[str, StyleName]:
        """The state of its figures, as a symbol with a word, and its style."""
        if self.now.error is not None:
            word = "refused" if isinstance(self.now.error, NoAccess | FeatureDisabled) else "failed"
            return f"{glyphs.stopped} {word}", "bad"
        if self.phase is Phase.STOPPED:
            return f"{glyphs.stopped} stopped", "bad"
        if self.phase is Phase.STALE:
            return f"{glyphs.stale} stale", "warn"
        if self.now.asked_at is None or self.outdated:
            return f"{glyphs.stale} waiting", "muted"
        return f"{glyphs.live} live", "good"

    @property
    def is_old(self) -> bool:
        """Returns True if its figures are not those of now."""
        return self.outdated or self.now.error is not None or self.phase in (Phase.STOPPED, Phase.STALE)


class SiteWall(GridCursorMixin, Widget, can_focus=True):
    """Tiles in a grid, with a cursor on one of them; it scrolls by rows of tiles if they do not all fit."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"site-wall--{name}" for name in ("cursor", "strong", "muted", "accent", "good", "warn", "bad", "line")),
        *(f"site-wall--fill-{depth}" for depth in range(1, FADE_ROWS + 1)),
    }
    DEFAULT_CSS = """
    SiteWall {
        height: 1fr; width: 1fr; padding: 0 1;
        & > .site-wall--strong { color: $foreground; text-style: bold; }
        & > .site-wall--muted { color: $text-muted; }
        & > .site-wall--accent { color: $accent; }
        & > .site-wall--good { color: $text-success; }
        & > .site-wall--warn { color: $text-warning; text-style: bold; }
        & > .site-wall--bad { color: $text-error; text-style: bold; }
        & > .site-wall--cursor { background: $block-cursor-background; text-style: bold; }
        & > .site-wall--line { color: $accent; }
        & > .site-wall--fill-1 { color: $accent 45%; }
        & > .site-wall--fill-2 { color: $accent 35%; }
        & > .site-wall--fill-3 { color: $accent 25%; }
        &:ansi > .site-wall--fill-1, &:ansi > .site-wall--fill-2, &:ansi > .site-wall--fill-3 {
            color: $accent; text-style: dim;
        }
        &:ansi > .site-wall--muted { text-style: dim; }
        &:ansi > .site-wall--cursor { background: ansi_default; text-style: bold reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("table", "site cards")
    ALLOW_SELECT = False

    class Opened(FieldMessage):
        """The user opened the site by a double click."""

        site: int

    def __init__(self) -> None:
        super().__init__()
        self._names: list[tuple[int, str]] = []
        self.tiles: tuple[SiteTile, ...] = ()
        """All tiles, visible or not."""
        self._cursor = 0
        self._drawn: dict[int, tuple[object, list[Strip]]] = {}
        """The tiles as drawn, with what they were drawn from."""
        self._top = 0
        """The first row of tiles that is visible."""

    @property
    def site(self) -> int | None:
        """The site under the cursor."""
        return self._names[self._cursor][0] if self._cursor < len(self._names) else None

    @property
    def trouble(self) -> str:
        """Why there are no figures of the site under the cursor, otherwise of the first one without; ``""`` if all have
        some."""
        failed = [tile for tile in self.tiles if tile.now.error is not None]
        one = next((tile for tile in failed if tile.site == self.site), failed[0] if failed else None)
        return f"{one.name}: {one.now.error}" if one is not None else ""

    @property
    def in_view(self) -> tuple[int, ...]:
        """The sites whose tiles are visible."""
        beside, height = self._grid
        rows = max(1, self.content_size.height // height)
        return tuple(site for site, _ in self._names[self._top * beside : (self._top + rows) * beside])

    def set_sites(self, sites: Sequence[tuple[int, str]]) -> None:
        """Show these sites, given by id and name; the name is sanitized here."""
        self._names = [(site, sanitize(name, 100) or f"Site {site}") for site, name in sites]
        self._cursor = max(0, min(self._cursor, len(self._names) - 1))
        self._scroll_to_cursor()

    def show(self, snapshot: SitesSnapshot, now: float) -> None:
        """Draw the figures of ``snapshot`` at ``now`` (our epoch)."""
        tiles = tuple(
            SiteTile(
                site,
                name,
                snapshot.sites.get(site, SiteNow()),
                snapshot.hit_age(site, now),
                snapshot.poll.phase,
                snapshot.is_old(site),
            )
            for site, name in self._names
        )
        before, self.tiles = self.tiles, tiles
        if len(before) != len(tiles):
            self.refresh()
            return
        changed = [index for index, (old, new) in enumerate(zip(before, tiles, strict=True)) if old != new]
        self._refresh_tiles(changed)

    def _refresh_tiles(self, indices: Sequence[int]) -> None:
        """Draw these tiles again, if they are visible."""
        beside, height = self._grid
        rows = {index // beside - self._top for index in indices}
        regions = [Region(0, row * height, self.size.width, height) for row in sorted(rows)]
        regions = [region for region in regions if 0 <= region.y < self.content_size.height]
        if regions:
            self.refresh(*regions)

    @property
    def _grid(self) -> WallGrid:
        return wall_grid(self.content_size.width, self.content_size.height, len(self._names))

    def render_line(self, y: int) -> Strip:
        beside, height = self._grid
        width, base = self.content_size.width, self.rich_style
        room = (width - GAP * (beside - 1)) // beside
        segments: list[Segment] = []
        first = (y // height + self._top) * beside
        for index in range(first, min(first + beside, len(self.tiles))):
            segments += [*self._drawn_tile(index, room, height)[y % height], Segment(" " * GAP, base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _drawn_tile(self, index: int, width: int, height: int) -> list[Strip]:
        """The lines of a tile, drawn again only if it changed."""
        tile, glyphs = self.tiles[index], glyphs_of(self)
        key = (tile, index == self._cursor, self.has_focus, width, height, glyphs.ascii)
        known = self._drawn.get(index)
        if known is None or known[0] != key:
            lines = [self._name_line(tile, width, glyphs, under_cursor=index == self._cursor)]
            below = self._lines(tile, width, height, glyphs)[: height - 2]
            lines += [self._between(*line, width) for line in below]
            lines += [[] for _ in range(height - len(lines))]
            strips = [Strip(line).adjust_cell_length(width, self.rich_style) for line in lines]
            known = self._drawn[index] = key, strips
        return known[1]

    def notify_style_update(self) -> None:
        """Forget the drawn tiles: they carry the theme's styles."""
        super().notify_style_update()
        self._drawn.clear()

    def _lines(self, tile: SiteTile, width: int, height: int, glyphs: Glyphs) -> list[tuple[_Texts, _Texts]]:
        """The lines below the name: texts at the left and at the right of each."""
        now = tile.now
        strong: StyleName = "muted" if tile.is_old else "strong"
        here: StyleName = "muted" if tile.is_old or not now.visits_3 else "good"
        today: _Texts = ((number(now.today, glyphs.dash), strong), (" today", "muted"))
        lately: _Texts = ((number(now.visits_30, glyphs.dash), strong), (" in 30 min", "muted"))
        hit = last_hit(now, tile.hit_age, glyphs)
        age: _Texts = (*hit, (" ago" if tile.hit_age is not None and now.error is None else " last hit", "muted"))
        lines: list[tuple[_Texts, _Texts]] = []
        if height >= _LARGE_FROM:
            rows = digit_rows(short_number(now.visits_3, "-"), ascii=glyphs.ascii) or ("", "", "")
            labels = ("", "", " now")
            rights = (today, lately, age)
            lines += [
                (((row, here), (label, "muted")), right) for row, label, right in zip(rows, labels, rights, strict=True)
            ]
            spare = height - 2 - ROWS
        else:
            visitors: _Texts = ((number(now.visits_3, glyphs.dash), here), (" now", "muted"))
            lines += [(visitors, today), (lately, age)]
            spare = height - 4
        return [*lines, *self._chart(tile, width, spare, glyphs)]

    def _chart(self, tile: SiteTile, width: int, rows: int, glyphs: Glyphs) -> list[tuple[_Texts, _Texts]]:
        course = tile.now.course
        if rows < 1 or not any(known_days(course)):
            return []
        lines: list[tuple[_Texts, _Texts]] = []
        if rows > _CAPTION_FROM:
            lines.append((((f"visits a day, {len(course)} days", "muted"),), ()))
            rows -= 1
        for runs in plot_course(course, rows, width, glyphs):
            looks = ("" if depth is None else f"fill-{-depth}" if depth < 0 else "line" for _, depth in runs)
            left = tuple((text, look) for (text, _), look in zip(runs, looks, strict=True))
            lines.append((left if not tile.is_old else tuple((text, "muted") for text, _ in left), ()))
        return lines

    def _name_line(self, tile: SiteTile, width: int, glyphs: Glyphs, *, under_cursor: bool) -> list[Segment]:
        state, look = tile.state(glyphs)
        if cell_len(state) + 10 > width:
            state = state[:1]
        name = pad_or_truncate(
            tile.name, min(cell_len(tile.name), width - cell_len(state) - 3), ellipsis=glyphs.ellipsis
        )
        fill = " " * (width - cell_len(name) - cell_len(state) - 2)
        if under_cursor:
            style = self._style("cursor")
            return [Segment(f"{glyphs.cursor} {name}{fill}", style), Segment(state, self._style(look) + style)]
        parts: _Texts = (("  ", ""), (name, "strong"), (fill, ""), (state, look))
        return [Segment(text, self._style(one)) for text, one in parts]

    def _between(self, left: _Texts, right: _Texts, width: int) -> list[Segment]:
        used = sum(cell_len(text) for text, _ in (*left, *right)) + 2
        if used >= width:
            right, used = (), sum(cell_len(text) for text, _ in left) + 2
        first, last = ([Segment(text, self._style(look)) for text, look in part] for part in (left, right))
        return [Segment("  ", self.rich_style), *first, Segment(" " * (width - used), self.rich_style), *last]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"site-wall--{name}") if name else self.rich_style

    # Keys and mouse

    @property
    def grid_columns(self) -> int:
        return self._grid.columns

    @property
    def grid_length(self) -> int:
        return len(self._names)

    @property
    def grid_cursor(self) -> int:
        return self._cursor

    def move_to(self, index: int) -> None:
        if 0 <= index < len(self._names) and index != self._cursor:
            self._cursor = index
            self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        beside, height = self._grid
        rows, at = max(1, self.content_size.height // height), self._cursor // beside
        self._top = max(0, min(self._top, at, -(-len(self._names) // beside) - rows), at - rows + 1)
        self.refresh()

    def on_resize(self) -> None:
        self._scroll_to_cursor()

    def action_page_up(self) -> None:
        beside, height = self._grid
        self.move_to(max(0, self._cursor - beside * max(1, self.content_size.height // height)))

    def action_page_down(self) -> None:
        beside, height = self._grid
        page = beside * max(1, self.content_size.height // height)
        self.move_to(min(len(self._names) - 1, self._cursor + page))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the tile under the pointer; a double click opens its site."""
        beside, height = self._grid
        room = (self.content_size.width - GAP * (beside - 1)) // beside
        x = max(0, event.x - self.gutter.left)  # The margin belongs to the tile beside it.
        index = (event.y // height + self._top) * beside + min(x // (room + GAP), beside - 1)
        if 0 <= index < len(self._names):
            self.move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened(self._names[index][0]))
