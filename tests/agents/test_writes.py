"""Writes are planned, confirmed by a person, applied once, read back and logged."""

from __future__ import annotations

import asyncio

import pytest

from matomo_tui.agents.writing import Question
from matomo_tui.api import goals, sites, users
from tests.agents.conftest import Staged


async def test_a_goal_is_added_after_a_person_confirmed_it(staged: Staged) -> None:
    stage = await staged(on_sites=[1], goals="full")
    answer = await stage.ask("add_goal", name="Tried\x1b[2J it", pattern="/tried", revenue=19.9)
    assert answer["outcome"] == "done"
    assert answer["confirmed_by"] == "a person at the terminal"
    found = await stage.session.client.call(goals.get_goals(1))
    (goal,) = [one for one in found if one.id == answer["created"]]
    assert (goal.pattern, goal.revenue) == ("/tried", 19.9)
    (question,) = stage.person.asked
    assert question.title == "Add a goal"
    assert any("Goals.addGoal" in line for line in question.lines)
    call, write = stage.logged
    assert (call.method, call.outcome, call.agent) == ("mcp.add_goal", "allowed", "claude")
    assert call.detail.endswith("Confirmed by a person at the terminal. Done.")
    assert (write.method, write.outcome, write.agent, write.site) == ("Goals.addGoal", "done", "claude", 1)


@pytest.mark.parametrize(("says", "sentence"), [("no", "did not confirm"), (None, "Nobody is there.")])
async def test_without_a_confirmation_nothing_is_sent(staged: Staged, says: str | None, sentence: str) -> None:
    stage = await staged(says=says, on_sites=[1], goals="full")
    before = await stage.session.client.call(goals.get_goals(1))
    assert sentence in await stage.refusal("add_goal", name="Tried", pattern="/tried")
    assert await stage.session.client.call(goals.get_goals(1)) == before
    (entry,) = stage.logged
    assert entry.outcome == "failed"


async def test_reads_are_answered_while_people_are_asked(staged: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = await staged(on_sites=[1], goals="full", live="read")
    busy, answered = asyncio.Event(), asyncio.Event()
    asked: list[Question] = []

    async def ask(question: Question) -> str:
        asked.append(question)
        if len(asked) == 4:
            busy.set()
        await answered.wait()
        return "no"

    monkeypatch.setattr(stage.person, "ask", ask)
    writes = [
        asyncio.create_task(stage.refusal("add_goal", name=f"Goal {number}", pattern="/x")) for number in range(6)
    ]
    await asyncio.wait_for(busy.wait(), 10)
    await asyncio.wait_for(stage.ask("list_goals"), 10)
    await asyncio.wait_for(stage.ask("counters"), 10)
    assert len(asked) == 4
    answered.set()
    assert all("did not confirm" in sentence for sentence in await asyncio.gather(*writes))


async def test_a_deletion_is_confirmed_by_typing_the_name(staged: Staged) -> None:
    stage = await staged(on_sites=[1], goals="full")
    goal = (await stage.session.client.call(goals.get_goals(1)))[0]
    assert "did not confirm" in await stage.refusal("delete_goal", goal=goal.id)
    assert stage.person.asked[0].confirm_text == goal.name
    stage.person.says = goal.name
    assert (await stage.ask("delete_goal", goal=goal.id))["outcome"] == "done"


async def test_a_call_can_be_confirmed_in_advance_once(staged: Staged) -> None:
    stage = await staged(says=None, confirmed=("change_goal",), on_sites=[1], goals="full")
    goal = (await stage.session.client.call(goals.get_goals(1)))[0]
    answer = await stage.ask("change_goal", goal=goal.id, name="Renamed")
    assert answer["confirmed_by"] == "--yes-i-confirm change_goal"
    assert answer["changes"] == [f"Name: {goal.name} → Renamed"]
    assert "Nobody is there." in await stage.refusal("change_goal", goal=goal.id, name="Again")
    assert "Nobody is there." in await stage.refusal("delete_goal", goal=goal.id)


async def test_wrong_values_are_told_before_anybody_is_asked(staged: Staged) -> None:
    stage = await staged(on_sites=[1], goals="full", sites="full", users="full", tracking="full")
    for tool, arguments, says in (
        ("add_goal", {"name": "x", "pattern": "("}, ""),
        ("add_goal", {"name": "x"}, "Without a pattern nothing triggers the goal."),
        ("add_goal", {"name": "x", "match_attribute": "visit_duration", "pattern": "5"}, "can only be matched by"),
        ("change_goal", {"goal": 4000, "name": "x"}, "Site 1 has no goal 4000: list_goals lists them."),
        ("change_site", {"urls": ["two words"]}, "contains a space"),
        ("set_access", {"login": "nobody", "role": "view"}, "There is no user 'nobody' that this token can see"),
        ("send_test_hit", {"url": "nowhere"}, "The page must be a whole URL"),
    ):
        if says:
            assert says in await stage.refusal(tool, **arguments)
    assert stage.person.asked == []


async def test_a_change_that_changes_nothing_asks_nobody(staged: Staged) -> None:
    stage = await staged(on_sites=[1], sites="full")
    assert (await stage.ask("change_site", name="Lumen & Oak"))["outcome"] == "already"
    assert stage.person.asked == []


async def test_a_site_is_changed_and_read_back(staged: Staged) -> None:
    stage = await staged(on_sites=[1], sites="full")
    assert (await stage.ask("change_site", currency="USD"))["outcome"] == "done"
    assert (await stage.session.client.call(sites.get_site_from_id(1))).currency == "USD"
    assert (await stage.ask("list_sites"))["rows"][0]["currency"] == "USD"


async def test_access_is_set_by_pseudonym_and_the_login_stays_masked(staged: Staged) -> None:
    stage = await staged(on_sites=[1], users="full")
    rows = (await stage.ask("list_users"))["rows"]
    pseudonym = next(row["login"] for row in rows if row["role"] == "view")
    answer = await stage.ask("set_access", login=pseudonym, role="write")
    assert (answer["outcome"], answer["changes"]) == ("done", ["Role: view → write"])
    roles = await stage.session.client.call(users.get_users_access_from_site(1))
    changed = [login for login, role in roles.items() if role == "write" and login in stage.person.asked[0].title]
    assert len(changed) == 1
    assert changed[0] not in answer["sentence"]


async def test_a_superusers_access_is_not_set_and_the_login_stays_masked(staged: Staged) -> None:
    stage = await staged(on_sites=[1], users="full")
    rows = (await stage.ask("list_users"))["rows"]
    pseudonym = next(row["login"] for row in rows if row["role"] == "superuser")
    refusal = await stage.refusal("set_access", login=pseudonym, role="view")
    assert f"{pseudonym} is a superuser and may do everything on every site." in refusal
    assert stage.person.asked == []


async def test_a_test_hit_arrives(staged: Staged) -> None:
    stage = await staged(on_sites=[1], tracking="full")
    asking = asyncio.create_task(stage.ask("send_test_hit", url="https://lumen-oak.example/tried"))
    while not asking.done():
        await stage.clock.advance(0.5)
    assert (await asking)["outcome"] == "arrived"
    assert [entry.agent for entry in stage.logged] == ["claude", "claude"]
