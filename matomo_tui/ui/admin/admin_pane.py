"""Base class of the admin panes: loads when first shown, and displays errors."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, ParamSpec

from textual.message import Message
from textual.widget import Widget

from matomo_tui.admin.outcome import Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess, TokenRejected
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.review_dialog import Anyway, ReviewDialog, Reviewed
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.widgets.pane import FAILED, PaneState
from matomo_tui.ui.widgets.requesting_pane import RequestingPane
from matomo_tui.ui.widgets.workers import deferred

P = ParamSpec("P")

USE_ANOTHER_TOKEN = "Press {admin.reconnect} to use another token."  # noqa: S105 (a sentence)


class AdminPane(RequestingPane):
    """One part of the administration.

    Subclasses override ``load``, ``draw`` and, if they have inner steps, ``go_back``. ``load`` requests the content; it
    runs in a worker when the pane is first shown, after the site or the role changed, and for ``r``. ``draw`` shows the
    permissions and the lock; it makes no request.
    """

    BY_SITE: ClassVar[bool] = False
    """True if the content depends on the selected site."""

    class Moved(Message):
        """The breadcrumbs of the pane changed."""

    class Rejected(Message):
        """Matomo rejected the token."""

    def __init__(self, context: AdminContext) -> None:
        super().__init__()
        self.context = context
        self._due = True
        self._loaded = False

    # For the screen

    def permission(self) -> Permission:
        """The permission to see the content."""
        return Permission()

    def crumbs(self) -> Sequence[str]:
        """The breadcrumbs below the name of the pane, sanitized."""
        return ()

    def go_back(self) -> bool:
        """Go one step back within the pane. Returns False if there is none."""
        return False

    def focus_target(self) -> Widget | None:
        """The widget to focus when the pane is opened."""
        return None

    async def load(self) -> None:
        """Request the content. Raises a ``MatomoError``, which the pane displays."""

    def draw(self) -> None:
        """Update everything that depends on permissions and the lock."""

    # Loading

    def shown(self) -> None:
        """Called when the pane is shown: loads the content if it is outdated."""
        permission = self.permission()
        if not permission.is_open:
            self._due = True
            self.set_state(PaneState.REFUSED, permission.reason)
        elif self._due:
            self.reload()
        self.draw()

    @property
    def has_failed(self) -> bool:
        """Returns True if the content could not be loaded, though it may come when it is loaded again."""
        return self.state in FAILED and not self.context.token_rejected

    @property
    def is_loading(self) -> bool:
        """Returns True while the content is being loaded."""
        return any(worker.is_running and worker.node is self for worker in self.workers)

    def mark_outdated(self) -> None:
        """Load the content again when the pane is shown next."""
        self._due = True

    def forget(self) -> None:
        """Drop the content, which is about another site: it must not stand, or be changed, under the name of the new
        one. It is loaded when the pane is shown next."""
        for group in ("load", "page", "count"):  # what is under way is about the site before, too
            self.workers.cancel_group(self, group)
        self._loaded = False
        self.mark_outdated()
        self.set_title()
        self.set_state(PaneState.LOADING)

    def retry(self) -> None:
        """Load the content that failed once more, without saying again that it fails."""
        self.reload(quietly=True)

    def reload(self, *, quietly: bool = False) -> None:
        """Load the content now; ``quietly`` without a notification if that fails."""
        self._due = False
        if not self._loaded:
            self.set_state(PaneState.LOADING)
        self.work("load", self._load, quietly=quietly)

    def work(
        self, group: str, function: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Run ``function`` in a worker; it replaces a running one of the same ``group``."""
        self.run_worker(deferred(function, *args, **kwargs), group=group, exclusive=True, exit_on_error=False)

    def review(self, plan: ChangePlan, written: Callable[[Result | None], None], anyway: Anyway | None = None) -> None:
        """Show ``plan`` for confirmation. ``written`` is called with the result, None if nothing was sent; ``anyway``
        makes the plan for what somebody else made of the entity meanwhile."""

        def reviewed(answer: Reviewed | None) -> None:
            written(answer.result if answer is not None else None)

        self.open_screen(ReviewDialog(self.context, plan, anyway=anyway), reviewed)

    async def _load(self, *, quietly: bool = False) -> None:
        try:
            await self.load()
        except MatomoError as error:
            await self.failed(error, quietly=quietly)
        else:
            self._loaded = True
            self.context.token_rejected = False
            if self.state in (PaneState.LOADING, PaneState.BROKEN, PaneState.STALE, PaneState.REFUSED):
                self.set_state(PaneState.CONTENT)
            self.draw()
            self._take_focus()

    def _take_focus(self) -> None:
        """Focus the content if nothing is focused: what was focused was hidden while it was loaded."""
        target = self.focus_target()
        if target is not None and target.focusable and self.screen.is_current and self.screen.focused is None:
            target.focus(scroll_visible=False)

    async def failed(self, error: MatomoError, *, quietly: bool = False) -> None:
        """Display an error of ``load``, over content only dimmed if ``quietly``. After a refusal, check whether the
        role changed."""
        if isinstance(error, NoAccess | FeatureDisabled):
            self._due = True
            self.set_state(PaneState.REFUSED, str(error))
        elif self._loaded:
            self.set_state(PaneState.STALE)
            if quietly:
                self._check_token(error)
            else:
                self.notify_error(error)
        else:
            self._check_token(error)
            hint = USE_ANOTHER_TOKEN if isinstance(error, TokenRejected) else "{admin.reload} tries again."
            self.set_state(PaneState.BROKEN, f"{error}\n{with_keys(self, hint)}")
        if isinstance(error, NoAccess):
            await self.context.refresh_access()

    def notify_error(self, error: MatomoError) -> None:
        """Show an error over what was loaded before."""
        self._check_token(error)
        hint = f" {with_keys(self, USE_ANOTHER_TOKEN)}" if isinstance(error, TokenRejected) else ""
        self.notify(f"{error}{hint}", severity="error", markup=False)

    def _check_token(self, error: MatomoError) -> None:
        if isinstance(error, TokenRejected):
            self.post_message(self.Rejected())

    def may(self, permission: Permission) -> bool:
        """Returns True if an action is possible now; otherwise shows the reason."""
        reason = self.context.why_not(permission)
        if reason:
            self.notify(reason, severity="warning", markup=False)
        else:
            self.context.lock.touch()
        return not reason
