"""Names read back from the demo as from a real Matomo: unchanged except for entities, NULs and truncation."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.demo.asking import Asker

HOSTILE = ['Tom & "Jerry"', "<b>x</b> 'y'", "שלום \u202e olleh", "🦊 émoji 👩‍👩‍👧", "a;b & c;d", "\x1b[2J", "50 % + 1"]
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
SMALL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def _site(asker: Asker, name: str) -> Any:
    number = (await asker.answer("SitesManager.addSite", siteName=name))["value"]
    return (await asker.answer("SitesManager.getSiteFromId", idSite=number))["name"]


async def _goal(asker: Asker, **texts: str) -> Any:
    goal = {"name": "x", "matchAttribute": "title", "pattern": "x", "patternType": "contains", **texts}
    number = (await asker.answer("Goals.addGoal", idSite=1, **goal))["value"]
    return await asker.answer("Goals.getGoal", idSite=1, idGoal=number)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_comes_back_as_it_was_sent(name: str) -> None:
    asker = Asker()
    # Matomo trims what it receives.
    name = name.strip(" \t\n\r\0\x0b")
    assert await _site(asker, name) == name
    sent = name.replace("%", "%25").replace("+", "%2B")
    goal = await _goal(asker, name=sent, pattern=sent, description=sent)
    assert (goal["name"], goal["pattern"], goal["description"]) == (name, name, name)


async def test_entities_are_decoded_once_more_for_goals_than_for_sites() -> None:
    asker = Asker()
    assert await _site(asker, "a &lt;b&gt; &amp;amp; &apos; &#27; \0c") == "a <b> &amp; &apos; &#27; c"
    assert (await _goal(asker, name="&amp;lt;b&amp;gt;"))["name"] == "<b>"


async def test_goals_are_url_decoded_once_more() -> None:
    goal = await _goal(Asker(), name="a+b %41", pattern="/%2Bx")
    assert (goal["name"], goal["pattern"]) == ("a b A", "/+x")


async def test_values_longer_than_the_column_are_silently_truncated() -> None:
    asker = Asker()
    assert await _site(asker, "n" * 91) == "n" * 90
    assert await _site(asker, "&" * 30) == "&" * 18
    assert (await _goal(asker, name="g" * 51))["name"] == "g" * 50


async def test_a_group_a_login_and_an_address_keep_their_characters() -> None:
    asker = Asker()
    await asker.answer("SitesManager.updateSite", idSite=1, group=" R&D <x> ", excludedUserAgents="Bot/1.0 (x; y),<b>")
    site = await asker.answer("SitesManager.getSiteFromId", idSite=1)
    assert (site["group"], site["excluded_user_agents"]) == ("R&D <x>", "Bot/1.0 (x; y),<b>")
    password = "a&amp;b<\"'ü "
    await asker.answer("UsersManager.addUser", userLogin="Zoe", password=password, email="o'z@x.org")
    (user,) = await asker.answer("UsersManager.getUsers", userLogins="Zoe")
    assert user["email"] == "o'z@x.org"
    token = {"userLogin": "Zoe", "passwordConfirmation": html.unescape(password), "description": "d"}
    assert "value" in await asker.answer("UsersManager.createAppSpecificTokenAuth", **token)


@SMALL
@given(name=NAMES)
async def test_names_without_entities_read_back_unchanged(name: str) -> None:
    asker = Asker()
    # Matomo trims what it receives, and refuses an empty name.
    name = name.strip(" \t\n\r\0\x0b")
    if not name or html.unescape(name) != name or len(html.escape(name)) > 50:
        return
    assert await _site(asker, name) == name
    sent = name.replace("%", "%25").replace("+", "%2B")
    assert (await _goal(asker, name=sent))["name"] == name


@SMALL
@given(text=st.text(max_size=40))
async def test_any_parameter_is_answered(text: str) -> None:
    asker = Asker()
    for method in ("Goals.addGoal", "Goals.updateGoal", "SitesManager.updateSite", "UsersManager.addUser"):
        params = dict.fromkeys(
            ("name", "matchAttribute", "pattern", "patternType", "revenue", "siteName", "urls[0]", "timezone"), text
        )
        users = dict.fromkeys(("userLogin", "password", "email", "initialIdSite"), text)
        reply = await asker.post(method=method, idSite=1, idGoal=1, **params, **users)
        assert reply.status in (200, 400, 401)
        assert isinstance(reply.json, dict)
