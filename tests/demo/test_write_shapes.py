"""Users, the lists of valid settings, and writes, compared with recorded answers."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.demo.options import V5_0
from tests.demo.asking import Asker
from tests.demo.shapes import differences, shape_of
from tests.recorded import Exchange, load

# The recorded users had just been added through the API: none was invited or ever seen.
BESIDES = {"invite_status": {"number"}, "invited_by": {"string"}, "invite_expired_at": {"string"}}
ONLY_SOME_HAVE = (".last_seen", ".invited_by")


def _differences(real: Any, ours: Any) -> list[str]:
    found = differences(shape_of([real]), shape_of([ours]), BESIDES)
    return [each for each in found if not each.endswith(tuple(f"{name}: only in the demo" for name in ONLY_SOME_HAVE))]


def _is_refusal(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("result") == "error"


@pytest.mark.parametrize("exchange", load("users"), ids=lambda exchange: exchange.name)
async def test_users_are_answered_as_recorded(exchange: Exchange) -> None:
    reply = await Asker(matomo=V5_0).post(exchange.role, **exchange.params)
    assert reply.status == exchange.status
    assert ("x-matomo-total-results" in reply.headers) == ("x-matomo-total-results" in exchange.headers)
    if _is_refusal(exchange.json):
        assert reply.json == exchange.json
    elif exchange.method == "UsersManager.getUsersAccessFromSite":
        assert exchange.json.items() <= reply.json.items()
        assert set(reply.json.values()) <= {"view", "write", "admin"}
    else:
        assert _differences(exchange.json, reply.json) == []


@pytest.mark.parametrize("exchange", load("site_lists")[2:], ids=lambda exchange: exchange.name)
async def test_forms_of_sites_are_answered_as_recorded(exchange: Exchange) -> None:
    reply = await Asker(matomo=V5_0).post(exchange.role, **exchange.params)
    assert reply.status == exchange.status
    allowed = {"inlineHelp": {"null", "string"}, "value": {"string"}, "uiControlAttributes": {"list"}}
    found = differences(shape_of([exchange.json]), shape_of([reply.json]), allowed)
    assert [each for each in found if "placeholder" not in each] == []
    names = [[field["name"] for field in part["settings"]] for part in _forms(reply.json)]
    assert names == [[field["name"] for field in part["settings"]] for part in _forms(exchange.json)]


def _forms(answer: Any) -> list[Any]:
    return [part for each in answer for part in (each["settings"] if "howToSetupUrl" in each else [each])]


async def test_time_zones_and_currencies_are_those_of_a_real_matomo() -> None:
    zones, currencies = load("site_lists")[:2]
    asker = Asker(matomo=V5_0)
    ours = await asker.answer(zones.method)
    assert list(ours) == list(zones.json)
    for continent, recorded in zones.json.items():
        assert recorded.items() <= ours[continent].items()
    assert currencies.json.items() <= (await asker.answer(currencies.method)).items()


async def test_the_recorded_writes_go_the_same_way_one_after_the_other() -> None:
    asker = Asker(matomo=V5_0)
    await asker.answer("Goals.deleteGoal", idSite=2, idGoal=1)
    await asker.answer("Goals.deleteGoal", idSite=2, idGoal=2)
    sites: dict[str, object] = {}
    goals: dict[str, object] = {}
    for exchange in load("writes"):
        params: dict[str, object] = dict(exchange.params)
        site = str(params.get("idSite", ""))
        if params.get("idSite") in sites:
            params["idSite"] = sites[site]
        if "idGoal" in params:
            params["idGoal"] = goals[site]
        reply = await asker.post(exchange.role, **params)
        assert reply.status == exchange.status, exchange.name
        if exchange.method == "Goals.addGoal":
            goals[site] = reply.json["value"]
        elif exchange.method == "SitesManager.addSite":
            sites[str(exchange.json["value"])] = reply.json["value"]
        if exchange.method in ("Goals.getGoals", "SitesManager.getSiteFromId"):
            _compare_written(exchange.json, reply.json)
        elif exchange.method not in ("Goals.addGoal", "SitesManager.addSite"):
            assert reply.json == exchange.json, exchange.name


def _compare_written(real: Any, ours: Any) -> None:
    """Compare the shapes, and the values of the last item except for counts and times."""
    assert differences(shape_of([real]), shape_of([ours]), {}) == []
    if not real:
        assert ours == real
        return
    last, mine = (real[-1], ours[-1]) if isinstance(real, list) else (real, ours)
    own = {"idgoal", "idsite", "ts_created"}
    assert {key: value for key, value in mine.items() if key not in own} == {
        key: value for key, value in last.items() if key not in own
    }
