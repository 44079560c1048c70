"""Executes a plan: reads the current state, writes once, reads back and reports the outcome.

Nothing is ever sent a second time. Where the answer to a write is lost, the server is asked what it has, and that says
whether the write took effect.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from matomo_tui.admin import audit, evaluation
from matomo_tui.admin.audit import AuditError, AuditLog, Entry
from matomo_tui.admin.entity import Reading
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.outcome import Outcome, Result
from matomo_tui.admin.plan import ChangePlan, WriteStep, with_own_password
from matomo_tui.admin.state import fields_shown
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    ConnectionLost,
    LockedOut,
    MatomoError,
    NoAccess,
    NotAllowed,
    NotMatomo,
    Redirected,
    ServerError,
    TimedOut,
    TLSFailed,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.secret import Secret

READ_BACK_PAUSES = (0.0, 2.0, 5.0)
"""Seconds before each look at what a write with a lost answer did: a slow server may still be at it."""

_ENDS_A_BATCH = (Unreachable, TimedOut, NotAllowed, TokenRejected)
# The request went out and the server may have carried it out, whatever came back instead of its answer.
_LOST = (TimedOut, ConnectionLost, ServerError, NotMatomo)
_NEVER_ARRIVED = (Unreachable, TLSFailed, Redirected)

OnOutcome = Callable[[Outcome], None]


class CannotApply(Exception):
    """A plan that must not be carried out as it stands; the sentence says why. Nothing was sent."""


class Applier:
    """Carries plans out over one connection, and logs every write. ``server`` is the Matomo's address for the log;
    ``whose`` finds out the login of the token, for the log too (``""``: not known), and is asked before the first
    write; ``sleep`` and ``now`` are the clock."""

    def __init__(
        self,
        client: Client,
        log: AuditLog,
        lock: EditLock,
        *,
        profile: str = "",
        server: str = "",
        whose: Callable[[], Awaitable[str]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._log = log
        self._lock = lock
        self._profile = profile
        self._server = server
        self._whose = whose
        self._login = ""
        self._sleep = sleep
        self._now = now
        self._busy = asyncio.Lock()

    async def apply(
        self,
        plan: ChangePlan,
        *,
        typed: str = "",
        own_password: Secret | None = None,
        on_outcome: OnOutcome | None = None,
    ) -> Result:
        """Carry ``plan`` out, a step after the other. ``typed`` is what was typed to confirm, ``own_password`` the
        password of the token's owner; ``on_outcome`` hears of each step as it is over.

        Raises :class:`CannotApply` before anything is sent. What goes wrong later is in the outcomes.
        """
        self._check(plan, typed, own_password)
        outcomes: list[Outcome] = []
        async with self._busy:
            if self._whose is not None:
                self._login = await self._whose()
            stopped = ""
            for step in plan.steps:
                reason = stopped or ("" if self._lock.is_open else "Editing was locked before this step.")
                if reason:
                    outcome = Outcome(step=step, kind="skipped", sentence=f"Not sent. {reason}")
                else:
                    self._lock.touch()
                    judged, stopped = await self._one(with_own_password(step, own_password))
                    outcome = replace(judged, step=step)
                outcomes.append(outcome)
                if on_outcome is not None:
                    on_outcome(outcome)
        return Result(tuple(outcomes))

    def _check(self, plan: ChangePlan, typed: str, own_password: Secret | None) -> None:
        if plan.refusals:
            raise CannotApply(" ".join(plan.refusals))
        if not plan.steps:
            raise CannotApply("Nothing would change.")
        if not self._lock.is_open:
            raise CannotApply("Editing is locked.")
        if not plan.accepts(typed):
            raise CannotApply(f"Type “{plan.confirm_text}” to confirm.")
        if plan.needs_own_password and not own_password:
            raise CannotApply("Matomo requires your own password for this.")

    async def _one(self, step: WriteStep) -> tuple[Outcome, str]:
        """The outcome of one step, and why nothing after it can be sent (``""``: it can)."""
        identity = audit.new_id()
        try:
            before = await step.entity.read(self._client)
        except MatomoError as error:
            return self._over(identity, step, evaluation.not_looked(step, error)), _ends(error)
        standing = evaluation.standing(step, before.state)
        if standing is not None:
            return self._over(identity, step, standing), ""
        try:
            self._note(identity, step, audit.SENDING)
        except AuditError as error:
            return Outcome(step=step, kind="not sent", sentence=f"Not sent: it could not be logged. {error}"), str(
                error
            )
        outcome, stopped = await self._write(identity, step, before)
        return self._over(identity, step, outcome), stopped

    async def _write(self, identity: str, step: WriteStep, before: Reading) -> tuple[Outcome, str]:
        try:
            answer = await self._client.call(step.call)
        except _LOST as error:
            return await self._resolve(step, before, error), _ends(error)
        except NotAllowed as error:
            return Outcome(step=step, kind="not sent", sentence=str(error)), ""
        except _NEVER_ARRIVED as error:
            return Outcome(step=step, kind="not done", sentence=f"Not done: {error}"), _ends(error)
        except (NoAccess, TokenRejected, LockedOut) as error:
            # What lacks a right has no effect, and asking again with such a token does harm.
            refused = Outcome(
                step=step, kind="refused", sentence=f"Matomo refused: {error}", role_changed=isinstance(error, NoAccess)
            )
            return refused, _ends(error)
        except MatomoError as error:
            return await self._after_error(step, before, error), _ends(error)
        except asyncio.CancelledError:
            self._note_quietly(identity, step, "unknown", "The program stopped waiting for the answer.")
            raise
        created = answer if isinstance(answer, int) and not isinstance(answer, bool) else None
        try:
            found = await step.entity.read_after(self._client, before, answer, step.wanted)
        except MatomoError as error:
            sentence = f"Matomo reports success; reading it back failed: {error}"
            role_changed = isinstance(error, NoAccess)
            return (
                Outcome(step=step, kind="unknown", sentence=sentence, created=created, role_changed=role_changed),
                _ends(error),
            )
        return evaluation.compared(step, found.state, created), ""

    async def _resolve(self, step: WriteStep, before: Reading, lost: MatomoError) -> Outcome:
        """What a write did whose answer was lost, by reading back."""
        said = str(lost).rstrip(".")
        for pause in READ_BACK_PAUSES:
            await self._sleep(pause)
            try:
                found = await step.entity.read_after(self._client, before, None, step.wanted)
            except MatomoError as error:
                sentence = f"Unknown: {said}. Reading it back failed too: {error} Check before retrying."
                outcome = Outcome(step=step, kind="unknown", sentence=sentence)
                continue
            outcome = replace(evaluation.after_loss(step, found.state, said), created=found.id)
            if outcome.kind != "not done":
                break
        return outcome

    async def _after_error(self, step: WriteStep, before: Reading, error: MatomoError) -> Outcome:
        """What a write did that Matomo answered with an error, by reading back once: the server is through with it."""
        try:
            found = await step.entity.read_after(self._client, before, None, step.wanted)
        except MatomoError as trouble:
            said = str(error).rstrip(".")
            sentence = (
                f"Matomo answered with an error: {said}. It could not be read back: {trouble} Check before retrying."
            )
            return Outcome(step=step, kind="unknown", sentence=sentence, error=said)
        return replace(evaluation.after_error(step, found.state, error), created=found.id)

    def _over(self, identity: str, step: WriteStep, outcome: Outcome) -> Outcome:
        """The outcome, logged; where that fails, it says so. No password is in its sentence."""
        outcome = replace(outcome, sentence=audit.bare(outcome.sentence, _passwords(step.call)))
        try:
            self._note(identity, step, outcome.kind, outcome)
        except AuditError as error:
            return replace(outcome, sentence=f"{outcome.sentence} {error}")
        return outcome

    def _note_quietly(self, identity: str, step: WriteStep, outcome: str, detail: str) -> None:
        try:
            self._note(identity, step, outcome, detail=detail)
        except AuditError:
            return  # the line that says "sending" is there, and says the same

    def _note(
        self, identity: str, step: WriteStep, word: str, outcome: Outcome | None = None, *, detail: str = ""
    ) -> None:
        names = [difference.field for difference in step.differences]
        took = outcome is not None and outcome.was_read and outcome.kind in audit.CHANGED
        created = None if outcome is None else outcome.created
        after = outcome.stored if outcome is not None and took else step.wanted
        self._log.write(
            Entry(
                when=audit.utc(self._now()),
                method=step.call.method,
                what=step.what,
                outcome=word,
                id=identity,
                profile=self._profile,
                server=self._server,
                site=step.entity.site_id_of(created),
                login=self._login,
                user=audit.machine_user(),
                created=created,
                before=fields_shown(step.opened, names),
                after=fields_shown(after, names),
                detail=detail or ("" if outcome is None else outcome.sentence),
            ),
            without=_passwords(step.call),
        )


def _passwords(call: Call[Any]) -> list[str]:
    return [value.reveal() for value in call.params.values() if isinstance(value, Secret)]


def _ends(error: MatomoError) -> str:
    """Why nothing more is sent after this error; ``""`` where it was about one step."""
    return str(error) if isinstance(error, _ENDS_A_BATCH) or error.stops_polling else ""
