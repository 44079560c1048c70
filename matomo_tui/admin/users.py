"""Users: the forms' drafts, their validation, and the plans that add, invite, change and delete a user."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from matomo_tui.admin.entity import Entity, Reading, typed_name
from matomo_tui.admin.identity import Identity
from matomo_tui.admin.input_parsing import is_email, is_login, trimmed
from matomo_tui.admin.plan import ChangePlan, plan_deletion, plan_write
from matomo_tui.admin.state import HIDDEN, Difference, FieldValue, Problem, State
from matomo_tui.api import users
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, NoAccess
from matomo_tui.api.secret import ANONYMOUS, Secret
from matomo_tui.api.users import User
from matomo_tui.sanitize import sanitize

LABELS: Mapping[str, str] = {"login": "Login", "email": "E-mail", "superuser_access": "Superuser", "site": "First site"}
_PASSWORD_LABEL = "Password"  # noqa: S105 (a word on the screen)

SHORTEST_PASSWORD = 7
LONGEST_PASSWORD = 200
# Without characters that are easily confused when a password is read aloud or copied by hand.
_LETTERS = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI5S2Z8B")))

SignInMethod = Literal["password", "invite"]


@dataclass(frozen=True, slots=True)
class NewUserDraft:
    """The values of the form of a new user."""

    login: str = ""
    email: str = ""
    how: SignInMethod = "password"
    """With a password, or invited by e-mail."""
    password: Secret = field(default_factory=lambda: Secret(""))
    site_id: int | None = None
    """The first site that they may view. Matomo requires it for invitations, and from tokens without superuser
    access."""
    expiry_days: int = 7

    def problems(self, *, superuser: bool = True) -> tuple[Problem, ...]:
        """Its errors."""
        found = [*_login_problems(self.login), *_email_problems(self.email)]
        if self.how == "password":
            found += password_problems(self.password, self.login)
        if self.site_id is None and (self.how == "invite" or not superuser):
            found.append(Problem("site_id", "Choose the first site the new user may view: Matomo requires one."))
        if self.how == "invite" and not 1 <= self.expiry_days <= 365:
            found.append(Problem("expiry_days", "An invitation is valid for 1 to 365 days."))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class UserDraft:
    """The values of the form of an existing user. An empty password is left unchanged."""

    email: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))

    @classmethod
    def of(cls, user: User) -> UserDraft:
        """The draft of an existing user."""
        return cls(email=user.email)

    def problems(self, login: str) -> tuple[Problem, ...]:
        """Its errors."""
        found = _email_problems(self.email)
        if self.password:
            found += password_problems(self.password, login)
        return tuple(found)


def generated_password(length: int = 20) -> Secret:
    """A random password that is easy to type."""
    return Secret("".join(secrets.choice(_LETTERS) for _ in range(length)))


def password_problems(password: Secret, login: str = "") -> list[Problem]:
    """The errors of a typed password. Their sentences do not contain it."""
    value = password.reveal()
    if not trimmed(value):
        return [Problem("password", "Type a password, or choose a generated one.")]
    if len(trimmed(value)) < SHORTEST_PASSWORD:
        return [Problem("password", "Matomo requires a password of more than 6 characters.")]
    if len(value) > LONGEST_PASSWORD:
        return [Problem("password", f"Matomo accepts passwords of at most {LONGEST_PASSWORD} characters.")]
    if any(char in value for char in "\r\n\0"):
        return [Problem("password", "A password cannot contain line breaks.")]
    if login and value.casefold() == login.casefold():
        return [Problem("password", "The password cannot be the login.")]
    return []


def state_of(user: User) -> State:
    """The state of a user: the fields that can be read back, without the e-mail address if Matomo does not tell it."""
    state: dict[str, FieldValue] = {"login": user.login, "email": user.email, "superuser_access": user.superuser_access}
    if not user.email:
        del state["email"]
    return state


@dataclass(frozen=True, slots=True)
class UserEntity(Entity):
    """A user who exists."""

    labels = LABELS

    login: str

    @property
    def key(self) -> str:
        return self.login

    def confirmation(self, opened: State) -> tuple[str, str]:
        return typed_name(str(opened["login"])), ""

    async def read(self, client: Client) -> Reading:
        try:
            return Reading(state_of(await client.call(users.get_user(self.login))))
        except (BadRequest, ValueError) as error:
            if _is_unknown(error):
                return Reading(None)
            raise
        except NoAccess:
            # The list has those users only whom the token may see: one who is missing there need not be deleted.
            if (state := await _read_visible(client, self.login)) is None:
                raise
            return Reading(state)


@dataclass(frozen=True, slots=True)
class NewUserEntity(UserEntity):
    """A user to be created. ``first_site_id`` is the first site that they may view."""

    first_site_id: int | None = None

    def site_id_of(self, created: int | None) -> int | None:
        del created
        return self.first_site_id

    async def read(self, client: Client) -> Reading:
        """A user whom the token cannot list is reduced to the login: it is taken."""
        if not await client.call(users.user_exists(self.login)):
            return Reading(None)
        return Reading(await _read_visible(client, self.login) or {"login": self.login})


def plan_add(draft: NewUserDraft) -> ChangePlan:
    """The plan that adds or invites a user (``UsersManager.addUser``, ``.inviteUser``). The draft has no errors."""
    invited = draft.how == "invite" and draft.site_id is not None
    call: Call[None]
    if draft.how == "invite" and draft.site_id is not None:
        call = users.invite_user(draft.login, draft.email, draft.site_id, expiry_days=draft.expiry_days)
    else:
        call = users.add_user(draft.login, draft.password, draft.email, initial_site_id=draft.site_id)
    unread = []
    if draft.site_id is not None:
        unread.append(Difference("site", LABELS["site"], "–", f"view on site {draft.site_id}"))
    if not invited:
        unread.append(Difference("password", _PASSWORD_LABEL, "–", HIDDEN))
    return plan_write(
        NewUserEntity(draft.login, draft.site_id),
        call,
        what=f"{'Invite' if invited else 'Add'} the user {sanitize(draft.login)}",
        opened=None,
        wanted={"login": draft.login, "email": draft.email},
        unread=unread,
        hidden=() if invited else ("password",),
        warnings=(f"Matomo sends an e-mail to {sanitize(draft.email)}.",) if invited else (),
    )


def plan_update(opened: User, draft: UserDraft) -> ChangePlan:
    """The plan that changes a user's e-mail address, password, or both (``UsersManager.updateUser``). Matomo requires
    the password of the token's owner."""
    before = state_of(opened)
    email = draft.email if draft.email.casefold() != opened.email.casefold() else None
    password = draft.password or None
    new_password = Difference("password", _PASSWORD_LABEL, HIDDEN, HIDDEN + " (new)")
    return plan_write(
        UserEntity(opened.login),
        users.update_user(opened.login, password=password, email=email),
        what=f"Change the user {sanitize(opened.login)}",
        opened=before,
        wanted={**before, "email": opened.email if email is None else email},
        unread=() if password is None else (new_password,),
        hidden=() if password is None else ("password",),
        refusals=("The anonymous user has no e-mail address or password.",) if opened.login == ANONYMOUS else (),
        needs_own_password=True,
    )


def plan_delete(opened: User, identity: Identity) -> ChangePlan:
    """The plan that deletes a user (``UsersManager.deleteUser``)."""
    refusals = identity.reasons_to_keep(opened.login, "delete it")
    if opened.login == ANONYMOUS:
        refusals = ("The anonymous user stands for anyone without a token and cannot be deleted.",)
    return plan_deletion(
        UserEntity(opened.login),
        users.delete_user(opened.login),
        what=f"Delete the user {sanitize(opened.login)}",
        opened=state_of(opened),
        refusals=refusals,
        warning="The user's access, tokens, dashboards and settings are deleted with it.",
    )


def plan_superuser(opened: User, has: bool, identity: Identity) -> ChangePlan:
    """The plan that gives or takes superuser access (``UsersManager.setSuperUserAccess``). Matomo requires the password
    of the token's owner."""
    login = sanitize(opened.login)
    before = state_of(opened)
    refusals = () if has else identity.reasons_to_keep(opened.login, "take superuser access from it")
    if opened.login == ANONYMOUS:
        refusals = ("The anonymous user stands for anyone without a token and may only view.",)
    entity = UserEntity(opened.login)
    plan = plan_write(
        entity,
        users.set_super_user_access(opened.login, has),
        what=f"Make {login} a superuser" if has else f"Take superuser access from {login}",
        opened=before,
        wanted={**before, "superuser_access": has},
        refusals=refusals,
        warnings=(
            f"{login} can then do everything on every site and loses the roles on single sites."
            if has
            else f"{login} then has no access to any site: Matomo does not restore the old roles.",
        ),
        needs_own_password=True,
    )
    return replace(plan, confirm_text=entity.confirmation(before)[0])


def plan_resend_invite(opened: User) -> ChangePlan:
    """The plan that sends an invitation again (``UsersManager.resendInvite``)."""
    before = state_of(opened)
    return plan_write(
        UserEntity(opened.login),
        users.resend_invite(opened.login),
        what=f"Invite {sanitize(opened.login)} again",
        opened=before,
        wanted=before,
        unread=(Difference("invitation", "Invitation", sanitize(opened.invite_status), "sent again, 7 days"),),
        hidden=("invitation",),
        refusals=() if opened.is_invited else (f"{sanitize(opened.login)} has already accepted the invitation.",),
        warnings=("The link in the old e-mail stops working.",),
    )


async def _read_visible(client: Client, login: str) -> State | None:
    """The user as listed for an admin, usually without the e-mail address. Raises a ``MatomoError``."""
    found = await client.call(users.get_users((login,)))
    return next((state_of(user) for user in found if user.login == login), None)


def _is_unknown(error: Exception) -> bool:
    return "doesn't exist" in str(error) or "does not exist" in str(error)


def _login_problems(login: str) -> list[Problem]:
    if not login:
        return [Problem("login", "A user needs a login.")]
    if not is_login(login):
        return [Problem("login", "A login is 2 to 100 letters, digits and _ . @ + -, without spaces.")]
    if login.casefold() == ANONYMOUS:
        return [Problem("login", "anonymous is Matomo's own user for anyone without a token.")]
    return []


def _email_problems(email: str) -> list[Problem]:
    if not email:
        return [Problem("email", "A user needs an e-mail address.")]
    if not is_email(email):
        return [Problem("email", f"“{sanitize(email, 60)}” is not an e-mail address such as name@example.org.")]
    return []
