"""The goal form, with a preview of the pattern's matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult

from matomo_tui.admin import goals as planning
from matomo_tui.admin.goals import ATTRIBUTE_WORDS, PATTERN_WORDS, GoalDraft, types_for
from matomo_tui.admin.input_parsing import trimmed
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import Problem
from matomo_tui.api.goals import EVENT_ATTRIBUTES, MATCH_ATTRIBUTES, NUMERIC_ATTRIBUTES, PATTERN_TYPES, Goal
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.pattern_preview import PatternPreviewPane
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.form import ChoiceField, Field, FlagField, TextField, Values

PAUSE = 0.25
"""Seconds without a key after which the pattern is tested."""


class GoalForm(FormScreen[GoalDraft, Goal | None]):
    """The form of ``goal``, or of a new goal of the context's site (None)."""

    def __init__(self, context: AdminContext, goal: Goal | None) -> None:
        self.site_id = goal.site_id if goal is not None else context.site.id
        self._stored = goal
        name = sanitize(goal.name) if goal is not None else "Add a goal"
        site = sanitize(context.name_of(self.site_id)) or f"site {self.site_id}"
        about = context.draft_key("goal", self.site_id, goal.id if goal is not None else None)
        super().__init__(context, about, ("Goals", name), goal, site=site)
        self.trial = PatternPreviewPane()
        self._trying = Debouncer(self, PAUSE, self._try)

    def permission(self) -> Permission:
        return self.context.permissions.edit_goals(self.site_id)

    def compose_beside(self) -> ComposeResult:
        yield self.trial

    def fields(self) -> Sequence[Field]:
        return (
            TextField("name", "Name"),
            TextField("description", "Description"),
            ChoiceField("match_attribute", "Triggered by", _attributes(self._stored)),
            ChoiceField("pattern_type", "Match", _types(PATTERN_TYPES, self._stored)),
            TextField("pattern", "Pattern"),
            FlagField("case_sensitive", "Case sensitive"),
            FlagField("allow_multiple", "Several per visit"),
            TextField("revenue", "Revenue", placeholder="0"),
            FlagField("event_value_as_revenue", "Event value as revenue"),
        )

    def values_of(self, opened: Goal | None) -> Values:
        draft = GoalDraft() if opened is None else GoalDraft.of(opened)
        return {field.name: getattr(draft, field.name) for field in self.fields()}

    def draft_of(self, values: Values) -> GoalDraft:
        draft = GoalDraft(**values)  # type: ignore[arg-type]
        if draft.match_attribute not in EVENT_ATTRIBUTES and draft.event_value_as_revenue:
            draft = GoalDraft(**{**values, "event_value_as_revenue": False})  # type: ignore[arg-type]
        return draft

    def problems(self, draft: GoalDraft) -> Sequence[Problem]:
        return draft.problems()

    def plan(self, opened: Goal | None, draft: GoalDraft) -> ChangePlan:
        if opened is None:
            return planning.plan_add(self.site_id, draft)
        return planning.plan_update(opened, draft)

    def shown_fields(self, draft: GoalDraft) -> Sequence[str]:
        hidden: set[str] = set()
        if not draft.has_pattern:
            hidden |= {"pattern_type", "pattern", "case_sensitive"}
        if draft.match_attribute in NUMERIC_ATTRIBUTES:
            hidden.add("case_sensitive")
        if draft.match_attribute not in EVENT_ATTRIBUTES:
            hidden.add("event_value_as_revenue")
        return [field.name for field in self.fields() if field.name not in hidden]

    def edited(self, draft: GoalDraft, field: str) -> None:
        """Offer the pattern types that the attribute allows, and test the pattern after a pause."""
        if field in ("", "match_attribute"):
            self.form.offer("pattern_type", _types(types_for(draft.match_attribute) or PATTERN_TYPES, self._stored))
            draft = self.draft
            if field:
                self._show_problems(draft)
            else:
                self.form.say([])
        if field:
            self._trying.restart()
        else:
            self._trying.cancel()
            self._try()

    def _try(self) -> None:
        draft = self.draft
        self.trial.try_pattern(self.context, self.site_id, replace(draft, pattern=trimmed(draft.pattern)))


def _attributes(stored: Goal | None) -> tuple[tuple[str, str], ...]:
    """The attributes that can trigger a goal, and the stored one if Matomo does not know it."""
    found: tuple[tuple[str, str], ...] = tuple((one, ATTRIBUTE_WORDS[one]) for one in MATCH_ATTRIBUTES)
    if stored is not None and stored.match_attribute not in MATCH_ATTRIBUTES:
        found += ((stored.match_attribute, f"{sanitize(stored.match_attribute, 40)} (unknown to Matomo)"),)
    return found


def _types(kinds: Sequence[str], stored: Goal | None) -> tuple[tuple[str, str], ...]:
    found = tuple((one, PATTERN_WORDS[one]) for one in kinds)
    if stored is not None and stored.pattern_type and stored.pattern_type not in PATTERN_TYPES:
        found += ((stored.pattern_type, f"{sanitize(stored.pattern_type, 40)} (unknown to Matomo)"),)
    return found
