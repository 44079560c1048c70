"""Goals: the form's draft, its validation, and the plans that add, change and delete a goal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from matomo_tui.admin import patterns
from matomo_tui.admin.entity import NumberedEntity
from matomo_tui.admin.input_parsing import amount, stored_length, thousands_warning, trimmed
from matomo_tui.admin.plan import ChangePlan, plan_deletion, plan_write
from matomo_tui.admin.state import Labels, Problem, State, changed
from matomo_tui.api import goals
from matomo_tui.api.client import Client
from matomo_tui.api.goals import EVENT_ATTRIBUTES, MATCH_ATTRIBUTES, NUMERIC_ATTRIBUTES, Goal
from matomo_tui.api.write_encoding import as_number, decoded
from matomo_tui.sanitize import sanitize

ATTRIBUTE_WORDS: Mapping[str, str] = {
    "url": "Page URL",
    "title": "Page title",
    "file": "Download",
    "external_website": "Outlink",
    "manually": "JavaScript or API (manually)",
    "event_category": "Event category",
    "event_action": "Event action",
    "event_name": "Event name",
    "visit_duration": "Visit duration, minutes",
    "visit_total_actions": "Actions in the visit",
    "visit_total_pageviews": "Page views in the visit",
}
PATTERN_WORDS: Mapping[str, str] = {
    "contains": "contains",
    "exact": "is exactly",
    "regex": "matches the expression",
    "greater_than": "is greater than",
}

LABELS = Labels(
    {
        "name": "Name",
        "description": "Description",
        "match_attribute": "Triggered by",
        "pattern_type": "Match",
        "pattern": "Pattern",
        "case_sensitive": "Case sensitive",
        "allow_multiple": "Several per visit",
        "revenue": "Revenue",
        "event_value_as_revenue": "Event value as revenue",
    },
    {"match_attribute": ATTRIBUTE_WORDS, "pattern_type": PATTERN_WORDS},
)

_ADDRESSES = ("url", "file", "external_website")
_TRIGGER = ("match_attribute", "pattern_type")
_TEXTS = ("name", "description", "pattern")
LONGEST = {"name": 50, "description": 255, "pattern": 255}
"""Characters that Matomo keeps of a field."""


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """The values of the goal form. ``revenue`` is text, in the site's currency."""

    name: str = ""
    description: str = ""
    match_attribute: str = "url"
    pattern: str = ""
    pattern_type: str = "contains"
    case_sensitive: bool = False
    allow_multiple: bool = False
    revenue: str = "0"
    event_value_as_revenue: bool = False

    @classmethod
    def of(cls, goal: Goal) -> GoalDraft:
        """The draft of an existing goal."""
        values: dict[str, Any] = dict(state_of(goal))
        pattern_type = goal.pattern_type or "contains"
        return cls(**{**values, "pattern_type": pattern_type, "revenue": as_number(goal.revenue)})

    @property
    def has_pattern(self) -> bool:
        """True if a pattern triggers it."""
        return self.match_attribute != "manually"

    @property
    def pattern_types(self) -> tuple[str, ...]:
        """The pattern types that its attribute allows."""
        return types_for(self.match_attribute)

    def state(self) -> State:
        """The state that Matomo would store. Fields that the attribute does not use are empty."""
        manually = not self.has_pattern
        return {
            "name": trimmed(self.name),
            "description": trimmed(self.description),
            "match_attribute": self.match_attribute,
            "pattern": "" if manually else trimmed(self.pattern),
            "pattern_type": "" if manually else self.pattern_type,
            "case_sensitive": self.case_sensitive and not manually,
            "allow_multiple": self.allow_multiple,
            "revenue": amount(self.revenue) or 0.0,
            "event_value_as_revenue": self.event_value_as_revenue and self.match_attribute in EVENT_ATTRIBUTES,
        }

    def problems(self) -> tuple[Problem, ...]:
        """Errors and warnings, in the order of the form."""
        found = [*_text_problems(self)]
        if self.match_attribute not in MATCH_ATTRIBUTES:
            found.append(
                Problem(
                    "match_attribute",
                    f"Matomo has no trigger called “{sanitize(self.match_attribute, 40)}”, though it would store it.",
                )
            )
        elif self.has_pattern:
            found += [replace(problem, given=_TRIGGER) for problem in _pattern_problems(self)]
        if amount(self.revenue) is None:
            found.append(Problem("revenue", "Revenue must be a number such as 20 or 19.90, without a currency."))
        elif (amount(self.revenue) or 0) < 0:
            found.append(Problem("revenue", "A negative revenue is subtracted from the totals.", is_warning=True))
        if sentence := thousands_warning(self.revenue):
            found.append(Problem("revenue", sentence, is_warning=True))
        if self.event_value_as_revenue and self.match_attribute not in EVENT_ATTRIBUTES:
            found.append(
                Problem("event_value_as_revenue", "Only a goal triggered by an event can use the event's value.")
            )
        return tuple(found)


def types_for(attribute: str) -> tuple[str, ...]:
    """The pattern types that an attribute allows."""
    if attribute == "manually":
        return ()
    return ("greater_than",) if attribute in NUMERIC_ATTRIBUTES else ("contains", "exact", "regex")


def state_of(goal: Goal) -> State:
    """The state of a goal."""
    return {name: getattr(goal, name) for name in LABELS}


@dataclass(frozen=True, slots=True)
class GoalEntity(NumberedEntity):
    """A goal of a site."""

    labels = LABELS
    noun = "goal"

    site_id: int
    id: int | None = None

    def site_id_of(self, created: int | None) -> int:
        del created
        return self.site_id

    async def read_ids(self, client: Client) -> Collection[int]:
        return [goal.id for goal in await client.call(goals.get_goals(self.site_id))]

    async def read_state(self, client: Client, entity_id: int) -> State | None:
        found = await client.call(goals.get_goals(self.site_id))
        return next((state_of(goal) for goal in found if goal.id == entity_id), None)

    def as_wanted(self, stored: State, wanted: State) -> State:
        """Matomo decodes the entities of a goal's texts twice when they are read, so a text that looks like an entity
        never reads as it is stored. A text that equals the decoded wanted one therefore counts as stored."""
        same = {name: wanted[name] for name in _TEXTS if stored[name] == decoded(str(wanted[name]))}
        return {**stored, **same}


def plan_add(site_id: int, draft: GoalDraft) -> ChangePlan:
    """The plan that adds a goal (``Goals.addGoal``). The draft has no errors."""
    wanted = draft.state()
    return plan_write(
        GoalEntity(site_id),
        goals.add_goal(site_id, **_arguments(wanted)),
        what=f"Add the goal “{sanitize(trimmed(draft.name), 80)}” to site {site_id}",
        title="Add a goal",
        opened=None,
        wanted=wanted,
    )


def plan_update(opened: Goal, draft: GoalDraft) -> ChangePlan:
    """The plan that changes ``opened`` into the draft (``Goals.updateGoal``). It sends every field, because Matomo
    overwrites them all."""
    before, wanted = state_of(opened), draft.state()
    triggers = {"match_attribute", "pattern", "pattern_type", "case_sensitive"}
    warns = triggers & set(changed(before, wanted, LABELS))
    return plan_write(
        GoalEntity(opened.site_id, opened.id),
        goals.update_goal(opened.site_id, opened.id, **_arguments(wanted)),
        what=f"Change {_words(opened)}",
        opened=before,
        wanted=wanted,
        warnings=("Conversions recorded so far stay as they are.",) if warns else (),
    )


def plan_delete(opened: Goal) -> ChangePlan:
    """The plan that deletes a goal (``Goals.deleteGoal``)."""
    return plan_deletion(
        GoalEntity(opened.site_id, opened.id),
        goals.delete_goal(opened.site_id, opened.id),
        what=f"Delete {_words(opened)}",
        opened=state_of(opened),
        warning="Its conversions are deleted with it and disappear from all reports.",
    )


def _words(goal: Goal) -> str:
    return f"the goal “{sanitize(goal.name, 80)}” ({goal.id}) of site {goal.site_id}"


def _arguments(state: State) -> dict[str, Any]:
    return dict(state)


def _text_problems(draft: GoalDraft) -> list[Problem]:
    found = []
    if not draft.name.strip():
        found.append(Problem("name", "A goal needs a name."))
    texts = {
        "name": draft.name,
        "description": draft.description,
        "pattern": draft.pattern if draft.has_pattern else "",
    }
    for name, text in ((name, trimmed(text)) for name, text in texts.items()):
        if (length := stored_length(text)) > LONGEST[name]:
            sentence = f"Matomo keeps {LONGEST[name]} characters here, and this text takes {length}."
            found.append(Problem(name, sentence))
        if any(char in text for char in "\r\n\0"):
            found.append(Problem(name, "Matomo removes line breaks here: use one line."))
    return found


def _pattern_problems(draft: GoalDraft) -> list[Problem]:
    if draft.pattern_type not in draft.pattern_types:
        allowed = " or ".join(f"“{PATTERN_WORDS[kind]}”" for kind in draft.pattern_types)
        words = ATTRIBUTE_WORDS[draft.match_attribute]
        return [Problem("pattern_type", f"{words} can only be matched by {allowed}.")]
    if not trimmed(draft.pattern):
        return [Problem("pattern", "Without a pattern nothing triggers the goal.")]
    found = []
    if draft.match_attribute in NUMERIC_ATTRIBUTES:
        number = amount(draft.pattern)
        if number is None or "," in draft.pattern or "+" in draft.pattern:
            found.append(Problem("pattern", "The pattern must be a number here, such as 5 or 2.5."))
        elif number < 0:
            found.append(Problem("pattern", "No visit has less than 0: every visit would match."))
        if draft.match_attribute != "visit_duration":
            sentence = (
                "Many versions of Matomo know only the visit's duration here: they refuse this, or never count it."
            )
            found.append(Problem("match_attribute", sentence, is_warning=True))
    wants_url = draft.pattern_type == "exact" and draft.match_attribute not in (*EVENT_ATTRIBUTES, "title")
    if wants_url and not draft.pattern.startswith(("http://", "https://")):
        found.append(Problem("pattern", "An exact match needs the whole URL, with http:// or https://."))
    if draft.pattern_type == "regex" and (sentence := patterns.regex_problem(draft.pattern)):
        found.append(Problem("pattern", sentence))
    if draft.pattern_type == "regex" and (sentence := patterns.regex_untried(draft.pattern)):
        found.append(Problem("pattern", sentence, is_warning=True))
    if draft.match_attribute in _ADDRESSES and draft.pattern_type != "regex" and " " in draft.pattern.strip():
        sentence = "Browsers send %20 for a space in a URL: this pattern may never match."
        found.append(Problem("pattern", sentence, is_warning=True))
    if draft.pattern != trimmed(draft.pattern):
        found.append(Problem("pattern", "Matomo removes the spaces at the ends of a pattern.", is_warning=True))
    return found
