"""Base class of the admin panes: loads when first shown and displays errors."""

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
from matomo_tui.ui.widgets.pane import Pane, PaneState
from matomo_tui.ui.widgets.workers import deferred

P = ParamSpec("P")

USE_ANOTHER_TOKEN = "Press c to use another token."  # noqa: S105 (a sentence)


class AdminPane(Pane):
    """One entry of the administration's list.

    Subclasses override ``load`` (ask the server; called in a worker when it is first seen, when the site or the role
    changed while it was not, and for ``r``), ``draw`` (the gates, the lock or the size changed: no request) and, where
    there is a step back within the pane, ``go_back``. ``BY_SITE``: what it shows belongs to one site.
    """

    BY_SITE: ClassVar[bool] = False

    class Moved(Message):
        """The crumbs of the pane are other ones."""

    class Rejected(Message):
        """Matomo rejected the token."""

    def __init__(self, desk: AdminContext) -> None:
        super().__init__()
        self.desk = desk
        self._due = True
        self._loaded = False

    # For the screen

    def gate(self) -> Permission:
        """Whether what the pane shows may be seen at all."""
        return Permission()

    def crumbs(self) -> Sequence[str]:
        """Where one is within the pane, below its own name; clean."""
        return ()

    def go_back(self) -> bool:
        """``esc``: one step back within the pane; whether there was one."""
        return False

    def focus_target(self) -> Widget | None:
        """What takes the keys when one comes here."""
        return None

    async def load(self) -> None:
        """Ask the server for what is shown. Raises a ``MatomoError``, which is said in the pane."""

    def draw(self) -> None:
        """Draw anew what depends on gates and lock."""

    # What the pane does with that

    def seen(self) -> None:
        """It is looked at (again): load what is due."""
        gate = self.gate()
        if not gate.is_open:
            self._due = True
            self.set_state(PaneState.REFUSED, gate.reason)
        elif self._due:
            self.reload()
        self.draw()

    def outdate(self) -> None:
        """What it shows is no longer so: it is loaded anew, at once where it is looked at."""
        self._due = True

    def reload(self) -> None:
        """Ask the server again."""
        self._due = False
        if not self._loaded:
            self.set_state(PaneState.LOADING)
        self.work("load", self._load)

    def work(
        self, group: str, function: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Do something that takes time; what was done before in this ``group`` is no longer wanted."""
        self.run_worker(deferred(function, *args, **kwargs), group=group, exclusive=True, exit_on_error=False)

    def request(self, function: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run ``function``, which asks the server for what a dialog needs, in a worker. A ``MatomoError`` becomes a
        notification."""

        async def notify_errors() -> None:
            try:
                await function(*args, **kwargs)
            except MatomoError as error:
                self.notify_error(error)

        self.work("open", notify_errors)

    def review(self, plan: ChangePlan, written: Callable[[Result | None], None], anyway: Anyway | None = None) -> None:
        """Show ``plan`` for confirmation. ``written`` is called with the result, None if nothing was sent; ``anyway``
        makes the plan for what somebody else made of the entity meanwhile."""

        def reviewed(answer: Reviewed | None) -> None:
            written(answer.result if answer is not None else None)

        self.app.push_screen(ReviewDialog(self.desk, plan, anyway=anyway), reviewed)

    async def _load(self) -> None:
        try:
            await self.load()
        except MatomoError as error:
            await self.failed(error)
        else:
            self._loaded = True
            self.desk.token_rejected = False
            if self.state in (PaneState.LOADING, PaneState.BROKEN, PaneState.STALE, PaneState.REFUSED):
                self.set_state(PaneState.CONTENT)
            self.draw()

    async def failed(self, error: MatomoError) -> None:
        """Say what went wrong; a refusal is a reason to look whether the role is still what it was."""
        if isinstance(error, NoAccess | FeatureDisabled):
            self._due = True
            self.set_state(PaneState.REFUSED, str(error))
        elif self._loaded:
            self.set_state(PaneState.STALE)
            self.notify_error(error)
        else:
            self._check_token(error)
            hint = USE_ANOTHER_TOKEN if isinstance(error, TokenRejected) else "r tries again."
            self.set_state(PaneState.BROKEN, f"{error}\n{hint}")
        if isinstance(error, NoAccess):
            await self.desk.refresh_access()

    def notify_error(self, error: MatomoError) -> None:
        """Show an error over what was loaded before."""
        self._check_token(error)
        hint = f" {USE_ANOTHER_TOKEN}" if isinstance(error, TokenRejected) else ""
        self.notify(f"{error}{hint}", severity="error", markup=False)

    def _check_token(self, error: MatomoError) -> None:
        if isinstance(error, TokenRejected):
            self.post_message(self.Rejected())

    def may(self, gate: Permission) -> bool:
        """Whether something may be done now; says why not."""
        reason = self.desk.why_not(gate)
        if reason:
            self.notify(reason, severity="warning", markup=False)
        else:
            self.desk.lock.touch()
        return not reason
