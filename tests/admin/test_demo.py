"""Plans for a real Matomo, applied to the demo over HTTP encoding."""

from __future__ import annotations

import dataclasses
from typing import Literal

import pytest
from msgspec.structs import replace

from matomo_tui.admin import goals, sites, users
from matomo_tui.admin.access_matrix import AccessMatrix
from matomo_tui.admin.apply import Applier
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.identity import identify
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.policy import Permissions
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.admin.tracking_test import HitDraft, TrackingTest, prepare
from matomo_tui.admin.users import NewUserDraft, UserDraft
from matomo_tui.api import goals as goals_api
from matomo_tui.api import sites as sites_api
from matomo_tui.api import users as users_api
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, NoAccess, Role
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.demo.app import DemoMatomo
from tests.admin.conftest import Hands

NAME = "5%+ “T” & <b &amp; 🎉 \u200fש'\""
READ = NAME.replace("&amp;", "&")  # Matomo's answer for a goal: it decodes once too often
ROLES: tuple[Role, ...] = ("superuser", "admin", "write", "view", "noaccess")


class Office:
    """One demo and its clients."""

    def __init__(self, log: AuditLog, hands: Hands) -> None:
        self.demo = DemoMatomo(now=hands)
        self._log = log
        self._hands = hands

    def client(self, role: str, *, timeout: float = 60.0) -> Client:
        """A client whose ``timeout`` (real seconds) a busy machine does not reach, unless a test waits for it."""
        secret = Secret(self.demo.tokens[role])
        transport = HttpTransport(Address.parse("http://127.0.0.1/"), secret, app=self.demo, timeout=timeout)
        return Client(transport, now=self._hands)

    def applier(self, client: Client) -> Applier:
        lock = EditLock(monotonic=self._hands, now=self._hands)
        lock.unlock()
        return Applier(client, self._log, lock, sleep=self._hands.sleep, now=self._hands)


@pytest.fixture
def office(log: AuditLog, hands: Hands) -> Office:
    return Office(log, hands)


@pytest.mark.parametrize("role", ROLES)
async def test_a_goal_as_each_role(office: Office, role: Role) -> None:
    client = office.client(role)
    gate = Permissions.of(client, (await client.server_info()).access).edit_goals(1)
    draft = GoalDraft(name=NAME, pattern=r"^/a\d+(%2F)?\+[<>]$", pattern_type="regex", description=NAME, revenue="1.5")
    assert draft.problems() == ()
    (added,) = (await office.applier(client).apply(goals.plan_add(1, draft))).outcomes
    if role in ("view", "noaccess"):
        assert (added.kind, added.role_changed, gate.is_open) == ("refused", True, False)
        return
    assert gate.is_open
    assert (added.kind, added.sentence) == ("done", "Done.")
    opened = next(goal for goal in await client.call(goals_api.get_goals(1)) if goal.id == added.created)
    assert (opened.name, opened.pattern) == (READ, draft.pattern)
    changed = dataclasses.replace(GoalDraft.of(opened), match_attribute="manually", allow_multiple=True)
    (updated,) = (await office.applier(client).apply(goals.plan_update(opened, changed))).outcomes
    assert (updated.kind, updated.sentence) == ("done", "Done.")
    opened = next(goal for goal in await client.call(goals_api.get_goals(1)) if goal.id == added.created)
    assert (opened.name, opened.match_attribute, opened.pattern) == (READ, "manually", "")
    plan = goals.plan_delete(opened)
    (deleted,) = (await office.applier(client).apply(plan, typed=plan.confirm_text)).outcomes
    assert deleted.kind == "done"
    assert opened.id not in {goal.id for goal in await client.call(goals_api.get_goals(1))}


@pytest.mark.parametrize("failure", ["timeout-after", "error-after", "timeout-before", "error-before"])
async def test_a_write_whose_answer_was_lost(
    office: Office, failure: Literal["timeout-after", "error-after", "timeout-before", "error-before"]
) -> None:
    client = office.client("write", timeout=2.0)
    before = len(await client.call(goals_api.get_goals(1)))
    office.demo.options.fail_writes = failure
    (outcome,) = (await office.applier(client).apply(goals.plan_add(1, GoalDraft(name="Once", pattern="/x")))).outcomes
    office.demo.options.fail_writes = None
    took = failure.endswith("after")
    assert outcome.kind == ("done" if took else "not done")
    assert len(await client.call(goals_api.get_goals(1))) == before + took


@pytest.mark.parametrize("role", ROLES)
async def test_a_sites_settings_as_each_role(office: Office, role: Role) -> None:
    superuser = office.client("superuser")
    draft = SiteDraft(
        name="Temp", urls="https://t.example/a%20b", timezone="Asia/Tokyo", currency="JPY", excluded_ips="10.0.0.*"
    )
    (added,) = (await office.applier(superuser).apply(sites.plan_add(draft))).outcomes
    assert (added.kind, added.sentence) == ("done", "Done.")
    site_id = 1 if role != "superuser" else added.created or 0
    reader = office.client(role)
    if role == "noaccess":
        with pytest.raises(NoAccess):
            await reader.call(sites_api.get_site_details(site_id))
        return
    details = await reader.call(sites_api.get_site_details(site_id))
    urls = await reader.call(sites_api.get_site_urls_from_id(site_id))
    opened = SiteDraft.of(details, urls)
    plan = sites.plan_update(details, urls, dataclasses.replace(opened, name=NAME, ecommerce=not opened.ecommerce))
    (outcome,) = (await office.applier(reader).apply(plan)).outcomes
    assert outcome.kind == ("done" if role in ("superuser", "admin") else "refused")
    if role == "superuser":
        again = await reader.call(sites_api.get_site_details(site_id))
        assert (again.name, again.excluded_ips) == (NAME, "10.0.0.*")
        delete = sites.plan_delete(again, urls)
        (gone,) = (await office.applier(reader).apply(delete, typed=f"site {site_id}")).outcomes
        assert gone.kind == "done"


async def test_a_user_from_the_first_day_to_the_last(office: Office) -> None:
    client = office.client("superuser")
    own = Secret(office.demo.passwords["superuser"])
    access = (await client.server_info()).access
    identity = await identify(client, access, 1)
    draft = NewUserDraft(login="erin", email="erin@example.org", password=users.generated_password())
    assert (await office.applier(client).apply(users.plan_add(draft))).sentence.startswith("Done")
    erin = await client.call(users_api.get_user("erin"))
    change = users.plan_update(erin, UserDraft("erin2@example.org", Secret("an0ther & <one>")))
    (wrong,) = (await office.applier(client).apply(change, own_password=Secret("wr0ng-password"))).outcomes
    assert wrong.kind == "refused"
    (right,) = (await office.applier(client).apply(change, own_password=own)).outcomes
    assert right.kind == "done", right.sentence
    erin = await client.call(users_api.get_user("erin"))
    assert erin.email == "erin2@example.org"
    grid = AccessMatrix()
    grid.add_users([erin])
    await grid.load_sites(client, {1: "One", 2: "Two"})
    grid.set("erin", 1, "write")
    grid.set("erin", 2, "view")
    assert (await office.applier(client).apply(grid.plan(identity))).sentence == "All 2 are done."
    assert (await client.call(users_api.get_users_access_from_site(1)))["erin"] == "write"
    promote = users.plan_superuser(erin, True, identity)
    (promoted,) = (await office.applier(client).apply(promote, typed="erin", own_password=own)).outcomes
    assert promoted.kind == "done", promoted.sentence
    demote = users.plan_superuser(await client.call(users_api.get_user("erin")), False, identity.with_login("root"))
    (demoted,) = (await office.applier(client).apply(demote, typed="erin", own_password=own)).outcomes
    assert demoted.kind == "done", demoted.sentence
    assert "erin" not in await client.call(users_api.get_users_access_from_site(1))
    erin = await client.call(users_api.get_user("erin"))
    (deleted,) = (await office.applier(client).apply(users.plan_delete(erin, identity), typed="erin")).outcomes
    assert deleted.kind == "done"
    with pytest.raises(BadRequest):
        await client.call(users_api.get_user("erin"))


@pytest.mark.parametrize("role", ROLES)
async def test_users_as_each_role(office: Office, role: Role) -> None:
    client = office.client(role)
    access = (await client.server_info()).access
    gates = Permissions.of(client, access)
    invite = NewUserDraft(login="frank", email="frank@example.org", how="invite", site_id=1)
    (outcome,) = (await office.applier(client).apply(users.plan_add(invite))).outcomes
    assert (outcome.kind == "done") == (role in ("superuser", "admin")) == gates.add_user().is_open, outcome.sentence
    grid = AccessMatrix({1: "One"})
    grid.set("frank", 1, "write")
    if outcome.kind == "done":
        await grid.load_sites(client, {1: "One"})
        grid.set("frank", 1, "write")
    lines = (await office.applier(client).apply(grid.plan(await identify(client, access, 1)))).outcomes
    assert {line.kind for line in lines} == ({"done"} if gates.set_access(1).is_open else {"refused"})


@pytest.mark.parametrize("role", ["superuser", "write", "noaccess"])
@pytest.mark.parametrize("kind", ["page view", "event", "site search", "goal", "batch"])
async def test_a_hit_arrives_in_live(
    office: Office,
    log: AuditLog,
    hands: Hands,
    role: str,
    kind: Literal["page view", "event", "site search", "goal", "batch"],
) -> None:
    client = office.client(role)
    test = TrackingTest(client, log, sleep=hands.sleep, monotonic=hands, now=hands)
    draft = HitDraft(kind=kind, url="https://shop.example/a?x=%C3%BC", goal_id=1)
    last = await test.run(prepare(1, draft), watched=10)
    assert last.stage == ("arrived" if role != "noaccess" else "not arrived"), last.sentence
    assert last.answer is not None
    if last.stage == "arrived":
        assert last.seconds is not None
        assert last.seconds < 5


@pytest.mark.parametrize("role", ["write", "view"])
async def test_a_hit_with_its_own_time_needs_write(office: Office, log: AuditLog, hands: Hands, role: str) -> None:
    office.demo.world.sites[1] = replace(office.demo.world.sites[1], traffic="")  # days of visits are looked through
    client = office.client(role)
    test = TrackingTest(client, log, sleep=hands.sleep, monotonic=hands, now=hands)
    draft = HitDraft(url="https://shop.example/", ip="192.0.2.1", when="2026-11-20 08:00:00")
    last = await test.run(prepare(1, draft), watched=5)
    assert last.stage == ("arrived" if role == "write" else "failed"), last.sentence
