"""The users pane: all users with their role on one site; add, invite, change and delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, get_args

import msgspec
from textual.binding import BindingType

from matomo_tui.admin import users as planning
from matomo_tui.admin.access_matrix import AccessSubject
from matomo_tui.admin.identity import Identity
from matomo_tui.admin.outcome import Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.state import State
from matomo_tui.api import users
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.users import AccessFilter, User
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.existing_user import add_existing_user
from matomo_tui.ui.admin.paged_pane import PagedPane
from matomo_tui.ui.admin.review_dialog import ReviewDialog, Reviewed
from matomo_tui.ui.admin.user_form import NewUserForm, UserForm
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Column, Plain
from matomo_tui.ui.widgets.table.rows import Row

_EVERYBODY = "everybody"
_FILTERS: dict[AccessFilter, str] = {
    "": "Everybody",
    "some": "Some access to the site",
    "view": "View",
    "write": "Write",
    "admin": "Admin",
    "superuser": "Superusers",
    "noaccess": "No access",
}


class UsersPane(PagedPane[str, User]):
    """The role is the one on the desk's site, or on another one where the token does not administer that. Whoever
    administers nothing sees just their own user, and may change its address and password."""

    TITLE = "Users"
    BY_SITE = True
    FIND = "part of a login or an address"
    NOTHING = "No users to show."
    COLUMNS = (
        Column("login", "Login", 14, flex=2, most=40),
        Column("email", "E-mail", 16, flex=2, hides=2),
        Column("role", "Role here", 9),
        Column("seen", "Last seen", 15, flex=1, most=17, hides=3),
        Column("2fa", "2FA", 4, hides=4),
        Column("invited", "Invited", 15, hides=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("users")

    def __init__(self, desk: AdminContext) -> None:
        super().__init__(desk)
        self._access: AccessFilter = ""
        self._identity = Identity()

    @property
    def site_id(self) -> int:
        """The site whose roles are shown."""
        access, here = self.desk.access, self.desk.site.id
        if access.at_least("admin", here):
            return here
        return min((site_id for site_id in access.sites if access.at_least("admin", site_id)), default=here)

    def is_narrowed(self) -> bool:
        return bool(self._access)

    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[User], int | None]:
        if not offset:
            self._identity = await self.desk.identity()
        call = users.get_users_plus_role(self.site_id, limit=limit, offset=offset, search=pattern, access=self._access)
        page = await self.desk.client.call(call)
        return page.users, page.total

    def key_of(self, item: User) -> str:
        return item.login

    def row_of(self, item: User) -> Row[str]:
        own = item.login == self._identity.login
        login: Plain = ((sanitize(item.login, 100), "strong"), (" (you)" if own else "", "muted"))
        role = "superuser" if item.superuser_access else item.role
        two = "" if item.uses_2fa is None else "yes" if item.uses_2fa else "no"
        return Row(
            item.login,
            (
                login,
                sanitize(item.email, 100),
                ((sanitize(role), "accent" if item.superuser_access else "muted" if role == "noaccess" else ""),),
                ((sanitize(item.last_seen, 40), "muted"),),
                ((two, "muted"),),
                ((invitation_words(item), "warn"),),
            ),
            mark=(glyphs_of(self).live, "good") if own else ("", ""),
        )

    def closed_reason(self) -> str:
        """Which site the roles are on where it is not the one looked at; why nothing can be changed."""
        if reason := self.desk.gates.list_users().reason:
            return f"{reason} You see only your own user."
        if self.site_id != self.desk.site.id:
            return f"Roles on site {self.site_id}, which this token administers."
        return self.desk.gates.add_user().reason

    def crumbs(self) -> Sequence[str]:
        return (_FILTERS[self._access],) if self._access else ()

    # Keys

    def action_filter(self) -> None:
        """Only users with a certain access."""

        def chosen(access: str | None) -> None:
            wanted: AccessFilter | None = next(
                (one for one in get_args(AccessFilter) if (one or _EVERYBODY) == access), None
            )
            if wanted is not None and wanted != self._access:
                self._access = wanted
                self.table.move_cursor(0)
                self.post_message(self.Moved())
                self.reload()

        choices = [(access or _EVERYBODY, words) for access, words in _FILTERS.items()]
        self.app.push_screen(ChoiceDialog("Only users with", choices, self._access or _EVERYBODY), chosen)

    def action_add(self) -> None:
        """Add a user, or invite one."""
        if self.may(self.desk.gates.add_user()):
            self.app.push_screen(NewUserForm(self.desk), self._written)

    def action_existing(self) -> None:
        """Give somebody who has a login already a role on the site."""
        if self.may(self.desk.gates.set_access(self.site_id)):
            add_existing_user(self, self.site_id, self.desk.name_of(self.site_id), self._written)

    def action_edit(self) -> None:
        """Change the address or the password of the user under the cursor."""
        user = self.under_cursor
        if user is not None and self.may(self.desk.gates.edit_user(user.login, self._identity.login)):
            self.app.push_screen(UserForm(self.desk, user, self._identity.login), self._written)

    def action_delete(self) -> None:
        """Delete the user under the cursor."""
        user = self.under_cursor
        if user is not None and self.may(self.desk.gates.delete_user()):
            self.work("open", self._knowing, user, planning.plan_delete)

    def action_superuser(self) -> None:
        """Make the user under the cursor a superuser, or no longer one."""
        user = self.under_cursor
        if user is not None and self.may(self.desk.gates.set_superuser()):
            has = not user.superuser_access
            self.work("open", self._knowing, user, lambda whom, whose: planning.plan_superuser(whom, has, whose))

    def action_invite(self) -> None:
        """Send the invitation again."""
        user = self.under_cursor
        if user is not None and self.may(self.desk.gates.add_user()):
            self._show(user, planning.plan_resend_invite)

    async def _knowing(self, user: User, plan: Callable[[User, Identity], ChangePlan]) -> None:
        """The plan, once it is known whose token this is: where several could be, the person says it."""
        try:
            identity = await self.desk.identity()
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if not (identity.has_to_be_said and user.login in identity.candidates):
            self._show(user, lambda whom: plan(whom, identity))
            return

        def said(login: str | None) -> None:
            if login is not None:
                self.desk.said_to_be(login)
                whose = self._identity = identity.said(login)
                self.redraw()
                self._show(user, lambda whom: plan(whom, whose))

        candidates = [(login, sanitize(login, 100)) for login in identity.candidates]
        self.app.push_screen(ChoiceDialog("Which superuser are you? Matomo does not say", candidates), said)

    def _show(self, user: User, plan: Callable[[User], ChangePlan]) -> None:
        """The plan for a user; should somebody else change them meanwhile, it can be made for what they are then."""

        def reviewed(answer: Reviewed | None) -> None:
            self._written(answer.result if answer is not None else None)

        def anyway(theirs: State) -> ChangePlan:
            return plan(msgspec.structs.replace(user, **theirs))

        self.app.push_screen(ReviewDialog(self.desk, plan(user), anyway=anyway), reviewed)

    def _written(self, result: Result | None) -> None:
        """What the server has now is what is shown. What was read back stands there at once: another key may come
        before the list is loaded anew."""
        if result is None:
            return
        known = {user.login: user for user in self.rows.items.values()}
        for outcome in result.outcomes:
            subject, stored = outcome.step.subject, outcome.stored
            if stored is not None and isinstance(subject, planning.UserSubject) and subject.login in known:
                self.put(msgspec.structs.replace(known[subject.login], **stored))
        made = [
            outcome for outcome in result.outcomes if outcome.exists or isinstance(outcome.step.subject, AccessSubject)
        ]
        logins = [getattr(outcome.step.subject, "login", "") for outcome in made]
        self.desk.users_changed()
        self.work("load", self._after, logins[0] if logins else "")

    async def _after(self, login: str) -> None:
        await self._load()
        place = self.rows.index_of(login) if login else None
        if place is not None:
            self.table.move_cursor(place)

    def on_virtual_table_selected(self, event: Any) -> None:
        """A double click."""
        event.stop()
        self.action_edit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to do with a list that is empty; what is closed can be tried, and says why."""
        shown = self.state in (PaneState.CONTENT, PaneState.STALE)
        if action == "invite":
            return shown and self.under_cursor is not None and self.under_cursor.is_invited
        if action in ("edit", "delete", "superuser", "find"):
            return shown
        return self.state is not PaneState.REFUSED

    def on_virtual_table_highlighted(self, event: Any) -> None:
        """Only who is invited can be invited again."""
        event.stop()
        self.refresh_bindings()


def invitation_words(user: User) -> str:
    """``3 days left``, ``expired``; nothing for who has accepted."""
    if not user.is_invited:
        return ""
    days = user.invite_status
    if days.isdecimal():
        return f"{days} {'day' if days == '1' else 'days'} left"
    return sanitize(days, 20)
