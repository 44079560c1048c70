"""The query all panes share, requests within it, and the way back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import insights
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.site import Site
from matomo_tui.reports.history import NavigationHistory
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, OpenedRow, ReportRequest, Sort
from tests.reports.matomo import REPORT, catalogue, query


def test_what_a_period_is_compared_with() -> None:
    assert query().before is None
    assert query(comparison=Comparison.PREVIOUS).before == Period.containing("day", date(2026, 11, 21))
    assert query(comparison=Comparison.YEAR).before == Period.containing("day", date(2025, 11, 22))


def test_only_this_row_narrows_the_whole_query() -> None:
    named = query().segmented("deviceType==smartphone", "Phones")
    narrowed = named.narrowed("countryCode==de")
    assert (narrowed.segment, narrowed.segment_name) == ("deviceType==smartphone;countryCode==de", "")
    assert narrowed.narrowed("countryCode==de") == narrowed
    assert narrowed.segmented("") == query()


def test_another_site_has_other_segments() -> None:
    other = query(segment="dimension1==x").of(Site(id=2, name="Blog"))
    assert (other.site.id, other.segment) == (2, "")


def test_a_level_is_asked_by_its_own_method() -> None:
    report = catalogue().get("Events_getCategory")
    assert report is not None
    top = ReportRequest(query(), report, pattern="vid")
    below = top.below(OpenedRow("Video", 1))
    assert (top.method, below.method, below.pattern) == (
        "Events.getCategory",
        "Events.getActionFromCategoryId",
        "",
    )
    assert below.above() == top


def test_a_search_through_all_levels_goes_on_below_what_leads_to_what_was_found() -> None:
    searched = ReportRequest(query(), REPORT, pattern="API")
    leads_there = searched.below(OpenedRow("docs", 1))
    assert leads_there.pattern == "API"
    assert leads_there.above() == searched
    found = leads_there.below(OpenedRow("api", 2))
    assert found.pattern == ""  # all that is below it was found with it
    assert (found.above(), found.above().above()) == (leads_there, searched)


def test_the_order_of_rows() -> None:
    hours = catalogue().get("VisitTime_getVisitInformationPerServerTime")
    assert hours is not None
    assert ReportRequest(query(), hours).sorted_by is None
    assert ReportRequest(query(), REPORT).sorted_by == Sort("nb_hits")
    assert ReportRequest(query(), hours, sort=Sort("nb_visits")).sorted_by == Sort("nb_visits")
    assert Sort("nb_hits").toggled("nb_hits") == Sort("nb_hits", ascending=True)
    assert Sort("nb_hits").toggled("label") == Sort("label", ascending=True)


def test_chosen_columns_keep_their_order_and_unknown_ones_are_left_out() -> None:
    request = ReportRequest(query(), REPORT, columns=("bounce_rate", "zebra", "nb_hits"))
    assert [column.key for column in request.shown_columns] == ["bounce_rate", "nb_hits"]


def test_back_and_forward() -> None:
    history = NavigationHistory("a")
    history.push("b")
    history.push("b")
    history.push("c")
    assert (history.back(), history.back(), history.back()) == ("b", "a", "a")
    assert not history.may_go_back
    assert history.forward() == "b"
    history.push("d")
    assert not history.may_go_forward
    assert history.forward() == "d"
    assert history.back() == "b"
    history.replace("B")
    assert (history.here, history.back()) == ("B", "a")


@given(st.lists(st.integers(0, 5) | st.sampled_from(["back", "forward"]), max_size=60))
def test_one_is_always_somewhere(steps: list[int | str]) -> None:
    history: NavigationHistory[int] = NavigationHistory(0, limit=5)
    for step in steps:
        if isinstance(step, int):
            assert history.push(step) == step
        else:
            moves = history.may_go_back if step == "back" else history.may_go_forward
            before = history.here
            after = history.back() if step == "back" else history.forward()
            assert moves or after == before


def test_the_calls_beside_the_reports_take_the_query_too() -> None:
    call = insights.get_movers_and_shakers("Actions_getPageUrls", **query(segment="countryCode==de").where)
    assert [call.params[name] for name in ("idSite", "period", "date", "segment")] == [
        1, "day", "2026-11-22", "countryCode==de",
    ]  # fmt: skip


def test_opened_rows_do_not_follow_into_another_period() -> None:
    request = ReportRequest(query(), REPORT).below(OpenedRow("docs", 4, before=2))
    assert request.asked_by(query(comparison=Comparison.YEAR)).path == (OpenedRow("docs", 4),)
    assert request.asked_by(query(period=Period.containing("day", date(2026, 11, 1)))).path == ()
    assert request.asked_by(query(segment="a==b")).path == ()


@pytest.mark.parametrize(
    ("kind", "chosen", "effective", "first"),
    [
        ("day", Comparison.WEEK, Comparison.WEEK, date(2026, 11, 15)),
        ("day", Comparison.YEAR_WEEKDAY, Comparison.YEAR_WEEKDAY, date(2025, 11, 23)),
        ("month", Comparison.WEEK, Comparison.PREVIOUS, date(2026, 10, 1)),
        ("month", Comparison.YEAR_WEEKDAY, Comparison.YEAR, date(2025, 11, 1)),
        ("month", Comparison.NONE, Comparison.NONE, None),
    ],
)
def test_a_weekday_is_kept_where_there_is_one(
    kind: PeriodKind, chosen: Comparison, effective: Comparison, first: date | None
) -> None:
    chosen_query = query().at(Period.containing(kind, date(2026, 11, 22))).compared(chosen)
    assert chosen_query.effective_comparison is effective
    assert (chosen_query.before.first if chosen_query.before is not None else None) == first
