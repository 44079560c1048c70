"""The demo as 5.8 against a real 5.8.0: the requests recorded from 5.0.2, repeated."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.demo.asking import Asker, fewer_visits
from tests.demo.quiet import a_share, quiet_reader
from tests.demo.shapes import Shape, shape_of
from tests.demo.test_wire import compare, parts
from tests.recorded import Exchange, load

TOPICS = ("connection", "errors", "users", "bulk", "visits", "goals")
WRITES = re.compile(r"\.(add|update|delete|set)")
# The list of goals is data: recorded are a single goal, all goals, and a site without goals.
OWN_GOALS = re.compile(r"showAllGoalSpecificMetrics|Goals\.getGoals\(idSite=2|idGoal=9")
EXCHANGES = [each for topic in TOPICS for each in load(f"5.8.0/{topic}") if not OWN_GOALS.search(each.name)]


@cache
def _of_its_kind(method: str) -> Shape:
    """The common shape of everything recorded of a method."""
    return shape_of(
        answer
        for exchange in EXCHANGES
        for asked, answer in parts(tuple(exchange.params.items()), exchange.json)
        if asked == method and not (isinstance(answer, dict) and "result" in answer)
    )


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.name)
async def test_a_5_8_answers_as_recorded(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer_visits(monkeypatch, a_share)
    asker = Asker() if WRITES.search(exchange.method) else quiet_reader()
    reply = await asker.post(exchange.role, **exchange.params)
    assert reply.status == exchange.status
    assert ("x-matomo-total-results" in reply.headers) == ("x-matomo-total-results" in exchange.headers)
    fields = tuple(exchange.params.items())
    for (method, real), (_, ours) in zip(parts(fields, exchange.json), parts(fields, reply.json), strict=True):
        assert compare("5.8.0", method, real, ours, _of_its_kind(method)) == []
