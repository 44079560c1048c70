"""Goals added, changed and deleted: accepted values, and later conversions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo.asking import Asker

VISITOR = "c0ffee0000000002"
GOAL = {"idSite": 1, "name": "Read", "matchAttribute": "url", "pattern": "/", "patternType": "contains"}


async def _goals(asker: Asker, site: int = 1) -> dict[int, dict[str, Any]]:
    return {goal["idgoal"]: goal for goal in await asker.answer("Goals.getGoals", idSite=site)}


async def _conversions(asker: Asker, goal: int, date: str = "today", period: str = "day") -> int:
    found = await asker.answer("Goals.get", idSite=1, period=period, date=date, idGoal=goal)
    return int(found["nb_conversions"])


async def test_nonsense_is_accepted_and_a_goal_by_hand_has_no_pattern() -> None:
    asker = Asker()
    nonsense = await asker.answer("Goals.addGoal", **{**GOAL, "matchAttribute": "bogus"})
    assert (await _goals(asker))[nonsense["value"]]["match_attribute"] == "bogus"
    await asker.hit(_id=VISITOR, download="https://lumen-oak.example/x.pdf", url="https://lumen-oak.example/")
    assert await _conversions(asker, nonsense["value"]) >= 1
    by_hand = await asker.answer("Goals.addGoal", **{**GOAL, "matchAttribute": "manually", "revenue": "3.5"})
    details = (await _goals(asker))[by_hand["value"]]
    assert not {"pattern", "pattern_type", "case_sensitive"} & details.keys()
    assert details["revenue"] == 3.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patternType": "exact"}, "If you choose 'exact match', the matching string must be a URL starting with"),
        (
            {"patternType": "regex", "pattern": "a/("},
            "The value &quot;/a\\/(/&quot; is not a valid regular expression.",
        ),
        ({"patternType": "greater_than"}, "The value &quot;greater_than&quot; is not allowed, use one of: exact, "),
        (
            {"matchAttribute": "visit_duration"},
            "The value &quot;contains&quot; is not allowed, use one of: greater_than.",
        ),
        (
            {"matchAttribute": "visit_duration", "patternType": "greater_than", "pattern": "long"},
            "Invalid pattern for match attribute 'visit_duration'. (got 'long', expected numeric value).",
        ),
        ({"name": ""}, "Please specify a value for 'name'."),
        ({"matchAttribute": "manually", "pattern": ""}, "Please specify a value for 'pattern'."),
        ({"idSite": 99}, "An unexpected website was found in the request"),
    ],
)
async def test_invalid_goals_are_refused(change: dict[str, object], message: str) -> None:
    asker = Asker()
    before = await _goals(asker)
    for method in ("Goals.addGoal", "Goals.updateGoal"):
        refused = await asker.answer(method, **{**GOAL, "idGoal": 1, **change})
        assert refused["message"].startswith(message)
    assert await _goals(asker) == before


async def test_exact_needs_no_address_for_titles_and_events() -> None:
    asker = Asker()
    for attribute in ("title", "event_category", "event_action", "event_name"):
        added = await asker.answer("Goals.addGoal", **{**GOAL, "matchAttribute": attribute, "patternType": "exact"})
        assert added["value"]


async def test_an_update_overwrites_every_field() -> None:
    asker = Asker()
    assert (await _goals(asker))[1]["description"] == "somebody subscribed"
    refused = await asker.answer("Goals.updateGoal", idGoal=1, useEventValueAsRevenue=1, **GOAL)
    assert refused["message"] == "'useEventValueAsRevenue' can only be 1 if the goal matches an event attribute."
    assert (await asker.answer("Goals.updateGoal", idGoal=1, **GOAL))["result"] == "success"
    goal = (await _goals(asker))[1]
    assert (goal["name"], goal["description"], goal["revenue"], goal["allow_multiple"]) == ("Read", "", 0, 0)
    before = await _goals(asker)
    assert (await asker.answer("Goals.updateGoal", idGoal=77, **GOAL))["result"] == "success"
    assert await _goals(asker) == before


async def test_a_number_is_never_given_again() -> None:
    asker = Asker()
    assert (await asker.answer("Goals.addGoal", **GOAL))["value"] == 5
    await asker.answer("Goals.deleteGoal", idSite=1, idGoal=5)
    assert (await asker.answer("Goals.addGoal", **GOAL))["value"] == 6
    for number in (1, 2, 3, 4, 6):
        await asker.answer("Goals.deleteGoal", idSite=1, idGoal=number)
    assert await _goals(asker) == {}
    assert (await asker.answer("Goals.addGoal", **GOAL))["value"] == 7


async def test_a_new_goal_converts_from_now_on_and_not_before() -> None:
    asker = Asker()
    past = await asker.answer("Goals.get", idSite=1, period="day", date="yesterday")
    today = await asker.answer("VisitsSummary.get", idSite=1, period="day", date="today")
    goal = (await asker.answer("Goals.addGoal", **GOAL))["value"]
    assert await _conversions(asker, goal) == 0
    assert await asker.answer("Goals.get", idSite=1, period="day", date="yesterday") == past
    assert await asker.answer("VisitsSummary.get", idSite=1, period="day", date="today") == today

    asker.at += 1500
    since = int(asker.at) - 1500
    visits = await asker.visits(minTimestamp=since, segment=f"visitConvertedGoalId=={goal}")
    assert visits
    assert all(visit["firstActionTimestamp"] >= since for visit in visits)
    counted = await _conversions(asker, goal)
    assert counted == len(visits)

    await asker.answer("Goals.updateGoal", idGoal=goal, **{**GOAL, "name": "Renamed", "pattern": "/no-such-page"})
    asker.at += 3600
    assert await _conversions(asker, goal) >= counted
    later = await asker.visits(minTimestamp=since, segment=f"visitConvertedGoalId=={goal}")
    assert all(visit["firstActionTimestamp"] < since + 1500 for visit in later)
    assert len(later) == await _conversions(asker, goal)
    names = {row["goalName"] for visit in later for row in visit["actionDetails"] if row.get("goalId") == goal}
    assert names == {"Renamed"}

    await asker.answer("Goals.deleteGoal", idSite=1, idGoal=goal)
    assert await _conversions(asker, goal) == 0
    assert await asker.visits(minTimestamp=since, segment=f"visitConvertedGoalId=={goal}") == []
    assert await asker.answer("Goals.get", idSite=1, period="day", date="yesterday") == past


async def test_sums_and_visits_agree_across_changes_of_goals() -> None:
    asker = Asker()
    goal = (await asker.answer("Goals.addGoal", **GOAL))["value"]
    for number in range(4):
        asker.at += 2700
        await asker.answer("Goals.updateGoal", idGoal=goal, **{**GOAL, "pattern": "/sale" if number % 2 else "/"})
    asker.at += 86_400
    visits = await asker.visits(period="day", date="2026-11-23", segment=f"visitConvertedGoalId=={goal}")
    reached = sum(row.get("goalId") == goal for visit in visits for row in visit["actionDetails"])
    assert reached == await _conversions(asker, goal, "2026-11-23") > 0


async def test_tracked_hits_are_held_to_the_goals_of_their_time() -> None:
    asker = Asker()
    url = "https://lumen-oak.example/only-here"
    await asker.hit(_id=VISITOR, url=url)
    added = await asker.answer("Goals.addGoal", **{**GOAL, "pattern": "/only-here"})
    assert await _conversions(asker, added["value"]) == 0
    asker.at += 60
    await asker.hit(_id=VISITOR, url=url)
    assert await _conversions(asker, added["value"]) == 1
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", idgoal=added["value"])
    assert await _conversions(asker, added["value"]) == 1
    await asker.answer("Goals.deleteGoal", idSite=1, idGoal=added["value"])
    assert await _conversions(asker, added["value"]) == 0
    refused = await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", idgoal=added["value"])
    assert refused.status == 400


async def test_a_regular_expression_is_looked_for_in_the_whole_address() -> None:
    asker = Asker()
    added = await asker.answer("Goals.addGoal", **{**GOAL, "patternType": "regex", "pattern": "^https?://.*/sale$"})
    assert added["value"]
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/sale?x=1")
    assert await _conversions(asker, added["value"]) == 0
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/SALE")
    assert await _conversions(asker, added["value"]) == 1


async def test_the_site_may_move_but_its_visitors_do_not() -> None:
    asker = Asker()
    before = await asker.visits(filter_limit=20)
    await asker.answer("SitesManager.updateSite", idSite=1, timezone="UTC+5.5", currency="JPY", siteName="Moved")
    after = await asker.visits(filter_limit=20)
    assert [visit["idVisit"] for visit in after] == [visit["idVisit"] for visit in before]
    assert {(visit["siteName"], visit["siteCurrency"]) for visit in after} == {("Moved", "JPY")}
    shift = after[0]["actionDetails"][0]["timestamp"] - before[0]["actionDetails"][0]["timestamp"]
    assert shift == (5.5 - 1) * 3600
