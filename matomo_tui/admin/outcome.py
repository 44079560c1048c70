"""Outcomes of single steps and of batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matomo_tui.admin.plan import WriteStep
from matomo_tui.admin.state import State

Kind = Literal["done", "already", "differs", "refused", "conflict", "not done", "unknown", "not sent", "skipped"]
"""``done``: stored as wanted. ``already``: it was so before, nothing was sent. ``differs``: something else was stored.
``refused``: the server said no, and it had no effect. ``conflict``: somebody else changed it meanwhile, nothing was
sent. ``not done``: the answer was lost, and reading back showed no effect. ``unknown``: it was lost, and could not be
read back. ``not sent``: something here was against it. ``skipped``: an earlier step stood in its way."""


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """A field that the server stored otherwise than asked; both clean."""

    field: str
    label: str
    wanted: str
    stored: str


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """A field in three columns, each clean: as it was opened, as somebody else made it, as it was to be. ``clash``:
    both changed it, and not to the same."""

    field: str
    label: str
    opened: str
    theirs: str
    yours: str
    clash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one step. ``sentence`` is for a person. ``stored`` is what the server has now, where it was read
    (``None`` also where the thing is gone). ``created`` is the id of something new. ``role_changed``: the refusal says
    that the token's role is not what it was. ``error`` is what Matomo answered in place of a success (``""``: nothing
    of the kind); ``wrong_password``: what it refused is the password of the token's owner."""

    step: WriteStep
    kind: Kind
    sentence: str
    stored: State | None = None
    was_read: bool = False
    differs: tuple[StoredDifference, ...] = ()
    three_way: tuple[ThreeWay, ...] = ()
    created: int | None = None
    role_changed: bool = False
    error: str = ""
    wrong_password: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is something new now, as wanted or not."""
        return (
            self.step.opened is None
            and self.kind != "conflict"
            and (self.created is not None or self.stored is not None)
        )

    @property
    def ok(self) -> bool:
        """Whether the server has what was wanted."""
        return self.kind in ("done", "already")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a plan, an outcome a step, in their order."""

    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """Whether the server has all that was wanted."""
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def role_changed(self) -> bool:
        """Whether the token's access should be asked for anew."""
        return any(outcome.role_changed for outcome in self.outcomes)

    @property
    def sentence(self) -> str:
        """The whole in a sentence; of a batch that was done in part, which part."""
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
