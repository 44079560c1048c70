"""Writes of agents: planned by the administration, confirmed by a person, applied once, read back and logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from matomo_tui.admin.apply import Applier, CannotApply
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.identity import Identity, identify
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.agents.answers import WriteOutcome
from matomo_tui.agents.connection import Desk
from matomo_tui.api.errors import MatomoError


class NotConfirmed(Exception):
    """The write was not confirmed; the message gives the reason. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before a write."""

    tool: str
    """The tool that was called."""
    title: str
    lines: tuple[str, ...]
    """The requests, the changes and the warnings."""
    confirm_text: str = ""
    """The text to type; ``""`` if "yes" is enough."""
    confirm_also: str = ""


class Confirmer(Protocol):
    """Asks a person."""

    async def ask(self, question: Question) -> str:
        """The text that the person typed. Raises :class:`NotConfirmed` if nobody can be asked or nobody answers."""
        ...


class Writing:
    """Applies the plans of one agent.

    ``confirmed`` are names of tools, each of which the person who started the server has confirmed for one call with
    ``--yes-i-confirm``; a name that occurs twice is confirmed for two.
    """

    def __init__(
        self,
        agent: str,
        log: AuditLog,
        confirmer: Confirmer,
        *,
        confirmed: Collection[str] = (),
    ) -> None:
        self.agent = agent
        self.log = log
        self._confirmer = confirmer
        self._confirmed = Counter(confirmed)

    async def apply(self, tool: str, plan: ChangePlan, desk: Desk) -> WriteOutcome:
        """Confirm and apply ``plan``. Raises :class:`NotConfirmed`, or ``ValueError`` if it cannot be applied."""
        if plan.refusals:
            raise ValueError(" ".join(plan.refusals))
        if not plan.steps:
            return WriteOutcome(
                outcome="already", sentence="Nothing would change. Nothing was sent.", confirmed_by="nobody"
            )
        if plan.needs_own_password:
            raise ValueError("Matomo requires the password of the token's owner for this: use the dashboard.")
        typed, by = await self.confirm(_question(tool, plan))
        lock = EditLock()
        lock.unlock()
        session = desk.session
        applier = Applier(
            session.client,
            self.log,
            lock,
            profile=session.settings.profile,
            server=session.address,
            agent=self.agent,
            read_login=lambda: login(desk),
            sleep=desk.sleep,
            now=desk.clock.now,
        )
        try:
            result = await applier.apply(plan, typed=typed)
        except CannotApply as error:
            raise NotConfirmed(f"Not sent: {error}") from None
        outcome = result.outcomes[0]
        return WriteOutcome(
            outcome=outcome.kind,
            sentence=result.sentence,
            confirmed_by=by,
            changes=tuple(f"{one.label}: {one.old} → {one.new}" for step in plan.steps for one in step.differences),
            created=outcome.created,
        )

    async def confirm(self, question: Question) -> tuple[str, str]:
        """The typed text, and who confirmed. Raises :class:`NotConfirmed`."""
        if self._confirmed[question.tool] > 0:
            self._confirmed[question.tool] -= 1
            return question.confirm_text, f"--yes-i-confirm {question.tool}"
        typed = await self._confirmer.ask(question)
        accepted = {question.confirm_text or "yes", question.confirm_also} - {""}
        if typed not in accepted:
            raise NotConfirmed("The person at the terminal did not confirm this. Nothing was sent.")
        return typed, "a person at the terminal"


async def login(desk: Desk) -> str:
    """The login of the token's user for the audit log; ``""`` if unknown."""
    try:
        return (await identity(desk)).login or ""
    except MatomoError:
        return ""


async def identity(desk: Desk) -> Identity:
    """The user of the token. Raises a ``MatomoError``."""
    session = desk.session
    return await identify(session.client, session.access, session.site.id)


def _question(tool: str, plan: ChangePlan) -> Question:
    lines = []
    for step in plan.steps:
        lines += [step.what] if step.what != plan.title else []
        lines += [f"  {one.label}: {one.old} → {one.new}" for one in step.differences]
        lines.append(f"  {step.http}")
    lines += [f"Mind: {warning}" for warning in plan.warnings]
    return Question(tool, plan.title, tuple(lines), plan.confirm_text, plan.confirm_also)
