"""Executes a plan: reads the current state, writes once, reads back and reports the outcome.

No write is ever sent twice. If the answer to a write is lost, reading the state back tells whether it took effect.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from matomo_tui.admin import audit, evaluation
from matomo_tui.admin.audit import AuditEntry, AuditError, AuditLog
from matomo_tui.admin.entity import Reading
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.outcome import Outcome, Result
from matomo_tui.admin.plan import ChangePlan, WriteStep, with_own_password
from matomo_tui.admin.read_back import LOST, read_back
from matomo_tui.admin.state import fields_shown
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    LockedOut,
    MatomoError,
    NoAccess,
    NotAllowed,
    TimedOut,
    TLSFailed,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.secret import Secret

_ENDS_A_BATCH = (Unreachable, TimedOut, NotAllowed, TokenRejected)

OnOutcome = Callable[[Outcome], None]


class CannotApply(Exception):
    """The plan cannot be applied; the message gives the reason. Nothing was sent."""


class Applier:
    """Applies plans over one connection and logs every write.

    ``profile``, ``server`` (Matomo's address) and ``agent`` (the AI agent that asked) are for the log, and so is the
    result of ``read_login``: the login of the token's user (``""`` if unknown), read before each plan. ``sleep`` and
    ``now`` are the clock, in seconds.
    """

    def __init__(
        self,
        client: Client,
        log: AuditLog,
        lock: EditLock,
        *,
        profile: str = "",
        server: str = "",
        agent: str = "",
        read_login: Callable[[], Awaitable[str]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._log = log
        self._lock = lock
        self._profile = profile
        self._server = server
        self._agent = agent
        self._read_login = read_login
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
        """Send the steps of ``plan``, one after the other.

        ``typed`` is the text typed to confirm, ``own_password`` the password of the token's owner. ``on_outcome`` is
        called after each step. Raises :class:`CannotApply` before anything is sent; later errors are in the outcomes.
        """
        self._check(plan, typed, own_password)
        outcomes: list[Outcome] = []
        async with self._busy:
            if self._read_login is not None:
                self._login = await self._read_login()
            stopped = ""
            for step in plan.steps:
                reason = stopped or ("" if self._lock.is_open else "Editing was locked before this step.")
                if reason:
                    outcome = Outcome(step=step, kind="skipped", sentence=f"Not sent. {reason}")
                else:
                    self._lock.touch()
                    outcome, stopped = await self._apply_step(with_own_password(step, own_password))
                    outcome = replace(outcome, step=step)  # without the password
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

    async def _apply_step(self, step: WriteStep) -> tuple[Outcome, str]:
        """The outcome of one step, and the reason why no later step can be sent (``""`` if it can)."""
        identity = audit.new_id()
        try:
            before = await step.entity.read(self._client)
        except MatomoError as error:
            return self._log_outcome(identity, step, evaluation.state_unreadable(step, error)), _ends(error)
        settled = evaluation.before_write(step, before.state)
        if settled is not None:
            return self._log_outcome(identity, step, settled), ""
        try:
            self._write_line(identity, step, audit.SENDING)
        except AuditError as error:
            return Outcome(step=step, kind="not sent", sentence=f"Not sent: it could not be logged. {error}"), str(
                error
            )
        outcome, stopped = await self._write(identity, step, before)
        return self._log_outcome(identity, step, outcome), stopped

    async def _write(self, identity: str, step: WriteStep, before: Reading) -> tuple[Outcome, str]:
        try:
            answer = await self._client.call(step.call)
        except LOST as error:
            return await self._after_lost_answer(step, before, error), _ends(error)
        except NotAllowed as error:
            return Outcome(step=step, kind="not sent", sentence=str(error)), ""
        except (Unreachable, TLSFailed) as error:
            if isinstance(error, TLSFailed) and error.was_sent:
                return await self._after_lost_answer(step, before, error), _ends(error)
            return Outcome(step=step, kind="not done", sentence=f"Not done: {error}"), _ends(error)
        except (NoAccess, TokenRejected, LockedOut) as error:
            # It had no effect; reading back with such a token would count towards a lockout.
            refused = Outcome(
                step=step, kind="refused", sentence=f"Matomo refused: {error}", role_changed=isinstance(error, NoAccess)
            )
            return refused, _ends(error)
        except MatomoError as error:
            return await self._after_error(step, before, error), _ends(error)
        except asyncio.CancelledError:
            self._try_to_log(identity, step, "unknown", "The program stopped waiting for the answer.")
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
        return evaluation.after_success(step, found.state, created), ""

    async def _after_lost_answer(self, step: WriteStep, before: Reading, lost: MatomoError) -> Outcome:
        """The outcome of a write whose answer was lost, by reading back until it shows an effect."""
        reason = str(lost).rstrip(".")

        async def read() -> Outcome:
            found = await step.entity.read_after(self._client, before, None, step.wanted)
            return replace(evaluation.after_loss(step, found.state, reason), created=found.id)

        try:
            return await read_back(read, lambda outcome: outcome.kind != "not done", self._sleep)
        except MatomoError as error:
            sentence = f"Unknown: {reason}. Reading it back failed too: {error} Check before retrying."
            return Outcome(step=step, kind="unknown", sentence=sentence)

    async def _after_error(self, step: WriteStep, before: Reading, error: MatomoError) -> Outcome:
        """The outcome of a write that Matomo answered with an error. One read is enough: the server has finished."""
        try:
            found = await step.entity.read_after(self._client, before, None, step.wanted)
        except MatomoError as trouble:
            message = str(error).rstrip(".")
            sentence = (
                f"Matomo answered with an error: {message}. It could not be read back: {trouble} Check before retrying."
            )
            return Outcome(step=step, kind="unknown", sentence=sentence, error=message)
        return replace(evaluation.after_error(step, found.state, error), created=found.id)

    def _log_outcome(self, identity: str, step: WriteStep, outcome: Outcome) -> Outcome:
        """Log the outcome, and remove passwords from its sentence. A failure to log is added to the sentence."""
        outcome = replace(outcome, sentence=audit.redact(outcome.sentence, _passwords(step.call)))
        try:
            self._write_line(identity, step, outcome.kind, outcome)
        except AuditError as error:
            return replace(outcome, sentence=f"{outcome.sentence} {error}")
        return outcome

    def _try_to_log(self, identity: str, step: WriteStep, outcome: str, detail: str) -> None:
        try:
            self._write_line(identity, step, outcome, detail=detail)
        except AuditError:
            return  # the line "sending" is in the log already

    def _write_line(
        self, identity: str, step: WriteStep, word: str, outcome: Outcome | None = None, *, detail: str = ""
    ) -> None:
        names = [difference.field for difference in step.differences]
        took = outcome is not None and outcome.was_read and outcome.kind in audit.CHANGED
        created = None if outcome is None else outcome.created
        after = outcome.stored if outcome is not None and took else step.wanted
        self._log.write(
            AuditEntry(
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
                agent=self._agent,
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
    """The reason why no later step is sent after this error; ``""`` if the error concerns one step only."""
    return str(error) if isinstance(error, _ENDS_A_BATCH) or error.stops_polling else ""
