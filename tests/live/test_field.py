"""Cases reported by users: odd visits, routes in queries and fragments, roll-ups, plug-ins, hidden visitors."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from matomo_tui.api import metadata, multi_sites, reports
from matomo_tui.api.client import Client
from matomo_tui.api.errors import FeatureDisabled, MatomoError
from matomo_tui.live.snapshot import Kind, VisitRow
from matomo_tui.sanitize import sanitize
from tests import recorded
from tests.live import field
from tests.live.fake_clock import START
from tests.live.matomo import visit
from tests.live.test_visit_rows import strings
from tests.live.visits import actions, read

NOW = int(START)
SECRET = "aaaabbbbccccddddeeeeffff00001111"


def only(**columns: Any) -> VisitRow:
    rows, _ = field.fed(visit(1, NOW - 20, **columns))
    return rows[0]


def decoded(segment: str) -> str:
    return unquote(unquote(segment))


def test_odd_visits_are_rows_like_any_other() -> None:
    sent = field.visits("odd-visits")
    rows, rankings = field.fed(*sent)
    assert len(rows) == len(sent)
    shown = {row.id_visit: row for row in rows}
    assert shown[1].page == "test_action", "a page without an address goes by its title"
    assert (shown[2].source, shown[2].source_type) == ("ChatGPT", "aiAssistant")
    assert shown[8].actions == 61_234
    assert [entry.label for entry in shown[11].timeline] == ["/obj", "/obj2"], "a list that came as an object"
    assert shown[77].timeline == shown[78].timeline == ()
    assert all(text == sanitize(text, 4096) for text in strings(rows) if text)
    assert rankings.sources.total == 3
    campaign = next(row for row in rankings.sources.rows if row.label == "sommer,schluss;50%")
    assert decoded(campaign.segment) == "referrerType==campaign;referrerName==sommer,schluss;50%"


def test_a_token_in_a_page_address_is_nowhere() -> None:
    rows, rankings = field.fed(*field.visits("odd-visits"))
    assert not [text for part in (rows, rankings) for text in strings(part) if SECRET in text]
    page = next(row for row in rankings.pages.rows if "token_auth" in row.variant)
    assert page.variant == "?utm=1&token_auth=***"
    assert decoded(page.segment) == "pageUrl=^https://shop.example/?utm=1&token_auth="


@pytest.mark.parametrize("place", ["?token_auth={}", "?a=1&token_auth={}&b=2", "#/x?token_auth={}", "?token_auth%3D{}"])
def test_a_token_is_masked_wherever_it_stands(place: str) -> None:
    url = f"https://shop.example/x{place.format(SECRET)}"
    row = actions(
        {"type": "action", "url": url, "pageTitle": url},
        {"type": "outlink", "url": url},
        {"type": "download", "url": url},
        {"type": "goal", "goalName": "Seen", "url": url},
        {"type": "pluginThing", "title": url, "subtitle": url},
        referrerType="website",
        referrerName="shop.example",
        referrerUrl=url,
    )
    rows, rankings = field.fed(row)
    assert not [text for part in (rows, rankings.pages) for text in strings(part) if SECRET in text]


def test_a_page_is_its_path_query_and_fragment() -> None:
    _, rankings = field.fed(*field.visits("spa-and-query-routes"))
    pages = {row.label + row.variant: row.recent for row in rankings.pages.rows}
    assert pages == {
        **{f"/index.php?route=product/product&product_id={n}": 1 for n in range(4)},
        **{f"/?p={n}": 1 for n in range(3)},
        "/app/#/home": 1,
        "/app/#/search": 2,
        "/app/#!/cart": 1,
    }
    assert {row.label + row.variant: row.recent for row in rankings.paths.rows} == {
        "/index.php (4)": 4,
        "/ (3)": 3,
        "/app/ (3)": 4,
    }
    assert sum(row.here for row in rankings.paths.rows) == sum(row.here for row in rankings.pages.rows)


def test_a_visit_shows_the_query_of_its_pages() -> None:
    seen = read(visit(1, NOW - 20, path="/?p=11#top"))
    assert (seen.row.page, seen.row.page_variant) == ("/", "?p=11#top")
    assert (seen.row.timeline[0].label, seen.row.timeline[0].variant) == ("/", "?p=11#top")


def test_a_roll_up_shows_each_visit_in_its_own_currency_and_on_its_own_site() -> None:
    rows, rankings = field.fed(*field.visits("rollup-currencies"))
    shown = [(row.site_name, row.currency, row.revenue, row.cart) for row in rows]
    assert shown == [("Shop US", "USD", 129.9, 0.0), ("Shop JP", "JPY", 0.0, 9800.0)]
    happened = [(row.kind, row.currency, row.revenue) for row in rankings.happenings.rows]
    assert sorted(happened) == [(Kind.CART, "JPY", 9800.0), (Kind.ORDER, "USD", 129.9)]


def test_amounts_of_two_currencies_are_never_added_up() -> None:
    order = {"type": "ecommerceOrder", "orderId": "A", "revenue": "10"}
    _, rankings = field.fed(
        actions(order, idVisit=1, siteCurrency="EUR"),
        actions(order, idVisit=2, siteCurrency="USD", idSite=4, siteName="Shop US"),
        actions(order, idVisit=3, siteCurrency="USD", idSite=4, siteName="Shop US"),
    )
    assert {(row.currency, row.revenue) for row in rankings.happenings.rows} == {("", 10.0), ("USD", 20.0)}


def test_a_visits_revenue_is_the_sum_of_its_orders_and_carts() -> None:
    row = read(
        actions(
            {"type": "ecommerceOrder", "revenue": "20.5"},
            {"type": "ecommerceOrder", "revenue": 10},
            {"type": "ecommerceAbandonedCart", "revenue": "7"},
            {"type": "goal", "revenue": 99},
            totalEcommerceRevenue="5000",
            totalAbandonedCartsRevenue="4000",
        )
    ).row
    assert (row.revenue, row.cart) == (30.5, 7.0)
    assert only(totalEcommerceRevenue="5000").revenue == 0.0


def test_one_user_on_two_devices_is_two_visitors_of_one_name() -> None:
    rows, rankings = field.fed(*field.visits("user-on-two-devices"))
    assert {row.user_id for row in rows} == {"user-4711"}
    assert [(row.label, row.here) for row in rankings.devices.rows] == [("Smartphone", 1), ("Tablet", 1)]


def test_actions_of_plug_ins_are_shown_in_order() -> None:
    (row,), _ = field.fed(*field.visits("custom-dimensions-and-plugins"))
    assert [entry.type_name for entry in row.timeline] == ["action", "media", "form", "crash", "14", "", "experiment"]
    assert [entry.kind for entry in row.timeline] == [Kind.PAGE, *[Kind.OTHER] * 6]
    assert {entry.label for entry in row.timeline} >= {"/film", "Intro film", "Newsletter", "TypeError: a is undefined"}
    assert len(row.timeline) == 7


@pytest.mark.parametrize("nothing", [False, None, "", []])
def test_visitors_that_the_server_hides_are_counted_a_visit_each(nothing: Any) -> None:
    sent = [{**row, "visitorId": nothing} for row in field.visits("anonymous-public")]
    rows, rankings = field.fed(*sent)
    assert {(row.visitor_id, row.ip, row.visit_count) for row in rows} == {("", "", None)}
    assert sum(row.here for row in rankings.countries.rows) == len(sent)


async def test_ai_assistants_and_inactive_plug_ins_are_recognized() -> None:
    methods = field.load("v55-ai")["methods"]
    answers = {
        name: recorded.refusal(answer["$error"]) if isinstance(answer, dict) else answer
        for name, answer in methods.items()
    }
    client = Client(recorded.fake_matomo(answers))
    reports_known, assistants, sites = await client.gather(
        metadata.get_report_metadata(1),
        reports.table("Referrers.getAIAssistants", site_id=1, period="day", date="today"),
        multi_sites.get_all("day", "today"),
    )
    assert not isinstance(reports_known, MatomoError)
    assert not isinstance(assistants, MatomoError)
    assert len(reports_known) == len(methods["API.getReportMetadata"])
    assert [(row.label, row.number("nb_visits")) for row in assistants.rows] == [("ChatGPT", 12), ("Perplexity", 3)]
    assert isinstance(sites, FeatureDisabled)
    assert "Settings > Plugins" in str(sites)


def test_a_visit_from_an_ai_assistant_narrows_to_its_channel() -> None:
    _, rankings = field.fed(
        visit(1, NOW - 20, referrerType="ai", referrerTypeName="AI Assistants", referrerName="ChatGPT")
    )
    (source,) = rankings.sources.rows
    assert (source.label, source.detail) == ("ChatGPT", "AI Assistants")
    assert decoded(source.segment) == "referrerType==ai;referrerName==ChatGPT"


@pytest.mark.parametrize("columns", [{"visitDuration": -5}, {"actions": -3}, {"visitCount": -1}])
def test_negative_counts_are_none(columns: dict[str, Any]) -> None:
    row = only(**columns)
    assert row.duration >= 0
    assert row.actions == 1 if "actions" in columns else row.actions >= 0
    assert row.visit_count is None or row.visit_count >= 0


@pytest.mark.parametrize("at", [253_402_300_799, 2**62, -(2**62), -1])
def test_an_instant_that_no_calendar_reaches_breaks_nothing(at: int) -> None:
    rows, _ = field.fed(visit(1, NOW - 20, firstActionTimestamp=at), visit(2, NOW - 30, lastActionTimestamp=at))
    assert all(0 <= row.first_action_at <= row.last_action_at <= NOW + 60 for row in rows)
