"""What the loader asks a real Matomo, of two versions, and what it makes of the answers (``reports_real_*.json``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.transport import Response
from matomo_tui.reports import computed_metrics, event_dimensions
from matomo_tui.reports.catalogue import Report, ReportColumn
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query, ReportRequest, Sort
from matomo_tui.reports.table import TableModel
from tests.recorded import Fields, calls_sent, json_response, load, refusal
from tests.reports.matomo import SITE, TODAY, ReportMatomo, catalogue

VERSIONS = ("5.0.2", "5.8.0")
DAY = Query(SITE, Period.containing("day", TODAY.replace(day=26)))
WEEK = DAY.at(Period.containing("week", TODAY.replace(day=18)))


class Real:
    """Answers the recorded requests, and no others: a parameter more or less is another request."""

    def __init__(self, version: str) -> None:
        self._known = {_key(dict(one.params)): one for one in load(f"reports_real_{version}")}

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        answers = [self._answer(call) for call in calls_sent(fields)]
        return json_response(answers if dict(fields)["method"] == "API.getBulkRequest" else answers[0])

    async def aclose(self) -> None:
        pass

    def _answer(self, call: dict[str, str]) -> Any:
        known = self._known.get(_key(call))
        return known.json if known is not None else refusal(f"Not recorded: {_key(call)}")

    def raw(self, method: str) -> Any:
        """What was answered to the one recorded call of ``method``."""
        (found,) = [one.json for one in self._known.values() if one.method == method]
        return found


def _key(call: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """A call without what is the same in every request; of its columns only whether any were chosen."""
    left = {"module", "format", "token_auth", "language", "format_metrics"}
    chosen = {"showColumns": "some"} if "showColumns" in call else {}
    return tuple(sorted((name, value) for name, value in {**call, **chosen}.items() if name not in left))


def loader(real: Real) -> ReportLoader:
    return ReportLoader(Client(real), lambda site: TODAY)


def known(method: str) -> Report:
    """A report of the recorded catalogue, or one of a single row that it does not have."""
    module, action = method.split(".")
    return catalogue().find(method) or Report(method.replace(".", "_"), module, action, name=method)


SINGLE = [*((version, "VisitFrequency.get") for version in VERSIONS), ("5.8.0", "AIAgents.get")]


@pytest.mark.parametrize(("version", "method"), SINGLE)
async def test_a_single_row_is_asked_whole_and_has_its_figures(version: str, method: str) -> None:
    real = Real(version)
    page = await loader(real).page(ReportRequest(DAY, known(method)))
    assert page.only is not None
    sent = real.raw(method)
    assert {key: page.only.number(key) for key in sent} == sent
    assert sum(value for key, value in sent.items() if key.startswith("nb_visits_")) > 80


@pytest.mark.parametrize("version", VERSIONS)
async def test_one_site_as_a_row_has_its_name_and_its_orders(version: str) -> None:
    page = await loader(Real(version)).page(ReportRequest(DAY, known("MultiSites.getOne")))
    assert [row.label for row in page.rows] == ["Shop"]
    assert (page.rows[0].number("nb_conversions"), page.rows[0].number("orders")) == (21, 5)


@pytest.mark.parametrize("version", VERSIONS)
async def test_users_are_sorted_by_a_metric(version: str) -> None:
    report = known("UserId.getUsers")
    assert "label" not in [column.key for column in report.columns]
    page = await loader(Real(version)).page(ReportRequest(WEEK, report), 0, 3)
    visits = [row.number("nb_visits") for row in page.rows]
    assert visits == sorted(visits, reverse=True, key=lambda value: value or 0)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("method", "sent"),
    [("Referrers.getReferrerType", "sum_daily_nb_uniq_visitors"), ("VisitTime.getByDayOfWeek", "nb_uniq_visitors")],
)
async def test_the_visitors_of_a_week_are_the_sum_of_its_days(version: str, method: str, sent: str) -> None:
    rows = Real(version).raw(method)
    request = ReportRequest(WEEK, known(method))
    column = request.column("nb_uniq_visitors")
    expected = ReportColumn("sum_daily_nb_uniq_visitors", "Unique visitors (sum of days)", "number")
    assert column is not None
    assert replace(column, documentation="") == expected
    matomo = ReportMatomo({method: rows})  # all fixed rows are asked for, and these were recorded
    page = await ReportLoader(Client(matomo), lambda site: TODAY).page(request, 0, 3)
    assert [computed_metrics.value(row, column.key) for row in page.rows] == [row[sent] for row in rows]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_search_in_a_tree_finds_what_a_search_in_the_flat_list_finds(version: str) -> None:
    of_pages = replace(ReportRequest(WEEK, known("Actions.getPageUrls")), pattern="zelt", columns=("nb_hits",))
    asked = loader(Real(version))
    tree, flat = await asked.page(of_pages), await asked.page(replace(of_pages, flat=True))
    table = TableModel(of_pages)
    table.add(tree)
    lines = table.lines(0, len(table))
    assert [line.label for line in lines if line is not None] == ["shop", "zelte"]
    assert [line.expanded for line in lines if line is not None] == [True, False]
    assert table.path(1) == ("shop", "zelte")
    assert (table.total, table.matches) == (1, 1)
    assert lines[1] is not None
    assert lines[1].value("nb_hits") == sum(row.number("nb_hits") or 0 for row in flat.rows)
    step = table.step(1)
    assert step is not None
    assert tree.rows[0].rows[0].subtable == step.subtable
    below = table.level_request(1).below(step)
    assert (below.pattern, [one.label for one in below.path]) == ("", ["shop", "zelte"])  # all of what was found


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_third_name_of_an_event_comes_from_the_servers_sub_table(version: str) -> None:
    real = Real(version)
    asked, reports = loader(real), catalogue()
    categories = ReportRequest(WEEK, known("Events.getCategory"))
    third = event_dimensions.third(reports, categories, ("Video", "play"))
    assert third is not None
    names = await asked.find_level(third, ("play",))
    assert (names.method, names.query, names.dimension) == ("Events.getNameFromActionId", WEEK, "Event Name")
    page = await asked.page(names)
    assert [(row.label, row.number("nb_events")) for row in page.rows] == [
        (row["label"], row["nb_events"]) for row in real.raw("Events.getNameFromActionId")
    ]
    fourth = event_dimensions.third(reports, names, ("play", "Newsletter"))
    assert fourth is not None
    found = await asked.find_level(fourth, ("Newsletter",))
    assert (found.method, found.dimension) == ("Events.getCategoryFromNameId", "Event Category")
    assert [row.label for row in (await asked.page(found)).rows] == ["Form", "Video"]


def test_a_column_sorted_by_keeps_its_place_from_a_day_to_a_week() -> None:
    request = ReportRequest(DAY, known("Referrers.getReferrerType"), sort=Sort("nb_uniq_visitors"))
    week = request.asked_by(WEEK)
    assert week.sorted_by == Sort("sum_daily_nb_uniq_visitors")
    assert replace(week, sort=week.sorted_by).asked_by(DAY).sorted_by == Sort("nb_uniq_visitors")
