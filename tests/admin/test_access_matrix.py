"""The access matrix: edited, reviewed, and applied line by line."""

from __future__ import annotations

import pytest

from matomo_tui.admin.access_matrix import AccessMatrix, plan_role
from matomo_tui.admin.apply import Applier
from matomo_tui.admin.identity import Identity
from matomo_tui.api.client import Client
from matomo_tui.api.errors import TimedOut
from matomo_tui.api.users import SiteAccess, SiteRole, User
from tests.admin.matomo import FaultyMatomo, new_site

ROOT = Identity("root", ("root", "second"), is_superuser=True)
NAMES = {1: "Shop", 2: "Temp & <Co>"}


@pytest.fixture
def matomo() -> FaultyMatomo:
    found = FaultyMatomo(sites={1: new_site(1, "Shop"), 2: new_site(2, NAMES[2])})
    for login in ("alice", "bob", "carol", "anonymous"):
        found.user(login)
    found.user("root", superuser_access=1)
    found.access = {("alice", 1): "admin", ("bob", 1): "write", ("carol", 2): "view"}
    return found


async def loaded(matomo: FaultyMatomo) -> AccessMatrix:
    grid = AccessMatrix()
    grid.add_users([User(login=login, superuser_access=login == "root") for login in matomo.users])
    await grid.load_sites(Client(matomo), NAMES)
    matomo.sent.clear()
    return grid


async def test_the_grid_shows_every_role(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    assert [[grid.role(login, site) for site in grid.sites] for login in grid.logins] == [
        ["admin", "noaccess"],
        ["write", "noaccess"],
        ["noaccess", "view"],
        ["noaccess", "noaccess"],
        ["superuser", "superuser"],
    ]


async def test_somebody_who_is_no_superuser_any_more_is_edited_again(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    grid.add_users([User(login="carol", superuser_access=True)])
    assert (grid.role("carol", 2), grid.role("root", 2)) == ("superuser", "superuser")
    grid.add_users([User(login="carol", superuser_access=False)])
    assert (grid.role("carol", 2), grid.role("root", 2)) == ("view", "superuser")
    assert grid.set("carol", 2, "write") == ""


async def test_edits_are_pending_until_they_are_applied(applier: Applier, matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    assert grid.set("bob", 1, "admin") == ""
    assert grid.set("carol", 2, "noaccess") == ""
    assert grid.set("alice", 2, "view") == ""
    assert grid.set("alice", 2, "noaccess") == ""
    assert [(line.login, line.site_id, line.old, line.new) for line in grid.pending] == [
        ("bob", 1, "write", "admin"),
        ("carol", 2, "view", "noaccess"),
    ]
    plan = grid.plan(ROOT)
    assert [step.what for step in plan.steps] == [
        "bob on Shop (site 1): write → admin",
        "carol on Temp & <Co> (site 2): view → no access",
    ]
    assert matomo.sent == []
    assert (await applier.apply(plan)).ok
    assert matomo.access == {("alice", 1): "admin", ("bob", 1): "admin"}


async def test_half_a_batch_that_failed_says_which_half(applier: Applier, matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    for login, site, role in (("alice", 2, "view"), ("bob", 1, "view"), ("carol", 1, "write")):
        grid.set(login, site, role)  # type: ignore[arg-type]

    def others(method: str) -> None:
        if method == "UsersManager.setUserAccess" and len(matomo.writes()) == 2:
            matomo.lose[method] = TimedOut("No answer within 20 s.")

    matomo.interfere = others
    result = await applier.apply(grid.plan(ROOT))
    assert [(outcome.step.what.split(" ")[0], outcome.kind) for outcome in result.outcomes] == [
        ("alice", "done"),
        ("bob", "done"),
        ("carol", "skipped"),
    ]
    assert "took effect" in result.outcomes[1].sentence
    assert result.sentence == "2 of 3 are done; 1 skipped."
    assert ("carol", 1) not in matomo.access


async def test_a_line_changed_by_another_user_is_skipped(applier: Applier, matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    grid.set("alice", 2, "view")
    grid.set("bob", 1, "view")
    matomo.access["bob", 1] = "admin"
    result = await applier.apply(grid.plan(ROOT))
    assert [outcome.kind for outcome in result.outcomes] == ["done", "conflict"]
    assert [(row.opened, row.theirs, row.yours) for row in result.outcomes[1].three_way] == [("write", "admin", "view")]
    assert matomo.access["bob", 1] == "admin"
    grid.set_loaded_role("bob", 1, "admin")
    assert [(line.old, line.new) for line in grid.pending if line.login == "bob"] == [("admin", "view")]


@pytest.mark.parametrize(
    ("login", "role", "says"),
    [("root", "view", "superuser"), ("anonymous", "write", "may view"), ("anonymous", "admin", "may view")],
)
async def test_cells_that_cannot_be_set(matomo: FaultyMatomo, login: str, role: SiteRole, says: str) -> None:
    grid = await loaded(matomo)
    assert says in grid.set(login, 1, role)
    assert grid.pending == ()


async def test_cycling_a_cell_visits_all_its_values(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    seen = []
    for _ in range(4):
        grid.cycle_role("bob", 1)
        seen.append(grid.role("bob", 1))
    assert seen == ["admin", "noaccess", "view", "write"]
    assert not grid.is_changed("bob", 1)
    grid.cycle_role("anonymous", 1)
    assert grid.role("anonymous", 1) == "view"
    assert "Anyone without a token" in grid.plan(ROOT).warnings[0]
    grid.cycle_role("anonymous", 1)
    assert grid.role("anonymous", 1) == "noaccess"
    assert grid.cycle_role("root", 1) != ""


@pytest.mark.parametrize(
    ("login", "role", "identity", "says"),
    [
        ("anonymous", "view", ROOT, "Anyone without a token can then see the reports"),
        ("bob", "view", ROOT, "Setting a role removes any capabilities beyond it."),
        ("alice", "view", Identity(), "does not say whose token"),
        ("alice", "view", Identity("alice"), "lock you out of Shop"),
        ("root", "view", ROOT, "root is a superuser and may do everything on every site."),
        ("root", "view", Identity("alice"), "root is a superuser and may do everything on every site."),
        ("anonymous", "admin", ROOT, "The anonymous user may view a site, or nothing."),
    ],
)
async def test_one_role_is_planned_with_the_warnings_of_the_grid(
    matomo: FaultyMatomo, login: str, role: SiteRole, identity: Identity, says: str
) -> None:
    matomo.users["bob"]["capabilities"] = ["tag_manager_write"]
    plan = await plan_role(Client(matomo), login, 1, "Shop", role, identity)
    assert says in " ".join((*plan.warnings, *plan.refusals))
    assert plan.title == f"{login}: {role}"
    assert bool(plan.steps) == ("superuser" not in says and "may view" not in says)


async def test_a_role_that_somebody_has_already_is_no_change(matomo: FaultyMatomo) -> None:
    plan = await plan_role(Client(matomo), "bob", 1, "Shop", "write", ROOT)
    assert (plan.steps, plan.warnings, plan.refusals) == ((), (), ())


async def test_lowering_ones_own_role_is_refused_and_an_unknown_login_is_a_warning(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    grid.set("alice", 1, "write")
    assert "lock you out of Shop" in grid.plan(Identity("alice")).refusals[0]
    assert grid.plan(Identity("bob")).refusals == ()
    assert "does not say whose token" in grid.plan(Identity()).warnings[0]


async def test_an_inaccessible_site_is_reported_and_the_others_stay(matomo: FaultyMatomo) -> None:
    matomo.refuse["UsersManager.getUsersAccessFromSite"] = (
        "You can't access this resource as it requires 'admin' access for the website id = 2."
    )
    grid = await loaded(matomo)
    assert "'admin' access to site 2" in grid.unreadable[2]
    assert grid.set("alice", 2, "view") == grid.unreadable[2]
    del matomo.refuse["UsersManager.getUsersAccessFromSite"]
    await grid.load_sites(Client(matomo), {2: NAMES[2]})
    assert grid.set("alice", 2, "view") == ""


async def test_reloading_keeps_what_is_pending_and_forgets_old_roles(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    grid.set("alice", 2, "write")
    del matomo.access["bob", 1]
    await grid.load_sites(Client(matomo), NAMES)
    assert grid.role("bob", 1) == "noaccess"
    assert grid.role("alice", 2) == "write"
    grid.mark_applied("alice", 2, "write")
    assert grid.pending == ()
    assert grid.role("alice", 2) == "write"


async def test_a_change_that_is_stored_already_is_dropped_when_it_is_loaded_again(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    grid.set("alice", 2, "write")
    grid.set("bob", 1, "view")
    matomo.access["alice", 2] = "write"
    await grid.load_sites(Client(matomo), NAMES)
    assert [(line.login, line.old, line.new) for line in grid.pending] == [("bob", "write", "view")]
    grid.add_sites_of("bob", [SiteAccess(site_id=1, site_name="Shop", role="view")])
    assert grid.pending == ()


async def test_changes_of_superusers_and_of_deleted_users_are_dropped(matomo: FaultyMatomo) -> None:
    grid = await loaded(matomo)
    for login in ("alice", "bob", "carol", "anonymous"):
        grid.set(login, 2, "view" if login != "carol" else "noaccess")
    grid.add_users([User(login="alice", superuser_access=True)])
    assert [line.login for line in grid.pending] == ["bob", "carol", "anonymous"]
    del matomo.users["bob"]
    matomo.users["carol"]["superuser_access"] = 1
    await grid.drop_closed(Client(matomo))
    assert [line.login for line in grid.pending] == ["anonymous"]
    assert grid.role("carol", 2) == "superuser"


def test_one_users_sites_make_a_row() -> None:
    grid = AccessMatrix()
    grid.add_sites_of("erin", [SiteAccess(site_id=3, site_name="Docs", role="view", capabilities=("tagmanager",))])
    assert (grid.logins, grid.sites, grid.role("erin", 3)) == (["erin"], {3: "Docs"}, "view")
    grid.set("erin", 3, "write")
    assert "removes any capabilities" in grid.plan(ROOT).warnings[0]
