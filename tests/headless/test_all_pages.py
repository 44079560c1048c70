"""All rows of an answer, page by page: nothing twice, nothing missing, only one page at a time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.api.errors import BadRequest, RateLimited
from matomo_tui.api.secret import Secret
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.headless import all_pages, visit_days
from matomo_tui.headless.all_pages import AllPages, PageSize, Params
from matomo_tui.headless.connection import ReadConnection
from tests.headless.paged_matomo import PagedMatomo, paged
from tests.recorded import json_response
from tests.small_matomo import TOKENS, serving

ROWS = [{"label": f"/page-{number}", "nb_hits": number} for number in range(257)]
NOW = 1_795_950_000.0  # 2026-11-29 12:00 in Berlin


@pytest.fixture
def matomo() -> PagedMatomo:
    return PagedMatomo({"Actions.getPageUrls": ROWS})


@pytest.fixture
async def connection(matomo: PagedMatomo, tmp_path: Path) -> AsyncIterator[ReadConnection]:
    with serving(matomo) as address:
        settings = Settings(url=address)
        source = TokenSource(settings, environment=Secret(TOKENS["view"]), folder=tmp_path)
        async with ReadConnection(settings, source) as open_connection:
            yield open_connection


async def every(pages: AllPages) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    async for page in pages.pages():
        found += [(tuple(key for _, key in page.keys), row) for row in page.entries]
    return found


@pytest.mark.parametrize("limit", [1, 10, 256, 257, 258, 1000])
async def test_every_row_comes_once(connection: ReadConnection, matomo: PagedMatomo, limit: int) -> None:
    if limit == 1:
        matomo.tables["Actions.getPageUrls"] = ROWS[:5]
    pages = AllPages(connection, "Actions.getPageUrls", {"idSite": 1, "filter_limit": limit})
    assert [row for _, row in await every(pages)] == matomo.tables["Actions.getPageUrls"]
    assert {form["filter_limit"] for form in matomo.sent} == {str(limit)}


@pytest.mark.parametrize("limit", [10, 1000])
async def test_rows_to_be_skipped_are_skipped_once(connection: ReadConnection, matomo: PagedMatomo, limit: int) -> None:
    params: Params = {"idSite": 1, "filter_limit": limit, "filter_offset": "15"}
    assert [row for _, row in await every(AllPages(connection, "Actions.getPageUrls", params))] == ROWS[15:]


async def test_each_date_skips_as_in_one_answer(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.tables["Actions.getPageUrls"] = {"2026-11-17": ROWS[:9], "2026-11-18": ROWS[:2]}
    params: Params = {"date": "last2", "filter_limit": 3, "filter_offset": "4"}
    found = await every(AllPages(connection, "Actions.getPageUrls", params))
    assert found == [(("2026-11-17",), row) for row in ROWS[4:9]]


async def test_nothing_is_lost_where_rows_cannot_be_skipped(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.answer = lambda form, _: json_response(paged(ROWS, {**form, "filter_offset": "0"}))
    pages = AllPages(connection, "Plugin.getRows", {"filter_limit": 100, "filter_offset": "15"})
    assert [row for _, row in await every(pages)] == ROWS


async def test_pages_grow_with_small_rows(
    connection: ReadConnection, matomo: PagedMatomo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PageSize, "of", classmethod(lambda cls, _: cls(20)))
    assert len(await every(AllPages(connection, "Actions.getPageUrls", {}))) == 257
    assert [form["filter_limit"] for form in matomo.sent] == ["20", "80", "320"]


async def test_dates_and_sites_are_paged_one_by_one(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.tables["Actions.getPageUrls"] = {"2026-11-17": ROWS[:5], "2026-11-18": ROWS[:2], "2026-11-19": ROWS[:3]}
    pages = AllPages(connection, "Actions.getPageUrls", {"idSite": 1, "date": "last3", "filter_limit": 3})
    found = await every(pages)
    assert [row for keys, row in found if keys == ("2026-11-17",)] == ROWS[:5]
    assert [row for keys, row in found if keys == ("2026-11-18",)] == ROWS[:2]
    assert [row for keys, row in found if keys == ("2026-11-19",)] == ROWS[:3]
    assert [form["date"] for form in matomo.sent] == ["last3", "2026-11-17", "2026-11-19"]


@pytest.mark.parametrize(
    ("key", "asked"),
    [("2026-11-02,2026-11-08", "2026-11-02"), ("2026-11", "2026-11-01"), ("2026", "2026-01-01")],
)
async def test_keys_of_longer_periods_become_dates(
    connection: ReadConnection, matomo: PagedMatomo, key: str, asked: str
) -> None:
    matomo.tables["Actions.getPageUrls"] = {key: ROWS[:2]}
    await every(AllPages(connection, "Actions.getPageUrls", {"date": "last2", "filter_limit": 2}))
    assert matomo.sent[1]["date"] == asked


async def test_a_method_that_ignores_the_offset_is_read_at_once(
    connection: ReadConnection, matomo: PagedMatomo
) -> None:
    matomo.answer = lambda form, _: json_response(paged(ROWS, {**form, "filter_offset": "0"}))
    notes: list[str] = []
    pages = AllPages(connection, "Plugin.getRows", {"filter_limit": 100}, on_note=notes.append)
    assert [row for _, row in await every(pages)] == ROWS
    assert notes == ["Plugin.getRows ignores filter_offset: all rows are requested at once."]


async def test_a_method_that_ignores_the_limit_is_asked_once(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.answer = lambda form, _: json_response(ROWS)
    assert len(await every(AllPages(connection, "Plugin.getRows", {"filter_limit": 100}))) == 257
    assert len(matomo.sent) == 1


@pytest.mark.parametrize("answer", [{"nb_visits": 12}, {"value": 3}, []])
async def test_what_is_no_list_is_one_page(connection: ReadConnection, matomo: PagedMatomo, answer: Any) -> None:
    matomo.answer = lambda form, _: json_response(answer)
    assert len(await every(AllPages(connection, "VisitsSummary.get", {}))) == (1 if answer else 0)
    assert len(matomo.sent) == 1


async def test_an_answer_that_is_too_long_is_halved(
    connection: ReadConnection, matomo: PagedMatomo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matomo_tui.api.http.MAX_BODY", 4_000)
    found = await every(AllPages(connection, "Actions.getPageUrls", {"filter_limit": 200}))
    assert [row for _, row in found] == ROWS
    assert [form["filter_limit"] for form in matomo.sent[:2]] == ["200", "100"]


async def test_other_errors_end_it(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.broken[1] = json_response({}, 429)
    with pytest.raises(RateLimited):
        await every(AllPages(connection, "Actions.getPageUrls", {"filter_limit": 100}))
    with pytest.raises(BadRequest, match="is not an API method"):
        await every(AllPages(connection, "nonsense", {}))


async def test_visits_are_read_day_by_day(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.visits = {"2026-11-27": [1, 2, 3, 4, 5], "2026-11-28": [6, 7], "2026-11-29": [8, 9, 10]}
    parts: list[tuple[int, int]] = []
    params: Params = {"idSite": "1", "period": "range", "date": "2026-11-27,2026-11-29", "filter_limit": 2}
    visits = visit_days.visits_by_day(
        connection, params, now=lambda: NOW, on_part=lambda number, of: parts.append((number, of))
    )
    found = [visit["idVisit"] async for page in visits for visit in page]
    assert found == [8, 9, 10, 6, 7, 1, 2, 3, 4, 5]
    assert parts == [(1, 3), (2, 3), (3, 3)]
    asked = [(form["period"], form["date"]) for form in matomo.sent if form["method"] == visit_days.METHOD]
    assert set(asked) == {("range", f"2026-11-{day},2026-11-{day}") for day in (27, 28, 29)}


async def test_today_is_that_of_the_servers_clock(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.visits = {"2026-11-28": [6, 7], "2026-11-29": [8]}
    ours = time.time()
    matomo.clock = lambda: ours - 5 * 86_400
    params: Params = {"idSite": "1", "period": "day", "date": "today"}
    visits = visit_days.visits_by_day(connection, params, now=lambda: NOW + 5 * 86_400)
    assert [visit["idVisit"] async for page in visits for visit in page] == [8, 6, 7]


async def test_visits_to_be_skipped_are_those_of_the_first_days(
    connection: ReadConnection, matomo: PagedMatomo
) -> None:
    matomo.visits = {"2026-11-27": [1, 2, 3, 4, 5], "2026-11-28": [6, 7], "2026-11-29": [8, 9, 10]}
    params: Params = {"idSite": "1", "period": "range", "date": "2026-11-27,2026-11-29", "filter_limit": 2}
    visits = visit_days.visits_by_day(connection, {**params, "filter_offset": "4"}, now=lambda: NOW)
    assert [visit["idVisit"] async for page in visits for visit in page] == [7, 1, 2, 3, 4, 5]


async def test_a_visit_pushed_into_the_next_page_comes_once(connection: ReadConnection, matomo: PagedMatomo) -> None:
    matomo.visits = {"2026-11-29": [5, 4, 3, 2, 1]}
    params: Params = {"idSite": "1", "period": "range", "date": "2026-11-29,2026-11-29", "filter_limit": 2}
    found: list[int] = []
    async for page in visit_days.visits_by_day(connection, params, now=lambda: NOW):
        found += [visit["idVisit"] for visit in page]
        if len(found) == 2:
            matomo.visits["2026-11-29"].insert(0, 6)
    assert found == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("period", "text", "first", "last", "days"),
    [
        ("day", "today", "2026-11-28", "2026-11-29", 2),  # as Matomo does
        ("day", "yesterday", "2026-11-28", "2026-11-28", 1),
        ("day", "2026-11-25", "2026-11-25", "2026-11-25", 1),
        ("day", "2026-11-25,2026-11-27", "2026-11-25", "2026-11-27", 3),
        ("day", "last3", "2026-11-27", "2026-11-29", 3),
        ("range", "previous3", "2026-11-26", "2026-11-28", 3),
        ("week", "2026-11-25", "2026-11-23", "2026-11-29", 7),
        ("week", "last2", "2026-11-16", "2026-11-29", 14),
        ("month", "2026-11-03", "2026-11-01", "2026-11-29", 29),
        ("month", "2026-10-30,2026-11-02", "2026-10-01", "2026-11-29", 60),
        ("range", "2026-11-28,today", "2026-11-28", "2026-11-29", 2),
        ("range", "2026-11-28,2026-12-24", "2026-11-28", "2026-11-29", 2),
    ],
)
def test_days_of_a_period(period: str, text: str, first: str, last: str, days: int) -> None:
    found = visit_days.days_of({"period": period, "date": text}, date(2026, 11, 29))
    assert found is not None
    assert (str(found[-1]), str(found[0]), len(found)) == (first, last, days)


@pytest.mark.parametrize(("period", "text"), [("", "today"), ("day", ""), ("day", "soon"), ("century", "today")])
def test_what_is_no_period_is_left_to_the_server(period: str, text: str) -> None:
    assert visit_days.days_of({"period": period, "date": text}, date(2026, 11, 29)) is None


def test_sites_are_several_only_if_asked_for() -> None:
    assert all_pages.asks_for_sites({"idSite": "1,2"})
    assert all_pages.asks_for_sites({"idSite": "all"})
    assert not all_pages.asks_for_sites({"idSite": "12"})
