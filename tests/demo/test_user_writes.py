"""Users added, invited, changed and deleted; their tokens, passwords and access."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo.asking import Asker

SUCCESS = {"result": "success", "message": "ok"}
NEW = {"userLogin": "zoe", "password": "zoe-secret", "email": "zoe@example.org"}


async def _user(asker: Asker, login: str, site: int = 1, role: str = "superuser") -> dict[str, Any]:
    users = await asker.answer("UsersManager.getUsersPlusRole", role, idSite=site, filter_search=login)
    return next((user for user in users if user["login"] == login), {})


async def _token(asker: Asker, login: str, password: str, **more: object) -> Any:
    params = {"userLogin": login, "passwordConfirmation": password, "description": "terminal", **more}
    return await asker.answer("UsersManager.createAppSpecificTokenAuth", "anonymous", **params)


async def test_a_new_token_has_its_users_access_immediately() -> None:
    asker = Asker()
    assert await asker.answer("UsersManager.addUser", **NEW) == SUCCESS
    asker.demo.tokens["zoe"] = (await _token(asker, "zoe", "zoe-secret"))["value"]
    assert (await asker.post("zoe", method="SitesManager.getSiteFromId", idSite=2)).status == 401
    await asker.answer("UsersManager.setUserAccess", userLogin="zoe", access="write", idSites="1,2")
    goal = {"idSite": 2, "name": "x", "matchAttribute": "title", "pattern": "x", "patternType": "exact"}
    assert (await asker.answer("Goals.addGoal", "zoe", **goal))["value"] == 3
    await asker.answer("UsersManager.setUserAccess", "admin", userLogin="zoe", access="view", idSites="2")
    assert (await asker.post("zoe", method="Goals.addGoal", **goal)).status == 401
    assert await asker.answer("UsersManager.getSitesAccessFromUser", userLogin="zoe") == [
        {"site": 1, "access": "write"},
        {"site": 2, "access": "view"},
    ]
    assert await asker.answer("UsersManager.deleteUser", userLogin="zoe") == SUCCESS
    assert (await asker.post("zoe", method="SitesManager.getSiteFromId", idSite=2)).status == 401
    assert await asker.answer("UsersManager.addUser", **NEW) == SUCCESS
    assert (await asker.post("zoe", method="API.getMatomoVersion")).headers["content-type"].startswith("text/html")


async def test_a_token_requires_the_password_and_expires() -> None:
    asker = Asker()
    assert (await _token(asker, "bob", "wrong"))["message"] == "The current password you entered is not correct."
    assert (await _token(asker, "nobody", "wrong"))["message"] == "The current password you entered is not correct."
    asker.demo.tokens["short"] = (await _token(asker, "bob@lumen-oak.example", "bob-password", expireHours=2))["value"]
    assert await asker.answer("SitesManager.getSitesIdWithWriteAccess", "short") == [1]
    asker.at += 7200
    assert (await asker.post("short", method="API.getMatomoVersion")).status == 401


async def test_wrong_passwords_lock_the_address_out_as_wrong_tokens_do() -> None:
    asker = Asker()
    for _ in range(20):
        await _token(asker, "bob", "wrong")
    assert (await asker.post(method="API.getMatomoVersion")).status == 500


async def test_changing_a_user_wants_the_askers_own_password() -> None:
    asker = Asker()
    change = {"userLogin": "bob", "email": "Bob.New@example.org", "password": "another-secret"}
    unconfirmed = await asker.answer("UsersManager.updateUser", **change)
    assert unconfirmed["message"] == "Please enter your password to confirm this change."
    wrong = await asker.answer("UsersManager.updateUser", passwordConfirmation="bob-password", **change)
    assert wrong["message"] == "The current password you entered is not correct."
    assert (await _user(asker, "bob"))["email"] == "bob@lumen-oak.example"
    assert await asker.answer("UsersManager.updateUser", passwordConfirmation="root-password", **change) == SUCCESS
    assert (await _user(asker, "bob"))["email"] == "Bob.New@example.org"
    assert "value" in await _token(asker, "bob", "another-secret")
    assert await asker.answer("SitesManager.getSitesIdWithWriteAccess", "write") == [1]
    assert await asker.answer("UsersManager.updateUser", userLogin="bob", email="bob.new@example.org") == SUCCESS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": "short"}, "The password length must be greater than 6 characters."),
        ({"password": "x" * 201}, "The password length must be less than 200 characters."),
        ({"email": "not-an-email"}, "Email: The value &quot;not-an-email&quot; does not look like a valid email."),
        ({"email": "ALICE@lumen-oak.example"}, "Email: User with email 'ALICE@lumen-oak.example' already exists."),
        ({"userLogin": "ALICE"}, "Username: Username 'ALICE' already exists."),
        ({"userLogin": "a b"}, "Username: The username must be between 2 and 100 characters long"),
        ({"userLogin": "yuki@kumo.example"}, "Username: Username 'yuki@kumo.example' already used as an email."),
        ({"userLogin": "anonymous"}, "Username: Username 'anonymous' already exists."),
        ({"email": ""}, "Please specify a value for 'email'."),
    ],
)
async def test_a_user_who_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    asker = Asker()
    refused = await asker.answer("UsersManager.addUser", **{**NEW, **change})
    assert refused["message"].startswith(message)
    assert await _user(asker, "zoe") == {}


async def test_administrators_give_access_only_where_they_administer() -> None:
    asker = Asker()
    first = "New users must be given access to a website, please set the 'initialIdSite' parameter."
    assert (await asker.answer("UsersManager.addUser", "admin", **NEW))["message"] == first
    assert (await asker.post("admin", method="UsersManager.addUser", initialIdSite=3, **NEW)).status == 401
    assert await asker.answer("UsersManager.addUser", "admin", initialIdSite=2, **NEW) == SUCCESS
    assert (await _user(asker, "zoe", 2))["role"] == "view"
    refused = await asker.post(
        "admin", method="UsersManager.setUserAccess", userLogin="zoe", access="view", idSites="1,3"
    )
    assert refused.json["message"].endswith("'admin' access for the website id = 3.")
    assert (await _user(asker, "zoe", 1))["role"] == "noaccess"
    await asker.answer("UsersManager.setUserAccess", "admin", userLogin="zoe", access="admin", idSites="all")
    assert await asker.answer("UsersManager.getSitesAccessForUser", "admin", userLogin="zoe") == [
        {"idsite": 2, "site_name": "Field Notes", "role": "admin", "capabilities": []},
        {"idsite": 1, "site_name": "Lumen & Oak", "role": "admin", "capabilities": []},
    ]


async def test_access_that_cannot_be_is_refused() -> None:
    asker = Asker()
    for login, access, message in (
        ("root", "view", "The user 'root' has Super User access and has already permission to access and modify"),
        ("anonymous", "write", "You can only set access noaccess or view access to the 'anonymous' user."),
        ("carol", "superuser", "The parameter access must have one of the following values: [ view, write, admin ], "),
        ("nobody", "view", "User 'nobody' doesn't exist."),
    ):
        refused = await asker.answer("UsersManager.setUserAccess", userLogin=login, access=access, idSites=1)
        assert refused["message"].startswith(message)
    await asker.answer("UsersManager.setUserAccess", userLogin="anonymous", access="view", idSites=1)
    assert await asker.answer("SitesManager.getSitesIdWithViewAccess", "anonymous") == [1, 3]
    await asker.answer("UsersManager.setUserAccess", userLogin="anonymous", access="noaccess", idSites="1,3")
    assert await asker.answer("SitesManager.getSitesIdWithViewAccess", "anonymous") == []


async def test_the_last_superuser_stays_and_anonymous_is_not_edited() -> None:
    asker = Asker()
    own = {"passwordConfirmation": "root-password"}
    deleted = await asker.answer("UsersManager.deleteUser", userLogin="root")
    assert deleted["message"].startswith("Deleting user 'root' is not possible. There has to be at least one user")
    demote = {"userLogin": "root", "hasSuperUserAccess": 0, **own}
    demoted = await asker.answer("UsersManager.setSuperUserAccess", **demote)
    assert demoted["message"].startswith("Removing the Super User access from user 'root' is not possible.")
    for method in ("deleteUser", "updateUser", "setSuperUserAccess"):
        refused = await asker.answer(f"UsersManager.{method}", userLogin="anonymous", hasSuperUserAccess=1, **own)
        assert refused["message"].startswith("The anonymous user cannot be edited or deleted.")
    promote = {"userLogin": "alice", "hasSuperUserAccess": 1, **own}
    assert await asker.answer("UsersManager.setSuperUserAccess", **promote) == SUCCESS
    assert await asker.answer("SitesManager.getSitesIdWithAdminAccess", "admin") == [1, 2, 3, 4, 5]
    assert await asker.answer("UsersManager.setSuperUserAccess", **demote) == SUCCESS
    assert await asker.answer("SitesManager.getSitesIdWithAtLeastViewAccess") == []
    assert await asker.answer("UsersManager.deleteUser", "admin", userLogin="root") == SUCCESS
    assert (await asker.post(method="API.getMatomoVersion")).status == 401


async def test_invitations_run_out_and_are_renewed() -> None:
    asker = Asker()
    assert (await _user(asker, "nina.ortiz"))["invite_status"] == 5
    assert (await _user(asker, "old.intern"))["invite_status"] == "expired"
    invite = {"userLogin": "zoe", "email": "zoe@example.org", "initialIdSite": 1}
    assert await asker.answer("UsersManager.inviteUser", "admin", **invite) == SUCCESS
    assert (await _user(asker, "zoe", role="admin"))["invited_by"] == "alice"
    assert (await _user(asker, "zoe"))["invite_status"] == 7
    asker.at += 8 * 86_400
    assert (await _user(asker, "zoe"))["invite_status"] == "expired"
    found = await asker.answer("UsersManager.getUsersPlusRole", idSite=1, filter_status="expired")
    assert [user["login"] for user in found] == ["nina.ortiz", "old.intern", "zoe"]
    assert "value" in await asker.answer("UsersManager.resendInvite", "admin", userLogin="zoe", expiryInDays=3)
    assert (await _user(asker, "zoe"))["invite_status"] == 3
    denied = await asker.post("admin", method="UsersManager.resendInvite", userLogin="old.intern")
    assert denied.status == 401
    assert "message" in await _token(asker, "zoe", "anything")
    assert await asker.answer("UsersManager.deleteUser", "admin", userLogin="zoe") == SUCCESS


async def test_two_thousand_users_are_paged_and_counted() -> None:
    asker = Asker(extra_users=2000)
    seen: list[str] = []
    for offset in range(0, 2100, 300):
        reply = await asker.post(method="UsersManager.getUsersPlusRole", idSite=1, limit=300, offset=offset)
        assert reply.headers["x-matomo-total-results"] == "2011"
        seen += [user["login"] for user in reply.json]
    assert len(seen) == len(set(seen)) == 2011
    assert seen == sorted(seen)
    for access in ("admin", "write", "view", "noaccess", "superuser", "some"):
        reply = await asker.post(method="UsersManager.getUsersPlusRole", idSite=1, limit=5, filter_access=access)
        roles = {user["role"] for user in reply.json}
        assert roles == {access} if access != "some" else "noaccess" not in roles
    narrow = await asker.post(method="UsersManager.getUsersPlusRole", idSite=1, limit=5, filter_search="BERGER")
    assert 0 < int(narrow.headers["x-matomo-total-results"]) < 300
    assert all("berger" in user["login"] for user in narrow.json)


async def test_visible_user_details_depend_on_the_caller() -> None:
    asker = Asker()
    root, alice = await _user(asker, "root"), await _user(asker, "jonas.weber", 2, "admin")
    assert (root["uses_2fa"], root["last_seen"], root["role"]) == (True, "4 min 0s", "superuser")
    assert "email" not in alice
    assert "uses_2fa" not in alice
    assert (alice["role"], alice["last_seen"]) == ("write", "40 min 0s")
    assert "last_seen" not in await _user(asker, "dave")
    supers = await asker.answer("UsersManager.getUsersHavingSuperUserAccess", "view")
    assert [(user["login"], user["email"]) for user in supers] == [("root", "root@lumen-oak.example")]
    assert await asker.answer("UsersManager.getUsersPlusRole", "anonymous", idSite=3) == []
    assert (await asker.post("anonymous", method="UsersManager.userExists", userLogin="bob")).status == 401
