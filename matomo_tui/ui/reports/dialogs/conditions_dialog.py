"""The half of the segment dialog that builds an expression from conditions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from textual.widgets import Input

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.reports import segments
from matomo_tui.reports.segments import Clause, Condition
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.reports.dialogs.condition_dialog import ConditionDialog
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.pane import LOADING_AFTER
from matomo_tui.ui.widgets.table.columns import Column, Span
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

Place = tuple[int, int]
"""The position of a condition: the index of its clause, and its index in the clause."""
NEW: Place = (-1, -1)

CONDITIONS = (Column("joint", "", 4, align="right"), Column("words", "", 20, flex=1))


class ConditionsDialog(Dialog[tuple[str, str] | None]):
    """Dismisses with the expression (``""`` for all visits) and the name of the saved segment (``""`` for none), or
    with ``None``. Conditions and expression follow each other; the server tests the expression first."""

    def __init__(self, context: ReportContext, title: str) -> None:
        super().__init__(title, " ")
        self._report_context = context
        self._query = context.query
        self._service = context.saved_segments
        self._dimensions: tuple[SegmentDimension, ...] = ()
        self._clauses: list[list[Condition]] = []
        self._labels: dict[Condition, str] = {}
        """What readers call the values of conditions: ``Germany`` for ``countryCode==de``."""
        self._conditions: VirtualTable[Place] = VirtualTable(CONDITIONS, id="conditions")
        self._expression = Input(
            placeholder="Matomo's expression: deviceType==smartphone;countryCode==de", id="expression", compact=True
        )
        self._waiting = Debouncer(self, LOADING_AFTER, partial(self.set_status, "Testing it on the server"))
        self._trying = ""

    def conditions_changed(self) -> None:
        """Called after the conditions were changed."""

    def saved_name(self, expression: str) -> str:
        """The clean name of the saved segment with this expression; ``""`` if there is none."""
        raise NotImplementedError

    @property
    def _names(self) -> Mapping[str, str]:
        return {one.segment: one.name for one in self._dimensions}

    def _say(self, text: str, *, error: bool = False) -> None:
        self._waiting.cancel()
        self.set_status(text, error=error)

    def _show_conditions(self) -> None:
        rows: list[Row[Place]] = []
        for number, clause in enumerate(self._clauses):
            for within, condition in enumerate(clause):
                joint = "or" if within else "and" if number else ""
                label = self._labels.get(condition, "")
                about: Span = (f"  {label}" if label.casefold() != condition.value.casefold() else "", "muted")
                words: Span = (condition.words(self._names), "")
                rows.append(Row((number, within), (((joint, "accent"),), (words, about))))
        rows.append(Row(NEW, ((("+", "accent"),), (("Add a condition", "muted"),))))
        self._conditions.set_rows(ListRows(rows))

    def _read(self, expression: str) -> bool:
        """Parse an expression into conditions. Returns True if it can be parsed."""
        try:
            self._clauses = [list(clause) for clause in segments.parse(expression)]
        except ValueError as error:
            self._say(sanitize(str(error)), error=True)
            return False
        self._show_conditions()
        return True

    def _built(self) -> str:
        """The expression in its field, as it is written."""
        return self._expression.value.strip()

    def _write(self, place: Place | None = None) -> None:
        """Build the expression from the conditions, and move the cursor to the one at ``place``."""
        self._show_conditions()
        row = self._conditions.rows.index_of(place) if place is not None else None
        if row is not None:
            self._conditions.move_cursor(row)
        clauses: list[Clause] = [tuple(clause) for clause in self._clauses]
        with self._expression.prevent(Input.Changed):
            self._expression.value = segments.build(clauses)
        self._say("")
        self.conditions_changed()

    @property
    def _place(self) -> Place:
        return self._conditions.cursor_key or NEW

    def _edit(self, place: Place, *, alternative: bool = False, dimension: str = "") -> None:
        """Change the condition at ``place``, or add one: an ``alternative`` in its clause, or a clause of its own,
        about ``dimension`` if that is given."""
        if not self._dimensions:
            self._say("The server's dimensions are not loaded: write an expression instead.", error=True)
            return
        change = place != NEW and not alternative
        condition = self._clauses[place[0]][place[1]] if change else None

        def taken(found: Condition | None) -> None:
            if found is None:
                return
            if change:
                self._clauses[place[0]][place[1]] = found
                at = place
            elif alternative and place != NEW:
                self._clauses[place[0]].append(found)
                at = (place[0], len(self._clauses[place[0]]) - 1)
            else:
                self._clauses.append([found])
                at = (len(self._clauses) - 1, 0)
            if not dimension:
                self._conditions.focus()
            self._write(at)

        suggest = partial(self._service.suggested_values, self._query)
        self.app.push_screen(ConditionDialog(self._dimensions, suggest, condition, dimension=dimension), taken)

    def action_add(self, alternative: bool = False) -> None:
        """Add a condition."""
        self._edit(self._place if alternative else NEW, alternative=alternative)

    def action_remove(self) -> None:
        """Remove the condition under the cursor."""
        clause, within = self._place
        if clause >= 0:
            del self._clauses[clause][within]
            self._clauses = [one for one in self._clauses if one]
            self._write()

    def action_use(self) -> None:
        """Dismiss with the expression once the server has accepted it."""
        expression = self._built()
        if expression == self._trying and expression:
            return
        if not expression:
            self.dismiss(("", ""))
        elif self._read(expression):
            self._trying = expression
            self._waiting.restart()
            self.run_worker(deferred(self._try, expression), group="try", exclusive=True)

    async def _try(self, expression: str) -> None:
        try:
            await self._service.test(self._query, expression, str(self._report_context.today(self._query.site)))
        except MatomoError as error:
            self._trying = ""
            self._say(str(error), error=True)
            return
        self._trying = ""
        if expression == self._built():
            self.dismiss((expression, self.saved_name(expression)))
