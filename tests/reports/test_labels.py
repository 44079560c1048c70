"""Tokens in tracked addresses are masked wherever a report stands; hostile labels break nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.admin.patterns import TriedText
from matomo_tui.api.reports import ReportRow
from matomo_tui.api.transitions import Transition, Transitions
from matomo_tui.page_url import shown
from matomo_tui.reports import export, segments
from matomo_tui.reports.names import undescribed
from matomo_tui.reports.query import OpenedRow, ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.ui.admin.pattern_preview import _marked
from matomo_tui.ui.reports.transitions import PageName, after, before
from tests.reports.matomo import REPORT, query
from tests.reports.test_table import page

TOKEN = "0123456789abcdef0123456789abcdef"
ADDRESS = f"https://shop.example/report?idSite=1&token_auth={TOKEN}&x=1"
PAGE_SEGMENT = segments.build([(segments.Condition("pageUrl", "==", ADDRESS),)])


def test_a_token_is_on_no_screen_and_in_no_file() -> None:
    request = ReportRequest(query(segment=PAGE_SEGMENT), REPORT)
    table = TableModel(request)
    label = f"/report?token_auth={TOKEN}"
    table.add(page(request, [ReportRow(label=label, values={"nb_hits": 3, "page": ADDRESS}, url=ADDRESS)]))
    line = table.line(0)
    assert line is not None
    assert line.label == "/report?token_auth=***"
    assert line.row.label == label  # what the server is asked by stays as it is
    below = request.below(OpenedRow(label, 7))
    assert TOKEN not in export.suggested_name(below, "csv")
    for kind in export.FORMATS:
        records = list(export.visible_records(table))
        written = "".join(export.visible_writer(kind, table, records).records(records))
        assert "token_auth" in written.replace("\\", "")
        assert TOKEN not in written


@pytest.mark.parametrize(
    "name", ["http://shop[.example/x", "//[", "http://", "", "?", "http://a:b:c/%zz#?", "\x1b[2J//["]
)
def test_an_address_that_no_parser_takes_has_neighbours(name: str) -> None:
    found = Transitions(previous_pages=(Transition(label=name, referrals=2),), following_pages=())
    page_name = PageName("url", name)
    assert page_name.shown()
    assert [line.count for line in before(found, page_name)] == [2, 2]
    assert after(found, page_name) == []


@given(st.text(max_size=60))
def test_no_address_breaks_the_pages_around_it(name: str) -> None:
    page_name = PageName("url", name)
    assert shown(page_name.shown()) == page_name.shown()
    page_name.sibling(name).sibling(name).shown()


def test_pages_that_differ_in_query_or_fragment_are_told_apart() -> None:
    names = ["https://shop.example/?p=11", "https://shop.example/?p=12", "https://shop.example/app/#/home"]
    assert [PageName("url", name).shown() for name in names] == ["/?p=11", "/?p=12", "/app/#/home"]
    assert PageName("url", names[0]).sibling("shop.example/?p=12") == PageName("url", names[1])


def test_a_token_in_the_pages_around_is_masked_but_asked_by() -> None:
    page_name = PageName("url", ADDRESS)
    assert TOKEN not in page_name.shown()
    assert TOKEN in page_name.name


@pytest.mark.parametrize(
    ("key", "name", "kind"),
    [
        ("sum_visit_length", "Total time spent by visitors", "duration_s"),
        ("bounce_count", "Bounces", "number"),
        ("max_time_server", "Longest time: server", "duration_s"),
        ("nb_hits_with_time_dom_processing", "Pageviews with a time: dom processing", "number"),
        ("avg_time_network", "Avg. network time", "duration_s"),
        ("nb_visits_converted_new", "Visits with Conversions (new visitors)", "number"),
        ("revenue_returning_visit", "Revenue (returning visits)", "money"),
        ("nb_conversions_page_uniq", "Conversions after this page", "number"),
        ("something_new", "something new", "number"),
        ("nb_\x1b[2Jodd", "nb [2Jodd", "number"),
    ],
)
def test_what_the_server_does_not_describe_has_a_name_and_a_unit(key: str, name: str, kind: str) -> None:
    column = undescribed(key)
    assert (column.name, column.type) == (name, kind)


def test_a_rows_segment_is_sent_without_the_token_in_it() -> None:
    found = segments.without_tokens(segments.combine(PAGE_SEGMENT, "countryCode==de"))
    beginning = segments.Condition("pageUrl", "=^", "https://shop.example/report?idSite=1&token_auth=")
    assert segments.parse(found) == ((beginning,), (segments.Condition("countryCode", "==", "de"),))
    assert TOKEN not in found
    for untouched in ("pageUrl==https%253A%252F%252Fshop.example%252F***", "countryCode==de,countryCode==at", "no;"):
        assert segments.without_tokens(untouched) == untouched


def test_a_token_stands_out_in_no_goal_preview() -> None:
    before = _marked(TriedText(ADDRESS, 1, True, (8, 20)))
    assert before[1] == ("shop.example", "accent")
    over = _marked(TriedText(ADDRESS, 1, True, (30, len(ADDRESS) - 9)))
    for pieces in (before, over):
        assert "".join(text for text, _ in pieces) == ADDRESS.replace(TOKEN, "***")
