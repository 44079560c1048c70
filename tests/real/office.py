"""A temporary site with users of every role, shared by the write checks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from matomo_tui.admin.apply import Applier
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.outcome import Outcome
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.secret import Secret
from tests.real.raw import Raw, Refused
from tests.real.rows import listed
from tests.real.stage import Stage

PREFIX = "judge-"


@dataclass
class Office:
    """The temporary site (``site_id``), its users (``tokens`` by role, for this site only) and the clients.

    ``name`` is unique to this run. The names of all objects created by it start with it, so that exactly these are
    removed, and not those of a simultaneous run.
    """

    stage: Stage
    log: AuditLog
    name: str = field(default_factory=lambda: f"{PREFIX}{secrets.token_hex(4)}")
    site_id: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, Secret] = field(default_factory=dict)

    @property
    def raw(self) -> Raw:
        """Raw requests as the given superuser."""
        return self.stage.raw("superuser")

    def client(self, role: str) -> Client:
        """The program's client as the given superuser or as a user of the temporary site."""
        return self.stage.client("superuser") if role == "superuser" else self.stage.client_with(self.tokens[role])

    def owns(self, name: object) -> bool:
        """Return True if this run created the object with this name."""
        return isinstance(name, str) and name.startswith(self.name)

    def login(self, role: str) -> str:
        """Login of the temporary user with this role."""
        return f"{self.name}-{role}"

    async def apply(self, role: str, plan: ChangePlan, own_password: Secret | None = None) -> Outcome:
        """Apply a plan of one step as ``role``, with confirmation."""
        lock = EditLock()
        lock.unlock()
        applier = Applier(self.client(role), self.log, lock, sleep=self.stage.sleep)
        result = await applier.apply(plan, typed=plan.confirm_text, own_password=own_password)
        return result.outcomes[-1]

    async def in_bulk(self, role: str, call: Call[Any]) -> Any:
        """Send a write as part of a bulk request."""
        (answer,) = await self.client(role).bulk([call])
        return answer

    async def done(self, what: str, outcome: Outcome | Any, stored: Any, wanted: Any) -> None:
        """Check that the program reports success and the server has the new state."""
        said = outcome.kind if isinstance(outcome, Outcome) else outcome
        if isinstance(outcome, Outcome) and not outcome.ok:
            effect = "it took effect" if stored == wanted else f"the server has {stored!r}"
            self.stage.judge.differs(
                f"write: {what}", f"{outcome.kind}: {outcome.sentence}", f"{effect}; wanted: {wanted!r}"
            )
        elif isinstance(outcome, MatomoError) and stored == wanted:
            # A call raises the server's error; only plans check whether it took effect nevertheless.
            self.stage.judge.ok(f"write: {what}", f"though the server says: {outcome}")
        elif isinstance(outcome, MatomoError):
            self.stage.judge.differs(f"write: {what}", f"{type(outcome).__name__}: {outcome}", stored)
        elif stored == wanted:
            self.stage.judge.ok(f"write: {what}")
        else:
            self.stage.judge.differs(f"write: {what}", f"{said}; wanted: {wanted!r}", stored)

    async def refused(self, what: str, outcome: Outcome | Any, before: Any, after: Any) -> None:
        """Check that the program reports a refusal and the server's state is unchanged."""
        ok = not outcome.ok if isinstance(outcome, Outcome) else isinstance(outcome, MatomoError)
        said = f"{outcome.kind}: {outcome.sentence}" if isinstance(outcome, Outcome) else repr(outcome)
        if ok and before == after:
            self.stage.judge.ok(f"write: {what} is refused, without effect")
        else:
            self.stage.judge.differs(
                f"write: {what} is refused, without effect", said, {"before": before, "after": after}
            )


def chosen(row: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a raw row under the names of ``wanted``, as text: servers send ``1`` or ``"1"``."""
    return None if row is None else {name: _plain(row.get(name)) for name in wanted}


def _plain(value: Any) -> str:
    if value is None or value is False:
        return "0"
    text = "1" if value is True else str(value)
    return text.removesuffix(".0") or "0"


def wanted_text(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The expected values as text."""
    return {name: _plain(value) for name, value in wanted.items()}


async def own_sites(office: Office) -> list[int]:
    """Sites created by this run that still exist."""
    found = listed(await office.raw.value("SitesManager.getAllSites", filter_limit=-1))
    return [int(site["idsite"]) for site in found if office.owns(site.get("name"))]


async def attempted(raw: Raw, method: str, **params: Any) -> Any:
    """Return the answer, or ``None`` if the request was refused or failed."""
    try:
        return await raw.value(method, params)
    except (Refused, httpx.HTTPError):
        return None
