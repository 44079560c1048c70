"""Every recorded exchange of both versions, decoded by the client into the right model or error with all its data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from matomo_tui.api import annotations as notes
from matomo_tui.api import (
    goals,
    insights,
    live,
    metadata,
    multi_sites,
    reports,
    row_evolution,
    server,
    sites,
    transitions,
    users,
    visits_summary,
    write_encoding,
)
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, BulkTooLong, FeatureDisabled, MatomoError, NotMatomo
from matomo_tui.api.site import Site
from tests.recorded import FakeTransport, calls_sent
from tests.wire import Wired, every_exchange

BULK = "API.getBulkRequest"
DAY: dict[str, Any] = {"site_id": 1, "period": "day", "date": "today"}

# The call that the program makes for each method, and the type of its answer.
CALLS: Mapping[str, tuple[Call[Any], Any]] = {
    call.method: (call, kind)
    for call, kind in (
        (live.get_counters(1, 30), live.Counters),
        (live.get_last_visits_details(1, limit=100), tuple),
        (live.get_visitor_profile(1, "0000000000000019"), live.VisitorProfile),
        (visits_summary.get(1, "day", "today"), visits_summary.VisitsSummary),
        (goals.get_goals(1), tuple),
        (goals.get(1, "day", "today"), goals.GoalsSummary),
        (goals.delete_goal(1, 1), type(None)),
        (Call("Goals.updateGoal", {}, write_encoding.done, writes=True), type(None)),
        (notes.get_all(1), tuple),
        (insights.get_movers_and_shakers_overview(**DAY), dict),
        (metadata.get_report_metadata(1), tuple),
        (multi_sites.get_all("day", "today"), reports.ReportTable),
        (row_evolution.get_row_evolution("VisitTime", "x", ["00"], **DAY), row_evolution.RowEvolution),
        (server.get_matomo_version(), str),
        (sites.get_site_from_id(1), Site),
        (sites.get_sites_id_with_admin_access(), tuple),
        (sites.get_sites_id_with_write_access(), tuple),
        (sites.get_sites_id_with_view_access(), tuple),
        (sites.get_sites_with_admin_access(), tuple),
        (sites.get_javascript_tag(1), str),
        (transitions.get_transitions_for_page_url("https://shop.example/", **DAY), transitions.Transitions),
        (users.has_super_user_access(), bool),
        (users.get_users_having_super_user_access(), tuple),
        (users.get_users_plus_role(1), users.UsersPage),
        (users.get_users_access_from_site(1), dict),
    )
}
DATES = re.compile(r"\d{4}-\d{2}-\d{2}(?:,.*)?")


def typed_call(method: str, params: Mapping[str, str], answer: Any) -> tuple[Call[Any], Any]:
    """The program's call for a method, and the type of its answer: a table for any report."""
    if isinstance(answer, dict) and answer and all(DATES.fullmatch(key) for key in answer):
        return Call(method, params, reports.tables_of), dict
    if method in CALLS:
        call, kind = CALLS[method]
        return replace(call, with_headers=None), kind
    return Call(method, params, reports.table_of), reports.ReportTable


# What the refusals of the wire are read as; all others are the request's own fault.
ERRORS: tuple[tuple[str, type[MatomoError]], ...] = (
    ("is not enabled", FeatureDisabled),
    ("The maximum number of URLs", BulkTooLong),
    ("", BadRequest),
)


def refusal_class(answer: Any) -> type[MatomoError] | None:
    """The class of the error in one part of an answer; ``None`` if it is not an error."""
    if not isinstance(answer, dict) or answer.get("result") != "error":
        return None
    return next(error for words, error in ERRORS if words in answer["message"])


# What rows without a column are read as: a site without notes has none, but they are no visits.
HOLLOW: Mapping[str, type[MatomoError] | None] = {"Annotations.getAll": None, "Live.getLastVisitsDetails": NotMatomo}


def check(method: str, answer: Any, recorded: Any, kind: Any) -> None:
    """Compare the client's answer with the JSON."""
    error = refusal_class(recorded)
    if error is not None:
        assert type(answer) is error
        return
    if kind is tuple and any(row == [] for row in recorded):
        hollow = HOLLOW[method]
        assert answer == () if hollow is None else type(answer) is hollow
        return
    assert isinstance(answer, kind)
    if isinstance(recorded, list) and isinstance(answer, tuple):
        assert len(answer) == len(recorded)
    if isinstance(answer, reports.ReportTable):
        rows = len(recorded) if isinstance(recorded, list) else 1
        assert len(answer.rows) == rows
        assert answer.single is isinstance(recorded, dict)
    if isinstance(answer, dict) and isinstance(recorded, dict):
        assert set(answer) == set(recorded)


ALL = every_exchange()


@pytest.mark.parametrize("exchange", ALL, ids=lambda exchange: exchange.name)
async def test_the_wire_is_read(exchange: Wired) -> None:
    client = Client(FakeTransport([exchange.response()]))
    sent = calls_sent(exchange.fields)
    if exchange.method == BULK and isinstance(exchange.json, list):
        pairs = list(zip(sent, exchange.json, strict=False))
        typed = [typed_call(call["method"], call, recorded) for call, recorded in pairs]
        for answer, (part, recorded), (_, kind) in zip(
            await client.bulk([call for call, _ in typed]), pairs, typed, strict=True
        ):
            check(part["method"], answer, recorded, kind)
        return
    call, kind = typed_call(exchange.method, exchange.params, exchange.json)
    if exchange.json is None:
        with pytest.raises(MatomoError):
            await client.call(call)
        return
    error = refusal_class(exchange.json)
    if error is None:
        check(exchange.method, await client.call(call), exchange.json, kind)
        return
    with pytest.raises(error) as caught:
        await client.call(call)
    assert type(caught.value) is error


async def _read(why: str, version: str) -> Any:
    exchange: Wired = next(each for each in ALL if each.why == why and each.version == version)
    client = Client(FakeTransport([exchange.response()]))
    read: Callable[[bytes], Any] = typed_call(exchange.method, exchange.params, exchange.json)[0].decode
    return await client.call(Call(exchange.method, {}, read))


@pytest.mark.parametrize("version", ["5.0.2", "5.8.0"])
async def test_a_table_without_its_columns_is_not_the_table(version: str) -> None:
    whole = await _read("VisitFrequency.get whole", version)
    cut = await _read("VisitFrequency.get with showColumns: zeros", version)
    assert whole.rows[0].values["nb_visits_new"] > 0
    assert "nb_visits_new" not in cut.rows[0].values
