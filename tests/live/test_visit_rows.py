"""From visits to rows: names, pages, times in UTC, badges; hostile values neither break a row nor stay unsanitized."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from matomo_tui.api.client import Client
from matomo_tui.api.site import Site
from matomo_tui.live.poll_plan import Part
from matomo_tui.live.snapshot import Badge, Kind, Presence
from matomo_tui.live.timeline import MAX_ACTIONS, MAX_COUNTED
from matomo_tui.live.trial import FirstPoll
from matomo_tui.live.visit_rows import CHANGING, COLUMNS, WITH_TITLES, RowReader
from matomo_tui.live.visit_segments import path
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.live.narrow_menu import choices_of
from tests import recorded
from tests.live.fake_clock import START
from tests.live.matomo import SHOP, visit
from tests.live.visits import actions, decode, read

NOW = int(START)


def recorded_visits() -> Iterator[dict[str, Any]]:
    """Every visit in the recordings."""
    for poll in recorded.session_polls():
        yield from poll.visits
    for topic in ("live", "live_action_types"):
        for exchange in recorded.load(topic):
            if exchange.method == "Live.getLastVisitsDetails" and isinstance(exchange.json, list):
                yield from exchange.json


def strings(value: Any) -> Iterator[str]:
    """Every string in a snapshot's part."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from strings(getattr(value, name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from strings(item)


def test_every_recorded_visit_becomes_a_clean_row() -> None:
    kinds = set()
    for row in recorded_visits():
        seen = read(row)
        assert seen.row.id_visit == row["idVisit"]
        assert len(seen.row.timeline) == len(row["actionDetails"])
        kinds |= {entry.kind for entry in seen.row.timeline}
        for text in strings(seen):
            assert text == sanitize(text, 4096)
        assert all(entry.label for entry in seen.row.timeline)
    assert kinds >= set(Kind) - {Kind.OTHER}


def test_action_times_agree_with_the_times_matomo_prints() -> None:
    """``serverTimePretty`` is in the site's zone, and so an independent source of an action's time."""
    compared = 0
    for row in recorded_visits():
        printed = sorted(
            datetime.strptime(action["serverTimePretty"], "%b %d, %Y %H:%M:%S").replace(
                tzinfo=ZoneInfo("Europe/Berlin")
            )
            for action in row["actionDetails"]
            if "serverTimePretty" in action
        )
        if len(printed) == len(row["actionDetails"]):
            at = read(row, now=row["lastActionTimestamp"]).row.timeline
            assert [entry.at for entry in at] == [int(when.timestamp()) for when in printed]
            compared += len(printed)
    assert compared > 60


def test_the_zone_need_not_be_known_to_tell_the_time() -> None:
    row = visit(1, NOW - 100, NOW - 40)
    elsewhere = Site(id=1, main_url="https://shop.example", timezone="America/New_York")
    assert [entry.at for entry in read(row, site=elsewhere).row.timeline] == [NOW - 100, NOW - 40]


@pytest.mark.parametrize("moment", ["2026-10-25T00:59:00", "2026-03-29T00:59:00"])
def test_a_visit_across_a_change_of_the_clocks(moment: str) -> None:
    """Berlin's offset changes at 01:00 UTC."""
    begin = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
    times = (begin, begin + 30, begin + 90, begin + 200)
    row = visit(1, *times)
    assert [action["timestamp"] - at for action, at in zip(row["actionDetails"], times, strict=True)] != [3600] * 4
    assert [entry.at for entry in read(row, now=begin + 300).row.timeline] == list(times)


def test_actions_never_leave_their_visit() -> None:
    row = actions(
        {"type": "action", "url": "https://shop.example/", "timestamp": 0},
        {"type": "action", "url": "https://shop.example/", "timestamp": 10**15},
        {"type": "action", "url": "https://shop.example/", "timestamp": -5},
    )
    assert {entry.at for entry in read(row).row.timeline} == {NOW - 60}


def test_the_columns_of_a_row() -> None:
    seen = read(
        visit(
            7,
            NOW - 300,
            NOW - 200,
            path="/products/lamp?color=red#top",
            visitorType="returningCustomer",
            visitCount="8",
            visitIp="95.202.0.0",
            userId="alice@example.org",
            referrerType="search",
            referrerTypeName="Search Engines",
            referrerName="Google",
            referrerKeyword="warm lamp",
            city="Berlin",
            region="Land Berlin",
            country="Germany",
            countryCode="DE",
            deviceType="Smartphone",
            browser="Firefox 125.0",
            operatingSystem="Android 14",
            totalEcommerceRevenue="20.5",
            siteName="Shop",
            siteCurrency="EUR",
        )
    )
    row = seen.row
    assert (row.page, row.page_variant) == ("/products/lamp", "?color=red#top")
    assert row.page_url == "https://shop.example/products/lamp?color=red#top"
    assert (row.returning, row.visit_count, row.ip, row.user_id) == (True, 8, "95.202.0.0", "alice@example.org")
    assert (row.source, row.source_type, row.keyword) == ("Google", "search", "warm lamp")
    assert (row.place, row.country, row.country_code) == ("Berlin, Germany", "Germany", "de")
    assert (row.device, row.browser, row.operating_system) == ("Smartphone", "Firefox 125.0", "Android 14")
    assert (row.first_action_at, row.last_action_at, row.duration) == (NOW - 300, NOW - 200, 100)
    assert (row.presence, row.revenue, row.actions) == (Presence.IDLE, 0.0, 2)
    assert (row.currency, row.site_name) == ("", "")


@pytest.mark.parametrize(
    ("columns", "source"),
    [
        ({"referrerType": "direct", "referrerTypeName": "Direct Entry", "referrerName": ""}, "Direct"),
        ({}, "Direct"),
        ({"referrerType": False, "referrerName": None}, "Direct"),
        ({"referrerType": "website", "referrerName": "news.ycombinator.com"}, "news.ycombinator.com"),
        ({"referrerType": "campaign", "referrerName": "spring"}, "spring"),
        ({"referrerType": "search", "referrerTypeName": "Search Engines", "referrerName": ""}, "Search Engines"),
        ({"referrerType": "ai-assistant", "referrerName": "ChatGPT"}, "ChatGPT"),
    ],
)
def test_where_a_visit_came_from(columns: dict[str, Any], source: str) -> None:
    assert read(actions(**columns)).row.source == source


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://shop.example", "/"),
        ("https://www.shop.example/docs/", "/docs/"),
        ("https://shop.example/%C3%BCber-uns?x=1", "/über-uns"),
        ("https://blog.example/launch", "blog.example/launch"),
        ("https://user:secret@shop.example/x", "/x"),
        ("https://shop.example/%1b%5b2J", "/[2J"),
        ("http://[::1", "[::1/"),
        ("http://shop[.example/x", "shop[.example/x"),
        ("", "Lamp"),
    ],
)
def test_the_page_of_an_address(url: str, page: str) -> None:
    seen = read(actions({"type": "action", "url": url, "pageTitle": "Lamp"}))
    assert seen.row.page == page
    assert seen.row.timeline[0].label == page
    assert seen.row.timeline[0].title == "Lamp"


def test_the_page_last_seen_is_the_last_page_not_a_download_or_a_goal() -> None:
    seen = read(
        actions(
            {"type": "action", "url": "https://shop.example/first"},
            {"type": "action", "url": "https://shop.example/second"},
            {"type": "goal", "goalName": "x", "url": "https://shop.example/first"},
            {"type": "download", "url": "https://shop.example/file.pdf"},
            {"type": "outlink", "url": "https://partner.example/"},
        )
    )
    assert seen.row.page == "/second"
    assert read(actions({"type": "download", "url": "https://shop.example/file.pdf"})).row.page == ""
    assert read(actions({"type": "event", "url": "https://shop.example/player"})).row.page == "/player"


def test_a_timeline_names_each_kind_of_action() -> None:
    row = read(
        actions(
            {"type": "event", "eventCategory": "Video", "eventAction": "play", "eventName": "tour", "eventValue": 29},
            {"type": "search", "siteSearchKeyword": "lamp", "siteSearchCategory": "shop", "siteSearchCount": 3},
            {"type": "download", "url": "https://shop.example/files/catalog.pdf"},
            {"type": "outlink", "url": "https://partner.example/out"},
            {"type": "goal", "goalName": "Newsletter", "goalId": 3, "revenue": 0, "url": "https://shop.example/x"},
            {"type": "ecommerceOrder", "orderId": "A-1042", "revenue": "150.41", "items": 3, "itemDetails": [
                {"itemName": "Lamp", "quantity": 1}, {"itemSKU": "2", "itemName": "", "quantity": "2"}]},
            {"type": "ecommerceAbandonedCart", "revenue": 59.8, "items": 1, "itemDetails": []},
            {"type": 13, "contentName": "Banner", "contentPiece": "spring.png", "contentInteraction": None},
            {"type": "formSubmit", "title": "Form", "subtitle": "contact"},
            {"type": 94},
        )
    ).row  # fmt: skip
    assert [(entry.kind, entry.label, entry.title) for entry in row.timeline] == [
        (Kind.EVENT, "Video › play", "tour = 29"),
        (Kind.SEARCH, "lamp", "shop, 3 results"),
        (Kind.DOWNLOAD, "/files/catalog.pdf", ""),
        (Kind.OUTLINK, "partner.example/out", ""),
        (Kind.GOAL, "Newsletter", "/x"),
        (Kind.ORDER, "Order A-1042", "Lamp, 2 × 2"),
        (Kind.CART, "1 item", ""),
        (Kind.CONTENT, "Banner › spring.png", ""),
        (Kind.OTHER, "Form", "contact"),
        (Kind.OTHER, "94", ""),
    ]
    assert [entry.revenue for entry in row.timeline if entry.revenue] == [150.41, 59.8]
    assert row.timeline[-2].type_name == "formSubmit"
    assert row.badges == (
        Badge(Kind.ORDER, "Order A-1042", 150.41),
        Badge(Kind.GOAL, "Newsletter"),
        Badge(Kind.CART, "1 item", 59.8),
        Badge(Kind.SEARCH, "lamp"),
        Badge(Kind.EVENT, "Video › play"),
    )


def test_of_a_crawlers_thousand_actions_the_newest_are_shown_and_all_are_counted() -> None:
    sent = visit(1, *range(NOW - 3000, NOW, 3), actions=None)
    sent["actionDetails"][0] |= {"type": "goal", "goalName": "Signup", "goalId": 7}
    seen = read(sent)
    row = seen.row
    assert len(row.timeline) == MAX_ACTIONS
    assert row.earlier == 1000 - MAX_ACTIONS
    assert row.actions == 999
    assert row.timeline[-1].at == NOW - 3
    assert (len(seen.views), len(seen.action_times), len(seen.happenings)) == (999, 999, 1)
    assert row.badges == (Badge(Kind.GOAL, "Signup"),)
    gone_on = visit(1, *range(NOW - 3000, NOW + 3, 3), actions=None)
    gone_on["actionDetails"][0] = sent["actionDetails"][0]
    again = RowReader(SHOP).read(decode(gone_on)[0], now=NOW, updated_at=NOW, before=row).row
    assert again.earlier == row.earlier + 1
    assert all(new is old for new, old in zip(again.timeline, row.timeline[1:], strict=False))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (287, "287"),
        (1_000_000, "1,000,000"),
        (1_234_567.25, "1,234,567.25"),
        (0.00001, "0.00001"),
        (19.123456, "19.123456"),
        (-2.50, "-2.5"),
        (123_456_789.123, "123,456,789.123"),
        (0, "0"),
    ],
)
def test_an_events_value_has_all_its_digits(value: float, words: str) -> None:
    event = {"type": "event", "eventCategory": "Bid", "eventAction": "Placed", "eventName": "Lot", "eventValue": value}
    assert read(actions(event)).row.timeline[0].title == f"Lot = {words}"


def test_the_whole_timeline_is_there_of_as_many_actions_as_matomo_sends() -> None:
    row = read(visit(1, *range(NOW - 1500, NOW, 3))).row
    assert (len(row.timeline), row.earlier) == (500, 0)


@pytest.mark.parametrize(
    ("sent", "later"), [({}, 0), ({"truncatedActionsCount": 7}, 7), ({"truncatedActionsCount": ""}, 0)]
)
def test_of_the_actions_that_matomo_leaves_out_the_number_is_known(sent: dict[str, Any], later: int) -> None:
    """Both versions send the first 500 actions of a visit, and how many came later only if any did."""
    begun = visit(1, *range(NOW - 1500, NOW, 3), actions=500 + later)
    known = read(begun | sent)
    assert (known.row.later, known.row.actions) == (later, 500 + later)
    gone_on = {column: value for column, value in begun.items() if column in CHANGING}
    grown = decode(gone_on | {"truncatedActionsCount": 9, "actions": 509})[0]
    again = RowReader(SHOP).go_on(known, grown, now=NOW, updated_at=NOW)
    assert (again.row.later, again.row.actions) == (9, 509)


def test_no_visit_has_more_than_a_bounded_number_of_actions_in_memory() -> None:
    seen = read(visit(1, *range(NOW - 9000, NOW)))
    assert len(seen.views) == len(seen.action_times) == MAX_COUNTED
    assert len(seen.row.timeline) + seen.row.earlier == 9000


HOSTILE = "\x1b[2J\x1b]0;pwned\x07\x9b31m[/][@click=app.exit()]\u202egnp.exe\u200b\x00\u2028"
LOOSE: st.SearchStrategy[Any] = st.sampled_from(
    [None, False, True, "", "0", 0, -1, 10**30, 1e308, [], {}, [[]], HOSTILE, "12", "x" * 5000]
)


@given(
    st.dictionaries(st.sampled_from(COLUMNS[1:-1]), LOOSE),
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["type", "url", "title", "subtitle", "pageTitle", "timestamp", "timeSpent", "goalName", "goalId",
                 "revenue", "orderId", "items", "itemDetails", "eventCategory", "eventAction", "eventName",
                 "eventValue", "siteSearchKeyword", "siteSearchCount", "contentName"]
            ),
            st.one_of(LOOSE, st.sampled_from(["action", "event", "goal", "ecommerceOrder", "search", 13, "new"])),
        ),
        max_size=5,
    ),
)  # fmt: skip
def test_no_looseness_breaks_a_row(columns: dict[str, Any], details: list[dict[str, Any]]) -> None:
    row = {"idVisit": 1, **columns, "actionDetails": details or False}
    seen = read(row)
    assert len(seen.row.timeline) == len(details)
    for text in strings(seen):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u200b]", text)


def test_a_hostile_visitor_id_is_clean_wherever_it_is_kept() -> None:
    seen = read({"idVisit": 1, "visitorId": "\x1b]52;c;AAAA\x07\u202eabc\x9b2J"})
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", "".join(strings(seen)))


def test_invalid_visits_are_skipped() -> None:
    rows = decode(None, visit(1, NOW), {}, {"idVisit": None}, "x", [], visit(2, NOW))
    assert [row.id_visit for row in rows] == [1, 2]


def _with_page_title(action: dict[str, Any]) -> dict[str, Any]:
    """The action with the column that the recording lacks; a real Matomo sends a page view's title twice."""
    return {"pageTitle": action["title"], **action} if action.get("type") == "action" else action


def test_hidden_columns_are_none_that_rows_are_made_of() -> None:
    """Columns excluded from the request must not affect any row."""
    for row in list(recorded_visits())[:80]:
        bare = {name: row[name] for name in COLUMNS if name in row}
        bare["actionDetails"] = [
            {key: value for key, value in _with_page_title(action).items() if key not in WITH_TITLES}
            for action in row["actionDetails"]
        ]
        assert read(bare).row == read(row).row


def test_orders_with_the_largest_numbers_are_read() -> None:
    order = {"type": "ecommerceOrder", "orderId": "A", "revenue": 1.7e308}
    assert len(read(actions(order, order, order)).row.timeline) == 3


def test_a_page_segment_matches_the_exact_url_or_the_part_before_a_token() -> None:
    def choices(url: str) -> dict[str, str]:
        found = read(actions({"type": "action", "url": url, "pageTitle": "T"})).row
        return {choice.trait: unquote(unquote(choice.segment)) for choice in choices_of(found)}

    stars = "https://shop.example/a***b?x=***"
    assert choices(stars)["page"] == f"pageUrl=={stars}"
    assert choices(stars)["path"].startswith("pageUrl==https://shop.example/a***b,")
    secret = choices("https://shop.example/a?token_auth=0123abcd&x=1")
    assert secret["page"] == "pageUrl=^https://shop.example/a?token_auth="
    assert "0123abcd" not in str(secret)
    assert unquote(unquote(path("https://shop.example/token_auth=0123abcd"))) == (
        "pageUrl=^https://shop.example/token_auth="
    )


def test_counters_without_requested_columns_are_distinguished_from_invalid_json() -> None:
    first = FirstPoll(Client(recorded.fake_matomo({})), SHOP)
    answers: dict[Part, Any] = {
        part: call.decode(b"[]" if part is Part.VISITS else b'[{"visits":1,"actions":2}]')
        for part, call in first.calls.items()
        if part in (Part.VISITS, Part.COUNTERS_3, Part.COUNTERS_30)
    }
    assert (first.judge(answers).visits, first.judge(answers).counters_fault) == (1, "")
    for body in (b"[[]]", b"null", b'[{"visits":-1,"actions":2}]'):
        answers[Part.COUNTERS_30] = first.calls[Part.COUNTERS_30].decode(body)
        assert "answered without the requested columns" in first.judge(answers).counters_fault


def test_each_action_has_the_segment_of_visits_that_did_the_same() -> None:
    details = (
        {"type": "action", "url": "https://shop.example/lamp?a=1"},
        {"type": "event", "eventCategory": "Video", "eventAction": "play", "eventName": "Intro"},
        {"type": "search", "siteSearchKeyword": "warm lamp"},
        {"type": "goal", "goalId": 3, "goalName": "Contact"},
        {"type": "outlink", "url": f"https://other.example/?token_auth={'a1' * 16}"},
        {"type": "pluginThing", "title": "?"},
    )
    seen = read(actions(*details))
    page, event, search, goal, outlink, other = (unquote(unquote(entry.segment)) for entry in seen.row.timeline)
    assert page == "pageUrl==https://shop.example/lamp?a=1"
    assert event == "eventCategory==Video;eventAction==play;eventName==Intro"
    assert search == "siteSearchKeyword==warm lamp"
    assert goal == "visitConvertedGoalId==3"
    assert outlink == "outlinkUrl=^https://other.example/?token_auth="
    assert other == ""
