"""The loader: one request at a time, nothing twice, given up when nobody waits, never sooner than it can be new."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from matomo_tui.api import annotations as notes
from matomo_tui.api import reports, visits_summary
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, MatomoError, TimedOut, TokenRejected
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, OpenedRow, ReportRequest, Sort
from matomo_tui.reports.whole_levels import limit_words, written_words
from tests.recorded import load, refusal
from tests.reports.matomo import NOW, REPORT, TODAY, Hands, LongMatomo, ReportMatomo, catalogue, loader, query, rows

TODAY_QUERY = query(period=Period.containing("day", TODAY))


def pages(count: int = 250, **answers: Any) -> ReportMatomo:
    return ReportMatomo({"Actions.getPageUrls": rows(count)}, **answers)


REQUEST = ReportRequest(query(), REPORT)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_page_at_a_time_and_the_end_is_known() -> None:
    load_ = loader(pages(250))
    first, last = await load_.page(REQUEST), await load_.page(REQUEST, 200)
    assert (len(first.rows), first.complete, len(last.rows), last.complete) == (100, False, 50, True)
    assert (first.rows[0].label, last.rows[-1].label) == ("/page/000000", "/page/000249")


async def test_only_what_is_shown_is_asked_for_sorted_by_the_server() -> None:
    matomo = pages()
    await loader(matomo).page(replace(REQUEST, sort=Sort("nb_hits", ascending=True), pattern="page/1"), 100)
    (call,) = matomo.calls
    assert call["showColumns"].split(",")[:4] == ["label", "nb_hits", "bounce_rate", "bounce_count"]
    assert (call["filter_sort_column"], call["filter_sort_order"]) == ("nb_hits", "asc")
    assert (call["filter_limit"], call["filter_offset"]) == ("100", "100")
    assert call["filter_pattern_recursive"] == "page/1"


async def test_a_rate_that_reports_do_not_send_is_asked_to_be_sorted_by() -> None:
    matomo = pages()
    await loader(matomo).page(replace(REQUEST, sort=Sort("bounce_rate")))
    assert matomo.calls[0]["filter_add_columns_when_show_all_columns"] == "1"


CAMPAIGNS = [
    {"label": "brand", "nb_visits": 3},
    {"label": "news", "nb_visits": 2, "nb_conversions": 1, "revenue": 0},
    {"label": "sale", "nb_visits": 1},
    {"label": "spring", "nb_visits": 1, "nb_conversions": 2, "revenue": 289.4},
]
"""As 5.0.2 and 5.8.0 answer: rows without a conversion have neither conversions nor revenue."""


def campaigns(sort: Sort, **more: Any) -> ReportRequest:
    report = catalogue().get("Referrers_getCampaigns")
    assert report is not None
    return ReportRequest(query(), report, sort=sort, columns=("nb_visits", "nb_conversions", "revenue"), **more)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize(
    ("sort", "labels"),
    [
        (Sort("revenue"), ["spring", "brand", "news", "sale"]),
        (Sort("revenue", ascending=True), ["brand", "news", "sale", "spring"]),
        (Sort("nb_conversions"), ["spring", "news", "brand", "sale"]),
        (Sort("nb_conversions", ascending=True), ["brand", "sale", "news", "spring"]),
    ],
)
async def test_rows_without_a_conversion_have_0_in_the_order(sort: Sort, labels: list[str], flat: bool) -> None:
    matomo = ReportMatomo({"Referrers.getCampaigns": CAMPAIGNS})
    load_, request = loader(matomo), campaigns(sort, flat=flat)
    assert [row.label for row in (await load_.page(request)).rows] == labels
    first = await load_.page(request, 0, 1)
    assert ([row.label for row in first.rows], first.complete, first.total) == (labels[:1], False, 4)
    assert [[row.label for row in part] async for part in load_.rows(request)] == [labels]
    assert len(matomo.requests) == 2, "a page and the export: parts of the level are cut from one answer"
    assert (await load_.whole_row(request, 0, "spring")) is not None


async def test_of_a_level_too_long_to_be_ordered_here_the_rest_follows_and_the_page_says_so() -> None:
    table = [{"label": f"{n:04}", "nb_visits": 5000 - n, **({"revenue": n} if n % 2 else {})} for n in range(2150)]
    matomo = ReportMatomo({"Referrers.getCampaigns": table})
    load_, request = loader(matomo), campaigns(Sort("revenue"))
    first, last, rest = await load_.page(request), await load_.page(request, 1900), await load_.page(request, 2100)
    assert [row.label for row in first.rows[:2]] == ["1999", "1997"]
    assert (first.among, first.complete, first.total, last.complete) == (2000, False, None, False)
    assert [row.label for row in rest.rows] == [f"{n}" for n in range(2100, 2150)]
    assert (rest.complete, rest.among) == (True, 2000), "the rest is no less without an order than the beginning"
    assert (await load_.page(request, 2200)).among is None
    assert await load_.count_rows(request, 100) == 2150
    exported = [row.label async for part in load_.rows(request) for row in part]
    assert (len(set(exported)), exported[0], exported[2000]) == (2150, "1999", "2000")


async def test_the_order_of_products_by_revenue_is_asked_by_name() -> None:
    products = catalogue().get("Goals_getItemsName")
    assert products is not None
    matomo = ReportMatomo({"Goals.getItemsName": [{"label": "lamp", "revenue": 3}]})
    await loader(matomo).page(ReportRequest(query(), products, sort=Sort("revenue")))
    assert matomo.calls[0]["filter_sort_column"] == "revenue"


async def test_the_same_is_not_asked_twice() -> None:
    matomo = pages()
    load_ = loader(matomo)
    assert await load_.page(REQUEST) == await load_.page(REQUEST)
    assert len(matomo.requests) == 1
    assert load_.cached_page(REQUEST) is not None
    assert load_.cached_page(REQUEST, 100) is None


@pytest.mark.parametrize(("asked", "lasts"), [(TODAY_QUERY, REBUILT_EVERY), (query(), 6 * 3600.0)])
async def test_nothing_is_asked_again_before_it_can_be_new(asked: Any, lasts: float) -> None:
    matomo, hands = pages(), Hands()
    load_ = loader(matomo, hands)
    request = ReportRequest(asked, REPORT)
    page = await load_.page(request)
    assert page.growing == (asked is TODAY_QUERY)
    hands.at += lasts - 1
    await load_.page(request)
    assert len(matomo.requests) == 1
    assert load_.age(page.asked_at) == lasts - 1
    hands.at += 1
    await load_.page(request)
    assert len(matomo.requests) == 2


async def test_r_asks_again_and_a_clock_set_back_does_not_keep_old_figures_for_ever() -> None:
    matomo, hands = pages(), Hands()
    load_ = loader(matomo, hands)
    await load_.page(REQUEST)
    await load_.page(REQUEST, reload=True)
    assert len(matomo.requests) == 2
    hands.at -= 1_000_000
    await load_.page(REQUEST)
    assert len(matomo.requests) == 3


async def test_one_request_at_a_time_and_identical_ones_once() -> None:
    matomo = pages()
    matomo.gate = asyncio.Event()
    load_ = loader(matomo)
    tasks = [asyncio.create_task(load_.page(REQUEST, offset)) for offset in (0, 0, 100, 0, 200)]
    await settle()
    assert len(matomo.requests) == 1
    matomo.gate.set()
    found = await asyncio.gather(*tasks)
    assert (matomo.most_at_once, len(matomo.requests)) == (1, 3)
    assert found[0] == found[1] == found[3]


async def test_moving_on_gives_a_request_up_unless_somebody_else_waits() -> None:
    matomo = pages()
    matomo.gate = asyncio.Event()
    load_ = loader(matomo)
    one, other = (asyncio.create_task(load_.page(REQUEST)) for _ in range(2))
    await settle()
    one.cancel()
    await settle()
    assert matomo.cancelled == 0
    other.cancel()
    await settle()
    assert matomo.cancelled == 1
    matomo.gate.set()
    assert len((await load_.page(REQUEST)).rows) == 100  # the next one has its turn


async def test_who_runs_through_many_days_does_not_have_the_server_work_at_all_of_them() -> None:
    """A server goes on with what was given up."""
    matomo = pages()
    matomo.gate = asyncio.Event()
    load_ = loader(matomo)
    days = [replace(REQUEST, query=query(period=Period.containing("day", date(2026, 11, n)))) for n in range(1, 21)]
    for day in days[:-1]:
        task = asyncio.create_task(load_.page(day))
        await settle()
        task.cancel()
        await settle()
    assert len(matomo.requests) == 1
    matomo.gate.set()
    assert len((await load_.page(days[-1])).rows) == 100
    assert [call["date"] for call in matomo.calls] == ["2026-11-01", "2026-11-20"]


async def test_a_waiting_request_that_is_given_up_is_never_sent() -> None:
    matomo = pages()
    matomo.gate = asyncio.Event()
    load_ = loader(matomo)
    first = asyncio.create_task(load_.page(REQUEST))
    second = asyncio.create_task(load_.page(REQUEST, 100))
    await settle()
    second.cancel()
    await settle()
    matomo.gate.set()
    await first
    assert len(matomo.requests) == 1


async def test_an_error_is_told_to_all_who_wait_and_not_kept() -> None:
    answers: list[Any] = [TimedOut("slow"), rows(3)]
    matomo = ReportMatomo(Actions__getPageUrls=lambda call: answers.pop(0))
    load_ = loader(matomo)
    found = await asyncio.gather(*(load_.page(REQUEST) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [TimedOut] * 3
    assert len((await load_.page(REQUEST)).rows) == 3


async def test_after_a_rejected_token_nothing_is_sent_any_more() -> None:
    matomo = ReportMatomo(Actions__getPageUrls=TokenRejected("no"))
    load_ = loader(matomo)
    for _ in range(3):
        with pytest.raises(TokenRejected):
            await load_.page(REQUEST)
    assert len(matomo.requests) == 1


async def test_both_periods_come_in_one_request() -> None:
    matomo = ReportMatomo(
        {
            ("Actions.getPageUrls", "2026-11-22"): rows(3),
            ("Actions.getPageUrls", "2026-11-21"): [{"label": "/page/000001", "nb_hits": 9}],
        }
    )
    page = await loader(matomo).page(ReportRequest(query(comparison=Comparison.PREVIOUS), REPORT))
    assert [len(request) for request in matomo.requests] == [2]
    assert page.before is not None
    assert page.before["/page/000001"].values["nb_hits"] == 9
    assert page.before_complete


async def test_a_failed_comparison_does_not_take_the_report_with_it() -> None:
    def answer(call: dict[str, str]) -> Any:
        return rows(2) if call["date"] == "2026-11-22" else refusal("too old")

    page = await loader(ReportMatomo(Actions__getPageUrls=answer)).page(
        ReportRequest(query(comparison=Comparison.PREVIOUS), REPORT)
    )
    assert (len(page.rows), page.before, page.before_complete) == (2, None, False)
    assert isinstance(page.before_error, MatomoError)


async def test_a_row_is_compared_with_what_was_below_it_then() -> None:
    matomo = ReportMatomo(
        {("Actions.getPageUrls", 5): [{"label": "/a", "nb_hits": 3}], ("Actions.getPageUrls", 2): rows(1)}
    )
    compared = ReportRequest(query(comparison=Comparison.PREVIOUS), REPORT)
    load_ = loader(matomo)
    await load_.page(compared.below(OpenedRow("docs", 5, before=2)))
    assert [(call["date"], call["idSubtable"]) for call in matomo.calls] == [("2026-11-22", "5"), ("2026-11-21", "2")]
    new = await load_.page(compared.below(OpenedRow("new", 5, before=0)), reload=True)
    assert len(matomo.requests[-1]) == 1
    assert (new.before, new.before_complete) == ({}, True)
    unknown = await load_.page(compared.below(OpenedRow("docs", 5)), reload=True)
    assert (unknown.before, unknown.before_complete) == (None, False)


async def test_an_overview_is_one_request_with_its_own_errors() -> None:
    found = catalogue()
    requests = [ReportRequest(query(), report) for report in found.pane("visits")]
    recorded = {exchange.method: exchange.json for topic in ("visits", "more") for exchange in reversed(load(topic))}
    matomo = ReportMatomo(VisitsSummary__get=load("visits")[0].json, VisitFrequency__get=recorded["VisitFrequency.get"])
    pages_ = await loader(matomo).pages(requests)
    assert len(matomo.requests) == 1
    assert [type(page) for page in pages_] == [ReportPage, ReportPage, BadRequest, BadRequest, BadRequest, BadRequest]
    assert pages_[0].only.values["nb_visits"] == 81  # type: ignore[union-attr]


async def test_what_is_empty_is_asked_why() -> None:
    matomo = ReportMatomo({"Actions.getPageUrls": []}, VisitsSummary__get={"nb_visits": 7})
    load_ = loader(matomo)
    assert (await load_.page(REQUEST)).visits == 7
    matomo.answers["VisitsSummary.get"] = {"nb_visits": 8}
    assert (await load_.page(REQUEST, reload=True)).visits == 8
    assert (await load_.page(replace(REQUEST, pattern="x"))).visits is None
    refused = loader(ReportMatomo({"Actions.getPageUrls": []}))
    assert (await refused.page(REQUEST)).visits is None


async def test_an_evolution_has_every_period_also_those_without_figures() -> None:
    report = catalogue().get("VisitsSummary_get")
    assert report is not None
    exchange = next(e for e in load("visits") if e.params["date"] == "last7" and e.method == "VisitsSummary.get")
    answer = {key: value for key, value in exchange.json.items() if key != "2026-11-20"}
    matomo = ReportMatomo(VisitsSummary__get=answer)
    request = ReportRequest(TODAY_QUERY, report)
    series = await loader(matomo).evolution(request, ["nb_visits", "bounce_rate"], points=7)
    assert (matomo.calls[0]["date"], matomo.calls[0]["period"]) == ("2026-11-17,2026-11-23", "day")
    assert series.values("nb_visits") == (85, 69, 72, None, 61, 81, 128)
    assert [period.first.day for period, _ in series.points] == [17, 18, 19, 20, 21, 22, 23]
    rates = series.values("bounce_rate")
    assert rates[0] == pytest.approx(0.42)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("nb_hits", (1, 0, 0, 9, 0)),
        ("avg_time_on_page", (15, None, None, 20, None)),
        ("bounce_rate", (0, None, None, 0.5, None)),
        ("nb_unknown", (None, None, None, None, None)),
    ],
)
async def test_a_day_without_the_row_has_none_of_its_hits(column: str, values: tuple[float | None, ...]) -> None:
    """Matomo's own minimum is 0 here, and of several rows it sends zeros."""
    there: dict[str, float] = {"nb_hits": 1, "bounce_rate": 0, "avg_time_on_page": 15}
    later = {"nb_hits": 9, "bounce_rate": 0.5, "avg_time_on_page": 20}
    days: dict[str, list[dict[str, float]]] = {f"2026-11-{day}": [] for day in range(19, 24)}
    days |= {"2026-11-19": [there], "2026-11-22": [later]}
    metrics = {"nb_hits": {"name": "Pageviews", "min": 0, "max": 9}}
    answer = {"label": "shop.example/a", "reportData": days, "metadata": {"metrics": metrics}}
    pages = catalogue().get("Actions_getPageUrls")
    assert pages is not None
    matomo = ReportMatomo(
        API__getRowEvolution=answer, VisitsSummary__get={key: rows[0] if rows else [] for key, rows in days.items()}
    )
    (row,) = await loader(matomo).row_evolution(ReportRequest(TODAY_QUERY, pages), [("a",)], column, points=5)
    assert row.values == values
    summary = catalogue().get("VisitsSummary_get")
    assert summary is not None
    series = await loader(matomo).evolution(ReportRequest(TODAY_QUERY, summary), points=5)
    assert series.values(column) == values


async def test_figures_from_before_midnight_are_not_those_of_the_whole_day_after_it() -> None:
    summary = catalogue().get("VisitsSummary_get")
    channels = catalogue().get("Referrers_getReferrerType")
    assert summary is not None
    assert channels is not None
    hands, day = Hands(), [TODAY]
    matomo = ReportMatomo(
        {"Actions.getPageUrls": rows(3)},
        VisitsSummary__get={"2026-11-22": {"nb_visits": 7}, "2026-11-23": {"nb_visits": 3}},
        API__getRowEvolution={"reportData": {"2026-11-22": [{"nb_visits": 7}], "2026-11-23": [{"nb_visits": 3}]}},
    )
    loader_ = ReportLoader(Client(matomo, now=hands), lambda site: day[0], now=hands)

    async def growing() -> list[bool]:
        page = await loader_.page(replace(REQUEST, query=TODAY_QUERY))
        series = await loader_.evolution(ReportRequest(TODAY_QUERY, summary), points=2)
        (row,) = await loader_.row_evolution(ReportRequest(TODAY_QUERY, channels), [("a",)], "nb_visits", points=2)
        return [page.growing, series.growing, row.growing]

    assert await growing() == [True] * 3
    asked = len(matomo.calls)
    hands.at, day[0] = NOW + 180, TODAY + timedelta(days=1)
    assert await growing() == [True] * 3, "the same answers, which lack the last minutes of the day"
    assert len(matomo.calls) == asked
    hands.at = NOW + REBUILT_EVERY
    assert await growing() == [False] * 3
    assert len(matomo.calls) == 2 * asked


async def test_figures_of_a_comparison_period_that_is_not_over_are_asked_for_again() -> None:
    visits, hands = {"2026-11-22": 5000, "2026-11-23": 100}, Hands()
    matomo = ReportMatomo(VisitsSummary__get=lambda call: {"nb_visits": visits[call["date"]]})
    summary = catalogue().get("VisitsSummary_get")
    assert summary is not None
    load_ = loader(matomo, hands)
    request = ReportRequest(query(comparison=Comparison.OWN, own=Period.containing("day", TODAY)), summary)
    page = await load_.page(request)
    assert (page.growing, page.before_growing, page.any_growing) == (False, True, True)
    visits["2026-11-23"] = 250
    hands.at += REBUILT_EVERY
    page = await load_.page(request)
    assert page.only_before is not None
    assert page.only_before.values["nb_visits"] == 250
    assert len(matomo.calls) == 3, "the day before is over"


async def test_anything_else_waits_its_turn_too() -> None:
    matomo = ReportMatomo(VisitsSummary__get={"nb_visits": 3})
    load_ = loader(matomo)
    call = visits_summary.get(1, "day", "today")
    assert (await load_.request(call)).nb_visits == 3
    await load_.request(call)
    assert len(matomo.requests) == 2
    await load_.request(call, query())
    await load_.request(call, query())
    assert len(matomo.requests) == 3
    with pytest.raises(ValueError, match="through the client"):
        await load_.request(notes.add(1, "2026-11-20", "x"))


async def test_more_rows_than_asked_for_are_all_there_are() -> None:
    matomo = ReportMatomo(Actions__getPageUrls=rows(1500))
    page = await loader(matomo).page(REQUEST)
    assert (len(page.rows), page.complete) == (1500, True)
    assert [len(page) async for page in loader(matomo).rows(REQUEST)] == [1500]


async def test_reloaded_nothing_old_is_mixed_with_what_is_new() -> None:
    matomo = ReportMatomo({"Actions.getPageUrls": rows(250), ("Actions.getPageUrls", 7): rows(3)})
    load_ = loader(matomo)
    below = REQUEST.below(OpenedRow("docs", 7))
    yesterday = replace(REQUEST, query=query(period=Period.containing("day", date(2026, 11, 21))))
    for asked in (REQUEST, yesterday, below, replace(REQUEST, sort=Sort("label"))):
        await load_.page(asked)
    await load_.page(REQUEST, 100)
    await load_.page(REQUEST, reload=True)
    assert load_.cached_page(REQUEST) is not None
    assert load_.cached_page(REQUEST, 100) is None
    assert load_.cached_page(below) is None
    assert load_.cached_page(replace(REQUEST, sort=Sort("label"))) is None
    assert load_.cached_page(yesterday) is not None


async def test_a_reload_that_fails_costs_nothing_that_is_kept() -> None:
    matomo = pages()
    load_ = loader(matomo)
    for offset in (0, 100):
        await load_.page(REQUEST, offset)
    matomo.tables.clear()
    matomo.answers["Actions.getPageUrls"] = TimedOut("slow")
    with pytest.raises(TimedOut):
        await load_.page(REQUEST, reload=True)
    assert [load_.cached_page(REQUEST, offset) is not None for offset in (0, 100)] == [True, True]


async def test_far_down_a_long_report_not_all_of_the_period_before_is_looked_through() -> None:
    matomo = LongMatomo(200_000)
    load_ = loader(matomo)
    compared = ReportRequest(query(comparison=Comparison.PREVIOUS), REPORT)
    for offset in (0, 100, 300, 900, 5_000, 199_900):
        page = await load_.page(compared, offset)
    earlier = [int(call["filter_limit"]) for call in matomo.calls if call["date"] == "2026-11-21"]
    assert earlier == [500, 2000]  # each once
    assert not page.before_complete


@pytest.mark.parametrize("comparison", [Comparison.NONE, Comparison.PREVIOUS])
async def test_a_level_that_is_loaded_whole_and_outweighs_the_cache_is_asked_once(comparison: Comparison) -> None:
    matomo = ReportMatomo({"Referrers.getCampaigns": [{"label": f"{n}", "nb_visits": n} for n in range(900)]})
    load_, request = loader(matomo, most_rows=500), campaigns(Sort("revenue"))
    request = replace(request, query=request.query.compared(comparison))
    for offset in range(0, 900, 100):
        assert len((await load_.page(request, offset)).rows) == 100
    assert len(matomo.requests) == 1


async def test_all_rows_come_page_by_page_past_the_cache() -> None:
    matomo = pages(2500)
    load_ = loader(matomo)
    found = [len(page) async for page in load_.rows(REQUEST)]
    assert found == [1000, 1000, 500]
    assert load_.cached_page(REQUEST, 0, 1000) is None
    assert [len(page) async for page in load_.rows(replace(REQUEST, pattern="nothing"))] == [0]


async def test_the_cache_is_bounded_by_rows() -> None:
    matomo = pages(100_000)
    load_ = loader(matomo, most_rows=500)
    for offset in range(0, 2000, 100):
        await load_.page(REQUEST, offset)
    assert [load_.cached_page(REQUEST, offset) is not None for offset in (0, 1400, 1500, 1900)] == [
        False,
        False,
        True,
        True,
    ]


async def test_of_another_period_site_segment_or_level_nothing_is_mixed_up() -> None:
    seen: list[tuple[str, ...]] = []

    def answer(call: dict[str, str]) -> Any:
        seen.append((call["idSite"], call["date"], call.get("segment", ""), call.get("idSubtable", "")))
        return rows(1)

    load_: ReportLoader = loader(ReportMatomo(Actions__getPageUrls=answer))
    other_day = query(period=Period.containing("day", date(2026, 11, 1)))
    for request in (
        REQUEST,
        replace(REQUEST, query=other_day),
        replace(REQUEST, query=query(segment="countryCode==de")),
        REQUEST.below(OpenedRow("a", 4)),
        replace(REQUEST, flat=True),
    ):
        await load_.page(request)
    assert len(seen) == 5


async def test_an_answer_of_another_shape_is_an_error_in_place() -> None:
    with pytest.raises(MatomoError):
        await loader(ReportMatomo(Actions__getPageUrls=["what"])).page(REQUEST)
    assert reports.table_of(b"[]").rows == ()


async def test_a_row_evolves_and_several_in_one_request() -> None:
    exchange = next(
        e for e in load("more") if e.method == "API.getRowEvolution" and e.params["apiModule"] == "Referrers"
    )
    websites = catalogue().get("Referrers_getWebsites")
    assert websites is not None
    matomo = ReportMatomo(API__getRowEvolution=exchange.json)
    request = ReportRequest(TODAY_QUERY, websites)
    (series,) = await loader(matomo).row_evolution(request, [("blog.partner.example",)], "nb_visits", points=14)
    assert series.values == tuple(rows_[0]["nb_visits"] for rows_ in exchange.json["reportData"].values())
    assert [str(period.first) for period in series.periods] == list(exchange.json["reportData"])
    assert "column" not in matomo.calls[0]
    both = {"reportData": {"2026-11-22": [{"nb_visits_0": 1, "nb_visits_1": 2}], "2026-11-23": []}}
    matomo = ReportMatomo(API__getRowEvolution=both)
    first, second = await loader(matomo).row_evolution(request, [("a",), ("b", "c")], "nb_visits", points=2)
    assert (first.values, second.values) == ((1, 0), (2, 0))
    assert matomo.calls[0]["label"] == "a,b > c"


GOALS_OVER_TIME = {
    "nb_visits": 52,
    "revenue_per_visit": 44.85,
    "goal_1_conversion_rate": 0.0192,
    "goal_1_nb_conversions": 1,
    "goal_1_revenue_per_visit": 0.05,
    "goal_1_revenue": 2.5,
    "goal_ecommerceOrder_conversion_rate": 0.1154,
    "goal_ecommerceOrder_nb_conversions": 6,
    "goal_ecommerceOrder_revenue_per_visit": 44.82,
    "goal_ecommerceOrder_revenue": 2330.7,
}
"""What 5.0.2 and 5.8.0 answer of a row for the goal ``0``; they have no columns of goals if they are not asked for."""
OWN_OVER_TIME = {"nb_visits": 52, "nb_actions": 220, "nb_actions_per_visit": 4.2, "bounce_rate": 0.29}
CART_OVER_TIME = {
    "nb_visits": 52,
    "revenue_per_visit": 44.85,
    "goal_ecommerceAbandonedCart_nb_conversions": 5,
    "goal_ecommerceAbandonedCart_revenue": 1814.3,
}


def goals_over_time(call: dict[str, str]) -> Any:
    row = {"": OWN_OVER_TIME, "0": GOALS_OVER_TIME, "ecommerceAbandonedCart": CART_OVER_TIME}
    days = {"2026-11-22": [], "2026-11-23": [row[call.get("showGoalMetricsForGoal", "")]]}
    return {"label": call["label"], "reportData": days, "metadata": {}}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("nb_visits", (0, 52)),
        ("nb_conversions", (0, 7)),
        ("revenue", (0, 2333.2)),
        ("revenue_per_visit", (None, 2333.2 / 52)),
        ("goal_1_nb_conversions", (0, 1)),
        ("goal_1_revenue", (0, 2.5)),
        ("goal_ecommerceOrder_nb_conversions", (0, 6)),
        ("goal_ecommerceOrder_conversion_rate", (None, 6 / 52)),
        ("goal_ecommerceAbandonedCart_revenue", (0, 1814.3)),
        ("goal_9_nb_conversions", (None, None)),
        ("conversion_rate", (None, None)),
    ],
)
async def test_the_goals_of_a_row_over_time_are_asked_for_and_what_is_not_sent_is_not_0(
    column: str, values: tuple[float | None, ...]
) -> None:
    channels = catalogue().get("Referrers_getReferrerType")
    assert channels is not None
    matomo = ReportMatomo(API__getRowEvolution=goals_over_time)
    request = ReportRequest(TODAY_QUERY, channels)
    loader_ = loader(matomo)
    (row,) = await loader_.row_evolution(request, [("Direct Entry",)], column, points=2)
    assert row.values == pytest.approx(values)
    await loader_.row_evolution(request, [("Direct Entry",)], "goal_1_nb_conversions", points=2)
    assert len(matomo.calls) <= 2, "one answer has all goals and orders"


async def test_of_several_rows_the_goals_come_in_one_request_too() -> None:
    channels = catalogue().get("Referrers_getReferrerType")
    assert channels is not None
    matomo = ReportMatomo(API__getRowEvolution=goals_over_time)
    request = ReportRequest(TODAY_QUERY, channels)
    found = await loader(matomo).row_evolution(request, [("Direct Entry",), ("Websites",)], "revenue", points=2)
    assert [row.values for row in found] == [pytest.approx((0, 2333.2))] * 2
    assert len(matomo.requests) == 1
    assert [(call["label"], call.get("column")) for call in matomo.calls] == [
        ("Direct%20Entry", None),
        ("Websites", None),
    ]


@pytest.mark.parametrize(
    ("method", "label", "labels"),
    [
        ("Referrers.getCampaigns", "sale - video", ["sale > video"]),
        ("Referrers.getCampaigns", "sale - new - video", ["sale > new%20-%20video", "sale%20-%20new > video"]),
        ("Contents.getContentPieces", "a.jpg - Banner", ["a.jpg > Banner"]),
        ("Referrers.getKeywords", " - Google", ["Keyword%20not%20defined > Google"]),
        ("Referrers.getSocials", "Mastodon - https://a.example", ["Mastodon%20-%20https%3A%2F%2Fa.example"]),
    ],
)
async def test_a_flat_row_evolves_by_the_labels_under_which_matomo_finds_it(
    method: str, label: str, labels: list[str]
) -> None:
    def answer(call: dict[str, str]) -> Any:
        is_known = call["label"] == labels[-1] and ("flat" in call) == (" > " not in call["label"])
        days = {"2026-11-22": [], "2026-11-23": [{"nb_visits": 4, "nb_impressions": 4}] if is_known else []}
        return {"label": label, "reportData": days, "metadata": {}}

    report = catalogue().find(method)
    assert report is not None
    matomo = ReportMatomo(API__getRowEvolution=answer)
    column = "nb_impressions" if "Contents" in method else "nb_visits"
    request = ReportRequest(TODAY_QUERY, report, flat=True)
    (row,) = await loader(matomo).row_evolution(request, [(label,)], column, points=2)
    assert row.values == (0, 4)
    assert [call["label"] for call in matomo.calls] == labels
    assert len(matomo.requests) == 1


async def test_opened_rows_are_found_again_in_another_period() -> None:
    many = [{"label": f"/{n}", "nb_hits": 900 - n} for n in range(150)]
    matomo = ReportMatomo(
        {
            "Actions.getPageUrls": [*many, {"label": "docs", "nb_hits": 1, "idsubdatatable": 7}],
            ("Actions.getPageUrls", 7): [{"label": "api", "nb_hits": 1, "idsubdatatable": 8}],
        }
    )
    load_ = loader(matomo)
    found = await load_.find_level(REQUEST, ["docs", "api"])
    assert found.path == (OpenedRow("docs", 7), OpenedRow("api", 8))
    assert (await load_.find_level(REQUEST, ["docs", "gone", "api"])).path == (OpenedRow("docs", 7),)
    assert (await load_.find_level(REQUEST, [])).path == ()


async def test_a_broken_connection_leaves_what_is_kept_of_an_overview() -> None:
    found = catalogue()
    summary, frequency = (found.get(name) for name in ("VisitsSummary_get", "VisitFrequency_get"))
    assert summary is not None
    assert frequency is not None
    matomo = ReportMatomo(VisitsSummary__get={"nb_visits": 3}, VisitFrequency__get=TimedOut("slow"))
    load_ = loader(matomo)
    await load_.page(ReportRequest(query(), summary))
    pages_ = await load_.pages([ReportRequest(query(), summary), ReportRequest(query(), frequency)])
    assert [type(page) for page in pages_] == [ReportPage, TimedOut]


LENGTHS = [
    {"label": f"{label} page{'s' * (label != '1')}", "nb_visits": visits}
    for label, visits in zip(
        ("1", "2", "3", "4", "5", "6-7", "8-10", "21+"), (40, 15, 7, 16, 9, 21, 12, 0), strict=True
    )
]


class FixedMatomo(ReportMatomo):
    """Its fixed rows as those of 5.0.2 and 5.8.0: in their own order whatever is asked for, cut and searched before
    they have it and their names; a rate to sort by drops those without visits."""

    def _answer(self, call: dict[str, str]) -> Any:
        if "filter_pattern" in call:
            return []
        found = [row for row in LENGTHS if row["nb_visits"] or "filter_add_columns_when_show_all_columns" not in call]
        limit = int(call["filter_limit"])
        most = sorted(found, key=lambda row: -int(row["nb_visits"]))[:limit]  # type: ignore[call-overload]
        return [row for row in found if row in most]


def fixed(**changes: Any) -> ReportRequest:
    report = catalogue().find("VisitorInterest.getNumberOfVisitsPerPage")
    assert report is not None
    assert report.constant_rows
    return ReportRequest(query(), report, **changes)


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({}, "1 2 3 4 5 6-7 8-10 21+"),
        ({"sort": Sort("nb_visits")}, "1 6-7 4 2 8-10 5 3 21+"),
        ({"sort": Sort("nb_visits", ascending=True)}, "21+ 3 5 8-10 2 4 6-7 1"),
        ({"sort": Sort("label", ascending=True)}, "1 2 3 4 5 6-7 8-10 21+"),
        ({"sort": Sort("label")}, "21+ 8-10 6-7 5 4 3 2 1"),
        ({"pattern": "PAGES"}, "2 3 4 5 6-7 8-10 21+"),
        ({"pattern": "1 page", "sort": Sort("nb_visits")}, "1"),
    ],
)
async def test_fixed_rows_are_ordered_searched_and_cut_by_what_they_show(changes: dict[str, Any], labels: str) -> None:
    matomo, wanted = FixedMatomo(), labels.split()
    load_, request = loader(matomo), fixed(**changes)
    assert [row.label.split()[0] for row in (await load_.page(request)).rows] == wanted
    first = await load_.page(request, 0, 3)
    assert ([row.label.split()[0] for row in first.rows], first.total) == (wanted[:3], len(wanted))
    assert [row.label.split()[0] async for part in load_.rows(request) for row in part] == wanted
    assert await load_.count_rows(request) == len(wanted)
    assert load_.cached_count(replace(request, pattern="PAGE")) is None


@pytest.mark.parametrize("name", ["DevicesDetection_getType", "VisitTime_getVisitInformationPerServerTime"])
async def test_in_the_order_by_a_rate_rows_without_visits_stay(name: str) -> None:
    def answer(call: dict[str, str]) -> Any:
        found = [
            {"label": "Desktop", "nb_visits": 10, "bounce_count": 3},
            {"label": "Phone", "nb_visits": 4, "bounce_count": 2},
            {"label": "Car", "nb_visits": 0},
        ]
        return [row for row in found if row["nb_visits"] or "filter_add_columns_when_show_all_columns" not in call]

    report = catalogue().get(name)
    assert report is not None
    matomo = ReportMatomo({}, **{report.method: answer})
    request = ReportRequest(query(), report, sort=Sort("bounce_rate"))
    assert [row.label for row in (await loader(matomo).page(request)).rows] == ["Phone", "Desktop", "Car"]


@pytest.mark.parametrize("method", ["Contents.getContentNames", "Contents.getContentPieces", "Referrers.getCampaigns"])
async def test_a_flat_list_is_searched_for_what_stands_in_it(method: str) -> None:
    def answer(call: dict[str, str]) -> Any:
        assert call["flat"] == "1"
        found = [{"label": f"{name} - {one}", "nb_visits": 5} for name in ("Slider", "Banner") for one in range(700)]
        # Seen on 5.0.2 and 5.8.0: the pattern is searched for in parts of what becomes the label.
        return [] if "filter_pattern" in call else found[: int(call["filter_limit"])]

    report = catalogue().find(method)
    assert report is not None
    matomo = ReportMatomo({}, **{method: answer})
    load_, request = loader(matomo), ReportRequest(query(), report, flat=True, pattern="slider")
    page = await load_.page(request, 600)
    assert (page.rows[0].label, page.complete, page.total, page.among) == ("Slider - 600", True, 700, None)
    assert len(matomo.requests) == 1


async def test_of_a_flat_list_too_long_to_be_searched_here_the_page_says_so() -> None:
    table = [{"label": f"c{n:04} - {n % 2}", "nb_visits": 9000 - n} for n in range(4500)]
    matomo = ReportMatomo({"Referrers.getCampaigns": table})
    load_, request = loader(matomo), campaigns(Sort("nb_visits"), flat=True, pattern="- 1")
    page = await load_.page(request, 900)
    assert (len(page.rows), page.complete, page.total, page.among) == (100, True, 1000, 2000)
    assert limit_words(request, page.among) == "only the first 2,000 rows are searched"
    assert sum([len(part) async for part in load_.rows(request)]) == 2250, "an export has all rows"


async def test_an_export_of_what_is_searched_and_ordered_here_is_ordered_as_a_whole() -> None:
    table = [{"label": f"c{n:04} - {n % 2}", "nb_visits": 9000 - n, "revenue": n} for n in range(4500)]
    load_ = loader(ReportMatomo({"Referrers.getCampaigns": table}))
    request = campaigns(Sort("revenue"), flat=True, pattern="- 1")
    exported = [row.values["revenue"] async for part in load_.rows(request) for row in part]
    assert exported == list(range(4499, 0, -2))
    assert not written_words(request, len(exported))
    assert written_words(replace(request, pattern=""), 4500) == "only the first 2,000 rows by Visits are ordered"


def without_keyword(call: dict[str, str]) -> Any:
    """Seen on 5.0.2 and 5.8.0: the row without a keyword is named after the search."""
    engines = [{"label": "Google", "nb_visits": 4}, {"label": "Bing", "nb_visits": 2}]
    shoes: list[dict[str, Any]] = [{"label": f"shoes {n}", "nb_visits": 5, "revenue": 9} for n in range(150)]
    found = [*shoes, {"label": "Keyword not defined", "nb_visits": 6, "idsubdatatable": 4}]
    pattern = (call.get("filter_pattern") or call.get("filter_pattern_recursive", "")).casefold()
    if pattern:
        found = [row for row in found if pattern in row["label"] and "idsubdatatable" not in row]
    if call.get("expanded") and not pattern:
        found = [{**row, "subtable": engines} if "idsubdatatable" in row else row for row in found]
    offset = int(call.get("filter_offset", 0))
    return found[offset : offset + int(call["filter_limit"])]


def keywords(**changes: Any) -> ReportRequest:
    report = catalogue().find("Referrers.getKeywords")
    assert report is not None
    return ReportRequest(query(), report, columns=("nb_visits", "revenue"), **changes)


async def test_the_row_of_visits_without_a_keyword_is_found_by_its_name_and_by_the_rows_below_it() -> None:
    load_ = loader(ReportMatomo(Referrers__getKeywords=without_keyword))
    page = await load_.page(keywords(pattern="word NOT"))
    assert ([row.label for row in page.rows], page.total, page.rows[0].rows) == (["Keyword not defined"], 1, ())
    (row,) = (await load_.page(keywords(pattern="bing"))).rows
    assert (row.label, [below.label for below in row.rows]) == ("Keyword not defined", ["Bing"])
    assert len((await load_.page(keywords(pattern="shoes 14"))).rows) == 11


@pytest.mark.parametrize("sort", [None, Sort("revenue"), Sort("nb_conversions", ascending=True)])
@pytest.mark.parametrize("label", ["Keyword not defined", "shoes 149"])
async def test_a_row_that_moved_is_whole_whatever_its_name(sort: Sort | None, label: str) -> None:
    matomo = ReportMatomo(Referrers__getKeywords=without_keyword)
    row = await loader(matomo).whole_row(keywords(sort=sort), 3, label)
    assert row is not None
    assert row.label == label
    assert all("showColumns" not in call for call in matomo.calls)


@pytest.mark.parametrize("key", ["interaction_rate", "avg_event_value"])
async def test_a_flat_list_by_a_rate_has_its_rows(key: str) -> None:
    def answer(call: dict[str, str]) -> Any:
        # Seen on 5.0.2 and 5.8.0: where columns are added, rows that do not send their visits are dropped.
        is_dropped = "filter_add_columns_when_show_all_columns" in call and "nb_visits" not in call["showColumns"]
        return [] if is_dropped else [{"label": "Slider - a.jpg", "nb_impressions": 9}]

    report = catalogue().find("Contents.getContentNames" if key == "interaction_rate" else "Events.getCategory")
    assert report is not None
    request = ReportRequest(query(), report, flat=True, sort=Sort(key), columns=(key,))
    assert len((await loader(ReportMatomo({}, **{report.method: answer})).page(request)).rows) == 1
