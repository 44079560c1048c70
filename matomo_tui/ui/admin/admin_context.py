"""State shared by the admin screens of one connection: site, lock, writer and drafts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from matomo_tui.admin import policy
from matomo_tui.admin.apply import Applier
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.drafts import DraftStore
from matomo_tui.admin.identity import Identity, identify
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.policy import Permission, Permissions
from matomo_tui.admin.recent_activity import Samples
from matomo_tui.admin.sites import as_shown
from matomo_tui.admin.state import State
from matomo_tui.admin.tracking_test import TrackingTest
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import Site
from matomo_tui.config import paths
from matomo_tui.live.clock import Clock
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session

LOCKED = "Editing is locked. ctrl+e unlocks it."


class AdminContext:
    """Made on the first use of the administration, dropped with its connection.

    ``drafts`` outlive it: they belong to the program. ``access_changed`` is called after the token's role turned out
    to be another one; ``lock_changed`` when editing was unlocked or locked; ``site_described`` with the site that is
    watched when it has other settings; ``site_gone`` when there is no such site any more;
    ``reports_changed`` with the id of a site that may have other reports now. ``samples`` are what patterns are tried
    on, by site.
    """

    def __init__(
        self,
        session: Session,
        site: Site,
        clock: Clock,
        drafts: DraftStore,
        *,
        log: AuditLog | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.session = session
        self.access: Access = session.access
        self.site = site
        self.clock = clock
        self.drafts = drafts
        self.log = log or AuditLog(paths.audit_file(paths.state_dir()))
        self.lock = EditLock(monotonic=clock.monotonic, now=clock.now)
        profile, server = sanitize(session.settings.profile), sanitize(session.address)
        self.applier = Applier(
            session.client,
            self.log,
            self.lock,
            profile=profile,
            server=server,
            whose=self._login,
            sleep=sleep,
            now=clock.now,
        )
        self.tracking = TrackingTest(
            session.client, self.log, profile=profile, server=server, whose=self._login, sleep=sleep, now=clock.now
        )
        self.access_changed: Callable[[], None] = lambda: None
        self.lock_changed: Callable[[], None] = lambda: None
        self.site_described: Callable[[Site], None] = lambda _site: None
        self.site_gone: Callable[[], None] = lambda: None
        self.reports_changed: Callable[[int], None] = lambda _site_id: None
        self.token_rejected = False
        self.samples: dict[int, Samples] = {}
        self._site_names = {site.id: site.name}
        self._identity: Identity | None = None
        self._said = ""

    @property
    def client(self) -> Client:
        """The connection. Everything goes through it; nothing is written but by ``applier`` and ``tracking``."""
        return self.session.client

    @property
    def gates(self) -> Permissions:
        """What may be done, by the token's role as it is known now."""
        return Permissions.of(self.client, self.access, self._site_names)

    @property
    def may_write(self) -> bool:
        """Whether there is anything at all that editing could be unlocked for."""
        return self.gates.opens_anything

    def why_not(self, gate: Permission) -> str:
        """Why something behind ``gate`` cannot be done this moment: the gate's own reason first, then the lock; ``""``
        where it can."""
        return gate.reason or ("" if self.lock.is_open else LOCKED)

    def follow(self, site: Site) -> None:
        """Another site is looked at from now on."""
        self.site = site
        self.know({site.id: site.name})

    def written(self, site_id: int, stored: State | None) -> None:
        """A site was changed (``stored`` is what the server has now) or deleted: the one that is watched follows."""
        self.reports_changed(site_id)
        if stored is not None:
            self.know({site_id: str(stored["name"])})
        if site_id != self.site.id:
            return
        if stored is None:
            self.site_gone()
        elif (described := as_shown(self.site, stored)) != self.site:
            self.site_described(described)

    def know(self, names: dict[int, str]) -> None:
        """Names of sites, for the sentences of the gates."""
        self._site_names |= names

    def name_of(self, site_id: int) -> str:
        """A site's name, raw, where it was seen; ``""`` otherwise."""
        return self._site_names.get(site_id, "")

    def about(self, *what: object) -> tuple[object, ...]:
        """The key of a draft: two servers may each have a site 1."""
        return (self.session.address, *what)

    def unlock(self) -> None:
        """Editing is possible from now on."""
        self.lock.unlock()
        self.lock_changed()

    def lock_again(self) -> None:
        """Nothing can be written any more."""
        self.lock.lock()
        self.lock_changed()

    async def identity(self) -> Identity:
        """Whose token this is, asked once. Raises a ``MatomoError``."""
        if self._identity is None:
            found = await identify(self.client, self.access, self.site.id)
            self._identity = found.said(self._said) if self._said and found.has_to_be_said else found
        return self._identity

    async def _login(self) -> str:
        """The login of this token, for the audit log; ``""`` where Matomo does not tell."""
        try:
            return (await self.identity()).login or ""
        except MatomoError:
            return ""

    def said_to_be(self, login: str) -> None:
        """The person said which superuser they are."""
        self._said = login
        if self._identity is not None:
            self._identity = self._identity.said(login)

    def users_changed(self) -> None:
        """Who the superusers are is asked again; what the person said stays."""
        self._identity = None

    async def refresh_access(self) -> bool:
        """Ask anew what the token may do, after a refusal that says it is not what it was; whether it changed."""
        try:
            access = await policy.refresh(self.client)
        except MatomoError:
            return False  # what is known stays; the server goes on refusing what it refuses
        if access == self.access:
            return False
        self.access, self._identity = access, None
        self.access_changed()
        return True
