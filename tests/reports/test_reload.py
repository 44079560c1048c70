"""A report asked for again looks as it did before, with new figures."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.api.errors import BadRequest
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.reload import MOST_OPENED, reload_table
from matomo_tui.reports.table import TableModel
from tests.recorded import refusal
from tests.reports.matomo import REPORT, ReportMatomo, loader, query

PAGES = "Actions.getPageUrls"
REQUEST = ReportRequest(query(), REPORT)


def row(label: str, hits: int, subtable: int | None = None) -> dict[str, Any]:
    return {"label": label, "nb_hits": hits, **({"idsubdatatable": subtable} if subtable else {})}


def matomo() -> ReportMatomo:
    """250 folders; the 1st has a folder in it, which has a page; the 151st has a page."""
    return ReportMatomo(
        {
            PAGES: [row(f"folder{n}", 900 - n, n + 1) for n in range(250)],
            (PAGES, 1): [row("inner", 5, 500)],
            (PAGES, 500): [row("/deep", 5)],
            (PAGES, 151): [row("/other", 3)],
        }
    )


async def shown(load: ReportLoader) -> TableModel:
    """The first folder and the one in it opened, and the 151st."""
    table = TableModel(REQUEST)
    for offset in (0, 100):
        table.add(await load.page(REQUEST, offset))
    table.set_total(250)
    for line in (150, 0, 1):
        wanted = table.toggle(line)
        assert wanted is not None
        table.add(await load.page(wanted.request))
    return table


def labels(table: TableModel, *lines: int) -> list[str]:
    return ["…" if (line := table.line(number)) is None else line.label for number in lines]


async def test_what_was_opened_is_open_again_with_new_figures() -> None:
    served = matomo()
    load = loader(served)
    before = await shown(load)
    served.tables[PAGES, 500] = [row("/deep", 77), row("/new", 1)]
    asked = len(served.requests)
    page, table = await reload_table(load, before, 140, 180)
    assert labels(table, 0, 1, 2, 3, 4) == ["folder0", "inner", "/deep", "/new", "folder1"]
    assert labels(table, 153, 154, 155) == ["folder150", "/other", "folder151"]
    line = table.line(2)
    assert line is not None
    assert line.value("nb_hits") == 77
    assert (len(table), table.total) == (254, 250)
    assert page.rows[0].label == "folder0"
    # The first page, the one with the other opened row, both opened rows at once, the inner one.
    assert [len(request) for request in served.requests[asked:]] == [1, 1, 2, 1]


async def test_rows_that_moved_are_open_where_they_are_now_and_those_gone_are_not() -> None:
    served = matomo()
    load = loader(served)
    before = await shown(load)
    served.tables[PAGES][0]["nb_hits"] = 896.5
    served.tables[PAGES, 1] = [row("changed", 5)]
    served.tables[PAGES] = [one for one in served.tables[PAGES] if one["label"] != "folder150"]
    _, table = await reload_table(load, before, 0, 40)
    assert labels(table, 0, 3, 4, 5) == ["folder1", "folder0", "changed", "folder4"]
    assert table.opened() == [(3, ("folder0",))]


async def test_what_is_in_sight_far_down_comes_along() -> None:
    load = loader(matomo())
    before = await shown(load)
    _, table = await reload_table(load, before, 230, 260)
    assert labels(table, 252)[0] == "folder249"


async def test_the_report_failing_is_an_error_and_the_rest_is_left_for_when_it_is_wanted() -> None:
    served = matomo()
    load = loader(served)
    before = await shown(load)
    for below in (1, 500, 151):
        del served.tables[PAGES, below]
    rows = served.tables.pop(PAGES)
    served.answers[PAGES] = lambda call: refusal("Busy.") if "idSubtable" in call else rows[:100]
    _, table = await reload_table(load, before, 0, 40)
    assert labels(table, 0, 1, 2) == ["folder0", "…", "folder1"]
    served.answers[PAGES] = refusal("No more.")
    with pytest.raises(BadRequest, match="No more"):
        await reload_table(load, before, 0, 40)


async def test_very_many_opened_rows_are_not_all_opened_again() -> None:
    served = ReportMatomo({PAGES: [row(f"folder{n}", 900 - n, n + 1) for n in range(90)]})
    served.tables |= {(PAGES, n + 1): [row("/in", 1)] for n in range(90)}
    load = loader(served)
    table = TableModel(REQUEST)
    table.add(await load.page(REQUEST))
    for line in range(89, -1, -1):
        wanted = table.toggle(line)
        assert wanted is not None
        table.add(await load.page(wanted.request))
    asked = len(served.requests)
    _, found = await reload_table(load, table, 0, 40)
    assert len(found.opened()) == MOST_OPENED
    assert len(served.requests) - asked == 2


async def test_what_a_search_opened_and_a_person_closed_stays_closed() -> None:
    found = [
        {**row("shop", 9, 1), "subtable": [row("/tent", 2)]},
        {**row("blog", 8, 2), "subtable": [row("/tent-care", 1)]},
    ]
    load = loader(ReportMatomo(Actions__getPageUrls=found))
    request = ReportRequest(query(), REPORT, pattern="tent")
    table = TableModel(request)
    table.add(await load.page(request))
    assert labels(table, 0, 1, 2, 3) == ["shop", "/tent", "blog", "/tent-care"]
    table.toggle(0)
    _, anew = await reload_table(load, table, 0, 10)
    assert labels(anew, *range(len(anew))) == ["shop", "blog", "/tent-care"]


@pytest.mark.parametrize("rows", [3, 250])
async def test_false_figures_leave_no_scale_behind(rows: int) -> None:
    served = matomo()
    good = served.tables[PAGES] = served.tables[PAGES][:rows]
    false = [{**each, "nb_hits": 90_000 if number == 1 else each["nb_hits"]} for number, each in enumerate(good)]
    load = loader(served)
    table = TableModel(REQUEST)
    table.add(await load.page(REQUEST, 0))
    served.tables[PAGES] = false
    _, table = await reload_table(load, table, 0, 20)
    assert table.top("nb_hits") == 90_000
    served.tables[PAGES] = good
    _, table = await reload_table(load, table, 0, 20)
    assert table.top("nb_hits") == 900


async def test_a_false_fraction_leaves_no_decimals_behind() -> None:
    served = matomo()
    good = served.tables[PAGES] = served.tables[PAGES][:3]
    load = loader(served)
    table = TableModel(REQUEST)
    table.add(await load.page(REQUEST, 0))
    served.tables[PAGES] = [{**each, "nb_hits": 0.5} for each in good]
    _, table = await reload_table(load, table, 0, 20)
    assert table.has_fractions("nb_hits")
    served.tables[PAGES] = good
    _, table = await reload_table(load, table, 0, 20)
    assert not table.has_fractions("nb_hits")
