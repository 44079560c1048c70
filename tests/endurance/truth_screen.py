"""Reads the figures of the live screen at 200×60 from its cells, as a person does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len
from textual.geometry import Region

from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.widgets.big_digits import digit_rows

_SIGNS = "0123456789-–+kMGT%.:"
_GLYPHS = {rows: sign for sign in _SIGNS if (rows := digit_rows(sign)) is not None}
_UNITS = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_AMOUNT = re.compile(r" · [^\d-]*(-?[\d.,]+[kMGT]?)$")
_CHART = re.compile(r"Actions a minute (?:([\d,]+)/min)?(?:, peak ([\d,]+) (\d\d:\d\d))?")


@dataclass(frozen=True)
class Shown:
    """A figure as written: ``27.6k`` is any number that is rounded to it."""

    text: str

    def holds(self, value: float) -> bool:
        """Return True if ``value`` is written like this."""
        return self.lies(value, value)

    def lies(self, low: float, high: float) -> bool:
        """Return True if a value from ``low`` to ``high`` is written like this."""
        number = self.text.replace(",", "").lstrip("~").rstrip("+")
        unit = _UNITS.get(number[-1:], 1.0)
        digits = number.rstrip("kMGT")
        try:
            written = float(digits)
        except ValueError:
            return False
        half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
        return low / unit - half - 1e-9 <= written <= high / unit + half + 1e-9


@dataclass(frozen=True)
class CounterTile:
    """A counter: its figure, its change with the arrow as sign, and its note."""

    figure: Shown
    change: str
    note: str


@dataclass(frozen=True)
class FeedLine:
    """A row of the feed."""

    time: str
    here: bool
    actions: str
    spent: str
    page: str


@dataclass(frozen=True)
class LiveFigures:
    """Everything that the screen shows at one moment."""

    lines: tuple[str, ...]
    header: str
    counters: dict[str, CounterTile]
    rankings: dict[str, tuple[str, list[tuple[str, int, int]]]]
    """By part: the count of the title, and label, here, recent of each visible row."""
    amounts: dict[str, Shown]
    """The amounts behind goals and events by their label."""
    feed_title: str
    feed: list[FeedLine]
    rate: str
    peak: tuple[str, str]
    """Actions of the busiest minute, and its time."""
    timeline: list[str]


def read(app: MatomoApp) -> LiveFigures:
    """Read the live screen."""
    grid = [_cells(line) for line in lines(app)]

    def part(selector: str) -> list[list[str]]:
        region: Region = app.live.query_one(selector).region
        return [row[region.x : region.right] for row in grid[region.y : region.bottom]]

    rankings, amounts = {}, {}
    for name in ("pages", "sources", "countries", "devices", "happenings"):
        rows = part(f"#{name}")
        title = "".join(rows[0])
        rankings[name] = re.sub(r"^─ .*? now ?|─.*$", "", title).strip(), _ranked(rows[1:])
    for number, (label, *figures) in enumerate(rankings["happenings"][1]):
        if found := _AMOUNT.search(label):
            bare = label[: found.start()]
            amounts[bare] = Shown(found[1])
            rankings["happenings"][1][number] = (bare, *figures)  # type: ignore[assignment]
    chart = _CHART.search("".join(part("#minutes")[0]))
    feed = part("#feed")
    return LiveFigures(
        lines=tuple("".join(row) for row in grid),
        header="".join(grid[0]).rstrip(),
        counters=_counters(part("#counters")),
        rankings=rankings,
        amounts=amounts,
        feed_title="".join(feed[0]).strip("─ "),
        feed=_feed(feed[1:]),
        rate=(chart and chart[1]) or "",
        peak=((chart and chart[2]) or "", (chart and chart[3]) or ""),
        timeline=["".join(row).rstrip() for row in part("#timeline")],
    )


def lines(app: MatomoApp) -> list[str]:
    """What is on the screen, line by line."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def _cells(line: str) -> list[str]:
    """One item for each cell; the second cell of a wide character is empty, and what takes no cell joins the one
    before it."""
    cells: list[str] = []
    for character in line:
        width = cell_len(character)
        if width == 0 and cells:
            cells[-1] += character
        else:
            cells += [character, *[""] * (width - 1)]
    return cells


def _counters(rows: list[list[str]]) -> dict[str, CounterTile]:
    labels = "".join(rows[0])
    starts = [(found.start(), found[0]) for found in re.finditer(r"\S+(?: \S+)*", labels)]
    found: dict[str, CounterTile] = {}
    for number, (start, label) in enumerate(starts):
        stop = starts[number + 1][0] if number + 1 < len(starts) else len(rows[0])
        change, note = "", "".join(rows[4][start:stop]).strip()
        if moved := re.match(r"([▲▼] ?\S+(?: %)?|0(?: %)?) ?", note):
            change, note = moved[1].replace(" ", ""), note[moved.end() :]
        found[label] = CounterTile(Shown(_digits([row[start:stop] for row in rows[1:4]])), change, note)
    return found


def _digits(rows: list[list[str]]) -> str:
    """Read large digits: signs are separated by empty columns."""
    text, sign = "", ["", "", ""]
    for column in [*zip(*rows, strict=True), (" ", " ", " ")]:
        if any(cell.strip() for cell in column):
            sign = [before + cell for before, cell in zip(sign, column, strict=True)]
        elif sign[0]:
            text += _GLYPHS.get((sign[0], sign[1], sign[2]), "?")
            sign = ["", "", ""]
    return text


def _ranked(rows: list[list[str]]) -> list[tuple[str, int, int]]:
    found = []
    for row in rows:
        if match := re.match(r"^[ ▸]?(.*?) +(\S+) +(\S+) *$", "".join(row)):
            here, recent = ("0" if figure == "·" else figure.replace(",", "") for figure in match.group(2, 3))
            if here.isdigit() and recent.isdigit():
                found.append((match[1].strip(), int(here), int(recent)))
    return found


def _feed(rows: list[list[str]]) -> list[FeedLine]:
    header = "".join(rows[0])
    if not header.strip().startswith("Time"):
        return []
    actions, spent = header.index("Act.") + 4, header.index("Spent") + 5
    page, title = header.index("Page"), header.index("Title")
    found = []
    for row in rows[1:]:
        if re.match(r"\d\d:\d\d:\d\d", "".join(row[2:10])):
            cell = "".join
            found.append(
                FeedLine(
                    cell(row[2:10]),
                    "●" in row[10:14],
                    cell(row[actions - 4 : actions]).strip(),
                    cell(row[spent - 7 : spent]).strip(),
                    cell(row[page:title]).strip(),
                )
            )
    return found
