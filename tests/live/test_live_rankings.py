"""Pages, sources, countries, devices, events and goals now."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.live_rankings import ROWS, LiveRankings, Rankings
from matomo_tui.live.snapshot import Kind, Ranking
from tests.live.fake_clock import START
from tests.live.matomo import SHOP, page_view, visit
from tests.live.visits import actions, decode, read

NOW = int(START)


def ranked(*rows: dict[str, Any], bound: int = 500) -> Rankings:
    feed = VisitFeed(SHOP, bound=bound)
    feed.merge(decode(*rows), now=NOW, updated_at=NOW)
    return LiveRankings().rank(feed, NOW)


def table(ranking: Ranking) -> list[tuple[str, int, int]]:
    return [(row.label, row.here, row.recent) for row in ranking.rows]


def decoded(segment: str) -> str:
    """A segment as Matomo reads it: decoded as a whole, then each value once more."""
    return unquote(unquote(segment))


def journey(number: int, *steps: tuple[int, str], **columns: Any) -> dict[str, Any]:
    """A visit that saw these pages so many seconds ago."""
    row = visit(number, *(NOW - ago for ago, _ in steps), **columns)
    row["actionDetails"] = [page_view(NOW - ago, path) for ago, path in steps]
    return row


def test_each_visitor_is_counted_once_at_the_page_last_seen() -> None:
    rankings = ranked(
        journey(1, (170, "/"), (100, "/lamp"), (20, "/cart")),
        journey(2, (90, "/"), (80, "/cart")),
        journey(3, (15, "/")),
    )
    assert table(rankings.pages) == [("/cart", 2, 2), ("/", 1, 3), ("/lamp", 0, 1)]


def test_a_visitor_with_two_visits_is_where_the_newer_one_is() -> None:
    older = journey(1, (150, "/old"), visitorId="aa", country="France", countryCode="fr")
    newer = journey(2, (30, "/new"), visitorId="aa")
    rankings = ranked(older, newer)
    assert table(rankings.pages) == [("/new", 1, 1), ("/old", 0, 1)]
    assert table(rankings.countries) == [("Germany", 1, 1)]


def test_without_visitor_ids_each_visit_is_a_visitor() -> None:
    rankings = ranked(*(journey(n, (10, "/"), visitorId=None) for n in range(3)))
    assert table(rankings.pages) == [("/", 3, 3)]


def test_idle_visitors_are_not_here_but_came_lately_and_those_gone_are_neither() -> None:
    rankings = ranked(journey(1, (60, "/a")), journey(2, (600, "/b")), journey(3, (2000, "/c")))
    assert table(rankings.pages) == [("/a", 1, 1), ("/b", 0, 1)]
    assert table(rankings.devices) == [("Desktop", 1, 2)]
    assert (rankings.pages.here_minutes, rankings.pages.recent_minutes) == (3, 30)


def test_here_adds_up_to_the_active_visitors() -> None:
    rows = [journey(n, (n * 20, f"/{n % 4}"), visitorId=f"{n % 9:x}", deviceType=f"{n % 3}") for n in range(1, 40)]
    feed = VisitFeed(SHOP)
    feed.merge(decode(*rows), now=NOW, updated_at=NOW)
    rankings = LiveRankings().rank(feed, NOW)
    active = LiveRankings.active(feed, NOW)
    for ranking in (rankings.pages, rankings.sources, rankings.countries, rankings.devices):
        assert sum(row.here for row in ranking.rows) == active == 9


def test_rows_carry_the_segment_that_narrows_to_them() -> None:
    rankings = ranked(
        journey(
            1,
            (10, "/search?q=a;b,c"),
            referrerType="social",
            referrerTypeName="Social Networks",
            referrerName="Hacker News, the site; +1",
            deviceType="Feature phone",
        ),
        journey(2, (20, "/"), countryCode="fr", country="France"),
    )
    page = rankings.pages.rows[0]
    assert (page.label, page.variant) == ("/search", "?q=a;b,c")
    assert decoded(page.segment) == "pageUrl==https://shop.example/search?q=a;b,c"
    folded = rankings.paths.rows[0]
    assert decoded(folded.segment) == (
        "pageUrl==https://shop.example/search,pageUrl=^https://shop.example/search?,pageUrl=^https://shop.example/search#"
    )
    source = rankings.sources.rows[0]
    once = unquote(source.segment)
    assert once.count(";") == 1, "what stands in a name is no operator, not even decoded once"
    assert "," not in once
    assert decoded(source.segment) == "referrerType==social;referrerName==Hacker News, the site; +1"
    assert source.detail == "Social Networks"
    assert rankings.sources.rows[1].segment == "referrerType==direct"
    assert {row.segment for row in rankings.countries.rows} == {"countryCode==de", "countryCode==fr"}
    assert [row.detail for row in rankings.countries.rows] == ["de", "fr"]
    assert decoded(rankings.devices.rows[0].segment) == "deviceType==feature phone"


def test_unknown_values_have_their_own_row() -> None:
    rankings = ranked(journey(1, (10, "/"), country=None, countryCode=None, deviceType=False))
    assert [(row.label, row.segment) for row in rankings.countries.rows] == [("Unknown", "")]
    assert [(row.label, row.segment) for row in rankings.devices.rows] == [("Unknown", "")]


def test_events_and_goals_are_counted_with_their_revenue() -> None:
    event = {"type": "event", "eventCategory": "Video", "eventAction": "play", "eventName": "tour"}
    rankings = ranked(
        actions(
            event,
            event | {"eventName": "making of"},
            {"type": "goal", "goalName": "Newsletter", "goalId": 3, "revenue": "1.5"},
            {"type": "ecommerceOrder", "orderId": "A", "revenue": 20},
            {"type": "search", "siteSearchKeyword": "warm lamp"},
            {"type": "download", "url": "https://shop.example/a.pdf"},
            {"type": "outlink", "url": "https://partner.example/"},
            {"type": 13, "contentName": "Banner"},
            {"type": "action", "url": "https://shop.example/"},
        ),
        actions(
            {"type": "ecommerceOrder", "orderId": "B", "revenue": "22.5"},
            {"type": "goal", "goalName": "Newsletter", "goalId": 3, "revenue": 0},
            at=NOW - 900,
            idVisit=2,
            visitorId="b",
        ),
        actions(event, at=NOW - 1900, idVisit=3, visitorId="c"),
    )
    happened = {row.label: row for row in rankings.happenings.rows}
    assert {label: (row.here, row.recent, row.revenue) for label, row in happened.items()} == {
        "Video › play": (1, 2, None),
        "Newsletter": (1, 2, 1.5),
        "Order": (1, 2, 42.5),
        "warm lamp": (1, 1, None),
        "/a.pdf": (1, 1, None),
        "partner.example/": (1, 1, None),
    }
    assert happened["Order"].kind is Kind.ORDER
    segments = {label: decoded(row.segment) for label, row in happened.items()}
    assert segments["Video › play"] == "eventCategory==Video;eventAction==play"
    assert segments["Newsletter"] == "visitConvertedGoalId==3"
    assert segments["Order"] == "visitEcommerceStatus==ordered,visitEcommerceStatus==orderedThenAbandonedCart"
    assert segments["warm lamp"] == "siteSearchKeyword==warm lamp"
    assert segments["/a.pdf"] == "downloadUrl==https://shop.example/a.pdf"
    assert len({row.key for row in rankings.happenings.rows}) == rankings.happenings.total == 6


def test_a_ranking_is_cut_but_says_how_many_rows_there_were() -> None:
    rankings = ranked(*(journey(n, (10, f"/page/{n}")) for n in range(120)))
    assert len(rankings.pages.rows) == ROWS
    assert rankings.pages.total == 120
    assert rankings.pages.of_newest is None


def test_it_says_of_how_many_visits_where_the_bound_made_it_partial() -> None:
    rows = [journey(n, (n, "/")) for n in range(1, 100)]
    rankings = ranked(*rows, bound=40)
    assert rankings.pages.rows[0].here == 40
    for ranking in (rankings.pages, rankings.sources, rankings.countries, rankings.devices, rankings.happenings):
        assert ranking.of_newest == 40
    old = [journey(n, (2000 + n, "/")) for n in range(1, 100)]
    assert ranked(*old, bound=40).pages.of_newest is None


def test_rows_keep_their_key_and_order_is_steady() -> None:
    feed, now = VisitFeed(SHOP), LiveRankings()
    rows = [journey(n, (10, f"/{n % 5}")) for n in range(20)]
    feed.merge(decode(*rows), now=NOW, updated_at=NOW)
    first = now.rank(feed, NOW)
    assert now.rank(feed, NOW + 5).pages is first.pages
    feed.merge(decode(journey(99, (-8, "/3"))), now=NOW + 10, updated_at=NOW)
    second = now.rank(feed, NOW + 10)
    assert {row.key for row in second.pages.rows} == {row.key for row in first.pages.rows}
    assert second.pages.rows[0].label == "/3"
    assert second.countries.rows[0].key == first.countries.rows[0].key


@pytest.mark.parametrize("host", ["shop.example", "www.shop.example", "SHOP.example"])
def test_a_page_is_one_row_with_and_without_www(host: str) -> None:
    row = journey(1, (10, "/"))
    row["actionDetails"][0]["url"] = f"https://{host}/lamp"
    assert table(ranked(row, journey(2, (5, "/lamp"))).pages) == [("/lamp", 2, 2)]


def test_a_visit_knows_the_rows_that_it_belongs_to() -> None:
    feed = VisitFeed(SHOP)
    row = journey(1, (100, "/lamp?color=red"), (20, "/cart"))
    row["actionDetails"].append({"type": "event", "eventCategory": "Video", "eventAction": "play", "timestamp": NOW})
    feed.merge(decode(row), now=NOW, updated_at=NOW)
    rankings = LiveRankings().rank(feed, NOW)
    (seen,) = feed.newest_first(0)
    traits, viewed = set(seen.row.traits), set(seen.row.viewed)
    for ranking in (rankings.sources, rankings.countries, rankings.devices, rankings.happenings):
        assert {one.key for one in ranking.rows} <= traits
    pages = {one.label: one.key for one in rankings.pages.rows}
    assert pages["/cart"] in traits
    assert pages["/lamp"] not in traits, "the visitor went on to another page"
    assert {*pages.values()} <= viewed
    assert {one.key for one in rankings.paths.rows} <= viewed


def test_money_comes_before_goals_carts_searches_and_events() -> None:
    kinds = ("event", "search", "ecommerceAbandonedCart", "goal", "ecommerceOrder")
    rows = [
        visit(number, NOW - 10)
        | {
            "actionDetails": [
                {"type": kind, "timestamp": NOW, "eventCategory": "a", "siteSearchKeyword": "b", "goalName": "c"}
                for kind in kinds[: number + 1]
            ]
        }
        for number in range(len(kinds))
    ]
    ranking = ranked(*rows).happenings
    assert [row.kind for row in ranking.rows] == [Kind.ORDER, Kind.GOAL, Kind.CART, Kind.SEARCH, Kind.EVENT]
    assert [row.recent for row in ranking.rows] == [1, 2, 3, 4, 5]


def test_goals_of_the_same_name_are_told_apart_by_their_ids() -> None:
    def converted(number: int, *goals: int) -> dict[str, Any]:
        details = [{"type": "goal", "goalName": "Signup", "goalId": goal} for goal in goals]
        return actions(*details, at=NOW - 10, idVisit=number, visitorId=f"{number:016x}")

    rows = ranked(converted(1, 7), converted(2, 8), converted(3, 8)).happenings.rows
    assert {(row.label, row.recent, decoded(row.segment)) for row in rows} == {
        ("Signup", 1, "visitConvertedGoalId==7"),
        ("Signup", 2, "visitConvertedGoalId==8"),
    }
    assert len({row.key for row in rows}) == 2
    assert len(read(converted(4, 7, 8, 8)).row.badges) == 2


def test_an_unknown_type_of_device_has_no_segment_because_matomo_refuses_its_name() -> None:
    rankings = ranked(
        journey(1, (5, "/"), deviceType="Unknown", country="Unknown", countryCode="xx"),
        journey(2, (5, "/"), deviceType="Car browser"),
    )
    segments = {row.label: decoded(row.segment) for row in (*rankings.devices.rows, *rankings.countries.rows)}
    assert segments["Unknown"] == "countryCode==xx", "Matomo has this code for a country that it does not know"
    assert segments["Car browser"] == "deviceType==car browser"
    assert {row.label: row.segment for row in rankings.devices.rows}["Unknown"] == ""
