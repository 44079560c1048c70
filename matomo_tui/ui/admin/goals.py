"""The goals pane of a site: triggers and conversions; add, change and delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.admin import goals as planning
from matomo_tui.admin.goals import ATTRIBUTE_WORDS, PATTERN_WORDS
from matomo_tui.admin.outcome import Result
from matomo_tui.admin.policy import Permission
from matomo_tui.api import goals
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.goals import Goal, GoalsSummary
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.crud_pane import CrudPane
from matomo_tui.ui.admin.goal_form import GoalForm
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.drawing.formatting import money, number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import Row

COUNTED: tuple[PeriodKind, str] = ("range", "last30")
"""The period of the conversions."""
MOST_COUNTED = 100
"""The number of goals whose conversions are requested at once."""


class GoalsPane(CrudPane[int, Goal]):
    """All goals of the site. The conversions of each page are requested after it."""

    TITLE = "Goals"
    BY_SITE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("goals")
    COLUMNS = (
        Column("id", "Id", 4, align="right", hides=4),
        Column("name", "Goal", 16, flex=3),
        Column("trigger", "Triggered by", 18, flex=3),
        Column("conversions", "30 days", 8, align="right"),
        Column("rate", "Rate", 7, align="right", hides=2),
        Column("revenue", "Revenue", 11, align="right", hides=1),
        Column("worth", "Each", 9, align="right", hides=3),
    )

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
        self._counts: dict[int, GoalsSummary] = {}
        self._counted: set[int] = set()
        """The goals whose conversions were requested since the list was loaded."""
        self._count_error: MatomoError | None = None
        """Why the conversions of some goals are unknown."""
        self._site_id = 0

    async def load(self) -> None:
        """Load the goals, then their conversions (``Goals.getGoals``, ``Goals.get``)."""
        self._counted, self._count_error = set(), None
        await super().load()

    def _list(self, *, keep: bool = True) -> None:
        super()._list(keep=keep)
        if self._uncounted():
            self.work("count", self._count, self._site_id)

    def _uncounted(self) -> list[int]:
        return [goal.id for goal in self.rows.items.values() if goal.id not in self._counted][:MOST_COUNTED]

    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[Goal], int | None]:
        del pattern  # Matomo returns all goals at once and has no search
        site_id = self.context.site.id
        found = [goal for goal in await self.context.client.call(goals.get_goals(site_id)) if not goal.deleted]
        if site_id != self._site_id:
            self._counts, self._counted = {}, set()
        self._site_id = site_id
        return found[offset : offset + limit], len(found)

    async def _count(self, site_id: int) -> None:
        while goal_ids := self._uncounted():
            calls = [goals.get(site_id, *COUNTED, goal_id=goal_id) for goal_id in goal_ids]
            try:
                answers = await self.context.client.bulk(calls)
            except MatomoError as error:
                answers = [error] * len(goal_ids)
            if site_id != self._site_id:
                return
            for goal_id, answer in zip(goal_ids, answers, strict=True):
                if isinstance(answer, GoalsSummary):
                    self._counts[goal_id] = answer
                else:
                    self._count_error = self._count_error or answer
            self._counted |= set(goal_ids)
            self.redraw()
            self.draw()

    def key_of(self, item: Goal) -> int:
        return item.id

    def row_of(self, item: Goal) -> Row[int]:
        counted = self._counts.get(item.id)
        currency = self.context.site.currency
        figures = (glyphs_of(self).dash if item.id in self._counted else "",) * 3
        if counted is not None:
            figures = (
                number(counted.nb_conversions),
                f"{counted.conversion_rate * 100:.1f} %",
                money(counted.revenue, currency),
            )
        worth = "event value" if item.event_value_as_revenue else money(item.revenue, currency) if item.revenue else ""
        return Row(
            item.id,
            (
                ((str(item.id), "muted"),),
                ((sanitize(item.name), "strong"),),
                trigger_words(item),
                figures[0],
                ((figures[1], "muted"),),
                figures[2],
                ((worth, "muted"),),
            ),
        )

    def remark(self) -> str:
        unknown = f"Figures of 30 days are missing: {self._count_error}" if self._count_error is not None else ""
        return "\n".join(filter(None, (super().remark(), unknown)))

    def closed_reason(self) -> str:
        return self.permission_to_add().reason

    def empty_text(self) -> str:
        return f"This site has no goals.\n{self.closed_reason() or with_keys(self, '{goals.add} adds one.')}"

    def permission_to_add(self) -> Permission:
        return self.context.permissions.edit_goals(self.context.site.id)

    def permission_to_edit(self, item: Goal) -> Permission:
        return self.context.permissions.edit_goals(item.site_id)

    permission_to_delete = permission_to_edit

    def open_form(self, item: Goal | None) -> None:
        self.push_form(GoalForm(self.context, item))

    def open_deletion(self, item: Goal) -> None:
        self.review_item(item, planning.plan_delete)

    def keys(self) -> set[int]:
        return {goal.id for goal in self.rows.items.values()}

    def after_write(self, result: Result) -> None:
        del result
        self.context.reports_changed(self._site_id)


def trigger_words(goal: Goal) -> str:
    """The trigger of a goal in words, sanitized: ``Page URL contains /checkout/thanks``."""
    attribute = ATTRIBUTE_WORDS.get(goal.match_attribute, sanitize(goal.match_attribute))
    if goal.match_attribute == "manually":
        return attribute
    kind = PATTERN_WORDS.get(goal.pattern_type, sanitize(goal.pattern_type))
    return f"{attribute} {kind} {sanitize(goal.pattern)}".strip()
