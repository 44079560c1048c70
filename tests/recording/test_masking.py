"""Nothing that names a person or opens a door is left in a recording, and the same person has the same mask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matomo_tui.recording.exchange import RecordedCall
from matomo_tui.recording.masking import Masker

MASKER = Masker(key=b"secret")
VISITS = "Live.getLastVisitsDetails"


def written(method: str, answer: Any, masker: Masker = MASKER) -> str:
    return json.dumps(masker.answer(method, answer), ensure_ascii=False)


def test_identity_is_kept() -> None:
    one, other, again = (
        MASKER.answer(VISITS, {"visitIp": ip, "userId": user, "visitorId": visitor})
        for ip, user, visitor in (
            ("203.0.113.7", "ana", "a1b2c3d4e5f60718"),
            ("203.0.113.8", "ben", "ffffffffffffffff"),
            ("203.0.113.7", "ana", "a1b2c3d4e5f60718"),
        )
    )
    assert one == again
    assert all(one[name] != other[name] for name in one)
    assert len(one["visitorId"]) == 16


def test_another_run_has_other_masks() -> None:
    assert Masker().ip("203.0.113.7") != Masker().ip("203.0.113.7")


def test_masks_are_addresses_of_nobody() -> None:
    assert all(int(MASKER.ip(f"203.0.113.{n}").partition(".")[0]) >= 240 for n in range(256))


@pytest.mark.parametrize(
    ("method", "answer", "secrets"),
    [
        (VISITS, [{"visitIp": "203.0.113.7", "userId": "ana@shop.example"}], ["203.0.113.7", "ana@shop", "ana%40"]),
        (VISITS, [{"visitIp": "2001:db8:85a3::8a2e:370:7334"}], ["370:7334"]),
        (VISITS, [{"a": [{"deep": [{"visitIp": "203.0.113.7", "visitorId": "a1b2c3d4"}]}]}], ["203.0.113", "a1b2"]),
        (
            VISITS,
            [{"userId": "anabelle", "actionDetails": [{"url": "https://x/u/anabelle?id=1", "title": "Hi anabelle"}]}],
            ["anabelle"],
        ),
        (VISITS, [{"actionDetails": [{"url": "https://x/?mail=ana.b@shop.example"}]}], ["ana.b"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?mail=ana.b%40shop.example"}]}], ["ana.b"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?mail=ana.b%40shop%2Eexample&x=1"}]}], ["ana.b"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?mail=ana.b%2540shop%252Eexample"}]}], ["ana.b"]),
        (VISITS, [{"actionDetails": [{"eventName": "ana.b%2540shop.example"}]}], ["ana.b"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?token_auth=deadbeef&a=1"}]}], ["deadbeef"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?r=%2Fy%3Freset_token%3Ddeadbeef%26a%3D1"}]}], ["deadbeef"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/#access_token=deadbeef"}]}], ["deadbeef"]),
        (VISITS, [{"referrerUrl": "https://x/?PASSWORD=hunter22&sessionid=abc123"}], ["hunter22", "abc123"]),
        ("Live.getVisitorProfile", {"userId": "ana", "lastVisits": [{"visitIp": "203.0.113.7"}]}, ['"ana"', "203.0"]),
        ("Live.getMostRecentVisitorId", {"value": "a1b2c3d4e5f60718"}, ["a1b2c3"]),
        ("UserId.getUsers", [{"label": "ana", "segment": "userId==ana"}], ['"ana"', "==ana"]),
        ("UserId.getUsers", [{"label": "x", "segment": "userId==ana%2540shop.example"}], ["ana%"]),
        ("UsersManager.getUsers", [{"login": "ana", "email": "a@b.ex", "token_auth": "dead"}], ["ana", "a@b", "dead"]),
        ("UsersManager.getUsersSitesFromAccess", {"ana": [1, 2], "ben": [3]}, ['"ana"', '"ben"']),
        ("UsersManager.getUsersLogin", ["ana", "ben"], ["ana", "ben"]),
        ("UsersManager.getUserLoginFromUserEmail", {"value": "ana"}, ["ana"]),
        ("UsersManager.getUser", {"result": "error", "message": "User 'ana' doesn't exist."}, ["ana"]),
        ("SitesManager.getSiteFromId", {"creator_login": "ana", "excluded_ips": "203.0.113.7,10.0.0.*"}, ["ana", "0."]),
        ("SitesManager.getExcludedIpsGlobal", {"value": "203.0.113.0/24"}, ["203.0.113"]),
        ("SitesManager.getExcludedIpsGlobal", {"value": "203.0.113.*, 2001:db8::/32"}, ["203.0.113", "db8"]),
        (VISITS, [{"actionDetails": [{"url": "https://isp.example/whois?ip=203.0.113.77"}]}], ["203.0.113"]),
        (VISITS, [{"actionDetails": [{"url": "https://isp.example/203.0.113.77.html"}]}], ["203.0.113"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?q=whois%20203.0.113.77"}]}], ["203.0.113"]),
        (VISITS, [{"actionDetails": [{"url": "https://x/?ip=2001%3Adb8%3A%3A77%3A1&a=2"}]}], ["db8", "77"]),
        (VISITS, [{"actionDetails": [{"pageTitle": "WHOIS 203.0.113.77."}]}], ["203.0.113"]),
        (VISITS, [{"actionDetails": [{"eventName": "login from 2001:db8::77:2: failed"}]}], ["db8", "77"]),
        (VISITS, [{"actionDetails": [{"eventName": "IP:2001:db8::77:2"}]}], ["db8", "77"]),
        (VISITS, [{"actionDetails": [{"eventName": "mapped ::ffff:203.0.113.77"}]}], ["203.0.113"]),
        (VISITS, [{"actionDetails": [{"siteSearchKeyword": "203.0.113.77"}]}], ["203.0.113"]),
        ("Actions.getPageTitles", [{"label": " WHOIS 203.0.113.77"}], ["203.0.113"]),
        ("Actions.getPageUrls", [{"segment": "pageUrl==https%253A%252F%252Fx%252F203.0.113.77"}], ["203.0.113"]),
        ("Annotations.getAll", {"1": [{"user": "ana", "note": "ask ana@shop.example"}]}, ["ana"]),
    ],
)  # fmt: skip
def test_what_names_a_person_or_opens_a_door_is_masked(method: str, answer: Any, secrets: list[str]) -> None:
    found = written(method, answer)
    assert [secret for secret in secrets if secret in found] == []


def test_figures_and_places_stay() -> None:
    visit = {
        "idVisit": 7,
        "visitDuration": 61,
        "country": "Germany",
        "browser": "Chrome 120.0",
        "visitIp": "",
        "userId": None,
        "lastActionTimestamp": 1795437064,
        "actionDetails": [{"url": "https://shop.example/lamp?colour=red", "title": "Lamp", "revenue": 12.5}],
    }
    assert MASKER.answer(VISITS, [visit]) == [visit]
    assert MASKER.answer("UsersManager.hasSuperUserAccess", {"value": True}) == {"value": True}
    roles = [{"id": "view", "name": "View", "description": "May look", "helpUrl": "https://matomo.org/"}]
    assert MASKER.answer("UsersManager.getAvailableRoles", roles) == roles


def test_versions_times_and_what_only_resembles_an_address_stay() -> None:
    visit = {
        "browserVersion": "99.0.1.2",
        "browser": "Edge 18.0.2.1",
        "operatingSystemVersion": "10.0.0.1",
        "visitLocalTime": "12:30:03",
        "serverTimePretty": "Nov 23, 2026 13:34:01",
        "actionDetails": [
            {"pageTitle": "Chrome 120.0.6099.109", "eventName": "version 1.2.3.4", "eventAction": "std::vector ::add"},
            {"url": "https://shop.example/tool-v1.2.3.4.zip", "title": "ratio 1:2:3, 300.1.1.1, 1.2.3.4.5"},
        ],
    }
    assert MASKER.answer(VISITS, [visit]) == [visit]
    rows = [{"label": "Edge 18.0.2.1", "nb_visits": 3}]
    assert MASKER.answer("DevicesDetection.getBrowserVersions", rows) == rows


@pytest.mark.parametrize(
    "text",
    [
        "conversion 203.0.113.7",
        "Subversion:203.0.113.7",
        "inversion-203.0.113.7",
        "conversion==203.0.113.7",
        "203%2E0%2E113%2E7",
        "https://x/?q=203%252e0%252E113%2e7&a=1",
        "pageUrl==https%3A%2F%2Fx%2F203%2E0%2E113%2E7",
    ],
)
def test_an_address_is_masked_after_other_words_than_version_and_with_encoded_dots(text: str) -> None:
    found = written(VISITS, {"pageTitle": text})
    assert MASKER.ip("203.0.113.7") in found
    assert "113" not in found


@pytest.mark.parametrize(
    "segment",
    [
        "browserVersion==120.0.0.0",
        "countryCode==de;browserVersion!=120.0.0.0,operatingSystemVersion=@10.0.0.1",
        "operatingSystemVersion>=10.0.0.1;operatingSystemVersion<11.0.0.1",
        "browserVersion%3D%3D120.0.0.0",
        "eventName==version%20of;pageTitle==Version 1.2.3.4",
        "eventName==1%2E2%2E3%2E4%2E5",
    ],
)
def test_the_version_of_a_segment_stays(segment: str) -> None:
    assert MASKER.call(RecordedCall("Live.getCounters", {"segment": segment})).params == {"segment": segment}
    assert MASKER.answer("DevicesDetection.getBrowsers", [{"segment": segment}]) == [{"segment": segment}]
    assert MASKER.answer(VISITS, [{"segment": segment}]) == [{"segment": segment}]


def test_an_address_has_the_same_mask_wherever_it_stands() -> None:
    mask = MASKER.ip("203.0.113.77")
    visit = {"visitIp": "203.0.113.77", "segment": "visitIp==203.0.113.77", "title": "WHOIS 203.0.113.77"}
    assert MASKER.answer(VISITS, visit) == {
        "visitIp": mask,
        "segment": f"visitIp=={mask}",
        "title": f"WHOIS {mask}",
    }
    asked = MASKER.call(RecordedCall("Live.getLastVisitsDetails", {"segment": "pageUrl==https://x/203.0.113.77"}))
    row = MASKER.answer("Actions.getPageUrls", [{"segment": "pageUrl==https%253A%252F%252Fx%252F203.0.113.77"}])
    assert asked.params["segment"].endswith(f"/{mask}")
    assert row[0]["segment"].endswith(f"F{mask}")


def test_a_refusal_is_still_told_by_its_words() -> None:
    refusal = {"result": "error", "message": "You can't access this resource as it requires 'admin' access."}
    assert MASKER.answer("UsersManager.getUsers", refusal) == refusal


def test_with_personal_data_only_doors_are_masked() -> None:
    found = written(
        VISITS,
        [{"visitIp": "203.0.113.7", "userId": "ana", "token_auth": "deadbeef", "url": "https://x/?token=deadbeef"}],
        Masker(personal=True),
    )
    assert "203.0.113.7" in found
    assert "ana" in found
    assert "deadbeef" not in found


def test_requests_are_masked_as_answers_are() -> None:
    call = MASKER.call(RecordedCall("Live.getVisitorProfile", {"idSite": "1", "visitorId": "a1b2c3d4e5f60718"}))
    assert call.params == {"idSite": "1", "visitorId": MASKER.visitor("a1b2c3d4e5f60718")}
    row = MASKER.answer("UserId.getUsers", [{"segment": "userId==ana%20b"}])[0]["segment"]
    asked = MASKER.call(RecordedCall("VisitsSummary.get", {"segment": "userId==ana b;countryCode==de"}))
    assert asked.params["segment"] == f"{row};countryCode==de"


def test_a_write_keeps_nothing() -> None:
    call = MASKER.call(RecordedCall("UsersManager.addUser", {"userLogin": "ana", "password": "hunter22"}))
    assert call == RecordedCall("UsersManager.addUser", {})


def test_an_error_page_is_masked_by_its_looks() -> None:
    page = "<h1>Blocked</h1> Your IP 203.0.113.7 (ana@shop.example) https://x/?session_token=deadbeef"
    found = MASKER.text(page)
    assert "Blocked" in found
    assert [word for word in ("203.0.113", "ana@", "deadbeef") if word in found] == []
