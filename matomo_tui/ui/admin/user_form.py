"""The user forms: a new user, with a password or an invitation, and an existing user's e-mail and password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.admin import users as planning
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import Problem, State
from matomo_tui.admin.users import NewUserDraft, UserDraft, generated_password
from matomo_tui.api import sites
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import User
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.form import ChoiceField, Field, PickField, TextField, Values
from matomo_tui.ui.widgets.search_select_dialog import Option

_HOW = (
    ("generated", "with a generated password"),
    ("typed", "with a password that I type"),
    ("invite", "invited by mail, to choose a password"),
)
_SITES_OFFERED = 50
_STAYS = "Empty keeps it. A change requires your own password."


class NewUserForm(FormScreen[NewUserDraft, None]):
    """The form of a new user. A generated password is shown in its field, and nowhere else, until the user is added."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("new user")

    def __init__(self, context: AdminContext) -> None:
        self._generated = generated_password().reveal()
        self.superuser = context.access.superuser
        self.first_sites = tuple(
            (str(site_id), name)
            for site_id, name in ((context.site.id, sanitize(context.site.name, 80) or f"site {context.site.id}"),)
            if context.access.at_least("admin", site_id)
        )
        super().__init__(context, context.draft_key("user", None), ("Users", "Add a user"), None)

    def permission(self) -> Permission:
        return self.context.permissions.add_user()

    def fields(self) -> Sequence[Field]:
        none: tuple[Option, ...] = (("", "none yet"),) if self.superuser else ()
        return (
            TextField("login", "Login"),
            TextField("email", "E-mail"),
            ChoiceField("how", "Signs in", _HOW),
            TextField("password", "Password", password=True),
            PickField("site_id", "First site to view", (*none, *self.first_sites), self._find_sites),
            TextField("expiry_days", "Invitation valid for", "Days, 1 to 365."),
        )

    async def _find_sites(self, text: str) -> Sequence[Option]:
        """Search the sites that the token administers. Raises a ``MatomoError``."""
        found = await self.context.client.call(sites.get_sites_with_admin_access(text, limit=_SITES_OFFERED))
        options = [(str(site.id), sanitize(site.name, 80) or f"site {site.id}") for site in found]
        return [("", "none yet"), *options] if self.superuser and not text else options

    def values_of(self, opened: None) -> Values:
        del opened
        first = self.first_sites[0][0] if self.first_sites else ""
        return {
            "login": "",
            "email": "",
            "how": "generated",
            "password": self._generated,
            "site_id": first,
            "expiry_days": "7",
        }

    def draft_of(self, values: Values) -> NewUserDraft:
        days, site_id = str(values["expiry_days"]).strip(), str(values["site_id"])
        return NewUserDraft(
            login=str(values["login"]).strip(),
            email=str(values["email"]).strip(),
            how="invite" if values["how"] == "invite" else "password",
            password=Secret(str(values["password"])),
            site_id=int(site_id) if site_id else None,
            expiry_days=int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
        )

    def problems(self, draft: NewUserDraft) -> Sequence[Problem]:
        return draft.problems(superuser=self.superuser)

    def plan(self, opened: None, draft: NewUserDraft) -> ChangePlan:
        del opened
        return planning.plan_add(draft)

    def shown_fields(self, draft: NewUserDraft) -> Sequence[str]:
        del draft
        how = self.form.values["how"]
        hidden = {"generated": {"expiry_days"}, "typed": {"expiry_days"}, "invite": {"password"}}[str(how)]
        return [field.name for field in self.fields() if field.name not in hidden]

    def edited(self, draft: NewUserDraft, field: str) -> None:
        """Show a generated password; a typed one is hidden."""
        del draft
        how = self.form.values["how"]
        if field == "how":
            self.form.put({"password": self._generated if how == "generated" else ""})
            self.form.say(self.problems(self.draft) if how == "invite" else [])
            self.keep()
        is_shown = how == "generated" and bool(self.form.values["password"])
        self.form.reveal("password", shown=is_shown)
        hint = with_keys(self, "Pass it on: it is not shown again. {new_user.copy_password} copies it.")
        self.form.hint("password", hint if is_shown else "More than 6 characters.")
        self.refresh_bindings()

    def action_copy_password(self) -> None:
        """Copy the generated password."""
        if isinstance(self.app, Shell):
            self.app.copy(str(self.form.values["password"]), said="the password")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a generated password can be copied."""
        if action == "copy_password":
            return self.form.values["how"] == "generated"
        return super().check_action(action, parameters)


class UserForm(FormScreen[UserDraft, User]):
    """The form of an existing user: e-mail address and password."""

    def __init__(self, context: AdminContext, user: User, own_login: str | None) -> None:
        self._own_login = own_login
        super().__init__(context, context.draft_key("user", user.login), ("Users", sanitize(user.login, 60)), user)

    def permission(self) -> Permission:
        return self.context.permissions.edit_user(self.opened.login, self._own_login)

    def fields(self) -> Sequence[Field]:
        return (
            TextField("email", "E-mail"),
            TextField("password", "New password", _STAYS, password=True),
        )

    def values_of(self, opened: User) -> Values:
        return {"email": opened.email, "password": ""}

    def draft_of(self, values: Values) -> UserDraft:
        return UserDraft(email=str(values["email"]).strip(), password=Secret(str(values["password"])))

    def problems(self, draft: UserDraft) -> Sequence[Problem]:
        return draft.problems(self.opened.login)

    def plan(self, opened: User, draft: UserDraft) -> ChangePlan:
        return planning.plan_update(opened, draft)

    def plan_over(self, theirs: State, wanted: State) -> ChangePlan:
        """The new password is in no state, so it is taken from the form."""
        now = self.reopened(theirs)
        return self.plan(now, UserDraft(email=str(wanted.get("email", now.email)), password=self.draft.password))
