"""Reports of the demo have the shape of a real Matomo's: every recorded request is repeated."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from matomo_tui.demo.options import V5_0
from tests.demo.asking import Asker, fewer_visits
from tests.demo.quiet import a_share, quiet_reader
from tests.demo.shapes import Shape, differences, shape_of
from tests.recorded import Exchange, load

TOPICS = ("actions", "referrers", "events", "goals", "visits", "more", "reports_more", "sites", "metadata")

# Rows of the recorded site that the demo does not have: the same request about one of the demo's own rows.
OWN = {
    "https://shop.example/products": "https://lumen-oak.example/sale",
    "blog.partner.example": "chatgpt.com",
    "search": "/sale",
}

# Quirks of Matomo: a repeated label, a PHP callback; and a page that few of the demo's visitors reach this way.
NOT_HERE = frozenset(
    {".Downloads[].label1", "[].suggestedValuesCallback", "[].subtable[].subtable[].nb_hits_following_search"}
)

# Text for a page, number for a folder: the recording only has a page of the first level.
BESIDES = {"nb_hits_following_search": {"string"}}

# The recorded sites have no group.
ONLY_HERE = frozenset({".sites[].isGroup: only in the demo"})

_NOT_OURS = ("SitesManager.", "API.getWidget", "API.getAvailable", "API.getProcessedReport", "Goals.getGoal")
ASKED = [exchange for topic in TOPICS for exchange in load(topic) if not exchange.method.startswith(_NOT_OURS)]


@cache
def _of_its_kind(module: str) -> Shape:
    """The common shape of everything recorded of a module, since a few visits have little of everything."""
    answers = [exchange.json for exchange in ASKED if exchange.method.partition(".")[0] == module]
    return shape_of(_plain(answer) for answer in answers if not _refused(answer))


def _refused(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("result") == "error"


def _plain(value: Any) -> Any:
    """Treat goals of all ids alike; leave out the documented and evolving metrics, which depend on the report, and the
    fictional plug-in.
    """
    if isinstance(value, dict):
        if "reportData" in value:
            value = {**value, "reportData": list(value["reportData"].values())[:0], "metadata": _metrics(value)}
        value = {key: inner for key, inner in value.items() if key != "metricsDocumentation"}
        return {re.sub(r"^goal_\d+_", "goal_N_", key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(row) for row in value if not (isinstance(row, dict) and row.get("module") == "AssetWatch")]
    return value


def _metrics(evolution: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a row evolution without their names: the ones that change depend on the visits."""
    metadata = evolution["metadata"]
    return {**metadata, "metrics": [{"name": metric["name"]} for metric in metadata["metrics"].values()]}


async def _again(asker: Asker, exchange: Exchange) -> Any:
    params: dict[str, object] = {name: OWN.get(value, value) for name, value in exchange.params.items()}
    if exchange.method == "Events.getActionFromCategoryId":
        rows = await asker.answer("Events.getCategory", idSite=1, period="day", date="yesterday")
        params["idSubtable"] = rows[0]["idsubdatatable"]
    reply = await asker.post(exchange.role, **params)
    assert reply.status == exchange.status
    return reply.json


@pytest.mark.parametrize("exchange", ASKED, ids=lambda exchange: exchange.name)
async def test_a_recorded_report_is_answered_in_the_same_shape(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer_visits(monkeypatch, a_share)
    ours = await _again(Asker(matomo=V5_0) if exchange.method.endswith(".add") else quiet_reader(V5_0), exchange)
    if _refused(exchange.json):
        assert ours == exchange.json
        return
    mine, real = shape_of([_plain(ours)]), shape_of([_plain(exchange.json)])
    lacking = {
        found.partition(":")[0] for found in differences(real, mine, {}) if found.endswith("missing in the demo")
    }
    assert lacking - NOT_HERE == set()
    # Additional keys must occur in another recorded answer of the same module.
    every = _of_its_kind(exchange.method.partition(".")[0])
    more = {found for found in differences(every, mine, BESIDES) if not found.endswith("missing in the demo")}
    assert more - ONLY_HERE == set()
