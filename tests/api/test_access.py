"""What a role on a site lets a token do."""

from __future__ import annotations

import pytest

from matomo_tui.api.access import Access
from matomo_tui.api.errors import Role

ROLES: tuple[Role, ...] = ("noaccess", "view", "write", "admin", "superuser")
MIXED = Access(sites={1: "admin", 2: "write", 3: "view"})


@pytest.mark.parametrize(
    ("site_id", "may"),
    [
        (1, {"view", "edit_goals", "edit_site", "manage_access"}),
        (2, {"view", "edit_goals"}),
        (3, {"view"}),
        (4, set()),
    ],
)
def test_each_site_has_its_own_role(site_id: int, may: set[str]) -> None:
    assert {
        name
        for name, allowed in {
            "view": MIXED.may_view(site_id),
            "edit_goals": MIXED.may_edit_goals(site_id),
            "edit_site": MIXED.may_edit_site(site_id),
            "manage_access": MIXED.may_manage_access(site_id),
        }.items()
        if allowed
    } == may


def test_a_superuser_may_everything_everywhere() -> None:
    access = Access(superuser=True)
    assert access.role(99) == access.highest == "superuser"
    assert access.may_manage_sites
    assert access.may_list_users
    assert all(access.at_least(role, 99) for role in ROLES)


def test_the_highest_role_is_of_any_site() -> None:
    assert MIXED.highest == "admin"
    assert MIXED.may_list_users
    assert not MIXED.may_manage_sites
    assert Access().highest == "noaccess"
    assert not Access(sites={1: "write"}).may_list_users


def test_roles_are_ranked() -> None:
    for low, role in enumerate(ROLES[:-1]):
        access = Access(sites={1: role})
        assert [access.at_least(other, 1) for other in ROLES] == [rank <= low for rank in range(len(ROLES))]
