"""Matomo's loosely typed JSON: all observed variants, and invalid values that must not affect others."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import goals, json_decoding, live, server, sites, users, visits_summary
from matomo_tui.api.site import Site
from tests.recorded import load

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["38%", "38,5\u00a0%", "1e400", "-0", "٣", "1_000", "0x1f", " 7 ", "9" * 500, "1.5", "", "false"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def visits(*rows: Any) -> tuple[live.Visit, ...]:
    return live.get_last_visits_details(1, limit=10).decode(json.dumps(rows).encode())


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (23, 23),
        ("23", 23),
        (" 23 ", 23),
        ("-4", -4),
        (2.9, 2),
        ("2.0", 2),
        ("1e3", 1000),
        ("9007199254740993", 9007199254740993),
        (2**63, None),
        (str(2**63), None),
        (10**400, None),
        ("9" * 5000, None),
        ("1_000", None),
        ("٣", None),
        ("", None),
        ("n/a", None),
        (True, None),
        (False, None),
        (None, None),
        ([], None),
        ({}, None),
        (math.inf, None),
    ],
)
def test_a_whole_number(value: Any, meaning: int | None) -> None:
    assert json_decoding.integer(value) == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (1, 1.0),
        ("3.50", 3.5),
        (".5", 0.5),
        ("1e400", None),
        (10**400, None),
        ("nan", None),
        ("inf", None),
        (math.nan, None),
        (False, None),
        ([], None),
        ("1,703.26", None),
    ],
)
def test_a_number(value: Any, meaning: float | None) -> None:
    assert json_decoding.number(value) == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (0.38, 0.38),
        ("0.38", 0.38),
        ("38%", 0.38),
        ("27.16%", 0.2716),
        ("38\u00a0%", 0.38),
        ("27,16 %", 0.2716),
        ("%", None),
    ],
)
def test_a_rate_is_a_fraction(value: Any, meaning: float | None) -> None:
    assert json_decoding.fraction(value) == (None if meaning is None else pytest.approx(meaning))


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(1795437003, 1795437003), ("1795437003", 1795437003), (0, 0), (-1, None), (10**15, None), (False, None)],
)
def test_an_instant_is_one_that_a_datetime_can_hold(value: Any, meaning: int | None) -> None:
    assert json_decoding.instant(value) == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("x", "x"), (13, "13"), (1.5, "1.5"), (None, None), (False, None), (True, None), ([], None), (10**400, None)],
)
def test_a_text(value: Any, meaning: str | None) -> None:
    assert json_decoding.text(value) == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(1, True), (0, False), ("1", True), ("0", False), (True, True), ("", False), ("true", True), ([], None)],
)
def test_a_truth(value: Any, meaning: bool | None) -> None:
    assert json_decoding.flag(value) is meaning


def test_a_visit_without_anything_is_still_a_visit() -> None:
    (visit,) = visits({"idVisit": "7"})
    assert visit == live.Visit(id_visit=7)
    assert (visit.visitor_id, visit.user_id, visit.visit_count, visit.action_details) == ("", "", None, ())


def test_an_odd_value_costs_itself_and_nothing_around_it() -> None:
    (visit,) = visits(
        {
            "idVisit": 7,
            "visitorId": None,
            "userId": False,
            "city": [],
            "country": "France",
            "visitDuration": "12",
            "totalEcommerceRevenue": "109.34",
            "lastActionTimestamp": "1795437003",
            "firstActionTimestamp": 10**15,
            "visitCount": {"a": 1},
            "somethingNew": {"deep": [1, 2, {"er": None}]},
            "actionDetails": {
                "0": {"type": 13, "title": "Banner", "revenue": False},
                "2": {"type": "brandNew", "timeSpent": "9", "goalId": "4", "url": None},
                "3": "not an action",
                "4": {"type": None, "itemDetails": [{"itemSKU": 5, "price": "9.90", "quantity": "2"}, 3]},
            },
        }
    )
    assert (visit.visitor_id, visit.user_id, visit.city, visit.country) == ("", "", "", "France")
    assert (visit.visit_duration, visit.total_ecommerce_revenue) == (12, 109.34)
    assert (visit.first_action_timestamp, visit.last_action_timestamp) == (0, 1795437003)
    assert visit.visit_count is None
    banner, new, cart = visit.action_details
    assert (banner.type, banner.title, banner.revenue) == ("13", "Banner", None)
    assert (new.type, new.time_spent, new.goal_id, new.url) == ("brandNew", 9, 4, "")
    assert cart.type == ""
    assert cart.item_details == (live.ItemDetail(item_sku="5", price=9.9, quantity=2),)


def test_a_visit_without_an_id_is_skipped_and_the_others_stay() -> None:
    rows = [{"idVisit": 1}, {"city": "Nowhere"}, None, 7, [], {"idVisit": "x"}, {"idVisit": 2}]
    assert [visit.id_visit for visit in visits(*rows)] == [1, 2]


def test_nothing_but_unreadable_visits_is_not_an_empty_site() -> None:
    with pytest.raises(ValueError, match="not a list of Visit"):
        visits({"label": "a report row"})


@pytest.mark.parametrize("nothing", [b"[]", b"{}", b"false", b"null"])
def test_nothing_is_nothing(nothing: bytes) -> None:
    assert live.get_last_visits_details(1, limit=1).decode(nothing) == ()
    assert live.get_visitor_profile(1, "a").decode(nothing) is None
    with pytest.raises(ValueError, match="no count of visits, actions"):
        live.get_counters(1, 3).decode(nothing)
    assert visits_summary.get(1, "day", "today").decode(nothing) == visits_summary.VisitsSummary()
    assert goals.get(1, "day", "today").decode(nothing) == goals.GoalsSummary()


@pytest.mark.parametrize(
    "body",
    [
        b'"text"',
        b"7",
        b"true",
        b"[1, 2]",
        b'{"2026-11-22": {}, "2026-11-23": {}}',
        b'{"result": "success"}',
        b"[{}, {}]",
    ],
)
def test_another_shape_is_not_an_answer(body: bytes) -> None:
    for call in (live.get_counters(1, 3), visits_summary.get(1, "day", "today"), live.get_visitor_profile(1, "a")):
        with pytest.raises(ValueError, match="not a "):
            call.decode(body)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"value": null}', b'{"value": []}', b'{"valeur": 1}', b"7"])
def test_a_scalar_has_a_value(body: bytes) -> None:
    for call in (server.get_matomo_version(), users.has_super_user_access()):
        with pytest.raises(ValueError, match="no value"):
            call.decode(body)


def test_lists_of_ids_come_in_both_shapes() -> None:
    decode = sites.get_sites_id_with_view_access().decode
    assert decode(b'[1, "2", null, 3.0]') == (1, 2, 3)
    assert decode(b'{"0": 4, "7": "5"}') == (4, 5)
    for body in (b'{"value": 1}', b'"1,2"', b"3"):
        with pytest.raises(ValueError, match="not a list"):
            decode(body)


def test_a_site_that_is_shown_is_clean_and_its_switches_are_truths() -> None:
    row = {
        "idsite": "3",
        "name": "Sh\x1b[2Jop\u202e",
        "ecommerce": "1",
        "sitesearch": 0,
        "timezone": "UTC\n+2",
        "currency": None,
        "group": False,
    }
    site = sites.get_site_from_id(3).decode(json.dumps(row).encode())
    assert site == Site(id=3, name="Sh[2Jop", ecommerce=True, sitesearch=False, timezone="UTC +2")


def test_a_site_without_an_id_is_none() -> None:
    with pytest.raises(ValueError, match="Site"):
        sites.get_site_from_id(3).decode(b'{"name": "Shop"}')


def test_profiles_count_all_visits() -> None:
    profile = live.get_visitor_profile(1, "a").decode(
        json.dumps(
            {
                "visitorId": "a",
                "searches": [{"keyword": "lamp", "searches": "3"}, {"keyword": None}],
                "visitedPages": {"0": {"url": "https://shop.example/", "count": 2}, "5": {"url": "/x"}},
                "devices": [],
                "countries": False,
                "firstVisit": [],
                "lastVisit": {"date": "1795437003", "daysAgo": "2", "referralSummary": "Direct Entry"},
                "nextVisitorId": False,
                "previousVisitorId": "b",
                "hasMoreVisits": 1,
                "lastVisits": [{"idVisit": 1}, {}],
            }
        ).encode()
    )
    assert profile is not None
    assert profile.searches == (live.LabelCount("lamp", 3), live.LabelCount("", 0))
    assert profile.visited_pages == (live.LabelCount("https://shop.example/", 2), live.LabelCount("/x", 0))
    assert (profile.devices, profile.countries, profile.first_visit) == ((), (), None)
    assert profile.last_visit == live.ProfileEdge(timestamp=1795437003, days_ago=2, referral_summary="Direct Entry")
    assert (profile.next_visitor_id, profile.previous_visitor_id, profile.has_more_visits) == (None, "b", True)
    assert [visit.id_visit for visit in profile.last_visits] == [1]


@given(
    st.sampled_from([live.Visit, live.Action, live.VisitorProfile, live.Counters, Site, goals.GoalsSummary]),
    st.data(),
)
def test_any_values_make_a_model_of_the_promised_types(model: type[msgspec.Struct], data: st.DataObject) -> None:
    keys = [field.encode_name for field in msgspec.structs.fields(model)]
    row = data.draw(st.dictionaries(st.sampled_from(keys) | st.text(max_size=6), VALUES, max_size=12))
    row |= {"idVisit": 1, "visitorId": "a", "idsite": 1}
    built = json_decoding.build(model, row)
    # A round trip through msgspec's own strict decoder proves the types of every field.
    assert msgspec.json.decode(msgspec.json.encode(built), type=model) == built


@given(VALUES)
def test_any_answer_is_read_or_refused(value: Any) -> None:
    body = json.dumps(value).encode()
    for call in (
        live.get_counters(1, 3),
        live.get_last_visits_details(1, limit=1),
        live.get_visitor_profile(1, "a"),
        visits_summary.get(1, "day", "today"),
        sites.get_sites_with_at_least_view_access(),
        sites.get_sites_id_with_admin_access(),
        server.get_matomo_version(),
    ):
        try:
            call.decode(body)
        except (ValueError, msgspec.MsgspecError):
            continue


@given(
    st.lists(
        st.sampled_from([b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"x", b"\\\\u", b"\xff", b"\xc3\xa9", b"\\n"]),
        max_size=8,
    )
)
def test_half_a_character_is_replaced_and_whole_ones_are_kept(pieces: list[bytes]) -> None:
    found = json_decoding.parse(b'"' + b"".join(pieces) + b'"')
    assert found.encode("utf-8").decode() == found
    assert found.count("x") == pieces.count(b"x")
    assert found.count("é") == pieces.count(b"\xc3\xa9")
    assert found.count("\\u") == pieces.count(b"\\\\u")
    halves = pieces.count(b"\\ud800") + pieces.count(b"\\udc00")
    assert found.count("\ufffd") <= halves + pieces.count(b"\xff")


def test_the_largest_recorded_answer_is_read_in_the_time_of_a_frame() -> None:
    import time

    body = max((exchange.body for exchange in load("live")), key=len)
    decode = live.get_last_visits_details(1, limit=20).decode
    decode(body)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        decode(body)
        times.append(time.perf_counter() - started)
    assert len(body) > 30_000
    assert min(times) < 0.016


BORDERS = st.sampled_from(["},{", '"},{"', "]", "[", "ä", "漢字", "a"]) | st.text(max_size=4)
JSON_OBJECTS = st.dictionaries(
    st.sampled_from(["label", "subtable", "nb_hits"]),
    st.recursive(BORDERS | st.integers(0, 99), lambda inner: st.lists(st.dictionaries(BORDERS, inner, max_size=2))),
)


@given(st.lists(JSON_OBJECTS, max_size=30), st.integers(1, 40))
def test_a_long_list_is_read_in_pieces(entries: list[Any], size: int) -> None:
    """Whatever stands in the entries: signs of the border between two of them, nested lists, other scripts."""
    body = json.dumps(entries, separators=(",", ":"), ensure_ascii=size % 2 == 0).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_decoding, "PIECE", size)
        assert [entry for piece in json_decoding.parse_in_pieces(body) for entry in piece] == entries


def test_a_long_list_that_is_cut_off_is_no_list() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_decoding, "PIECE", 8)
        with pytest.raises(msgspec.DecodeError):
            list(json_decoding.parse_in_pieces(b'[{"label":"a"},{"label":"b"},{"label":]'))


def test_a_long_list_with_a_broken_character_is_mended() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_decoding, "PIECE", 8)
        pieces = json_decoding.parse_in_pieces(b'[{"label":"a"},{"label":"\xff"},{"label":"c"}]')
        assert [entry["label"] for piece in pieces for entry in piece] == ["a", "\ufffd", "c"]
