"""What an agent may ask, what it is told, and what the audit log says about it."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.admin.audit import who
from matomo_tui.agents.service import TOOLS
from tests.agents.conftest import Staged

ALL = dict.fromkeys(("visits", "pages", "referrers", "live", "goals", "events", "sites", "users", "tracking"), "read")


async def test_another_site_is_denied_logged_and_not_asked_for(staged: Staged) -> None:
    stage = await staged(on_sites=[1], pages="read")
    before = stage.requests()
    said = await stage.refusal("list_visits", site=2, period="yesterday")
    assert said == (
        "Denied. Agent claude may not read visits on site 2: there is no visits = 'read'. "
        "Granted: pages (read) on site 1."
    )
    assert stage.requests() == before
    (entry,) = stage.logged
    assert (entry.outcome, entry.method, entry.site, entry.agent) == ("denied", "mcp.list_visits", 2, "claude")
    assert entry.what == "Asked for the visits of yesterday"
    assert "may not read visits on site 2" in entry.detail
    assert who(entry).startswith("agent claude")
    assert (entry.profile, entry.server, entry.when) == ("work", "demo", "2026-11-24T12:00:00Z")


async def test_what_is_allowed_is_logged_too(staged: Staged) -> None:
    stage = await staged(on_sites=[1], pages="read")
    assert (await stage.ask("pages_now", limit=2))["site"]["id"] == 1
    (entry,) = stage.logged
    assert (entry.outcome, entry.site) == ("allowed", 1)
    assert entry.detail == "[agents.claude] grants pages = 'read' on site 1."


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool not in ("list_reports", "get_report")])
async def test_every_tool_is_denied_without_its_grant(staged: Staged, tool: str) -> None:
    others = {name: "full" for name in ALL if name != TOOLS[tool].capability}
    stage = await staged(on_sites=[1], **others)
    needed: dict[str, dict[str, Any]] = {
        "get_visit": {"visit": 1},
        "add_goal": {"name": "x"},
        "change_goal": {"goal": 1},
        "delete_goal": {"goal": 1},
        "set_access": {"login": "alice", "role": "view"},
        "send_test_hit": {"url": "https://lumen-oak.example/"},
    }
    assert (await stage.refusal(tool, **needed.get(tool, {}))).startswith("Denied. Agent claude may not ")
    assert tool not in [one.name for one in stage.service.tools()]
    assert stage.logged[0].outcome == "denied"


async def test_reading_is_not_writing(staged: Staged) -> None:
    stage = await staged(on_sites=[1], **ALL)
    assert "may not change goals on site 1" in await stage.refusal("add_goal", name="x")
    assert not any(tool.is_write for tool in stage.service.tools())


async def test_nothing_granted_is_no_tool(staged: Staged) -> None:
    stage = await staged()
    assert stage.service.tools() == ()
    assert (await stage.refusal("counters")).endswith("Nothing is granted to it.")


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("counters", {"sight": 1}, "unknown field `sight`"),
        ("list_sites", {"site": 2}, "unknown field `site`"),
        ("who_is_here", {"limit": 0}, "limit: Expected `int` >= 1."),
        ("who_is_here", {"limit": 1000}, "limit: Expected `int` <= 200."),
        ("who_is_here", {"minutes": 5}, "minutes: Invalid enum value 5."),
        ("list_visits", {"period": 7}, "period: Expected `str`, got `int`."),
        ("get_visit", {}, "missing required field `visit`"),
        ("no_such_tool", {}, "There is no tool 'no_such_tool'. Tools: who_is_here, "),
        ("\x1b[2J", {}, "There is no tool '[2J'."),
    ],
)
async def test_wrong_arguments_are_a_sentence_and_a_line(
    staged: Staged, tool: str, arguments: dict[str, Any], says: str
) -> None:
    stage = await staged(on_sites=[1], **ALL)
    assert says in await stage.refusal(tool, **arguments)
    assert stage.logged[0].outcome == "denied"


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("list_visits", {"period": "soon"}, "'soon' is not a date"),
        ("list_visits", {"segment": "nonsense"}, "nonsense"),
        ("list_visits", {"offset": 5000}, "At most 1,000 visits can be listed"),
        ("get_visit", {"visit": 999_999_999, "days": 1}, "Site 1 has no visit 999999999"),
        ("get_report", {"report": "nope"}, "No report is called 'nope'. list_reports has all names."),
        ("get_report", {"report": "Paige URLs"}, "No report is called 'Paige URLs'. Did you mean Page URLs"),
        ("get_report", {"report": "Page URLs", "columns": ["nb_visit"]}, "Did you mean 'nb_visits'?"),
        ("get_report", {"report": "Page URLs", "open_rows": ["nowhere"]}, "no row 'nowhere' that opens"),
        ("counters", {"site": ""}, "The name of the site is empty."),
    ],
)
async def test_what_cannot_be_answered_is_a_sentence(
    staged: Staged, tool: str, arguments: dict[str, Any], says: str
) -> None:
    stage = await staged(on_sites=[1], **ALL)
    assert says in await stage.refusal(tool, **arguments)
    assert stage.logged[0].outcome == "failed"
    assert stage.logged[0].site in (1, None)


async def test_a_site_is_found_by_name_among_the_granted_ones_only(staged: Staged) -> None:
    stage = await staged(on_sites=[1], live="read")
    assert (await stage.ask("counters", site="lumen"))["site"]["id"] == 1
    other = (await (await staged(on_sites="all", sites="read")).ask("list_sites"))["rows"][1]["name"]
    hidden, absent = await stage.refusal("counters", site=other), await stage.refusal("counters", site="Nowhere at all")
    assert hidden.replace(other, "") == absent.replace("Nowhere at all", "")


async def test_without_a_site_it_is_the_only_granted_one(staged: Staged) -> None:
    stage = await staged(on_sites=[3], live="read")
    assert (await stage.ask("counters"))["site"]["id"] == 3


async def test_only_granted_sites_are_listed(staged: Staged) -> None:
    stage = await staged(on_sites=[1, 3], sites="read")
    assert [row["id"] for row in (await stage.ask("list_sites"))["rows"]] == [1, 3]
    assert "may not read sites on all sites" in await stage.refusal("get_report", report="MultiSites_getAll")


async def test_a_call_that_cannot_be_logged_is_not_answered(staged: Staged) -> None:
    stage = await staged(on_sites=[1], live="read")
    stage.log.file.parent.mkdir(parents=True)
    stage.log.file.mkdir()
    said = await stage.refusal("counters")
    assert said.startswith("Not answered, because the call could not be logged.")


async def test_reports_need_the_grant_of_their_area(staged: Staged) -> None:
    stage = await staged(on_sites=[1], referrers="read")
    rows = (await stage.ask("list_reports", limit=200))["rows"]
    assert {row["capability"] for row in rows} == {"referrers"}
    assert "Channel Type" in [row["name"] for row in rows]
    assert "may not read pages on site 1" in await stage.refusal("get_report", report="Page URLs")
    assert (await stage.ask("get_report", report="Channel Type"))["rows"]


@pytest.mark.parametrize(
    "segment", ["visitIp==1.2.3.4", "browserCode==FF,userId=@a", "visitor%2549d==ab", "userId%3D%3Dx"]
)
async def test_segments_of_single_visitors_need_the_grant_of_personal_data(staged: Staged, segment: str) -> None:
    stage = await staged(on_sites=[1], visits="read")
    assert "selects single visitors" in await stage.refusal("list_visits", segment=segment)
    assert stage.logged[0].outcome == "denied"


async def test_a_segment_needs_a_grant_for_visits(staged: Staged) -> None:
    stage = await staged(on_sites=[1], pages="read")
    assert "A segment needs a grant for visits." in await stage.refusal(
        "get_report", report="Page URLs", segment="countryCode==de"
    )


async def test_a_run_that_is_read_only_offers_no_writes_and_asks_nobody(staged: Staged) -> None:
    stage = await staged(on_sites=[1], goals="full", read_only=True)
    assert [tool.name for tool in stage.service.tools()] == ["list_reports", "get_report", "list_goals"]
    assert "this run is read-only" in await stage.refusal("add_goal", name="x", pattern="/x")
    assert stage.person.asked == []
