"""Panes of the overviews: tiles, bars by hour or day, new and returning visits, page performance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports import values
from matomo_tui.reports.empty_reason import Emptiness, emptiness
from matomo_tui.reports.lines import Metric, metrics
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.table import TableModel
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.formatting import number, percent, short_number, signed_percent
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.short_names import SHORT_METRIC_NAMES
from matomo_tui.ui.reports.metrics import table_of
from matomo_tui.ui.reports.report_columns import difference, figure, heading
from matomo_tui.ui.reports.report_title import compared_with
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.bar_chart import BarList, ColumnChart, Fact
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.tiles import Tile, Tiles

Answer = ReportPage | MatomoError


class OverviewPane(AsyncPane):
    """One part of an overview: shows a report, or briefly why there is none."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heading = title
        self.page: ReportPage | None = None

    def on_mount(self) -> None:
        """Draw the title before the first answer."""
        self.draw_bare_title()

    def show(self, answer: Answer, live_visits: int = 0) -> None:
        """Draw ``answer`` to what was asked last; ``live_visits`` as for :func:`emptiness`."""
        if isinstance(answer, MatomoError):
            self.failed(answer)
            return
        self.answered()
        self.page = answer
        nothing = emptiness(answer, live_visits)
        if nothing is Emptiness.NO_VISITS and answer.single:
            nothing = None  # a summary without visits shows zeros
        self.set_state(PaneState.CONTENT if nothing is None else PaneState.EMPTY, nothing.value if nothing else "")
        if nothing is None:
            self.draw(answer)
        else:
            self.draw_bare_title()

    def forget_answer(self) -> None:
        """Forget the figures."""
        super().forget_answer()
        self.page = None

    def draw_bare_title(self) -> None:
        """Draw the pane's name alone."""
        self.set_title(title=self._heading)

    def draw(self, page: ReportPage) -> None:
        """Draw the content; for subclasses."""

    def _format(self, metric: Metric) -> str:
        currency = self.page.request.query.site.currency if self.page is not None else ""
        return figure(metric.value, metric.column.type, currency, metric.column.key) or glyphs_of(self).dash


class TilesPane(OverviewPane):
    """The metrics of a summary as tiles, each with its change. ``order`` has the keys of the first tiles."""

    DEFAULT_CSS = """
    TilesPane { height: 4; }
    TilesPane Tiles { height: 1fr; }
    """

    def __init__(self, title: str, order: Sequence[str] = (), *, id: str | None = None) -> None:
        super().__init__(title, id=id)
        self._order = tuple(order)
        self._tiles = Tiles()

    def compose_content(self) -> ComposeResult:
        yield self._tiles

    @property
    def table(self) -> Tiles:
        """The tiles. They never take the focus."""
        return self._tiles

    @property
    def data(self) -> TableModel | None:
        """The table to export: one row."""
        return table_of(self.page) if self.page is not None else None

    def draw(self, page: ReportPage) -> None:
        """Draw the tiles in order, and in the title the period and what it is compared with."""
        found = metrics(page)
        place = {key: n for n, key in enumerate(self._order)}
        found = tuple(sorted(found, key=lambda metric: place.get(metric.column.key, len(place))))
        self._tiles.show([self._tile(metric) for metric in found if metric.column.type != "text"])
        absent = next((metric.absence for metric in found if metric.absence), "")
        growing = "not over yet" if page.growing else ""
        parts = (page.request.query.period.label(), growing, compared_with(page))
        self.set_title(absent or tuple(filter(None, parts)), title=self._heading)

    def _tile(self, metric: Metric) -> Tile:
        label, change = heading(metric.column), metric.change
        tile = Tile(label, self._format(metric), brief_label=SHORT_METRIC_NAMES.get(label, ""))
        if change is None:
            return replace(tile, note=self._reason(metric))
        size = difference(change, metric.column.type)
        if not size:
            return replace(tile, change="same")
        ratio = signed_percent(change.ratio) if change.ratio is not None else ""
        words = f"{size} {ratio}".rstrip()
        # Half a day is not comparable with a whole one.
        good = 0 if self.page is not None and self.page.any_growing else change.good
        return replace(tile, direction=change.direction, good=good, change=words, brief_change=ratio)

    def _reason(self, metric: Metric) -> str:
        """Why there is no figure, in a few words; the title has the whole sentence."""
        if not metric.absence or self.page is None:
            return ""
        return f"not for a {self.page.request.query.period.kind}"


class ColumnsPane(OverviewPane):
    """A column chart of a report with few rows in a fixed order: hours, weekdays, days to conversion."""

    def __init__(
        self, title: str, metric: str = "nb_visits", *, short: int = 0, suffix: str = "", id: str | None = None
    ) -> None:
        super().__init__(title, id=id)
        self._metric = metric
        self._short = short
        self._suffix = suffix
        self._bars = ColumnChart()
        self.note = ""

    def compose_content(self) -> ComposeResult:
        yield self._bars

    def draw(self, page: ReportPage) -> None:
        """Draw the columns, and the peak in the title."""
        labels = [sanitize(row.label, 40).strip() for row in page.rows]
        line = [row.number(self._metric) for row in page.rows]
        known = [value for value in line if value is not None]
        peak = max(known, default=0.0)
        self._bars.show([label.split(" ")[0][: self._short or None] for label in labels], line)
        where = f"{labels[line.index(peak)]}{self._suffix}" if peak else ""
        parts = (self.note, f"peak {number(peak)}" if peak else "", where)
        self.set_title(tuple(filter(None, parts)), title=self._heading)


class FactsPane(OverviewPane):
    """Lines of labels and figures. What there is no room for is not left out without a sign."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(title, id=id)
        self._list = BarList()
        self._facts: tuple[Fact, ...] = ()

    def compose_content(self) -> ComposeResult:
        yield self._list

    def on_resize(self) -> None:
        """Show as many lines as there is room for now."""
        if self.has_content and self._facts:
            self._fit()

    def draw_facts(self, facts: Sequence[Fact]) -> None:
        """Draw ``facts``."""
        self._facts = tuple(facts)
        self._fit()

    def fitted(self, facts: tuple[Fact, ...], lines: int) -> tuple[Fact, ...]:
        """The ``facts`` to show in that many ``lines``, which are too few for all."""
        return facts[:lines]

    def draw_title(self, left_out: int) -> None:
        """Draw the title; ``left_out`` facts are not shown."""
        self.set_title(f"+{left_out}" if left_out else "", title=self._heading)

    def _fit(self) -> None:
        lines = self.size.height  # 0 before the first layout, which calls this again
        shown = self.fitted(self._facts, lines) if 0 < lines < len(self._facts) else self._facts
        self._list.show(shown)
        if self.state is PaneState.CONTENT:  # the title of old figures says why they are old
            self.draw_title(len(self._facts) - len(shown))


class FrequencyPane(FactsPane):
    """Figures of new and returning visits side by side."""

    ROWS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Visits", "nb_visits"),
        ("Visitors", "nb_uniq_visitors"),
        ("Actions", "nb_actions"),
        ("per visit", "nb_actions_per_visit"),
        ("Duration", "avg_time_on_site"),
        ("Bounces", "bounce_rate"),
        ("Converted", "nb_visits_converted"),
    )

    def draw(self, page: ReportPage) -> None:
        """Draw two columns of figures, the shares of all visits first."""
        row = page.only
        if row is None:
            return
        new, returning = row.number("nb_visits_new") or 0.0, row.number("nb_visits_returning") or 0.0
        whole = new + returning
        facts = [Fact("", "new", second="returning", brief=("new", "ret."))]
        if whole:
            facts.append(Fact("Share", percent(new / whole), second=percent(returning / whole), strong=True))
        for label, key in self.ROWS:
            kind = values.column_type("", key)
            pair = [row.number(f"{key}_{which}") for which in ("new", "returning")]
            if any(value is not None for value in pair):
                first, second = (percent(value) if kind == "percent" else figure(value, kind, "") for value in pair)
                brief = [short_number(value) if value and value >= 10_000 else "" for value in pair]
                facts.append(Fact(label, first, second=second, brief=(brief[0] or first, brief[1] or second)))
        self.draw_facts(facts)


class PerformancePane(FactsPane):
    """The phases of loading a page, with their average times."""

    TOTAL: ClassVar[str] = "avg_page_load_time"

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(title, id=id)
        self._whole = 0.0

    def draw(self, page: ReportPage) -> None:
        """Draw the phases in order, each with its share of the total."""
        found = metrics(page)
        whole = next((metric.value for metric in found if metric.column.key == self.TOTAL), None)
        if not isinstance(whole, int | float) or not whole:
            self.set_state(PaneState.EMPTY, "No page timings in this period.")
            self.draw_bare_title()
            return
        self._whole = whole
        phases = [metric for metric in found if metric.column.key != self.TOTAL]
        facts = []
        for metric in phases:
            value = metric.value if isinstance(metric.value, int | float) else 0.0
            name = metric.column.name.removeprefix("Avg. ")
            facts.append(Fact(name[:1].upper() + name[1:], _seconds(value), share=value / whole))
        self.draw_facts(facts)

    def fitted(self, facts: tuple[Fact, ...], lines: int) -> tuple[Fact, ...]:
        """The longest phases in order, and the sum of the others in the last line, so that all add up to the total."""
        longest = sorted(facts, key=lambda fact: -(fact.share or 0.0))
        kept, others = longest[: lines - 1], longest[lines - 1 :]
        share = sum(fact.share or 0.0 for fact in others)
        rest = Fact(f"{len(others)} {'others' if kept else 'phases'}", _seconds(share * self._whole), share=share)
        return (*(fact for fact in facts if fact in kept), rest)

    def draw_title(self, left_out: int) -> None:  # noqa: ARG002
        """Draw the total, to which the lines add up."""
        self.set_title(f"{self._whole:.2f} s", title=self._heading)


def _seconds(value: float) -> str:
    """``0.27 s``, ``0.08 s``, one unit in the whole column; ``0 s`` also if it was not measured, which Matomo does not
    distinguish."""
    return f"{value:.2f} s" if value else "0 s"
