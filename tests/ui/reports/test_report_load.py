"""The loading state of one request, and that no answer reaches the table of another."""

from __future__ import annotations

import asyncio

from matomo_tui.api.errors import NotMatomo
from matomo_tui.reports.query import OpenedRow, ReportRequest, Sort
from matomo_tui.reports.table import MissingPage
from matomo_tui.ui.reports.report_load import ReportLoad
from matomo_tui.ui.reports.report_pane import ReportPane
from tests.reports.matomo import REPORT, ReportMatomo, loader, query
from tests.ui.reports.reporting import look

REQUEST = ReportRequest(query(), REPORT)
IN_DOCS = REQUEST.below(OpenedRow("docs", 7))
ERROR = NotMatomo("No answer.")


def test_opened_rows_are_loaded_before_those_in_view() -> None:
    load = ReportLoad(REQUEST)
    opened, in_view = MissingPage(IN_DOCS, 0), MissingPage(REQUEST, 100)
    load.opened.append(opened)
    assert load.next_page([in_view]) == opened
    load.mark_loaded(opened)
    assert load.next_page([in_view]) == in_view
    assert load.next_page([]) is None


def test_a_failed_page_waits_until_its_row_is_opened_again() -> None:
    load = ReportLoad(REQUEST)
    below, beside = MissingPage(IN_DOCS, 0), MissingPage(REQUEST, 100)
    load.failed = {below: ERROR, beside: ERROR}
    assert load.next_page([below, beside]) is None
    load.retry_below(("docs",))
    assert load.next_page([below, beside]) == below
    assert load.failed == {beside: ERROR}


def test_a_reload_keeps_the_errors_of_the_rows_shown_and_no_flag() -> None:
    load = ReportLoad(REQUEST, renewal_error=ERROR, comparison_error=ERROR)
    load.is_filling = load.is_interrupted = True
    load.going_to_end_from = 5
    load.failed = {MissingPage(IN_DOCS, 0): ERROR}
    again = load.for_reload()
    assert (again.renewal_error, again.comparison_error) == (ERROR, ERROR)
    assert (again.is_filling, again.is_interrupted, again.going_to_end_from, again.failed) == (False, False, 0, {})


def rows(count: int, first: int = 0) -> list[dict[str, object]]:
    return [{"label": f"page{n}", "nb_hits": 9_000 - n} for n in range(first, first + count)]


async def test_only_the_newest_request_is_drawn() -> None:
    served = ReportMatomo({REPORT.method: rows(3)})
    pane = ReportPane(loader(served))
    async with look(pane, size=(80, 16)) as stage:
        served.gate = asyncio.Event()
        for ascending in (False, True, False, True):
            pane.show(ReportRequest(query(), REPORT, sort=Sort("nb_hits", ascending=ascending)))
            await stage.pilot.pause()
        newest = pane.request
        served.gate.set()
        await stage.settle()
        assert pane.data is not None
        assert pane.data.request == newest
        assert stage.app.lines[2].split()[1] == "page2"


async def test_a_page_for_the_table_before_a_reload_does_not_reach_the_one_after() -> None:
    served = ReportMatomo({REPORT.method: rows(250)})
    pane = ReportPane(loader(served))
    async with look(pane, size=(80, 16)) as stage:
        pane.show(REQUEST)
        await stage.settle()
        old = pane.data
        assert old is not None
        served.gate = asyncio.Event()
        pane.reload()
        await stage.pilot.pause()
        pane.table.move_cursor(120)  # the table before is still on the screen, and wants another page
        pane._load_view()
        await stage.pilot.pause()
        served.gate.set()
        await stage.settle()
        assert pane.data is not None
        assert pane.data is not old
        assert old.loaded == 100
        assert not pane.is_waiting
