"""The users pane: all users with their role on one site; add, invite, change and delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, get_args

from textual.binding import BindingType

from matomo_tui.admin import users as planning
from matomo_tui.admin.access_matrix import AccessEntity, role_words
from matomo_tui.admin.identity import Identity
from matomo_tui.admin.outcome import Outcome, Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.api import users
from matomo_tui.api.users import AccessFilter, User
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.crud_pane import CrudPane
from matomo_tui.ui.admin.existing_user import add_existing_user
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


class UsersPane(CrudPane[str, User]):
    """All users with their role on one site: the selected one, or another if the token does not administer that. A
    token without an admin role lists only its own user, who may change their e-mail address and password."""

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
    NEED_ROWS = ("edit", "delete", "superuser", "find")
    BINDINGS: ClassVar[list[BindingType]] = bindings("users")

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
        self._access: AccessFilter = ""
        self._identity = Identity()

    @property
    def site_id(self) -> int:
        """The site whose roles are shown."""
        access, here = self.context.access, self.context.site.id
        if access.at_least("admin", here):
            return here
        return min((site_id for site_id in access.sites if access.at_least("admin", site_id)), default=here)

    def is_narrowed(self) -> bool:
        return bool(self._access)

    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[User], int | None]:
        if not offset:
            self._identity = await self.context.identity()
        call = users.get_users_plus_role(self.site_id, limit=limit, offset=offset, search=pattern, access=self._access)
        page = await self.context.client.call(call)
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
                ((role_words(role), "accent" if item.superuser_access else "muted" if role == "noaccess" else ""),),
                ((sanitize(item.last_seen, 40), "muted"),),
                ((two, "muted"),),
                ((invitation_words(item), "warn"),),
            ),
            mark=(glyphs_of(self).live, "good") if own else ("", ""),
        )

    def closed_reason(self) -> str:
        """The site of the roles if it is not the selected one, or the reason why no user can be added."""
        if reason := self.context.permissions.list_users().reason:
            return f"{reason} You see only your own user."
        if self.site_id != self.context.site.id:
            return f"Roles on site {self.site_id}, which this token administers."
        return self.context.permissions.add_user().reason

    def crumbs(self) -> Sequence[str]:
        return (_FILTERS[self._access],) if self._access else ()

    # Keys

    def action_filter(self) -> None:
        """Choose the access of the users to show."""

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

    def permission_to_add(self) -> Permission:
        return self.context.permissions.add_user()

    def permission_to_edit(self, item: User) -> Permission:
        return self.context.permissions.edit_user(item.login, self._identity.login)

    def permission_to_delete(self, item: User) -> Permission:
        del item
        return self.context.permissions.delete_user()

    def open_form(self, item: User | None) -> None:
        form = NewUserForm(self.context) if item is None else UserForm(self.context, item, self._identity.login)
        self.push_form(form)

    def open_deletion(self, item: User) -> None:
        self.request(self._review_as, item, planning.plan_delete)

    def action_existing(self) -> None:
        """Give an existing user a role on the site."""
        if self.may(self.context.permissions.set_access(self.site_id)):
            add_existing_user(self, self.site_id, self.context.name_of(self.site_id), self.written)

    def action_superuser(self) -> None:
        """Give or take superuser access of the user under the cursor."""
        user = self.under_cursor
        if user is not None and self.may(self.context.permissions.set_superuser()):
            has = not user.superuser_access
            self.request(self._review_as, user, lambda user, own: planning.plan_superuser(user, has, own))

    def action_invite(self) -> None:
        """Send the invitation of the user under the cursor again."""
        user = self.under_cursor
        if user is not None and self.may(self.context.permissions.add_user()):
            self.review_item(user, planning.plan_resend_invite)

    async def _review_as(self, user: User, plan: Callable[[User, Identity], ChangePlan]) -> None:
        """Show the plan after the token's own user is known: if several users are possible, the user chooses."""
        identity = await self.context.identity()
        if not (identity.must_be_chosen and user.login in identity.candidates):
            self.review_item(user, lambda user: plan(user, identity))
            return

        def chosen(login: str | None) -> None:
            if login is not None:
                self.context.set_own_login(login)
                own = self._identity = identity.with_login(login)
                self.redraw()
                self.review_item(user, lambda user: plan(user, own))

        candidates = [(login, sanitize(login, 100)) for login in identity.candidates]
        self.open_screen(ChoiceDialog("Which superuser are you? Matomo does not say", candidates), chosen)

    # After a write

    def added_key(self, outcome: Outcome) -> str | None:
        """Also the login of a user who was given access to the site."""
        entity = outcome.step.entity
        return entity.key if isinstance(entity, AccessEntity) else super().added_key(outcome)

    def after_write(self, result: Result) -> None:
        del result
        self.context.users_changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a user with an open invitation can be invited again."""
        if action == "invite":
            return self.has_rows and self.under_cursor is not None and self.under_cursor.is_invited
        return super().check_action(action, parameters) and self.state is not PaneState.REFUSED

    def on_virtual_table_highlighted(self, event: Any) -> None:
        """Update the footer: only some users can be invited again."""
        event.stop()
        self.refresh_bindings()


def invitation_words(user: User) -> str:
    """``3 days left`` or ``expired``; ``""`` for a user who has accepted."""
    if not user.is_invited:
        return ""
    days = user.invite_status
    if days.isdecimal():
        return f"{days} {'day' if days == '1' else 'days'} left"
    return sanitize(days, 20)
