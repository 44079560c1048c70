"""The state shared by the admin screens of one connection: site, lock, applier and drafts."""

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
from matomo_tui.admin.recent_activity import RecentActivity
from matomo_tui.admin.sites import as_shown
from matomo_tui.admin.state import State
from matomo_tui.admin.tracking_test import TrackingTest
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.config import paths
from matomo_tui.live.clock import Clock
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session

LOCKED = "Editing is locked. {admin.unlock_editing} unlocks it."


class AdminContext:
    """Created on the first use of the administration, and dropped with its connection. The drafts belong to the
    program and survive it."""

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
            read_login=self._login,
            sleep=sleep,
            now=clock.now,
        )
        self.tracking = TrackingTest(
            session.client, self.log, profile=profile, server=server, read_login=self._login, sleep=sleep, now=clock.now
        )
        self.access_changed: Callable[[], None] = lambda: None
        """Called after the token's role changed."""
        self.access_read: Callable[[Access], None] = lambda _access: None
        """Called with the token's roles after sites were added or deleted."""
        self.lock_changed: Callable[[], None] = lambda: None
        """Called after editing was unlocked or locked."""
        self.site_described: Callable[[Site], None] = lambda _site: None
        """Called with the watched site after its settings changed."""
        self.site_gone: Callable[[], None] = lambda: None
        """Called after the watched site was deleted."""
        self.reports_changed: Callable[[int], None] = lambda _site_id: None
        """Called with the id of a site whose reports may have changed."""
        self.locked = LOCKED
        """The reason why nothing can be changed while editing is locked, with the key that unlocks it."""
        self.token_rejected = False
        """True after Matomo rejected the token."""
        self.samples: dict[int, tuple[float, RecentActivity]] = {}
        """The samples for goal patterns by site id, each with the monotonic time at which they were loaded."""
        self._site_names = {site.id: site.name}
        self._identity: Identity | None = None
        self._own_login = ""

    @property
    def client(self) -> Client:
        """The client of the connection. Only ``applier`` and ``tracking`` write with it."""
        return self.session.client

    @property
    def permissions(self) -> Permissions:
        """The permissions of the token's current role."""
        return Permissions.of(self.client, self.access, self._site_names)

    @property
    def may_write(self) -> bool:
        """True if the token may write anything."""
        return self.permissions.opens_anything

    def why_not(self, permission: Permission) -> str:
        """The reason why an action is not possible now: the permission's, otherwise the lock; ``""`` if it is."""
        return permission.reason or ("" if self.lock.is_open else self.locked)

    def set_site(self, site: Site) -> None:
        """Switch to another site."""
        self.site = site
        self.add_site_names({site.id: site.name})

    def site_written(self, site_id: int, stored: State | None) -> None:
        """Update the other screens after a site was changed to ``stored`` or deleted (None)."""
        self.reports_changed(site_id)
        if stored is not None:
            self.add_site_names({site_id: str(stored["name"])})
        if site_id != self.site.id:
            return
        if stored is None:
            self.site_gone()
        elif (described := as_shown(self.site, stored)) != self.site:
            self.site_described(described)

    def add_site_names(self, names: dict[int, str]) -> None:
        """Add site names (raw, by id) for the reasons of permissions."""
        self._site_names |= names

    def name_of(self, site_id: int) -> str:
        """A site's name, raw; ``""`` if unknown."""
        return self._site_names.get(site_id, "")

    def draft_key(self, *parts: object) -> tuple[object, ...]:
        """The key of a draft. It contains the server, because two servers may each have a site 1."""
        return (self.session.address, *parts)

    def unlock_editing(self) -> None:
        """Unlock editing."""
        self.lock.unlock()
        self.lock_changed()

    def lock_editing(self) -> None:
        """Lock editing."""
        self.lock.lock()
        self.lock_changed()

    async def identity(self) -> Identity:
        """The user of the token, requested once. Raises a ``MatomoError``."""
        if self._identity is None:
            found = await identify(self.client, self.access, self.site.id)
            self._identity = found.with_login(self._own_login) if self._own_login and found.must_be_chosen else found
        return self._identity

    async def _login(self) -> str:
        """The login of the token's user for the audit log; ``""`` if unknown."""
        try:
            return (await self.identity()).login or ""
        except MatomoError:
            return ""

    def set_own_login(self, login: str) -> None:
        """Set the login that the user chose among the superusers."""
        self._own_login = login
        if self._identity is not None:
            self._identity = self._identity.with_login(login)

    def users_changed(self) -> None:
        """Request the superusers again at the next use; the chosen login is kept."""
        self._identity = None

    async def refresh_access(self) -> bool:
        """Read the token's access again after a refusal. Returns True if it changed."""
        try:
            access = await policy.refresh(self.client)
        except MatomoError:
            return False  # the known access is kept; the server still enforces the real one
        if access == self.access:
            return False
        self.access, self._identity = access, None
        self.access_changed()
        return True
