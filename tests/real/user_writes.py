"""Writes of users and their access: added, given roles, changed, promoted, invited and deleted."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from matomo_tui.admin import users
from matomo_tui.admin.access_matrix import AccessMatrix
from matomo_tui.admin.identity import identify
from matomo_tui.admin.users import NewUserDraft, UserDraft
from matomo_tui.api import users as calls
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import SiteRole, User
from tests.real.office import Office
from tests.real.raw import bare

_ROLES: tuple[SiteRole, ...] = ("admin", "write", "view", "noaccess")
_MAIL = "example.org"


async def _user(office: Office, login: str) -> dict[str, Any] | None:
    """The server's data of a user; ``None`` if there is none."""
    exists = await office.raw.value("UsersManager.userExists", userLogin=login)
    if not bare(exists) or bare(exists) == "0":
        return None
    found = await office.raw.value("UsersManager.getUser", userLogin=login)
    return dict(found[0] if type(found) is list else found)


async def _mail(office: Office, login: str) -> Any:
    user = await _user(office, login)
    return None if user is None else user.get("email")


async def _access(office: Office) -> dict[str, str]:
    found = await office.raw.value("UsersManager.getUsersAccessFromSite", idSite=office.site_id)
    if type(found) is list:
        found = found[0] if found and type(found[0]) is dict else {}
    return {
        login.removeprefix(f"{office.name}-"): role for login, role in found.items() if login.startswith(office.name)
    }


def _draft(office: Office, role: str, site_id: int | None) -> NewUserDraft:
    password = users.generated_password()
    office.passwords[role] = password
    office.stage.judge.hide(password.reveal())
    login = office.login(role)
    return NewUserDraft(login=login, email=f"{login}@{_MAIL}", password=password, site_id=site_id)


async def add(office: Office) -> None:
    """Add one user per role."""
    for role in _ROLES:
        draft = _draft(office, role, None)
        outcome = await office.apply("superuser", users.plan_add(draft))
        await office.done(f"users: add one for {role}", outcome, await _mail(office, draft.login), draft.email)


async def give_access(office: Office) -> None:
    """Give each user a role on the temporary site, with the access matrix."""
    client = office.client("superuser")
    identity = await identify(client, (await client.server_info()).access, office.site_id)
    for role in ("admin", "write", "view"):
        grid = AccessMatrix()
        grid.add_users([User(login=office.login(role))])
        await grid.load_sites(client, {office.site_id: office.name})
        grid.set(office.login(role), office.site_id, role)
        before = await _access(office)
        outcome = await office.apply("superuser", grid.plan(identity))
        await office.done(f"users: give {role} on a site", outcome, await _access(office), {**before, role: role})


async def get_tokens(office: Office) -> None:
    """Request a token for each user from the server, valid for an hour."""
    for role in _ROLES:
        token = await office.raw.value(
            "UsersManager.createAppSpecificTokenAuth",
            userLogin=office.login(role),
            passwordConfirmation=office.passwords[role].reveal(),
            description=office.name,
            expireHours=1,
        )
        office.tokens[role] = str(bare(token))
        office.stage.judge.hide(office.tokens[role])


async def change(office: Office) -> None:
    """Change access in a bulk request and as admin, and a user's password and address; lower roles are refused."""
    login, site_id = office.login("noaccess"), office.site_id
    call = calls.set_user_access(login, "view", (site_id,))
    for role in ("view", "write"):
        before = await _access(office)
        await office.refused(
            f"users: give access as {role}", await office.in_bulk(role, call), before, await _access(office)
        )
    before = await _access(office)
    answer = await office.in_bulk("admin", call)
    await office.done(
        "users: give access within a bulk, as admin", answer, await _access(office), {**before, "noaccess": "view"}
    )
    answer = await office.in_bulk("admin", calls.set_user_access(login, "noaccess", (site_id,)))
    await office.done("users: take access within a bulk, as admin", answer, await _access(office), before)
    await _guest(office)
    await _own_address(office)


async def _guest(office: Office) -> None:
    """Add a user with a first site as admin; write is refused."""
    draft = _draft(office, "guest", office.site_id)
    plan = users.plan_add(draft)
    refused = await office.apply("write", plan)
    await office.refused("users: add as write", refused, None, await _user(office, draft.login))
    outcome = await office.apply("admin", plan)
    stored = await _mail(office, draft.login), (await _access(office)).get("guest")
    await office.done("users: add as admin, with a first site", outcome, stored, (draft.email, "view"))
    bulk = _draft(office, "bulk", None)
    answer = await office.in_bulk("superuser", calls.add_user(bulk.login, bulk.password, bulk.email))
    await office.done("users: add within a bulk", answer, await _mail(office, bulk.login), bulk.email)


async def _own_address(office: Office) -> None:
    """Change a user's own address with their password; an admin is refused."""
    login = office.login("view")
    opened = await office.client("superuser").call(calls.get_user(login))
    plan = users.plan_update(opened, UserDraft(f"{login}.2@{_MAIL}"))
    before = await _mail(office, login)
    outcome = await office.apply("admin", plan, office.passwords["admin"])
    await office.refused("users: another's address as admin", outcome, before, await _mail(office, login))
    outcome = await office.apply("view", plan, office.passwords["view"])
    await office.done("users: one's own address", outcome, await _mail(office, login), f"{login}.2@{_MAIL}")
    call = calls.with_confirmation(calls.update_user(login, email=f"{login}.3+x@{_MAIL}"), office.passwords["view"])
    answer = await office.in_bulk("view", call)
    await office.done(
        "users: one's own address within a bulk", answer, await _mail(office, login), f"{login}.3+x@{_MAIL}"
    )


async def superuser(office: Office) -> None:
    """Give and take superuser access; this and changing other users' passwords require the superuser's password."""
    judge, password = office.stage.judge, office.stage.tokens.passwords.get("superuser", "")
    login = office.login("bulk")
    opened = await office.client("superuser").call(calls.get_user(login))
    client = office.client("superuser")
    identity = await identify(client, (await client.server_info()).access, office.site_id)
    plan = users.plan_superuser(opened, True, identity)
    outcome = await office.apply("admin", plan, office.passwords["admin"])
    await office.refused("users: make a superuser as admin", outcome, False, await _is_superuser(office, login))
    if not password:
        judge.skipped("write: users: superuser access, another's address", "“passwords” has none of the superuser")
        return
    own = Secret(password)
    outcome = await office.apply("superuser", plan, own)
    await office.done("users: make a superuser", outcome, await _is_superuser(office, login), True)
    opened = await client.call(calls.get_user(login))
    others = [one for one in identity.superusers or () if one != login]
    plan = users.plan_superuser(opened, False, replace(identity, login=others[0] if others else None))
    outcome = await office.apply("superuser", plan, own)
    await office.done("users: take superuser access", outcome, await _is_superuser(office, login), False)
    for has in (True, False):
        answer = await office.in_bulk("superuser", calls.set_super_user_access(login, has, password_confirmation=own))
        what = "users: make a superuser within a bulk" if has else "users: take superuser access within a bulk"
        await office.done(what, answer, await _is_superuser(office, login), has)
    opened = await client.call(calls.get_user(login))
    new = users.generated_password()
    judge.hide(new.reveal())
    plan = users.plan_update(opened, UserDraft(f"{login}.2@{_MAIL}", new))
    outcome = await office.apply("superuser", plan, own)
    await office.done(
        "users: another's address and password", outcome, await _mail(office, login), f"{login}.2@{_MAIL}"
    )


async def _is_superuser(office: Office, login: str) -> bool:
    user = await _user(office, login)
    return user is not None and str(user.get("superuser_access")) in ("1", "True")


async def invite(office: Office) -> None:
    """Invite a user as admin, and resend the invitation; compare the program's report with the user's status."""
    login = office.login("invited")
    draft = NewUserDraft(login=login, email=f"{login}@{_MAIL}", how="invite", site_id=office.site_id)
    plan = users.plan_add(draft)
    refused = await office.apply("write", plan)
    await office.refused("users: invite as write", refused, None, await _user(office, login))
    outcome = await office.apply("admin", plan)
    invited = await _mail(office, login)
    if outcome.ok or invited is not None:
        await office.done("users: invite as admin", outcome, invited, draft.email)
    else:
        office.stage.judge.skipped("write: users: invite as admin", f"the server cannot: {outcome.sentence}")
        return
    opened = await office.client("superuser").call(calls.get_user(login))
    outcome = await office.apply("superuser", users.plan_resend_invite(opened))
    if outcome.ok:
        office.stage.judge.ok("write: users: invite again")
    else:
        office.stage.judge.skipped("write: users: invite again", f"the server says: {outcome.sentence}")


async def delete(office: Office) -> None:
    """Delete users with a plan and in a bulk request; an admin is refused."""
    client = office.client("superuser")
    identity = await identify(client, (await client.server_info()).access, office.site_id)
    login = office.login("guest")
    try:
        opened = await client.call(calls.get_user(login))
    except BadRequest as error:
        office.stage.judge.differs("write: users: delete", str(error), "a user to delete")
        return
    plan = users.plan_delete(opened, identity)
    before = await _mail(office, login)
    outcome = await office.apply("admin", plan)
    await office.refused("users: delete as admin", outcome, before, await _mail(office, login))
    outcome = await office.apply("superuser", plan)
    await office.done("users: delete", outcome, await _user(office, login), None)
    login = office.login("bulk")
    answer = await office.in_bulk("superuser", calls.delete_user(login))
    await office.done("users: delete within a bulk", answer, await _user(office, login), None)
