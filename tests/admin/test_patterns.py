"""Matching a goal's pattern against recent activity, by the rules of Matomo's tracker."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.patterns import Sample, matches_text, samples_of, try_pattern
from matomo_tui.admin.pcre import compiled, translate
from matomo_tui.admin.recent_activity import RecentActivity
from matomo_tui.api.json_decoding import records
from matomo_tui.api.live import Visit
from tests.recorded import load

PAGES = (
    Sample("page", url="https://shop.example/checkout/thanks?id=1", title="Thanks & <b>", count=3),
    Sample("page", url="https://shop.example/Checkout", title="Checkout 🎉", count=5),
    Sample("page", url="https://shop.example/", title=" Home"),
    Sample("download", url="https://shop.example/price.pdf"),
    Sample("outlink", url="https://other.example/"),
    Sample("event", url="https://shop.example/", event_category="Video", event_action="play", event_name="Intro"),
    Sample("visit", minutes=4.5, actions=7, pageviews=6),
    Sample("visit", minutes=0.0, actions=1, pageviews=1, count=2),
)


@pytest.mark.parametrize(
    ("attribute", "kind", "pattern", "case", "matched"),
    [
        ("url", "contains", "/checkout", False, ["/Checkout", "/checkout/thanks?id=1"]),
        ("url", "contains", "/checkout", True, ["/checkout/thanks?id=1"]),
        ("url", "contains", "%2Fcheckout%2Fthanks", False, ["/checkout/thanks?id=1"]),
        ("url", "exact", "https://SHOP.example/", False, ["/"]),
        ("url", "exact", "https://SHOP.example/", True, []),
        ("url", "exact", "https://shop.example", False, []),
        ("url", "regex", r"/checkout(/|$)", False, ["/Checkout", "/checkout/thanks?id=1"]),
        ("url", "regex", r"id=\d+$", True, ["/checkout/thanks?id=1"]),
        ("title", "contains", "thanks & <b>", False, ["Thanks & <b>"]),
        ("title", "exact", "Checkout 🎉", True, ["Checkout 🎉"]),
        ("title", "regex", "^ ?home$", False, [" Home"]),
        ("title", "regex", "🎉", True, ["Checkout 🎉"]),
        ("file", "contains", ".pdf", False, ["/price.pdf"]),
        ("external_website", "contains", "other", False, ["https://other.example/"]),
        ("event_category", "exact", "video", False, ["Video"]),
        ("event_action", "contains", "PL", True, []),
        ("event_name", "regex", "^in", False, ["Intro"]),
    ],
)
async def test_what_a_pattern_would_have_matched(
    attribute: str, kind: str, pattern: str, case: bool, matched: list[str]
) -> None:
    draft = GoalDraft(match_attribute=attribute, pattern=pattern, pattern_type=kind, case_sensitive=case)
    trial = await try_pattern(draft, PAGES, timeout=20)
    assert trial.sentence == ""
    found = [row.text.removeprefix("https://shop.example") for row in trial.rows if row.matches]
    assert sorted(found) == sorted(matched)
    assert trial.matched == len(matched)


async def test_a_match_says_where_and_how_often() -> None:
    trial = await try_pattern(GoalDraft(pattern="checkout"), PAGES)
    assert [(row.count, row.matches) for row in trial.rows] == [(5, True), (3, True), (1, False)]
    assert trial.hits == 8
    first = trial.rows[0]
    assert first.span is not None
    assert first.text[slice(*first.span)] == "Checkout"
    regex = await try_pattern(GoalDraft(match_attribute="title", pattern="🎉", pattern_type="regex"), PAGES, timeout=20)
    assert [row.text[slice(*row.span)] for row in regex.rows if row.span] == ["🎉"]


@pytest.mark.parametrize(
    ("attribute", "pattern", "matched"),
    [
        ("visit_duration", "4", 1),
        ("visit_duration", "4.5", 0),
        ("visit_total_actions", "0", 2),
        ("visit_total_pageviews", "5", 1),
    ],
)
async def test_numbers_are_greater_than(attribute: str, pattern: str, matched: int) -> None:
    draft = GoalDraft(match_attribute=attribute, pattern=pattern, pattern_type="greater_than")
    assert (await try_pattern(draft, PAGES)).matched == matched


async def test_durations_read_as_on_a_clock() -> None:
    minutes = (7 + 31 / 60, 62.05, 0.0, 451 / 60)
    samples = [Sample("visit", minutes=each) for each in minutes]
    draft = GoalDraft(match_attribute="visit_duration", pattern="7.5", pattern_type="greater_than")
    trial = await try_pattern(draft, samples)
    assert [(row.text, row.matches) for row in trial.rows] == [("1:02:03", True), ("7:31", True), ("0:00", False)]


def test_visits_are_of_the_newest_and_all_else_of_the_last_days() -> None:
    found = RecentActivity(words="the last 7 days", visits="the newest 200 visits")
    assert found.words_for("visit_duration") == found.words_for("visit_total_actions") == "the newest 200 visits"
    assert found.words_for("url") == "the last 7 days"


async def test_an_empty_pattern_matches_nothing_and_lists_samples() -> None:
    trial = await try_pattern(GoalDraft(), PAGES)
    assert (trial.matched, len(trial.rows)) == (0, 3)
    assert (await try_pattern(GoalDraft(match_attribute="manually"), PAGES)).sentence


async def test_a_regex_that_never_ends_is_ended() -> None:
    sample = Sample("page", url="https://shop.example/" + "a" * 60 + "!")
    draft = GoalDraft(pattern="(a+)+$", pattern_type="regex")
    began = time.monotonic()
    trial = await try_pattern(draft, [sample], timeout=0.5)
    assert time.monotonic() - began < 10
    assert "takes too long" in trial.sentence
    assert trial.matched == 0


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "does not compile"),
        ("[a", "does not compile"),
        ("a**", "does not compile"),
        ("*a", "does not compile"),
        ("a\\", "does not compile"),
        ("(?<n>a)(?<n>b)", "does not compile"),
        (r"/a\/b", "mix"),
        (r"a\\/b/", "mix"),
        ("a{65536}", "repeats more than 65535 times"),
        (f"a{{{'1' * 5000}}}", "repeats more than 65535 times"),
        ("a{1,65536}", "repeats more than 65535 times"),
        ("[:alpha:]", "[:alpha:] stands only within another pair of brackets"),
        ("a[.b.]c", "[.b.] stands only within another pair of brackets"),
        (r"\c", "does not compile"),
    ],
)
async def test_a_regex_that_matomo_refuses(pattern: str, says: str) -> None:
    assert says in translate(pattern).problem
    trial = await try_pattern(GoalDraft(pattern=pattern, pattern_type="regex"), PAGES)
    assert says in trial.sentence


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"(?<id>\d+)-\k<id>", "12-12", "12-12"),
        (r"(?'x'a)\k{x}", "baa", "aa"),
        (r"[[:alpha:]]+\z", "12ab", "ab"),
        (r"[[:punct:]]", "a-b", "-"),
        (r"\Qa.b\E+", "axb a.bbb", "a.bbb"),
        (r"a\hb", "a\tb", "a\tb"),
        (r"end\Z", "the end\n", "end"),
        (r"\x{41}[\x{42}]", "AB", "AB"),
        (r"a++b", "aaab", "aaab"),
        (r"(?i)SHOP", "shop", "shop"),
        (r"[]x]+", "]x", "]x"),
        (r"[a&&b|~[]+", "&|[", "&|["),
        (r"a/b", "a/b", "a/b"),
        (r"a\/b", "a/b", "a/b"),
        (r"\bfoo\b(?=bar|$)", "foo", "foo"),
        (r"a\cI[\ci]", "a\t\t", "a\t\t"),
        (r"\x9[\x9]\x41", "\t\tA", "\t\tA"),
        (r"\x[\x]\xg", "\0\0\0g", "\0\0\0g"),
        (r"(?<n>a)?(?(<n>)b|c)", "ab", "ab"),
        (r"(?'n'a)?(?('n')b|c)", "xc", "c"),
        (r"(?i-s:A)(?:b)", "ab", "ab"),
        (r"a{,}", "a{,}", "a{,}"),
        (r"[a{65536}]\{65536}\Q{,65536}\E", "a{65536}{,65536}", "a{65536}{,65536}"),
        (r"[^:a:][:a][a:]", "xa:", "xa:"),
    ],
)
def test_php_syntax_is_translated(pattern: str, text: str, found: str) -> None:
    translated = translate(pattern)
    assert (translated.problem, translated.untried) == ("", "")
    match = compiled(translated.python).search(text.encode())
    assert match is not None
    assert match[0].decode() == found


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?R)",
        r"(?|a|b)",
        r"\p{L}+",
        r"a\Kb",
        r"(?<=a|bb)c",
        r"a(?i)b",
        r"(*UTF8)a",
        r"(a)\g{1}",
        r"\x{1F389}",
        "(?&x)",
        "(?-i)a",
        "(?i-s)a",
        "(?^:a)",
        "(?-:a)",
        "(?a:b)",
        "(?x-x:a)",
        "(?(?=a)b|c)",
        "(?(DEFINE)a)b",
        "x{,3}",
        "x{ 3 }",
        r"\c\a",
    ],
)
async def test_syntax_without_a_python_equivalent_is_reported_as_untested(pattern: str) -> None:
    found = translate(pattern)
    assert (found.python, found.problem) == ("", "")
    assert "only Matomo can test" in found.untried
    warnings = GoalDraft(name="x", pattern=pattern, pattern_type="regex").problems()
    assert [problem.is_warning for problem in warnings] == [True]
    assert "only Matomo" in (await try_pattern(GoalDraft(pattern=pattern, pattern_type="regex"), PAGES)).sentence


@given(st.text(max_size=40))
def test_any_text_is_an_expression_a_problem_or_untried(pattern: str) -> None:
    found = translate(pattern)
    assert (found.problem == "" and found.untried == "") or found.python == ""
    if not found.problem and not found.untried:
        compiled(found.python)


@given(st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_an_escaped_literal_matches_where_it_stands(needle: str, hay: str) -> None:
    translated = translate(re.escape(needle).replace("/", r"\/"))
    assert translated.problem == ""
    match = compiled(translated.python).search((hay + needle).encode("utf-8", "replace"))
    assert match is not None
    span = matches_text(needle, "contains", True, hay + needle)
    assert span is not None
    assert (hay + needle)[slice(*span)] == needle


@given(st.text(max_size=30), st.text(max_size=30))
def test_contains_agrees_with_php(needle: str, hay: str) -> None:
    found = matches_text(needle, "contains", False, hay) is not None
    lowered = needle.encode("utf-8", "replace").lower() in hay.encode("utf-8", "replace").lower()
    assert found or not lowered


def test_samples_come_from_recorded_visits() -> None:
    visits: list[Visit] = []
    for row in load("live"):
        if row.method == "Live.getLastVisitsDetails" and isinstance(row.json, list) and row.json:
            visits += records(Visit)(row.body)
    samples = samples_of(visits)
    kinds = {sample.kind for sample in samples}
    assert {"page", "visit"} <= kinds
    assert all(sample.url for sample in samples if sample.kind == "page")
    pages = sum(action.type == "action" for visit in visits for action in visit.action_details)
    assert sum(sample.count for sample in samples if sample.kind == "page") == pages
