"""The checks of ``matomo-tui check``.

They need at most four requests: one each for the connection, the site and all features, and one more after a rejected
token was renewed. A server that limits bulk requests gets more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from matomo_tui.api import live, notices, server, sites
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    LockedOut,
    MatomoError,
    NoAccess,
    NoSite,
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
from matomo_tui.api.site import Site
from matomo_tui.cli.startup import Start
from matomo_tui.config.login_renewal import LoginRenewal
from matomo_tui.config.secrets import SecretError
from matomo_tui.instants import apart
from matomo_tui.live.trial import FirstPoll
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Reconnecting, Session, ignored_bearer, roles_in_words

State = Literal["ok", "note", "warning", "failed"]

MOST_SITES = 50
"""Sites listed with their roles."""
_CLOCK_TOLERANCE = 5.0
"""Seconds that the clocks may differ without a warning."""
_NOBODY = "0000000000000000"
"""A visitor id that does not exist; requesting it shows whether visitor profiles are enabled."""

_LABELS = {
    "token": "Token",
    "login": "Login",
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
class CheckResult:
    """The result of one check."""

    name: str
    """Key of ``_LABELS``, and the name in the JSON output."""
    state: State
    detail: str
    """Sanitized: a phrase if the state is ``ok`` or ``note``, else a sentence."""

    @property
    def label(self) -> str:
        """The check's name for display."""
        return _LABELS[self.name]


@dataclass(frozen=True, slots=True)
class SiteRole:
    """A site with the token's role on it."""

    id: int
    name: str
    role: Role


@dataclass(slots=True)
class Diagnosis:
    """The results of all checks."""

    address: str
    profile: str = ""
    version: str = ""
    clock_offset: float | None = None
    """Server clock minus local clock in seconds; ``None`` if unknown."""
    role: Role | None = None
    """The token's role on ``site``."""
    site: Site | None = None
    sites_total: int = 0
    """Number of sites that the token has access to."""
    sites: list[SiteRole] = field(default_factory=list)
    """The first ``MOST_SITES`` of them."""
    results: list[CheckResult] = field(default_factory=list)

    @property
    def works(self) -> bool:
        """True if the live screen works."""
        return bool(self.results) and all(result.state != "failed" for result in self.results)

    @property
    def verdict(self) -> str:
        """The conclusion for the live screen, as a sentence."""
        failed = {result.name for result in self.results if result.state == "failed"}
        if failed == {"visitor_log"}:
            return "The live screen would show only its counters."
        return "The live screen works." if self.works else "The live screen would not work."

    def add(self, name: str, state: State, detail: str) -> None:
        """Append a result."""
        self.results.append(CheckResult(name, state, detail))


async def diagnose(start: Start) -> Diagnosis:
    """Check everything that the live screen needs. Failures are results; nothing is raised."""
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
        _add_error(found, error)
        return found
    if not settings.demo and start.token.renewal is not None:
        _add_login(found, start.token.renewal)
    try:
        _add_connection(found, session)
        await _add_features(found, session)
    except MatomoError as error:
        _add_error(found, error)
    finally:
        await session.client.aclose()
    return found


def _add_login(found: Diagnosis, renewal: LoginRenewal) -> None:
    """Add the scope of an OAuth 2.0 login and how long it lasts. Connecting has renewed it if necessary."""
    login = renewal.login
    if login is None or found.results[-1].name != "token":
        return
    minutes = int(renewal.seconds_left // 60)
    left = "1 minute left" if minutes == 1 else f"{minutes:,} minutes left"
    if login.is_of_a_person:
        ends = datetime.fromtimestamp(login.refresh_expires_at, UTC).strftime("%d %B %Y").lstrip("0")
        ahead = f"renewed by itself; ends on {ends} if it is not used before"
    else:
        ahead = "renewed by itself with the client's secret"
    found.add("login", "ok", f"scope matomo:{login.scope}, {left}; {ahead}")


def _add_error(found: Diagnosis, error: MatomoError) -> None:
    """Add ``error`` as the failure of the check it belongs to, after those that must have succeeded before."""
    sentence = str(error)
    if error.offer:
        sentence += f" Use --url {error.offer}"
    places: tuple[tuple[tuple[type[MatomoError], ...], str], ...] = (
        ((Unreachable, TimedOut, Redirected), "connection"),
        ((TLSFailed,), "tls"),
        ((NotMatomo, ServerError, RateLimited), "matomo"),
        ((TokenRejected, LockedOut), "token"),
        ((NoSite,), "site"),
        ((NoAccess,), "role"),
    )
    name = next((place for kinds, place in places if isinstance(error, kinds)), "site")
    if name == "token":
        found.results = [result for result in found.results if result.name != "token"]
    if name not in ("connection", "tls") and all(result.name != "connection" for result in found.results):
        found.add("connection", "ok", "the server answers")
    found.add(name, "failed", sentence)


def _add_connection(found: Diagnosis, session: Session) -> None:
    client, settings = session.client, session.settings
    found.version, found.site = session.version, session.site
    found.clock_offset = client.clock_offset
    found.role = session.access.role(session.site.id)
    answered = f"answered in {client.last_elapsed * 1000:,.0f} ms"
    found.add("connection", "ok", "built in, without a network" if settings.demo else answered)
    _add_tls(found, session)
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
        found.results[-1] = CheckResult("site", "ok", found.results[-1].detail + ", read-only")


def _add_tls(found: Diagnosis, session: Session) -> None:
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


async def _add_features(found: Diagnosis, session: Session) -> None:
    """Request the first poll of the live screen and the state of optional features, in one bulk request."""
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
    _add_server(found, client)
    _add_first_poll(found, first, answers)
    if not isinstance(listed, MatomoError):
        found.sites = [SiteRole(site.id, site.name, session.access.role(site.id)) for site in listed]
    found.sites_total = max(len(session.access.sites), len(found.sites))
    if isinstance(profile, MatomoError):
        found.add("visitor_profile", "warning", str(profile))
    else:
        found.add("visitor_profile", "ok", "readable")
    _add_plugin(found, "goals", goals, "the Goals plug-in is not active: no conversions will be shown.")
    _add_plugin(found, "mcp_server", mcp, "the plug-in is not active; matomo-tui does not need it.")
    _add_plugin(found, "oauth2", oauth, "the plug-in is not active; matomo-tui does not need it for tokens.")


def _add_server(found: Diagnosis, client: Client) -> None:
    if client.bulk_limit is not None:
        found.add(
            "bulk_limit",
            "note",
            f"the server takes {client.bulk_limit} {'call' if client.bulk_limit == 1 else 'calls'} a request "
            "(API_bulk_request_limit): more are sent one request after the other",
        )
    if client.notice:
        found.add("notices", "warning", notices.explain_notice(client.notice))


def _add_first_poll(found: Diagnosis, first: FirstPoll, answers: Sequence[Any]) -> None:
    trial = first.judge(dict(zip(first.calls, answers, strict=False)))
    if trial.counters_fault:
        found.add("counters", "failed", trial.counters_fault)
    else:
        found.add("counters", "ok", f"{trial.visits:,} visits, {trial.actions:,} actions in 30 minutes")
    if trial.log_fault:
        found.add(
            "visitor_log",
            "failed",
            f"{trial.log_fault.removesuffix('.')}. Without it the live screen shows only its counters.",
        )
    else:
        found.add("visitor_log", "ok", "readable" if trial.logged else "readable; no visit yet today")


def _add_plugin(found: Diagnosis, name: str, answer: Any, absent: str) -> None:
    if isinstance(answer, MatomoError):
        found.add(name, "note", str(answer))
    elif answer:
        found.add(name, "ok", "active")
    else:
        found.add(name, "note", absent)
