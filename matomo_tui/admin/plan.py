"""A planned write: steps, each with its call, its difference, and the call that reads the result back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from matomo_tui.admin.state import Difference, State
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import with_confirmation
from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class Reading:
    """What the server has just now: ``state`` (``None``: there is no such thing), and for something that is yet to be
    made, the ids there were before (``known``), afterwards its own (``id``)."""

    state: State | None
    known: frozenset[int] = frozenset()
    id: int | None = None


class Entity(Protocol):
    """Something on the server that a step changes, and that can be looked at before and after."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Its fields with the words for them, in the order of its form."""
        ...

    async def look(self, client: Client) -> Reading:
        """What it is now. Raises a ``MatomoError``."""
        ...

    async def look_after(self, client: Client, before: Reading, answer: Any, /) -> Reading:
        """What it is after the write. ``answer`` is what the write answered, ``None`` where that was lost: something
        new is then looked for among what was not there ``before``. Raises a ``MatomoError``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write. ``what`` is plain English, clean; ``opened`` is the thing as the person saw it (``None``: it is to be
    made), ``wanted`` as it shall be (``None``: gone; fields that it lacks may be anything). ``hidden`` are fields that
    change and cannot be read back (a password). ``site_id`` is the site it is about, where it is about one."""

    what: str
    call: Call[Any]
    subject: Entity
    opened: State | None
    wanted: State | None
    differences: tuple[Difference, ...]
    hidden: tuple[str, ...] = ()
    site_id: int | None = None
    needs_own_password: bool = False

    @property
    def http(self) -> str:
        """The request as it may be shown: its method and parameters, without the token, secrets as ``***``."""
        params = dict(self.call.shown_params())
        if self.needs_own_password:
            params["passwordConfirmation"] = "***"
        pairs = " ".join(f"{name}={shown(value)}" for name, value in params.items())
        return f"POST index.php method={self.call.method} {pairs}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """What a person is shown and confirms, whole.

    ``refusals`` are reasons why it must not be sent at all; ``warnings`` are to be read first. ``confirm_text`` has to
    be typed (``""``: a yes is enough). ``chained``: a step is sent only when all before it are done. No steps:
    nothing would change.
    """

    title: str
    steps: tuple[Step, ...]
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    confirm_text: str = ""
    confirm_also: str = ""
    chained: bool = False

    @property
    def can_apply(self) -> bool:
        """Whether there is something to send and nothing against it."""
        return bool(self.steps) and not self.refusals

    @property
    def needs_own_password(self) -> bool:
        """Whether Matomo will ask for the password of the token's owner."""
        return any(step.needs_own_password for step in self.steps)

    def accepts(self, typed: str) -> bool:
        """Whether ``typed`` is what has to be typed. ``confirm_also`` stands in for names that are hard to type; what
        cannot be seen of a name that was pasted does not count."""
        wanted = {text for text in (self.confirm_text, self.confirm_also) if text}
        return not self.confirm_text or typed_name(typed) in wanted


def with_own_password(step: Step, password: Secret | None) -> Step:
    """The step with the password of the token's owner in its call, where it wants one."""
    if not step.needs_own_password or password is None:
        return step
    return replace(step, call=with_confirmation(step.call, password))


def joined(title: str, plans: tuple[ChangePlan, ...]) -> ChangePlan:
    """Several plans as one batch."""
    return ChangePlan(
        title=title,
        steps=tuple(step for plan in plans for step in plan.steps),
        refusals=tuple(dict.fromkeys(sentence for plan in plans for sentence in plan.refusals)),
        warnings=tuple(dict.fromkeys(sentence for plan in plans for sentence in plan.warnings)),
        confirm_text=next((plan.confirm_text for plan in plans if plan.confirm_text), ""),
        confirm_also=next((plan.confirm_also for plan in plans if plan.confirm_text), ""),
        chained=any(plan.chained for plan in plans),
    )


def typed_name(name: str) -> str:
    """A name as it has to be typed: what can be seen of it."""
    return " ".join(sanitize(name, 200).split())
