"""The tests of ``matomo-tui check``, in at most four requests: one each for the connection, the site and all features,
and one more after a rejected token was renewed; more if the server limits bulk requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from matomo_tui.api import live, notices, server, sites
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import (
    LockedOut,
    MatomoError,
    NoAccess,
    NotMatomo,
    RateLimited,
    Redirected,
    Role,
    ServerError,
    TimedOut,
    TLSFailed,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.sites import Site
from matomo_tui.cli.startup import Start
from matomo_tui.config.secrets import SecretError
from matomo_tui.instants import apart
from matomo_tui.live.trial import FirstPoll
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Reconnecting, Session, ignored_bearer, roles_in_words

State = Literal["ok", "note", "warning", "failed"]

MOST_SITES = 50
_CLOCK_TOLERANCE = 5.0
_NOBODY = "0000000000000000"
"""A visitor id that no visitor has: enough to learn whether profiles are switched on."""

_LABELS = {
    "token": "Token",
    "connection": "Connection",
    "tls": "TLS",
    "matomo": "Matomo",
    "clock": "Clock",
    "role": "Role",
    "site": "Site",
    "bulk_limit": "Bulk requests",
    "notices": "PHP notices",
    "counters": "Counters",
    "visitor_log": "Visitor log",
    "visitor_profile": "Visitor profile",
    "goals": "Goals",
    "mcp_server": "McpServer",
    "oauth2": "OAuth2",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. ``detail`` is a phrase where it is fine, else a sentence; it is clean."""

    name: str
    state: State
    detail: str

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        return _LABELS[self.name]


@dataclass(frozen=True, slots=True)
class SiteRole:
    """A site with the token's role on it."""

    id: int
    name: str
    role: Role


@dataclass(slots=True)
class Diagnosis:
    """Everything found. ``sites`` are the first ``MOST_SITES`` of ``sites_total``."""

    address: str
    profile: str = ""
    version: str = ""
    clock_offset: float | None = None
    role: Role | None = None
    site: Site | None = None
    sites_total: int = 0
    sites: list[SiteRole] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def works(self) -> bool:
        """Whether the live screen would work."""
        return bool(self.lines) and all(line.state != "failed" for line in self.lines)

    @property
    def verdict(self) -> str:
        """What follows for the live screen, as a sentence."""
        failed = {line.name for line in self.lines if line.state == "failed"}
        if failed == {"visitor_log"}:
            return "The live screen would show its counters only."
        return "The live screen works." if self.works else "The live screen would not work."

    def add(self, name: str, state: State, detail: str) -> None:
        """One more line."""
        self.lines.append(Line(name, state, detail))


async def diagnose(start: Start) -> Diagnosis:
    """Try everything that the live screen needs. Raises nothing: what goes wrong is a line."""
    settings = start.settings
    found = Diagnosis("demo" if settings.demo else Address.parse(settings.url).base, settings.profile)
    token = None
    if not settings.demo:
        try:
            token = await start.token.fetch()
        except SecretError as error:
            found.add("token", "failed", sanitize(str(error)))
            return found
        found.add("token", "ok", start.token.source.words if start.token.source else "")
    try:
        session = await Reconnecting(start.token)(settings, token)
    except MatomoError as error:
        _failed(found, error)
        return found
    try:
        _connected(found, session)
        await _features(found, session)
    except MatomoError as error:
        _failed(found, error)
    finally:
        await session.client.aclose()
    return found


def _failed(found: Diagnosis, error: MatomoError) -> None:
    """The line that an error belongs to; what must have worked to come so far is said before it."""
    sentence = str(error)
    if error.offer:
        sentence += f" Use --url {error.offer}"
    places: tuple[tuple[tuple[type[MatomoError], ...], str], ...] = (
        ((Unreachable, TimedOut, Redirected), "connection"),
        ((TLSFailed,), "tls"),
        ((NotMatomo, ServerError, RateLimited), "matomo"),
        ((TokenRejected, LockedOut), "token"),
        ((NoAccess,), "role"),
    )
    name = next((place for kinds, place in places if isinstance(error, kinds)), "site")
    if name == "token":
        found.lines = [line for line in found.lines if line.name != "token"]
    if name not in ("connection", "tls") and all(line.name != "connection" for line in found.lines):
        found.add("connection", "ok", "the server answers")
    found.add(name, "failed", sentence)


def _connected(found: Diagnosis, session: Session) -> None:
    client, settings = session.client, session.settings
    found.version, found.site = session.version, session.site
    found.clock_offset = client.clock_offset
    found.role = session.access.role(session.site.id)
    answered = f"answered in {client.last_elapsed * 1000:,.0f} ms"
    found.add("connection", "ok", "built in, without a network" if settings.demo else answered)
    _tls(found, session)
    found.add("matomo", "ok", f"version {session.version}" if session.version else "version unknown")
    offset = client.clock_offset
    if offset is None:
        found.add("clock", "note", "the server sent no date")
    elif abs(offset) <= _CLOCK_TOLERANCE:
        found.add("clock", "ok", "the server's and this computer's agree")
    else:
        way = "ahead of" if offset > 0 else "behind"
        found.add("clock", "warning", f"The server's clock is {apart(offset)} {way} this computer's.")
    roles = roles_in_words(session.access)
    if ignored := ignored_bearer(session):
        found.add("role", "warning", f"{roles}. {ignored}")
    else:
        found.add("role", "ok", roles)
    site = session.site
    about = ", ".join(part for part in (site.timezone, site.currency) if part)
    found.add("site", "ok", sanitize(f"{site.name} (id {site.id}), {about}; {found.role} on it"))
    if settings.read_only:
        found.lines[-1] = Line("site", "ok", found.lines[-1].detail + ", read-only")


def _tls(found: Diagnosis, session: Session) -> None:
    settings = session.settings
    if settings.demo:
        return
    if session.warnings:
        found.add("tls", "warning", " ".join(session.warnings))
    elif Address.parse(settings.url).scheme == "http":
        found.add("tls", "note", "plain http, on this computer")
    else:
        trust = f"the certificates in {settings.ca_bundle}" if settings.ca_bundle else "the system's certificates"
        found.add("tls", "ok", f"verified against {trust}")


async def _features(found: Diagnosis, session: Session) -> None:
    """What the live screen asks first, and what else the screens may want, in one bulk request."""
    client, first = session.client, FirstPoll(session.client, session.site)
    others: list[Call[Any]] = [
        sites.get_sites_with_at_least_view_access(limit=MOST_SITES),
        live.get_visitor_profile(session.site.id, _NOBODY, limit_visits=1),
        server.is_plugin_activated("Goals"),
        server.is_plugin_activated("McpServer"),
        server.is_plugin_activated("OAuth2"),
    ]
    answers = await client.bulk([*first.calls.values(), *others])
    listed, profile, goals, mcp, oauth = answers[len(first.calls) :]
    trial = first.judge(dict(zip(first.calls, answers, strict=False)))
    if not isinstance(listed, MatomoError):
        found.sites = [SiteRole(site.id, site.name, session.access.role(site.id)) for site in listed]
    found.sites_total = max(len(session.access.sites), len(found.sites))
    if client.bulk_limit is not None:
        found.add(
            "bulk_limit",
            "note",
            f"the server takes {client.bulk_limit} {'call' if client.bulk_limit == 1 else 'calls'} a request "
            "(API_bulk_request_limit): more are sent one request after the other",
        )
    if client.notice:
        found.add("notices", "warning", notices.told(client.notice))
    if trial.counters_fault:
        found.add("counters", "failed", trial.counters_fault)
    else:
        found.add("counters", "ok", f"{trial.visits:,} visits, {trial.actions:,} actions in 30 minutes")
    if trial.log_fault:
        found.add(
            "visitor_log",
            "failed",
            f"{trial.log_fault.removesuffix('.')}. Without it the live screen has counters only.",
        )
    else:
        found.add("visitor_log", "ok", "readable" if trial.logged else "readable; no visit yet today")
    _extra(found, "visitor_profile", profile, "readable")
    _plugin(found, "goals", goals, "the Goals plug-in is not active: no conversions will be shown.")
    _plugin(found, "mcp_server", mcp, "the plug-in is not active; nothing here needs it.")
    _plugin(found, "oauth2", oauth, "the plug-in is not active; nothing here needs it, tokens do.")


def _extra(found: Diagnosis, name: str, answer: Any, words: str) -> None:
    if isinstance(answer, MatomoError):
        found.add(name, "warning", str(answer))
    else:
        found.add(name, "ok", words)


def _plugin(found: Diagnosis, name: str, answer: Any, absent: str) -> None:
    if isinstance(answer, MatomoError):
        found.add(name, "note", str(answer))
    elif answer:
        found.add(name, "ok", "active")
    else:
        found.add(name, "note", absent)
