"""Permissions of writes: each write with each of the five roles, and its effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.demo.asking import Asker

ROLES = ("superuser", "admin", "write", "view", "noaccess")
NO_WRITE = "You can't access this resource as it requires 'write' access for the website id = 1."
NO_ADMIN = "You can't access this resource as it requires 'admin' access for the website id = 1."
NO_ADMIN_ANYWHERE = "You can't access this resource as it requires admin access for at least one website."
NO_SUPERUSER = "You can't access this resource as it requires a 'superuser' access."
NOT_BOB = "The user has to be either a Super User or the user 'bob' itself."
GOAL = {"idSite": 1, "name": "Read", "matchAttribute": "url", "pattern": "/read", "patternType": "contains"}


@dataclass(frozen=True)
class Write:
    """A write, its permitted roles, and the refusal of the others."""

    method: str
    params: dict[str, object]
    roles: tuple[str, ...]
    refusal: str
    confirmed: bool = False


WRITES = [
    Write("Goals.addGoal", GOAL, ROLES[:3], NO_WRITE),
    Write("Goals.updateGoal", {**GOAL, "idGoal": 2}, ROLES[:3], NO_WRITE),
    Write("Goals.deleteGoal", {"idSite": 1, "idGoal": 1}, ROLES[:3], NO_WRITE),
    Write("SitesManager.addSite", {"siteName": "New", "urls": "https://new.example"}, ROLES[:1], NO_SUPERUSER),
    Write("SitesManager.updateSite", {"idSite": 1, "siteName": "Other"}, ROLES[:2], NO_ADMIN),
    Write("SitesManager.deleteSite", {"idSite": 1}, ROLES[:1], NO_SUPERUSER),
    Write(
        "UsersManager.addUser",
        {"userLogin": "zoe", "password": "zoe-secret", "email": "zoe@example.org", "initialIdSite": 1},
        ROLES[:2],
        NO_ADMIN_ANYWHERE,
    ),
    Write(
        "UsersManager.inviteUser",
        {"userLogin": "zoe", "email": "zoe@example.org", "initialIdSite": 1},
        ROLES[:2],
        NO_ADMIN_ANYWHERE,
    ),
    Write("UsersManager.setUserAccess", {"userLogin": "carol", "access": "write", "idSites": 1}, ROLES[:2], NO_ADMIN),
    Write("UsersManager.updateUser", {"userLogin": "bob", "email": "b@x.org"}, ("superuser", "write"), NOT_BOB, True),
    Write("UsersManager.deleteUser", {"userLogin": "carol"}, ROLES[:1], NO_ADMIN_ANYWHERE),
    Write(
        "UsersManager.setSuperUserAccess",
        {"userLogin": "carol", "hasSuperUserAccess": 1},
        ROLES[:1],
        NO_SUPERUSER,
        True,
    ),
]


async def _everything(asker: Asker) -> list[Any]:
    """All readable data that writes change."""
    answers = [await asker.answer("SitesManager.getAllSites"), await asker.answer("UsersManager.getUsers")]
    for site in answers[0]:
        answers.append(await asker.answer("Goals.getGoals", idSite=site["idsite"]))
        answers.append(await asker.answer("UsersManager.getUsersAccessFromSite", idSite=site["idsite"]))
    return answers


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.method)
async def test_a_write_is_done_or_refused_by_role(write: Write, role: str) -> None:
    asker = Asker()
    before = await _everything(asker)
    confirmation = {"passwordConfirmation": asker.demo.passwords[role]} if write.confirmed else {}
    reply = await asker.post(role, method=write.method, **write.params, **confirmation)
    after = await _everything(asker)
    if role in write.roles:
        assert reply.status == 200
        assert reply.json == {"result": "success", "message": "ok"} or reply.json["value"]
        assert after != before
        return
    own = write.method == "UsersManager.deleteUser" and role == "admin"
    assert reply.status == 401
    assert reply.json == {"result": "error", "message": "User 'carol' doesn't exist." if own else write.refusal}
    assert after == before


async def test_a_parameter_is_missed_before_a_right() -> None:
    reply = await Asker().post("view", method="Goals.addGoal", **{**GOAL, "pattern": ""})
    assert (reply.status, reply.json["message"]) == (400, "Please specify a value for 'pattern'.")


async def test_a_new_site_is_listed_tracked_and_then_gone_for_everybody() -> None:
    asker = Asker()
    number = (await asker.answer("SitesManager.addSite", siteName="Fresh", timezone="UTC+5.75"))["value"]
    assert number == 6
    site = await asker.answer("SitesManager.getSiteFromId", idSite=number)
    assert (site["timezone_name"], site["currency"], site["ts_created"]) == ("UTC+5:45", "USD", "2026-11-23 12:35:00")
    assert (await asker.answer("SitesManager.getPatternMatchSites", pattern="fresh"))[0]["idsite"] == number
    await asker.answer("UsersManager.setUserAccess", userLogin="dave", access="view", idSites=number)
    await asker.hit(idsite=number, url="https://fresh.example/", action_name="Hello")
    assert (await asker.visits(number))[0]["actionDetails"][0]["title"] == "Hello"
    for date in ("today", "last3"):
        counted = await asker.answer("VisitsSummary.getVisits", "noaccess", idSite=number, period="day", date=date)
        assert 1 in counted.values()

    assert (await asker.answer("SitesManager.deleteSite", idSite=number))["result"] == "success"
    assert (await asker.post("noaccess", method="SitesManager.getSiteFromId", idSite=number)).status == 401
    unknown = await asker.answer("SitesManager.getSiteFromId", idSite=number)
    assert unknown["message"].startswith("An unexpected website was found in the request")
    assert (await asker.hit(idsite=number, url="https://fresh.example/")).status == 400
    assert await asker.answer("SitesManager.getSitesIdWithAtLeastViewAccess", "noaccess") == []
    assert (await asker.answer("SitesManager.addSite", siteName="Later"))["value"] == number + 1


async def test_the_last_site_stays() -> None:
    asker = Asker()
    for number in (1, 2, 3, 4):
        assert (await asker.answer("SitesManager.deleteSite", idSite=number))["result"] == "success"
    refused = await asker.answer("SitesManager.deleteSite", idSite=5)
    assert refused["message"].startswith("It is not possible to delete this website as it is the only registered")
    assert await asker.answer("SitesManager.getSitesIdWithAtLeastViewAccess", "admin") == []


async def test_a_site_among_fifty_thousand_is_changed_and_deleted_alone() -> None:
    asker = Asker(extra_sites=50_000)
    await asker.answer("SitesManager.updateSite", "admin", idSite=777, siteName="Mine")
    assert (await asker.answer("SitesManager.deleteSite", idSite=778))["result"] == "success"
    ids = await asker.answer("SitesManager.getAllSitesId", filter_limit=-1)
    assert (len(ids), ids == sorted(ids), 777 in ids, 778 in ids) == (50_004, True, True, False)
    assert (await asker.answer("SitesManager.getSiteFromId", "view", idSite=777))["name"] == "Mine"
    assert (await asker.answer("SitesManager.addSite", siteName="x"))["value"] == 50_101
    assert 50_101 not in await asker.answer("SitesManager.getSitesIdWithAdminAccess", "admin")


async def test_updating_a_site_keeps_missing_settings_but_empties_missing_lists() -> None:
    asker = Asker()
    await asker.answer(
        "SitesManager.updateSite",
        idSite=1,
        excludedIps="10.0.0.1, 10.0.*.*,,10.0.0.1,2001:db8::/32",
        searchKeywordParameters="q,s",
        keepURLFragments=2,
        group="Ops",
    )
    site = await asker.answer("SitesManager.getSiteFromId", idSite=1)
    assert site["excluded_ips"] == "10.0.0.1,10.0.*.*,2001:db8::/32"
    assert (site["sitesearch_keyword_parameters"], site["keep_url_fragment"], site["group"]) == ("q,s", 2, "Ops")
    await asker.answer("SitesManager.updateSite", "admin", idSite=1, ecommerce=0, group="Mine")
    site = await asker.answer("SitesManager.getSiteFromId", idSite=1)
    assert (site["ecommerce"], site["keep_url_fragment"], site["group"], site["name"]) == (0, 2, "Ops", "Lumen & Oak")
    assert (site["excluded_ips"], site["sitesearch_keyword_parameters"]) == ("", "")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"excludedIps": "1.2.3.4,nope"}, "The IP to exclude &quot;nope&quot; does not have a valid IP format"),
        ({"currency": "XYZ"}, "The currency &quot;XYZ&quot; is not valid. Please enter a valid currency symbol"),
        ({"timezone": "Mars/Base"}, "The timezone &quot;Mars/Base&quot; is not valid. Please enter a valid timezone."),
        ({"urls": "javascript:alert(1)"}, "The url 'javascript:alert(1)' is not a valid URL."),
        ({"urls[0]": ""}, "You must specify at least one URL for the website."),
        ({"siteName": ""}, "The website name can't be empty."),
        ({"idSite": 99}, "website id = 99 not found"),
    ],
)
async def test_a_bad_setting_is_refused_and_nothing_is_changed(params: dict[str, object], message: str) -> None:
    asker = Asker()
    before = await _everything(asker)
    refused = await asker.answer("SitesManager.updateSite", **{"idSite": 1, **params})
    assert refused["message"].startswith(message)
    assert await _everything(asker) == before


async def test_addresses_of_a_site_are_put_in_order() -> None:
    asker = Asker()
    urls = {"urls[0]": "shop.example/", "urls[2]": "//cdn.example", "urls[1]": "https://a.example/b%2Bc?x=%26amp;"}
    await asker.answer("SitesManager.updateSite", idSite=1, **urls)
    expected = ["http://shop.example", "http://cdn.example", "https://a.example/b+c?x=&"]
    assert await asker.answer("SitesManager.getSiteUrlsFromId", idSite=1) == expected
    pages = [row["actionDetails"][0]["url"] for row in await asker.visits(filter_limit=5)]
    assert all(url.startswith("https://lumen-oak.example") for url in pages)


async def test_a_tracking_code_names_the_site_and_its_options() -> None:
    asker = Asker()
    code = (await asker.answer("SitesManager.getJavascriptTag", "view", idSite=1, piwikUrl="https://m.example/"))[
        "value"
    ]
    assert "<script>" in code
    assert 'var u="//m.example/"' in code
    assert "'setSiteId', '1'" in code
    more = (await asker.answer("SitesManager.getJavascriptTag", idSite=1, crossDomain=1, trackNoScript=1))["value"]
    assert "enableCrossDomainLinking" in more
    assert "noscript" in more
    assert (await asker.post("view", method="SitesManager.getJavascriptTag", idSite=2)).status == 401
    picture = (await asker.answer("SitesManager.getImageTrackingCode", idSite=1, actionName="A & B"))["value"]
    assert "idsite=1&amp;rec=1&amp;action_name=A+%26+B" in picture
