"""Virtual tables on the screen, for their tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.geometry import Region
from textual.pilot import Pilot

from matomo_tui.ui.drawing.glyphs import UNICODE, Glyphs
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row, Rows
from matomo_tui.ui.widgets.table.virtual_table import Follow, VirtualTable
from tests.ui.host import Host

COLUMNS = (
    Column("name", "Name", 8, flex=1),
    Column("city", "City", 10, hides=1),
    Column("count", "Count", 6, align="right"),
)


def row(key: int, count: int | None = None, name: str = "") -> Row[int]:
    return Row(key, (name or f"row {key}", (("Berlin", "muted"),), str(key if count is None else count)))


def rows(*keys: int) -> ListRows[int]:
    return ListRows([row(key) for key in keys])


class Endless:
    """A provider that never has more than what is asked for, and remembers that."""

    def __init__(self, length: int, loaded: range | None = None) -> None:
        self.length, self.loaded = length, loaded
        self.asked: set[int] = set()
        self.wanted: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return self.length

    def row(self, index: int) -> Row[int] | None:
        self.asked.add(index)
        return row(index) if self.loaded is None or index in self.loaded else None

    def index_of(self, key: int) -> int | None:
        return key if key < self.length else None

    def want(self, start: int, stop: int) -> None:
        self.wanted.append((start, stop))


class Watched(VirtualTable[int]):
    """Remembers what it asked to be redrawn; ``None`` is everything."""

    def __init__(self, *, header: bool = False, follow: Follow = "none", hold_line: bool = True) -> None:
        super().__init__(COLUMNS, header=header, follow=follow, hold_line=hold_line)
        self.redrawn: list[Region | None] = []

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Watched:
        self.redrawn.extend(regions or (None,))
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    @property
    def lines_redrawn(self) -> set[int]:
        assert None not in self.redrawn, "everything was redrawn"
        return {y for region in self.redrawn if region is not None for y in range(region.y, region.bottom)}


@asynccontextmanager
async def table_of(
    provider: Rows[int],
    *,
    size: tuple[int, int] = (50, 10),
    header: bool = False,
    follow: Follow = "none",
    hold_line: bool = True,
    glyphs: Glyphs = UNICODE,
) -> AsyncIterator[tuple[Host, Pilot[None], Watched]]:
    table = Watched(header=header, follow=follow, hold_line=hold_line)
    app = Host(table, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        table.set_rows(provider)
        table.focus()
        await pilot.pause()
        yield app, pilot, table


def keys_on_screen(app: Host) -> list[int]:
    return [int(line.split("row ")[1].split()[0]) for line in app.lines if "row " in line]


def cursor_line(app: Host, sign: str = UNICODE.cursor) -> int:
    return next(number for number, line in enumerate(app.lines) if line.startswith(sign))
