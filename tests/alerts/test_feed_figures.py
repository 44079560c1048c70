"""Actions of one kind among the visits of the last minutes."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.alerts.feed_figures import ActionCount, count_actions
from matomo_tui.alerts.ranking_figures import ranked_value
from matomo_tui.api import json_decoding
from matomo_tui.api.live import Visit
from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.snapshot import Ranked, Ranking
from tests.live.matomo import SHOP, page_view, visit

NOW = 1_795_437_064


def counted(
    kind: str, *actions: dict[str, Any], matching: str = "", minutes: int = 30, bound: int = 500
) -> ActionCount:
    feed = VisitFeed(SHOP, bound=bound)
    row = visit(1, NOW - 1900, NOW - 60)
    if actions:
        row["actionDetails"] = list(actions)
    feed.merge([json_decoding.build(Visit, row)], now=NOW, updated_at=NOW)
    return count_actions(feed.feed(NOW), kind, matching, since=NOW - minutes * 60, until=NOW)


@pytest.mark.parametrize(
    "title",
    [
        "404/URL = /old/From = https://news.example",
        "Page not found – Shop",
        "Shop | 404 Not Found",
        "404",
        "404 - Shop",
        "Error 503",
        "500 Internal Server Error",
        "Fehler 404",
        "Seite nicht gefunden | Shop",
        "503 Service Unavailable",
    ],
)
def test_error_pages_are_known_by_their_title(title: str) -> None:
    assert counted("error_page", page_view(NOW - 60, title=title)).count == 1


@pytest.mark.parametrize(
    "title", ["500 recipes", "Room 404", "Lost and found", "Shop", "The 502 bus", "Error messages explained", "4040"]
)
def test_other_pages_are_no_error_pages(title: str) -> None:
    assert counted("error_page", page_view(NOW - 60, title=title)).count == 0


def test_a_text_of_ones_own_says_what_an_error_page_is() -> None:
    page = page_view(NOW - 60, "/oops", title="Something went wrong")
    assert counted("error_page", page, matching="/OOPS").count == 1
    assert counted("error_page", page_view(NOW - 60, title="404"), matching="/oops").count == 0


def search(results: int | None) -> dict[str, Any]:
    return {**page_view(NOW - 60), "type": "search", "siteSearchKeyword": "lamp", "siteSearchCount": results}


def test_a_search_without_results_is_one_that_the_site_counted() -> None:
    assert counted("empty_search", search(0), search(3), search(None)).count == 1
    assert counted("search", search(0), search(3), search(None)).count == 3


def test_only_actions_within_the_minutes_count() -> None:
    actions = [page_view(at) for at in (NOW - 1900, NOW - 590, NOW - 60)]
    assert counted("page", *actions).count == 2
    assert counted("page", *actions, minutes=9).count == 1


def test_revenue_and_visitors_are_counted_too() -> None:
    order = {**page_view(NOW - 60), "type": "ecommerceOrder", "revenue": "20.5", "orderId": "7"}
    found = counted("order", order, {**order, "revenue": 10})
    assert (found.count, found.visitors, found.revenue) == (2, 1, 30.5)
    assert found.newest is not None
    assert found.newest.label == "Order 7"


def test_a_full_feed_is_partial() -> None:
    assert not counted("page", bound=2).partial
    assert counted("page", bound=1).partial


def test_a_row_that_a_cut_ranking_lacks_is_not_known() -> None:
    rows = (Ranked("a", "/Cart", 2, 5),)
    assert ranked_value(Ranking(rows, 1), "/cart", "here") == 2
    assert ranked_value(Ranking(rows, 1), "/cart", "recent") == 5
    assert ranked_value(Ranking(rows, 1), "/sale", "here") == 0
    assert ranked_value(Ranking(rows, 60), "/sale", "here") is None
