"""The dialog that says what the counters of the live screen mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.ui.live.counters import COUNTERS
from matomo_tui.ui.widgets.glossary_dialog import GlossaryDialog, Term
from matomo_tui.ui.widgets.workers import deferred


class _Meaning(NamedTuple):
    """The scope of a counter, and the metrics in Matomo that it counts: method and key."""

    scope: str
    metrics: tuple[tuple[str, str], ...]


_VISITS, _GOALS = "VisitsSummary.get", "Goals.get"
_MEANINGS = {
    "active": _Meaning(
        "Visitors whose last action is at most 3 minutes old. Each counts once, even with several visits.",
        ((_VISITS, "nb_uniq_visitors"),),
    ),
    "actions_3": _Meaning("Actions of the last 3 minutes.", ((_VISITS, "nb_actions"),)),
    "visits_30": _Meaning("Visits with an action in the last 30 minutes.", ((_VISITS, "nb_visits"),)),
    "today": _Meaning(
        "Visits since midnight in the time zone of the site, compared with yesterday until the same time of day.",
        ((_VISITS, "nb_visits"),),
    ),
    "conversions": _Meaning(
        "Goals reached and orders placed since midnight; a visit can have several.",
        ((_GOALS, "nb_conversions"), (_GOALS, "nb_visits_converted"), (_GOALS, "conversion_rate")),
    ),
    "revenue": _Meaning("Revenue of these goals and orders since midnight.", ((_GOALS, "revenue"),)),
    "actions_30": _Meaning("Actions of the last 30 minutes.", ((_VISITS, "nb_actions"),)),
    "unique": _Meaning("Visitors since midnight.", ((_VISITS, "nb_uniq_visitors"),)),
    "bounce_rate": _Meaning("Of the visits since midnight.", ((_VISITS, "bounce_rate"),)),
    "avg_time": _Meaning("Of the visits since midnight.", ((_VISITS, "avg_time_on_site"),)),
}
_INTRODUCTION = (
    "The counters of the last minutes and the visits today are as new as the last poll. Conversions, revenue, unique "
    "visitors, bounce rate and duration are from today's report, which Matomo rebuilds every 15 minutes by default. "
    "Wide terminals show more of the counters."
)


class CountersDialog(GlossaryDialog):
    """The scope of each counter at once; then Matomo's documentation of its metrics."""

    def __init__(self, catalogue: Callable[[], Awaitable[Catalogue]]) -> None:
        """``catalogue`` loads the site's reports, which have the documentation; it may raise ``MatomoError``."""
        super().__init__("What the counters mean")
        self._catalogue = catalogue

    def on_mount(self) -> None:
        super().on_mount()
        self.show(_INTRODUCTION, self._terms(None))
        self.run_worker(deferred(self._load), group="meanings", exclusive=True)

    async def _load(self) -> None:
        try:
            catalogue = await self._catalogue()
        except MatomoError as error:
            self.show(f"Matomo's documentation is missing: {error}\n\n{_INTRODUCTION}", self._terms(None))
            return
        self.show(_INTRODUCTION, self._terms(catalogue))

    @staticmethod
    def _terms(catalogue: Catalogue | None) -> Iterator[Term]:
        described: set[str] = set()
        for counter in COUNTERS:
            scope, metrics = _MEANINGS[counter.key]
            words = [] if catalogue is None else list(_words(catalogue, metrics, described))
            yield Term(counter.label, scope, "\n".join(words))


def _words(catalogue: Catalogue, metrics: tuple[tuple[str, str], ...], described: set[str]) -> Iterator[str]:
    """Yield Matomo's documentation of ``metrics`` that are not in ``described`` yet, and add them."""
    for method, key in metrics:
        report = catalogue.find(method)
        column = report.column(key) if report is not None else None
        if column is not None and column.documentation and key not in described:
            described.add(key)
            yield f"Matomo on {column.name}: {column.documentation}"
