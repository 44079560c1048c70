"""Roles of a token on each site, and the actions they allow."""

from __future__ import annotations

import pytest

from matomo_tui.api.access import Access
from matomo_tui.api.errors import Role

ROLES: tuple[Role, ...] = ("noaccess", "view", "write", "admin", "superuser")
MIXED = Access(sites={1: "admin", 2: "write", 3: "view"})


@pytest.mark.parametrize(
    ("site_id", "may"),
    [
        (1, {"edit_goals", "edit_site"}),
        (2, {"edit_goals"}),
        (3, set()),
        (4, set()),
    ],
)
def test_each_site_has_its_own_role(site_id: int, may: set[str]) -> None:
    assert {
        name
        for name, allowed in {
            "edit_goals": MIXED.may_edit_goals(site_id),
            "edit_site": MIXED.may_edit_site(site_id),
        }.items()
        if allowed
    } == may


def test_a_superuser_has_every_role_on_every_site() -> None:
    access = Access(superuser=True)
    assert access.role(99) == access.highest == "superuser"
    assert access.somewhere("superuser")
    assert all(access.at_least(role, 99) for role in ROLES)


def test_the_highest_role_is_of_any_site() -> None:
    assert MIXED.highest == "admin"
    assert MIXED.somewhere("admin")
    assert not MIXED.somewhere("superuser")
    assert Access().highest == "noaccess"
    assert not Access(sites={1: "write"}).somewhere("admin")


def test_roles_are_ranked() -> None:
    for low, role in enumerate(ROLES[:-1]):
        access = Access(sites={1: role})
        assert [access.at_least(other, 1) for other in ROLES] == [rank <= low for rank in range(len(ROLES))]
