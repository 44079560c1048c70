"""Permissions, and the lock on editing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matomo_tui.admin.drafts import DraftStore
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.policy import Permission, Permissions, refresh
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import Role
from tests.admin.conftest import Hands
from tests.recorded import fake_matomo, refusal

NAMES = {1: "Shop", 2: "Blog"}
DOORS: dict[str, Callable[[Permissions], Permission]] = {
    "edit_goals": lambda gates: gates.edit_goals(1),
    "edit_site": lambda gates: gates.edit_site(1),
    "set_access": lambda gates: gates.set_access(1),
    "list_users": lambda gates: gates.list_users(),
    "add_user": lambda gates: gates.add_user(),
    "edit_user": lambda gates: gates.edit_user("erin"),
    "edit_oneself": lambda gates: gates.edit_user("me", "me"),
    "delete_user": lambda gates: gates.delete_user(),
    "set_superuser": lambda gates: gates.set_superuser(),
    "add_site": lambda gates: gates.add_site(),
    "delete_site": lambda gates: gates.delete_site(),
    "track": lambda gates: gates.track(),
    "track_with_time": lambda gates: gates.track_with_time(1),
}
READING = {"list_users"}
WRITER = {"edit_goals", "track_with_time", "track", "edit_oneself"}
ADMIN = WRITER | {"edit_site", "set_access", "list_users", "add_user"}


def access(role: Role) -> Access:
    return Access(True, {1: "superuser"}) if role == "superuser" else Access(False, {1: role})


def open_doors(gates: Permissions) -> set[str]:
    return {name for name, door in DOORS.items() if door(gates).is_open}


@pytest.mark.parametrize(
    ("role", "opened"),
    [
        ("noaccess", {"track", "edit_oneself"}),
        ("view", {"track", "edit_oneself"}),
        ("write", WRITER),
        ("admin", ADMIN),
        ("superuser", set(DOORS)),
    ],
)
def test_each_role_opens_its_doors(role: Role, opened: set[str]) -> None:
    gates = Permissions(access(role), site_names=NAMES)
    assert open_doors(gates) == opened


def test_a_shut_door_says_which_role_on_which_site_would_open_it() -> None:
    gates = Permissions(Access(False, {1: "view"}), site_names=NAMES)
    assert gates.edit_goals(1).reason == (
        "Editing goals needs the write role on Shop (site 1): this token has only view there."
    )
    assert "Blog (site 2): this token has no access there" in gates.edit_site(2).reason
    assert "superuser's token: this token is view at most" in gates.add_site().reason
    assert "admin role on at least one site" in gates.list_users().reason


def test_read_only_shuts_every_write_for_everybody() -> None:
    assert open_doors(Permissions(access("superuser"), read_only=True)) == READING


@pytest.mark.parametrize(
    ("allow", "opened"),
    [
        (("read",), READING),
        (("read", "goals"), READING | {"edit_goals"}),
        (("read", "tracking"), READING | {"track", "track_with_time"}),
        (("read", "sites"), READING | {"edit_site", "add_site", "delete_site"}),
        ((), set()),
    ],
)
def test_the_allow_list_permits_only_its_entries(allow: tuple[str, ...], opened: set[str]) -> None:
    gates = Permissions(access("superuser"), allow=allow)
    assert open_doors(gates) == opened
    assert "allow list" in gates.add_user().reason


def test_permissions_equal_those_the_client_enforces() -> None:
    client = Client(fake_matomo({}), read_only=True, allow=("read", "goals"))
    gates = Permissions.of(client, access("superuser"))
    assert (gates.read_only, set(gates.allow or ())) == (True, {"read", "goals"})


async def test_a_role_that_changed_on_the_server_is_found_by_asking_again() -> None:
    none = refusal("You can't access this resource as it requires admin access for at least one website.")
    transport = fake_matomo(
        {
            "API.getMatomoVersion": {"value": "5.2.1"},
            "UsersManager.hasSuperUserAccess": {"value": False},
            "SitesManager.getSitesIdWithAdminAccess": none,
            "SitesManager.getSitesIdWithWriteAccess": [],
            "SitesManager.getSitesIdWithViewAccess": [1],
        }
    )
    assert (await refresh(Client(transport))).role(1) == "view"


def test_the_lock_shuts_by_itself_after_ten_idle_minutes() -> None:
    hands = Hands()
    lock = EditLock(monotonic=hands, now=hands)
    assert not lock.is_open
    lock.unlock()
    hands.now += 599
    assert lock.is_open
    lock.touch()
    hands.now += 599
    assert lock.is_open
    assert lock.remaining == 1
    hands.now += 1
    assert not lock.is_open
    lock.touch()
    assert not lock.is_open


@pytest.mark.parametrize("jump", [700.0, -700.0])
def test_the_lock_shuts_when_either_clock_says_so(jump: float) -> None:
    slept, wall = Hands(), Hands()
    lock = EditLock(monotonic=slept, now=wall)
    lock.unlock()
    wall.now += jump
    assert not lock.is_open
    wall.now -= jump
    assert not lock.is_open


def test_a_draft_outlives_its_dialog() -> None:
    book = DraftStore()
    about = ("goal", 1, None)
    draft = GoalDraft(name="half typ")
    book.keep(about, draft)
    assert book.get(about, GoalDraft) is draft
    assert book.get(about, SiteDraft) is None
    assert about in book
    book.discard(about)
    assert (about in book, len(book)) == (False, 0)
