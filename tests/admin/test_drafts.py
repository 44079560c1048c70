"""Form drafts: validation, and the values that would be stored."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.admin import goals, sites
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.input_parsing import amount, items
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.admin.state import errors
from matomo_tui.admin.tracking_test import HitDraft
from matomo_tui.api.client import Client
from matomo_tui.api.goals import MATCH_ATTRIBUTES, Goal
from matomo_tui.api.json_decoding import records
from matomo_tui.api.sites import SiteDetails
from tests.admin.matomo import FaultyMatomo
from tests.recorded import load

GOAL = GoalDraft(name="Signup", pattern="/signup")
SITE = SiteDraft(name="Shop", urls="https://shop.example", timezone="Europe/Berlin", currency="EUR")


def goal_fields(**changes: object) -> list[str]:
    draft = dataclasses.replace(GOAL, **changes)  # type: ignore[arg-type]
    return [problem.field for problem in errors(draft.problems())]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"name": " "}, ["name"]),
        ({"name": "x" * 51}, ["name"]),
        ({"name": "&" * 11}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"pattern": ""}, ["pattern"]),
        ({"pattern": "x" * 256}, ["pattern"]),
        ({"match_attribute": "bogus"}, ["match_attribute"]),
        ({"match_attribute": "manually", "pattern": ""}, []),
        ({"match_attribute": "manually", "pattern_type": "exact"}, []),
        ({"pattern_type": "greater_than"}, ["pattern_type"]),
        ({"pattern_type": "exact"}, ["pattern"]),
        ({"pattern_type": "exact", "pattern": "https://x.example/"}, []),
        ({"pattern_type": "exact", "match_attribute": "file"}, ["pattern"]),
        ({"pattern_type": "exact", "match_attribute": "title"}, []),
        ({"pattern_type": "exact", "match_attribute": "event_name"}, []),
        ({"pattern_type": "regex", "pattern": "("}, ["pattern"]),
        ({"pattern_type": "regex", "pattern": r"^/a\d+$"}, []),
        ({"match_attribute": "visit_duration"}, ["pattern_type"]),
        ({"match_attribute": "visit_duration", "pattern_type": "greater_than"}, ["pattern"]),
        ({"match_attribute": "visit_duration", "pattern_type": "greater_than", "pattern": "2.5"}, []),
        ({"match_attribute": "visit_duration", "pattern_type": "greater_than", "pattern": "2,5"}, ["pattern"]),
        ({"match_attribute": "visit_duration", "pattern_type": "greater_than", "pattern": "-2"}, ["pattern"]),
        ({"match_attribute": "visit_duration", "pattern_type": "greater_than", "pattern": "+5"}, ["pattern"]),
        ({"pattern": "  "}, ["pattern"]),
        ({"name": f"  {'x' * 50} "}, []),
        ({"match_attribute": "visit_duration", "pattern_type": "greater_than", "pattern": "0"}, []),
        ({"revenue": "free"}, ["revenue"]),
        ({"revenue": "19,90"}, []),
        ({"event_value_as_revenue": True}, ["event_value_as_revenue"]),
        ({"event_value_as_revenue": True, "match_attribute": "event_action"}, []),
    ],
)
def test_what_is_wrong_with_a_goal(changes: dict[str, object], fields: list[str]) -> None:
    assert goal_fields(**changes) == fields


@pytest.mark.parametrize("attribute", MATCH_ATTRIBUTES)
def test_every_attribute_has_words_and_its_kinds_of_pattern(attribute: str) -> None:
    assert goals.ATTRIBUTE_WORDS[attribute]
    kinds = goals.types_for(attribute)
    assert bool(kinds) == (attribute != "manually")
    for kind in kinds:
        pattern = "5" if kind == "greater_than" else "https://x.example/"
        assert goal_fields(match_attribute=attribute, pattern_type=kind, pattern=pattern) == []


def test_a_goal_goes_into_a_draft_and_back_unchanged() -> None:
    found = [goal for row in load("goals") if row.method == "Goals.getGoals" for goal in records(Goal)(row.body)]
    assert len(found) >= 2
    for goal in found:
        assert goals.state_of(goal) == GoalDraft.of(goal).state()
        assert goals.plan_update(goal, GoalDraft.of(goal)).steps == ()


BLANKS = " \t\n\r\0\v"
"""What Matomo removes at the ends of every parameter."""
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1, max_size=30)


@given(_TEXT, _TEXT, _TEXT)
def test_any_text_goes_to_matomo_and_comes_back(name: str, pattern: str, site: str) -> None:
    import asyncio

    async def go() -> None:
        matomo = FaultyMatomo()
        client = Client(matomo)
        draft = GoalDraft(name=name, pattern=pattern, description=pattern)
        step = goals.plan_add(1, draft).steps[0]
        await client.call(step.call)
        stored = matomo.goals[1][1]
        bare = pattern.strip(BLANKS)
        assert (stored["name"], stored["pattern"], stored["description"]) == (name.strip(BLANKS), bare, bare)
        await client.call(sites.plan_add(dataclasses.replace(SITE, name=site)).steps[0].call)
        assert matomo.sites[2]["name"] == site.strip(BLANKS)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 91}, ["name"]),
        ({"urls": ""}, ["urls"]),
        ({"urls": "https://a.example, https://b.example"}, ["urls"]),
        ({"urls": "app://mine"}, []),
        ({"urls": "https://a.example\n\n  https://b.example  "}, []),
        ({"urls": "https://a.example https://b.example"}, ["urls"]),
        ({"urls": "https://a.examplehttps://b.example"}, ["urls"]),
        ({"urls": "a.example/HTTP://b.example"}, ["urls"]),
        ({"urls": "https://a.example/?next=https://b.example"}, []),
        ({"urls": "https://a.example/my page"}, ["urls"]),
        ({"description": "x" * 255}, []),
        ({"description": "x" * 256}, ["description"]),
        ({"description": "a\nb"}, ["description"]),
        ({"urls": "http://"}, ["urls"]),
        ({"urls": "https://a.example/de,at"}, []),
        ({"urls": "a.example,b.example"}, ["urls"]),
        ({"timezone": "Mars/Base"}, ["timezone"]),
        ({"currency": "XYZ"}, ["currency"]),
        ({"excluded_ips": "10.0.0.1, 10.0.*.*\n10.0.0.0/8,2001:db8::/32"}, []),
        ({"excluded_ips": "*.*.*.*, 1.*.*.*, ::1/64, 1.2.3.4/0"}, []),
        ({"excluded_ips": "1.2.3.4/255.255.255.0"}, ["excluded_ips"]),
        ({"excluded_ips": "fe80::1%eth0"}, ["excluded_ips"]),
        ({"excluded_ips": "1.2.*.4, *, *.*"}, ["excluded_ips"] * 3),
        ({"excluded_ips": "10.0.0.256"}, ["excluded_ips"]),
        ({"excluded_ips": "host, 10.*"}, ["excluded_ips", "excluded_ips"]),
        ({"keep_url_fragment": 7}, ["keep_url_fragment"]),
        ({"group": "g" * 251}, ["group"]),
        ({"group": "0"}, ["group"]),
    ],
)
def test_what_is_wrong_with_a_site(changes: dict[str, object], fields: list[str]) -> None:
    draft = dataclasses.replace(SITE, **changes)  # type: ignore[arg-type]
    found = errors(draft.problems(timezones=("Europe/Berlin",), currencies=("EUR", "USD")))
    assert [problem.field for problem in found] == fields


@pytest.mark.parametrize("kind", ["contains", "exact"])
def test_a_space_in_an_address_to_match_is_warned_of(kind: str) -> None:
    draft = GoalDraft(name="x", pattern="https://shop.example/my page", pattern_type=kind)
    assert [(problem.field, problem.is_warning) for problem in draft.problems()] == [("pattern", True)]
    assert dataclasses.replace(draft, match_attribute="title", pattern_type="contains").problems() == ()


@pytest.mark.parametrize(
    ("version", "has"),
    [
        ("5.11.0", True),
        ("5.11.0-rc1", True),
        ("6.0.0", True),
        ("5.8.0", False),
        ("5.9", False),
        ("4.20.1", False),
        ("", False),
    ],
)
def test_sites_have_a_description_from_5_11_on(version: str, has: bool) -> None:
    assert sites.has_description(version) is has


def test_only_a_filled_in_description_is_sent() -> None:
    assert "description" not in sites.plan_add(SITE).steps[0].call.params
    described = dataclasses.replace(SITE, description="Our shop")
    assert sites.plan_add(described).steps[0].call.params["description"] == "Our shop"
    opened = SiteDetails(id=1, name=SITE.name, description="")
    step = sites.plan_update(opened, ("https://shop.example",), described).steps[0]
    assert "description" in [row.field for row in step.differences]
    assert step.call.params["description"] == "Our shop"
    old = SiteDetails(id=1, name=SITE.name)
    assert "description" not in sites.state_of(old, ())


def test_a_url_without_a_scheme_is_shown_as_stored() -> None:
    draft = dataclasses.replace(SITE, urls="shop.example/")
    assert [problem.is_warning for problem in draft.problems()] == [True]
    assert draft.state()["urls"] == ("http://shop.example",)


def test_a_group_is_for_superusers() -> None:
    draft = dataclasses.replace(SITE, group="Team")
    assert "superuser" in draft.problems(superuser=False)[0].sentence
    details = next(site for row in load("sites") for site in _details(row.method, row.body))
    changed = dataclasses.replace(SiteDraft.of(details, ("https://shop.example",)), group="Team")
    assert sites.plan_update(details, ("https://shop.example",), changed, superuser=False).steps == ()
    assert sites.plan_update(details, ("https://shop.example",), changed).steps


def test_a_recorded_site_goes_into_a_draft_and_back_unchanged() -> None:
    found = [site for row in load("sites") for site in _details(row.method, row.body)]
    assert found
    for site in found:
        draft = SiteDraft.of(site, (site.main_url,))
        assert sites.plan_update(site, (site.main_url,), draft).steps == ()


def _details(method: str, body: bytes) -> tuple[SiteDetails, ...]:
    return records(SiteDetails)(body) if method == "SitesManager.getAllSites" and body.startswith(b"[") else ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0.0),
        ("20", 20.0),
        ("19,9", 19.9),
        ("19.90", 19.9),
        ("-1", -1.0),
        ("1e3", None),
        ("€5", None),
        ("1.2.3", None),
    ],
)
def test_amounts(text: str, number: float | None) -> None:
    assert amount(text) == number


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,000", "This is read as 1: write 1000 without a separator if you mean that."),
        (" 12.500 ", "This is read as 12.5: write 12500 without a separator if you mean that."),
        ("-1.000", "This is read as -1: write -1000 without a separator if you mean that."),
        ("1000", ""),
        ("1000.000", ""),
        ("0.125", ""),
        (".125", ""),
        ("19,90", ""),
        ("1.0000", ""),
    ],
)
def test_an_amount_that_may_be_thousands_is_warned_of_and_kept(text: str, says: str) -> None:
    goal = GoalDraft(name="x", pattern="x", revenue=text)
    warned = [problem.sentence for problem in goal.problems() if problem.is_warning and "read as" in problem.sentence]
    assert warned == ([says] if says else [])
    assert goal.revenue == text
    for hit, field in (
        (HitDraft(kind="goal", url="https://shop.example/", goal_id=1, revenue=text), "revenue"),
        (HitDraft(kind="event", url="https://shop.example/", category="a", action="b", value=text), "value"),
    ):
        assert [(one.field, one.sentence) for one in hit.problems()] == ([(field, says)] if says else [])


def test_lists_have_each_entry_once() -> None:
    assert items(" a, b\n\n c ,a,") == ("a", "b", "c")
