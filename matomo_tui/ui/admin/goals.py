"""The goals pane of a site: triggers and conversions; add, change and delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.admin import goals as planning
from matomo_tui.admin.entity import Entity
from matomo_tui.admin.goals import ATTRIBUTE_WORDS, PATTERN_WORDS, GoalEntity
from matomo_tui.admin.outcome import Result
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import State
from matomo_tui.api import goals
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.goals import Goal, GoalsSummary
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.crud_pane import CrudPane, with_state
from matomo_tui.ui.admin.goal_form import GoalForm
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
"""The period of the conversions."""
MOST_COUNTED = 100
"""The number of goals whose conversions are requested."""


class GoalsPane(CrudPane[int, Goal]):
    """All goals of the site. Their conversions are requested after the list."""

    TITLE = "Goals"
    BY_SITE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("goals")
    DEFAULT_CSS = """
    GoalsPane > .goals--closed { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
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

    async def load(self) -> None:
        """Load the goals, then their conversions (``Goals.getGoals``, ``Goals.get``)."""
        site_id = self.context.site.id
        found = await self.context.client.call(goals.get_goals(site_id))
        if site_id != self._site_id:
            self._counts = {}
        self._site_id = site_id
        self._goals = {goal.id: goal for goal in found if not goal.deleted}
        self._list()
        self.work("count", self._count, site_id, list(self._goals)[:MOST_COUNTED])

    async def _count(self, site_id: int, goal_ids: list[int]) -> None:
        calls = [goals.get(site_id, *COUNTED, goal_id=goal_id) for goal_id in goal_ids]
        try:
            answers = await self.context.client.bulk(calls)
        except MatomoError:
            return  # the list is shown without conversions
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
            hint = "\na adds one." if self.permission_to_add().is_open else ""
            self.set_state(PaneState.EMPTY, f"This site has no goals.{hint}")
        self.refresh_bindings()

    def _row(self, goal: Goal) -> Row[int]:
        counted = self._counts.get(goal.id)
        currency = self.context.site.currency
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
        """Show the reason if the goals cannot be edited."""
        reason = self.permission_to_add().reason
        self._why.update(reason)
        self._why.display = bool(reason) and self.state is PaneState.CONTENT
        if reason and self.state is PaneState.EMPTY:
            self.set_state(PaneState.EMPTY, f"This site has no goals.\n{reason}")

    @property
    def under_cursor(self) -> Goal | None:
        key = self.table.cursor_key
        return self._goals.get(key) if key is not None and self.state is PaneState.CONTENT else None

    @property
    def has_rows(self) -> bool:
        return self.state is PaneState.CONTENT and bool(self._goals)

    def permission_to_add(self) -> Permission:
        return self.context.permissions.edit_goals(self.context.site.id)

    def permission_to_edit(self, item: Goal) -> Permission:
        del item
        return self.permission_to_add()

    permission_to_delete = permission_to_edit

    def open_form(self, item: Goal | None) -> None:
        self.push_form(GoalForm(self.context, item))

    def open_deletion(self, item: Goal) -> None:
        self.review_item(item, planning.plan_delete)

    def keys(self) -> set[int]:
        return set(self._goals)

    def index_of(self, key: int) -> int | None:
        return list(self._goals).index(key) if key in self._goals else None

    def update_row(self, entity: Entity, stored: State | None) -> None:
        goal = self._goals.get(entity.id or 0) if isinstance(entity, GoalEntity) else None
        if goal is not None and stored is None:
            del self._goals[goal.id]
        elif goal is not None and stored is not None:
            self._goals[goal.id] = with_state(goal, stored)

    def after_write(self, result: Result) -> None:
        del result
        self.context.reports_changed(self._site_id)
        self._list()


def trigger_words(goal: Goal) -> str:
    """The trigger of a goal in words, sanitized: ``Page URL contains /checkout/thanks``."""
    attribute = ATTRIBUTE_WORDS.get(goal.match_attribute, sanitize(goal.match_attribute))
    if goal.match_attribute == "manually":
        return attribute
    kind = PATTERN_WORDS.get(goal.pattern_type, sanitize(goal.pattern_type))
    return f"{attribute} {kind} {sanitize(goal.pattern)}".strip()
