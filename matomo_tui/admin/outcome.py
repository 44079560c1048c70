"""Outcomes of single steps and of batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matomo_tui.admin.plan import WriteStep
from matomo_tui.admin.state import State

OutcomeKind = Literal["done", "already", "differs", "refused", "conflict", "not done", "unknown", "not sent", "skipped"]
"""The outcome of one write.

- ``done``: stored as wanted
- ``already``: it had the wanted state before; nothing was sent
- ``differs``: something else was stored
- ``refused``: Matomo refused it, without effect
- ``conflict``: somebody else changed it meanwhile; nothing was sent
- ``not done``: the answer was lost, and reading back showed no effect
- ``unknown``: the answer was lost, and reading back failed
- ``not sent``: this program did not send it
- ``skipped``: not sent because of an earlier step
"""


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """A field that the server stored differently from what was sent. The values are sanitized."""

    field: str
    label: str
    wanted: str
    stored: str


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """A field in a conflict. The values are sanitized."""

    field: str
    label: str
    opened: str
    """Its value when the user opened it."""
    theirs: str
    """Its value on the server now."""
    yours: str
    """The value that the user wants."""
    clash: bool
    """True if both changed it, to different values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one step."""

    step: WriteStep
    kind: OutcomeKind
    sentence: str
    """The outcome in plain English."""
    stored: State | None = None
    """The state on the server now; None if it was not read, or if the entity does not exist."""
    was_read: bool = False
    """True if the state was read."""
    differs: tuple[StoredDifference, ...] = ()
    three_way: tuple[ThreeWay, ...] = ()
    """The fields of a conflict."""
    created: int | None = None
    """The id of a new entity."""
    role_changed: bool = False
    """True if a refusal suggests that the token's role changed."""
    error: str = ""
    """Matomo's error message; ``""`` if there was none."""
    wrong_password: bool = False
    """True if Matomo did not accept the password of the token's owner."""

    @property
    def exists(self) -> bool:
        """True if a new entity exists now, as wanted or not."""
        return (
            self.step.opened is None
            and self.kind != "conflict"
            and (self.created is not None or self.stored is not None)
        )

    @property
    def ok(self) -> bool:
        """True if the server has the wanted state."""
        return self.kind in ("done", "already")


@dataclass(frozen=True, slots=True)
class Result:
    """The outcomes of a plan, one for each step, in their order."""

    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """True if all steps succeeded."""
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def role_changed(self) -> bool:
        """True if the token's access should be read again."""
        return any(outcome.role_changed for outcome in self.outcomes)

    @property
    def sentence(self) -> str:
        """A sentence about the whole plan."""
        if len(self.outcomes) == 1:
            return self.outcomes[0].sentence
        good = sum(outcome.ok for outcome in self.outcomes)
        if self.ok:
            return f"All {good} are done."
        rest = [outcome for outcome in self.outcomes if not outcome.ok]
        kinds = ", ".join(f"{count} {kind}" for kind, count in _counted(rest))
        return f"{good} of {len(self.outcomes)} are done; {kinds}."


def _counted(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.kind] = counts.get(outcome.kind, 0) + 1
    return list(counts.items())
