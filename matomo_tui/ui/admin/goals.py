"""The goals pane of a site: triggers and conversions; add, change and delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.admin import goals as planning
from matomo_tui.admin.goals import ATTRIBUTE_WORDS, PATTERN_WORDS, GoalSubject
from matomo_tui.admin.outcome import Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import State
from matomo_tui.api import goals
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.goals import Goal, GoalsSummary
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.admin.goal_form import GoalForm
from matomo_tui.ui.admin.review_dialog import ReviewDialog, Reviewed
from matomo_tui.ui.drawing.formatting import money, number
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (
    Column("id", "Id", 4, align="right", hides=4),
    Column("name", "Goal", 16, flex=3),
    Column("trigger", "Triggered by", 18, flex=3),
    Column("conversions", "30 days", 8, align="right"),
    Column("rate", "Rate", 7, align="right", hides=2),
    Column("revenue", "Revenue", 11, align="right", hides=1),
    Column("worth", "Each", 9, align="right", hides=3),
)
COUNTED: tuple[PeriodKind, str] = ("range", "last30")
MOST_COUNTED = 100
"""Goals whose conversions are asked for in one request."""


class GoalsPane(AdminPane):
    """All goals of the site. The figures come after the list, in a request of their own."""

    TITLE = "Goals"
    BY_SITE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("goals")
    DEFAULT_CSS = """
    GoalsPane > .goals--closed { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, desk: AdminContext) -> None:
        super().__init__(desk)
        self.table: VirtualTable[int] = VirtualTable(COLUMNS, header=True)
        self._why = Static("", classes="goals--closed", markup=False)
        self._goals: dict[int, Goal] = {}
        self._counts: Mapping[int, GoalsSummary] = {}
        self._site_id = 0

    def compose_content(self) -> ComposeResult:
        yield self._why
        yield self.table

    def focus_target(self) -> Widget | None:
        return self.table

    @property
    def _gate(self) -> Permission:
        return self.desk.gates.edit_goals(self.desk.site.id)

    async def load(self) -> None:
        """The goals, then their conversions."""
        site_id = self.desk.site.id
        found = await self.desk.client.call(goals.get_goals(site_id))
        if site_id != self._site_id:
            self._counts = {}
        self._site_id = site_id
        self._goals = {goal.id: goal for goal in found if not goal.deleted}
        self._list()
        self.work("count", self._count, site_id, list(self._goals)[:MOST_COUNTED])

    async def _count(self, site_id: int, goal_ids: list[int]) -> None:
        calls = [goals.get(site_id, *COUNTED, goal_id=goal_id) for goal_id in goal_ids]
        try:
            answers = await self.desk.client.bulk(calls)
        except MatomoError:
            return  # the list stands without figures
        if site_id == self._site_id:
            pairs = zip(goal_ids, answers, strict=True)
            self._counts = {goal_id: answer for goal_id, answer in pairs if isinstance(answer, GoalsSummary)}
            self._list()

    def _list(self) -> None:
        count = len(self._goals)
        self.set_title(f"{count:,}" if count else "")
        if count:
            self.set_state(PaneState.CONTENT)
            self.table.set_rows(ListRows([self._row(goal) for goal in self._goals.values()]))
            if self.screen.focused is None and self.screen.is_current:
                self.table.focus()
        else:
            hint = "\na adds one." if self._gate.is_open else ""
            self.set_state(PaneState.EMPTY, f"This site has no goals.{hint}")
        self.refresh_bindings()

    def _row(self, goal: Goal) -> Row[int]:
        counted = self._counts.get(goal.id)
        currency = self.desk.site.currency
        figures = ("", "", "")
        if counted is not None:
            figures = (
                number(counted.nb_conversions),
                f"{counted.conversion_rate * 100:.1f} %",
                money(counted.revenue, currency),
            )
        worth = "event value" if goal.event_value_as_revenue else money(goal.revenue, currency) if goal.revenue else ""
        return Row(
            goal.id,
            (
                ((str(goal.id), "muted"),),
                ((sanitize(goal.name), "strong"),),
                trigger_words(goal),
                figures[0],
                ((figures[1], "muted"),),
                figures[2],
                ((worth, "muted"),),
            ),
        )

    def draw(self) -> None:
        """Why the goals of this site are closed, where they are."""
        reason = self._gate.reason
        self._why.update(reason)
        self._why.display = bool(reason) and self.state is PaneState.CONTENT
        if reason and self.state is PaneState.EMPTY:
            self.set_state(PaneState.EMPTY, f"This site has no goals.\n{reason}")

    # Keys

    @property
    def _under_cursor(self) -> Goal | None:
        key = self.table.cursor_key
        return self._goals.get(key) if key is not None and self.state is PaneState.CONTENT else None

    def action_add(self) -> None:
        """Add a goal."""
        if self.may(self._gate):
            self.app.push_screen(GoalForm(self.desk, None), self._written)

    def action_edit(self) -> None:
        """Change the goal under the cursor."""
        goal = self._under_cursor
        if goal is not None and self.may(self._gate):
            self.app.push_screen(GoalForm(self.desk, goal), self._written)

    def action_delete(self) -> None:
        """Delete the goal under the cursor."""
        goal = self._under_cursor
        if goal is not None and self.may(self._gate):

            def reviewed(answer: Reviewed | None) -> None:
                self._written(answer.result if answer is not None else None)

            def anyway(theirs: State) -> ChangePlan:
                return planning.plan_delete(msgspec.structs.replace(goal, **theirs))

            self.app.push_screen(ReviewDialog(self.desk, planning.plan_delete(goal), anyway=anyway), reviewed)

    def _written(self, result: Result | None) -> None:
        """What the server has now is what is shown; the cursor goes to what is new. What was read back stands there
        at once: another key may come before the list is loaded anew."""
        if result is None:
            return
        self.desk.reports_changed(self._site_id)
        for outcome in result.outcomes:
            subject = outcome.step.subject
            if outcome.was_read and isinstance(subject, GoalSubject) and subject.goal_id in self._goals:
                if outcome.stored is None:
                    del self._goals[subject.goal_id]
                else:
                    goal = self._goals[subject.goal_id]
                    self._goals[subject.goal_id] = msgspec.structs.replace(goal, **outcome.stored)
        self._list()
        self.work("load", self._after, set(self._goals))

    async def _after(self, before: set[int]) -> None:
        await self._load()
        new = [place for place, goal_id in enumerate(self._goals) if goal_id not in before]
        if new and len(new) < len(self._goals):
            self.table.move_cursor(new[-1])

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_edit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to change in a list that is empty; what is closed can be tried, and says why."""
        if action in ("edit", "delete"):
            return self.state is PaneState.CONTENT and bool(self._goals)
        return True


def trigger_words(goal: Goal) -> str:
    """``Page URL contains /checkout/thanks``, clean."""
    attribute = ATTRIBUTE_WORDS.get(goal.match_attribute, sanitize(goal.match_attribute))
    if goal.match_attribute == "manually":
        return attribute
    kind = PATTERN_WORDS.get(goal.pattern_type, sanitize(goal.pattern_type))
    return f"{attribute} {kind} {sanitize(goal.pattern)}".strip()
