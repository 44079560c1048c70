"""Opens the administration of a connection on first use, caches it, and closes it with the connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from matomo_tui.admin.policy import what_changed
from matomo_tui.api.access import Access
from matomo_tui.api.site import Site
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session
from matomo_tui.ui.admin.admin_context import LOCKED, AdminContext
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.review_dialog import ReviewDialog
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.messages import SwitchSite
from matomo_tui.ui.shell import UNSEEN_FOR, Account, Shell

SCREEN = "admin"
CHECK_EVERY = 5.0
"""Seconds between two checks of the editing lock."""


def is_offered(access: Access) -> bool:
    """Returns True if the token has more than the view role on any site, which the administration requires."""
    return access.somewhere("write")


class AdminNavigator:
    """Opens and closes the administration, keeps it on the site of the live screen, and checks the lock."""

    def __init__(self, app: Shell, account: Account, session: Session, live: LiveScreen) -> None:
        self._app = app
        self._account = account
        self._live = live
        self.context = AdminContext(session, live.snapshot.site, app.clock, account.drafts)
        self.context.locked = with_keys(live, LOCKED)
        self.context.access_changed = self._access_changed
        self.context.access_read = account.access_changed
        self.context.lock_changed = self._lock_changed
        self.context.site_described = self._site_described
        self.context.site_gone = self._site_gone
        self.context.reports_changed = self._reports_changed
        self._screen = self._new_screen()
        self._seen_at = app.clock.monotonic()
        """When the screen was shown last."""
        self._ticking: Timer | None = None

    def _new_screen(self) -> AdminScreen:
        screen = AdminScreen(self.context)
        self._app.install_screen(screen, f"{SCREEN} {id(screen)}")
        return screen

    def may_close(self, screen: Screen[Any]) -> bool:
        """Returns True if ``screen`` is the administration itself, and not a form above it, and nothing is written."""
        return screen is self._screen and not self._screen.is_working

    def release_unseen(self, stack: Sequence[Screen[Any]], *, is_shown: bool) -> None:
        """Replace the screen by an empty one at the same place if it was not shown for ten minutes. It stays in
        ``stack``, which is on the screen or not, and while something is written."""
        now, old = self._app.clock.monotonic(), self._screen
        if old in stack:
            self._seen_at = now if is_shown else self._seen_at
        elif now - self._seen_at >= UNSEEN_FOR and old.is_mounted and not old.is_working:
            self._screen = self._new_screen()
            self._screen.resume(old)
            self._app.uninstall_screen(old)
            old.remove()

    def go(self, part: str = "") -> AdminScreen:
        """Show the administration, or one ``part`` of it, and close the screens above it."""
        self._seen_at = self._app.clock.monotonic()
        if self._screen in self._app.screen_stack:
            self._app.uncover(self._screen)
        else:
            self._app.uncover(self._live)
            self.set_site(self._live.snapshot.site)
            self._screen.show_live(self._live.snapshot)
            self._app.push_screen(self._screen)
        if part:
            self._app.call_after_refresh(self._screen.open, part)
        return self._screen

    def go_back(self) -> bool:
        """Go one step back within the administration. Returns False if there is none."""
        return self._app.screen is self._screen and self._screen.go_back()

    def set_site(self, site: Site) -> None:
        """Switch to another site, or to the same site with other settings."""
        before = self.context.site
        if site != before:
            self.context.set_site(site)
            self._screen.site_changed(is_other=site.id != before.id)

    def close(self) -> None:
        """Close the administration and lock editing. Drafts stay with the program."""
        self.context.lock.lock()
        self._stop_ticking()
        if self._screen in self._app.screen_stack:
            self._app.uncover(self._live)
        self._app.uninstall_screen(self._screen)
        if self._screen.is_running:
            self._screen.remove()

    def _site_described(self, site: Site) -> None:
        session = self._account.session
        if session is not None and session.site.id == site.id:
            self._account.session = replace(session, site=site)
        self._live.update_site(site)
        if self._account.sections is not None:
            self._account.sections.update_site(site)
        self.set_site(site)

    def _reports_changed(self, site_id: int) -> None:
        if self._account.sections is not None:
            self._account.sections.make_due(site_id)

    def _site_gone(self) -> None:
        self._account.site_deleted()
        self._screen.site_changed(is_other=True)
        gone = sanitize(self.context.site.name) or f"Site {self.context.site.id}"
        self._screen.post_message(SwitchSite(f"{gone} was deleted. Choose another site."))

    # The lock

    def may(self, action: str) -> bool:
        """Returns True if the action, ``unlock_editing`` or ``lock_editing``, is currently possible."""
        here = isinstance(self._app.screen, AdminScreen | FormScreen | ReviewDialog) and self.context.may_write
        return here and self.context.lock.is_open == (action == "lock_editing")

    def unlock(self) -> None:
        """Unlock editing (``ctrl+e``) until ten minutes pass without an edit."""
        self.context.unlock_editing()
        self._app.notify("Editing is unlocked. It locks after ten idle minutes.", timeout=3, markup=False)

    def lock(self) -> None:
        """Lock editing (``ctrl+e`` again)."""
        self.context.lock_editing()
        self._app.notify("Editing is locked.", timeout=2, markup=False)

    def _lock_changed(self) -> None:
        self._stop_ticking()
        if self.context.lock.is_open:
            self._ticking = self._app.set_interval(CHECK_EVERY, self._check_lock)
        self.show_lock()

    def _check_lock(self) -> None:
        if not self.context.lock.is_open:
            self._stop_ticking()
            self._app.notify("Ten minutes without editing: editing is locked.", markup=False)
        self.show_lock()

    def show_lock(self) -> None:
        """Show on the open screens and in the live screen's header if editing is unlocked."""
        for screen in self._app.screen_stack:
            if isinstance(screen, AdminScreen | FormScreen | ReviewDialog):
                screen.lock_changed()
        self._live.set_editing(self.context.lock.is_open)

    def _stop_ticking(self) -> None:
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    # The role

    def token_replaced(self, access: Access) -> None:
        """Go on with another token of the connection, which has this ``access``."""
        self.context.token_rejected = False
        self.context.users_changed()  # it may be another user's
        self.role_read(access)

    def role_read(self, access: Access) -> None:
        """Apply what the token may do now."""
        if access != self.context.access:
            self.context.access = access
            self._access_changed()

    def _access_changed(self) -> None:
        session, access = self._account.session, self.context.access
        before = session.access if session is not None else Access()
        sentence = what_changed(before, access, self.context.site.id, self.context.name_of)
        self._account.access_changed(access)
        if is_offered(access):
            self._screen.access_changed()
        else:
            self.context.lock_editing()
            if self._screen in self._app.screen_stack:
                if any(isinstance(screen, FormScreen) and screen.has_draft for screen in self._app.screen_stack):
                    sentence += " Your input is kept."
                self._app.uncover(self._live)
        self._app.notify(sentence, severity="warning", markup=False)
