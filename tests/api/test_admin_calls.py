"""Administration calls with unexpected parameters or answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matomo_tui.api import goals, segment_editor, sites, tracking, users
from matomo_tui.api.calls import Call


@pytest.mark.parametrize(
    "call",
    [
        sites.get_sites_id_with_admin_access(),
        sites.get_sites_id_with_write_access(),
        sites.get_sites_id_with_view_access(),
        sites.get_sites_with_at_least_view_access(),
        sites.get_sites_with_at_least_view_access(limit=500),
        sites.get_pattern_match_sites("x", limit=1_000),
        sites.get_sites_groups(),
        sites.get_site_urls_from_id(1),
        sites.get_sites_from_group("x"),
        users.get_users(),
        users.get_users(("alice", "bob")),
        users.get_users_having_super_user_access(),
        goals.get_goals(1),
        segment_editor.get_all(1),
        tracking.get_tracking_failures(),
    ],
    ids=lambda call: call.method,
)
def test_a_plain_list_is_asked_for_whole(call: Call[Any]) -> None:
    """Otherwise 5.0.2 and 5.8.0 silently return only the first 100 entries."""
    assert call.params["filter_limit"] == -1


def test_groups_are_sent_in_the_form_that_matomo_stores() -> None:
    assert sites.get_sites_from_group("A &amp; B").params["group"] == "A &amp;amp; B"


def test_the_tracking_code_has_the_address_with_its_port() -> None:
    assert sites.get_javascript_tag(1, address="stats.example:8443").params["piwikUrl"] == "stats.example:8443"
    assert "piwikUrl" not in sites.get_javascript_tag(1).params


def test_tracking_failures_in_the_format_of_5_8() -> None:
    """The format of ``CoreAdminHome.getTrackingFailures`` in 5.0.2 and 5.8.0; the sentences are invented."""
    body = json.dumps(
        [
            {
                "idsite": 9999,
                "idfailure": 1,
                "date_first_occurred": "2026-11-28 23:30:47",
                "request_url": "idsite=9999&rec=1&url=https%3A%2F%2Ft1.example%2Fy",
                "site_name": "Unknown",
                "pretty_date_first_occurred": "Nov 28, 2026 23:30:47",
                "url": "https://t1.example/y?token_auth=0123456789abcdef\u001b[2J",
                "problem": "There is no such site.",
                "solution": "Send another id.",
                "solution_url": "https://example.org/",
            }
        ]
    ).encode()
    (failure,) = tracking.get_tracking_failures().decode(body)
    assert (failure.site_id, failure.when, failure.problem) == (9999, "2026-11-28 23:30:47", "There is no such site.")
    assert failure.url.startswith("https://t1.example/y?token_auth=***")
    assert "0123456789abcdef" not in failure.url
    assert "\x1b" not in failure.url
    assert tracking.get_tracking_failures().decode(b"[]") == ()


def test_a_login_found_by_its_address() -> None:
    call = users.get_user_login_from_user_email("bob@example.org")
    assert call.params == {"userEmail": "bob@example.org"}
    assert call.decode(b'{"value":"bob"}') == "bob"
    assert not call.is_write
