"""Users: passwords are never shown, some changes require the caller's password, and nobody can lock themselves out."""

from __future__ import annotations

import dataclasses

import pytest

from matomo_tui.admin import users
from matomo_tui.admin.apply import Applier, CannotApply
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.identity import Identity, identify
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.users import NewUserDraft, UserDraft
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import TimedOut, Unreachable
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import User
from tests.admin.matomo import FaultyMatomo
from tests.recorded import fake_matomo, json_response, load, refusal

PASSWORD = "tr0ub4dor&amp;3"
ROOT = Identity("root", ("root", "second"), is_superuser=True)


def draft(**changes: object) -> NewUserDraft:
    given = NewUserDraft(login="erin", email="erin@example.org", password=Secret(PASSWORD))
    return dataclasses.replace(given, **changes)  # type: ignore[arg-type]


async def test_a_user_is_added_and_the_password_arrives_as_typed(
    applier: Applier, matomo: FaultyMatomo, log: AuditLog
) -> None:
    plan = users.plan_add(draft())
    assert [(row.label, row.new) for row in plan.steps[0].differences][-1] == ("Password", "•••")
    result = await applier.apply(plan)
    assert result.ok
    assert matomo.passwords == {"erin": PASSWORD}
    for shown in (plan.steps[0].http, repr(plan), repr(result), log.file.read_text()):
        assert "tr0ub4dor" not in shown


async def test_an_invitation_needs_a_site_and_no_password(applier: Applier, matomo: FaultyMatomo) -> None:
    invited = draft(how="invite", password=Secret(""))
    assert [problem.field for problem in invited.problems()] == ["site_id"]
    invited = dataclasses.replace(invited, site_id=1)
    assert invited.problems() == ()
    assert (await applier.apply(users.plan_add(invited))).ok
    assert matomo.writes()[0]["method"] == "UsersManager.inviteUser"


async def test_a_login_that_is_taken_is_a_conflict(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("erin", email="other@example.org")
    (outcome,) = (await applier.apply(users.plan_add(draft()))).outcomes
    assert outcome.kind == "conflict"
    assert matomo.writes() == []
    assert matomo.users["erin"]["email"] == "other@example.org"


async def test_a_lost_answer_to_adding_a_user(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.lose["UsersManager.addUser"] = TimedOut("No answer within 20 s.")
    (outcome,) = (await applier.apply(users.plan_add(draft()))).outcomes
    assert outcome.kind == "done"
    assert len(matomo.writes()) == 1


async def test_a_change_asks_for_ones_own_password(applier: Applier, matomo: FaultyMatomo, log: AuditLog) -> None:
    matomo.user("erin")
    opened = User(login="erin", email="erin@example.org")
    plan = users.plan_update(opened, UserDraft(email="erin2@example.org", password=Secret(PASSWORD)))
    assert plan.needs_own_password
    assert "passwordConfirmation=***" in plan.steps[0].http
    with pytest.raises(CannotApply, match="own password"):
        await applier.apply(plan)
    assert matomo.sent == []
    (wrong,) = (await applier.apply(plan, own_password=Secret("not-the-one-9"))).outcomes
    assert (wrong.kind, matomo.passwords) == ("refused", {})
    (right,) = (await applier.apply(plan, own_password=Secret(matomo.own_password))).outcomes
    assert right.kind == "done"
    assert "password cannot be read back" in right.sentence
    assert (matomo.users["erin"]["email"], matomo.passwords) == ("erin2@example.org", {"erin": PASSWORD})
    written = log.file.read_text()
    assert [word for word in ("tr0ub4dor", "not-the-one-9", matomo.own_password) if word in written] == []


async def test_the_outcome_of_a_lost_password_change_is_unknown(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("erin")
    matomo.lose["UsersManager.updateUser"] = TimedOut("No answer within 20 s.")
    plan = users.plan_update(
        User(login="erin", email="erin@example.org"), UserDraft("erin@example.org", Secret(PASSWORD))
    )
    (outcome,) = (await applier.apply(plan, own_password=Secret(matomo.own_password))).outcomes
    assert outcome.kind == "unknown"
    assert "cannot be read back" in outcome.sentence
    assert len(matomo.writes()) == 1


async def test_superuser_access_wants_the_name_and_the_password(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("erin")
    plan = users.plan_superuser(User(login="erin", email="erin@example.org"), True, ROOT)
    with pytest.raises(CannotApply, match="Type “erin”"):
        await applier.apply(plan, own_password=Secret(matomo.own_password))
    result = await applier.apply(plan, typed="erin", own_password=Secret(matomo.own_password))
    assert result.ok
    assert matomo.users["erin"]["superuser_access"] == 1


async def test_a_user_is_deleted(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("erin")
    plan = users.plan_delete(User(login="erin", email="erin@example.org"), ROOT)
    assert (await applier.apply(plan, typed="erin")).ok
    assert matomo.users == {}
    assert (await applier.apply(plan, typed="erin")).outcomes[0].kind == "already"


@pytest.mark.parametrize(
    ("identity", "login", "says"),
    [
        (ROOT, "root", "lock you out"),
        (Identity("root", ("root",), is_superuser=True), "root", "only superuser"),
        (Identity(None, ("root", "second"), is_superuser=True), "second", "which superuser you are"),
        (Identity(None, None, is_superuser=True), "anybody", "which superuser you are"),
        (Identity("root", ("root", "second"), is_superuser=True), "anonymous", "cannot be deleted"),
        (ROOT, "second", ""),
        (Identity(None, ("root", "second"), is_superuser=True), "erin", ""),
        (Identity(None, ("root", "second"), is_superuser=True).with_login("root"), "second", ""),
    ],
)
def test_nobody_locks_themselves_out(identity: Identity, login: str, says: str) -> None:
    user = User(login=login, superuser_access=login in ("root", "second"))
    plan = users.plan_delete(user, identity)
    assert (says in " ".join(plan.refusals)) if says else not plan.refusals
    if user.superuser_access:
        assert bool(users.plan_superuser(user, False, identity).refusals) == bool(says)


def recorded(role: str, method: str) -> object:
    return next(row.json for row in load("users") if row.role == role and row.method == f"UsersManager.{method}")


@pytest.mark.parametrize(
    ("role", "access", "login"),
    [
        ("superuser", Access(True, {1: "superuser"}), "root"),
        ("admin", Access(False, {1: "admin", 2: "admin"}), "alice"),
        ("view", Access(False, {1: "view"}), "carol"),
    ],
)
async def test_whose_token_it_is_as_far_as_matomo_tells(role: str, access: Access, login: str) -> None:
    supers = [{"login": "root", "email": "root@example.org", "superuser_access": 1, "invite_status": "active"}]
    transport = fake_matomo(
        {
            "UsersManager.getUsersPlusRole": recorded(role, "getUsersPlusRole"),
            "UsersManager.getUsersHavingSuperUserAccess": supers,
        }
    )
    identity = await identify(Client(transport), access, 1)
    assert identity.login == login
    assert not identity.must_be_chosen


async def test_one_of_several_superusers_has_to_say_who() -> None:
    supers = [{"login": name, "superuser_access": 1} for name in ("root", "second")]
    transport = fake_matomo(
        {"UsersManager.getUsersHavingSuperUserAccess": supers, "UsersManager.getUsersPlusRole": refusal("No.")}
    )
    identity = await identify(Client(transport), Access(True, {1: "superuser"}), 1)
    assert identity.candidates == ("root", "second")
    assert identity.must_be_chosen
    broken = fake_matomo({"UsersManager.getUsersHavingSuperUserAccess": Unreachable("no")})
    with pytest.raises(Unreachable):
        await identify(Client(broken), Access(True, {}), 1)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"login": ""}, ["login"]),
        ({"login": "x"}, ["login"]),
        ({"login": "two words"}, ["login"]),
        ({"login": "anonymous"}, ["login"]),
        ({"login": "jörg@example.org"}, []),
        ({"email": "not-an-email"}, ["email"]),
        ({"email": "a@b"}, ["email"]),
        ({"email": ""}, ["email"]),
        ({"email": "ivan@example.xn--p1ai"}, []),
        ({"email": "ivan@example.o1"}, []),
        ({"email": "ivan@127.0.0.1"}, ["email"]),
        ({"email": "i..van@example.org"}, ["email"]),
        ({"email": ".ivan@example.org"}, ["email"]),
        ({"email": "ivan.@example.org"}, ["email"]),
        ({"email": "ivan@-example.org"}, ["email"]),
        ({"email": "ivan@example-.org"}, ["email"]),
        ({"password": Secret(" " * 9)}, ["password"]),
        ({"password": Secret("  seven7  ")}, ["password"]),
        ({"password": Secret("short6")}, ["password"]),
        ({"password": Secret("seven77")}, []),
        ({"password": Secret("")}, ["password"]),
        ({"password": Secret("x" * 201)}, ["password"]),
        ({"password": Secret("line\nbreak")}, ["password"]),
        ({"login": "longlogin", "password": Secret("longlogin")}, ["password"]),
    ],
)
def test_what_is_wrong_with_a_new_user(changes: dict[str, object], fields: list[str]) -> None:
    assert [problem.field for problem in draft(**changes).problems()] == fields


def test_an_admin_has_to_name_a_first_site() -> None:
    assert [problem.field for problem in draft().problems(superuser=False)] == ["site_id"]


def test_a_generated_password_is_long_and_each_one_another() -> None:
    found = {users.generated_password().reveal() for _ in range(50)}
    assert len(found) == 50
    assert {len(password) for password in found} == {20}
    assert users.password_problems(users.generated_password()) == []


async def test_a_wrong_own_password_is_known_as_that(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("zoe")
    plan = planning_update("new@example.org")
    (outcome,) = (await applier.apply(plan, own_password=Secret("mistyped"))).outcomes
    assert (outcome.kind, outcome.wrong_password) == ("refused", True)
    assert matomo.users["zoe"]["email"] == "zoe@example.org"
    assert (await applier.apply(plan, own_password=Secret(matomo.own_password))).ok


async def test_an_address_that_was_changed_before_the_mail_failed(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("zoe")
    matomo.lose["UsersManager.updateUser"] = json_response(refusal("Could not instantiate mail function."))
    plan = planning_update("new@example.org")
    (outcome,) = (await applier.apply(plan, own_password=Secret(matomo.own_password))).outcomes
    assert (outcome.kind, outcome.error) == ("done", "Could not instantiate mail function")
    assert "it took effect" in outcome.sentence


async def test_a_password_may_have_been_set_before_the_mail_failed(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.user("zoe")
    matomo.lose["UsersManager.updateUser"] = json_response(refusal("Could not instantiate mail function."))
    plan = planning_update("zoe@example.org", "another-secret")
    (outcome,) = (await applier.apply(plan, own_password=Secret(matomo.own_password))).outcomes
    assert outcome.kind == "unknown"
    assert "password cannot be read back" in outcome.sentence


def planning_update(email: str, password: str = "") -> ChangePlan:
    zoe = User(login="zoe", email="zoe@example.org")
    return users.plan_update(zoe, UserDraft(email=email, password=Secret(password)))
