"""A planned write: its steps, each with the API call, the differences, and the entity that reads the result back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matomo_tui.admin.entity import Entity, typed_name
from matomo_tui.admin.state import Difference, State, differences
from matomo_tui.api.calls import Call
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import with_confirmation
from matomo_tui.page_url import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteStep:
    """One write."""

    what: str
    """What it does, in plain English, sanitized."""
    call: Call[Any]
    entity: Entity
    opened: State | None
    """The entity as the user opened it; None if it is to be created."""
    wanted: State | None
    """The entity as it should be stored; None if it is to be deleted. Fields that are missing may have any value."""
    differences: tuple[Difference, ...]
    hidden: tuple[str, ...] = ()
    """Names of changed fields that cannot be read back (a password)."""
    needs_own_password: bool = False
    """True if Matomo requires the password of the token's owner."""

    @property
    def http(self) -> str:
        """The request for display: method and parameters, without the token, secrets as ``***``."""
        params = dict(self.call.shown_params())
        if self.needs_own_password:
            params["passwordConfirmation"] = "***"
        pairs = " ".join(f"{name}={shown(value)}" for name, value in params.items())
        return f"POST index.php method={self.call.method} {pairs}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """Everything that the user reviews and confirms at once. A plan without steps would change nothing."""

    title: str
    steps: tuple[WriteStep, ...]
    refusals: tuple[str, ...] = ()
    """Reasons why it must not be sent."""
    warnings: tuple[str, ...] = ()
    """Consequences to read before confirming."""
    confirm_text: str = ""
    """The text to type; ``""`` if a single key confirms."""
    confirm_also: str = ""
    """An alternative to ``confirm_text`` for names that are hard to type."""

    @property
    def can_apply(self) -> bool:
        """True if there is something to send and no reason against it."""
        return bool(self.steps) and not self.refusals

    @property
    def needs_own_password(self) -> bool:
        """True if Matomo requires the password of the token's owner for any step."""
        return any(step.needs_own_password for step in self.steps)

    def accepts(self, typed: str) -> bool:
        """True if ``typed`` confirms the plan. Invisible characters in a pasted name are ignored."""
        accepted = {text for text in (self.confirm_text, self.confirm_also) if text}
        return not self.confirm_text or typed_name(typed) in accepted


def plan_write(
    entity: Entity,
    call: Call[Any],
    *,
    what: str,
    opened: State | None,
    wanted: State | None,
    title: str = "",
    unread: Sequence[Difference] = (),
    hidden: Sequence[str] = (),
    refusals: Sequence[str] = (),
    warnings: Sequence[str] = (),
    needs_own_password: bool = False,
) -> ChangePlan:
    """A plan with the one step that turns ``opened`` into ``wanted``; without steps if nothing would change.

    ``opened`` is None for something new, ``wanted`` for a deletion. ``unread`` are differences of fields that
    are not in the states, ``hidden`` names the fields that cannot be read back.
    """
    changes = (*differences(opened, wanted, entity.labels), *unread)
    if opened is not None and wanted is not None and not changes:
        return ChangePlan(title=title or what, steps=())
    step = WriteStep(
        what=what,
        call=call,
        entity=entity,
        opened=opened,
        wanted=wanted,
        differences=changes,
        hidden=tuple(hidden),
        needs_own_password=needs_own_password,
    )
    return ChangePlan(title=title or what, steps=(step,), refusals=tuple(refusals), warnings=tuple(warnings))


def plan_deletion(
    entity: Entity,
    call: Call[Any],
    *,
    what: str,
    opened: State,
    warning: str,
    refusals: Sequence[str] = (),
) -> ChangePlan:
    """The plan that deletes ``entity`` after its name is typed."""
    plan = plan_write(entity, call, what=what, opened=opened, wanted=None, refusals=refusals, warnings=(warning,))
    text, also = entity.confirmation(opened)
    return replace(plan, confirm_text=text, confirm_also=also)


def with_own_password(step: WriteStep, password: Secret | None) -> WriteStep:
    """The step with the password of the token's owner in its call, if the step requires it."""
    if not step.needs_own_password or password is None:
        return step
    return replace(step, call=with_confirmation(step.call, password))
