"""Any request gets an answer like Matomo's: JSON or a page, never an exception."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.http import Request
from tests.demo.asking import NOON

METHODS = (
    "Live.getCounters",
    "Live.getLastVisitsDetails",
    "Live.getVisitorProfile",
    "Live.getMostRecentVisitorId",
    "VisitsSummary.get",
    "VisitsSummary.getUniqueVisitors",
    "Goals.get",
    "Goals.getGoal",
    "SitesManager.getPatternMatchSites",
    "SitesManager.getSiteFromId",
    "UsersManager.getUsersPlusRole",
    "API.getBulkRequest",
    "API.isPluginActivated",
    "API.get",
    "API.getRowEvolution",
    "API.getReportMetadata",
    "API.getSuggestedValuesForSegment",
    "Actions.getPageUrls",
    "Annotations.getAll",
    "Events.getActionFromCategoryId",
    "Goals.getDaysToConversion",
    "Insights.getMoversAndShakers",
    "MultiSites.getAllWithGroups",
    "Referrers.getWebsites",
    "SegmentEditor.add",
    "Transitions.getTransitionsForPageUrl",
    "UserCountry.getCity",
    "VisitTime.getByDayOfWeek",
    "..",
    "API",
)
VALUES = {
    "idSite": ("4", "1,5", "all", "", "-1", "99", "abc", "4,", "9" * 30, "4.5"),
    "lastMinutes": ("3", "0", "-5", "x", "2881", "1e3"),
    "period": ("day", "week", "month", "year", "range", "eon", ""),
    "date": ("today", "last7", "previous2", "last0", "2026-11-20,2026-11-10", "x,y", "0001-01-01", "last999999"),
    "segment": ("countryCode==de", "a", "pageUrl=@%", ";;", ",", "actions>x", "visitIp!@", "city==a\\,b", "\x00"),
    "filter_limit": ("3", "-1", "x", "0", "1e9", "9" * 25),
    "filter_offset": ("0", "2", "-4", "x"),
    "minTimestamp": ("1795437000", "x", "-1", "9" * 20),
    "visitorId": ("", "0" * 16, "zz", "f" * 16, "c0ffee"),
    "showColumns": ("", "nb_visits", ",,", "idVisit,label"),
    "filter_pattern": ("", "(", "a"),
    "filter_sort_column": ("", "nb_visits", "idsite", "name"),
    "pattern": ("", "*", "%", "radio"),
    "urls[0]": ("", "method=Live.getCounters&idSite=4&lastMinutes=3", "?", "%", "method=API.getBulkRequest&urls[0]="),
    "idSubtable": ("1", "x", "9" * 20),
    "flat": ("1", "0", "x"),
    "expanded": ("1",),
    "filter_truncate": ("2", "-1", "x"),
    "label": ("", "a > b", " > ", "Germany,France", "%"),
    "apiModule": ("Actions", "UserCountry", "x", ""),
    "apiAction": ("getPageUrls", "getCountry", "get", ""),
    "segmentName": ("city", "pageUrl", "x"),
    "reportUniqueId": ("Actions_getPageUrls", "x", "_", "Goals_get_idGoal--1"),
    "pageUrl": ("https://harbour-radio.example/", "://", ""),
    "definition": ("city==x", "x", ""),
    "lastN": ("2", "-1", "x", "9" * 12),
    "limitVisits": ("1", "-1", "x"),
    "idGoal": ("1", "0", "x", "ecommerceOrder", "-1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> DemoMatomo:
    """One demo for all requests, as on a server."""
    return DemoMatomo(1, lambda: NOON)


def _post(path: str, fields: dict[str, str]) -> Request:
    return Request("POST", path, "203.0.113.7", {}, "", urlencode(fields, errors="surrogatepass").encode())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(METHODS),
    params=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}),
    role=st.sampled_from(("superuser", "view", "noaccess", "")),
)
def test_any_parameters_get_an_answer(demo: DemoMatomo, method: str, params: dict[str, str], role: str) -> None:
    fields = {**params, "module": "API", "format": "json", "method": method, "token_auth": demo.tokens.get(role, "")}
    answer = demo.respond(_post("/index.php", fields))
    assert answer.status in (200, 400, 401, 404)
    json.loads(answer.body)


HIT_NAMES = (
    *("idsite", "rec", "url", "action_name", "urlref", "_id", "cid", "uid", "ua", "e_c", "e_a", "e_v", "search"),
    *("search_count", "download", "link", "idgoal", "revenue", "ec_id", "ec_items", "c_n", "cdt", "cip", "country"),
)
ODD_VALUES = ("1", "0", "[", '[["a"]]', "[[1,2,3,4,5,6]]", "https://[", "NaN", "-1", "1e999", "2026-13-40 0:0:0")
HITS = st.dictionaries(st.sampled_from(HIT_NAMES), st.one_of(st.sampled_from(ODD_VALUES), st.text(max_size=20)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hit=HITS)
def test_any_hit_gets_an_answer_and_the_feed_still_works(demo: DemoMatomo, hit: dict[str, str]) -> None:
    fields = {"idsite": "5", "rec": "1", "token_auth": demo.tokens["superuser"], **hit}
    assert demo.respond(_post("/matomo.php", fields)).status in (200, 204, 400)
    asked = {
        "module": "API",
        "format": "json",
        "method": "Live.getLastVisitsDetails",
        "idSite": "5,4",
        "filter_limit": "2",
    }
    feed = demo.respond(_post("/index.php", asked | {"token_auth": demo.tokens["superuser"]}))
    assert feed.status == 200
    assert isinstance(json.loads(feed.body, parse_constant=_not_json), list)


def _not_json(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")
