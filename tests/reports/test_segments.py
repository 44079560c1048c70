"""Segments taken apart, put together and said in words, as a Matomo would read them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.reports import segments
from matomo_tui.reports.segments import OPERATORS, Condition
from matomo_tui.sanitize import sanitize
from tests.recorded import load

NAMES = {"deviceType": "Device type", "countryCode": "Country", "pageUrl": "Page URL", "visitDuration": "Duration"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
CONDITIONS = st.builds(
    Condition, st.sampled_from(["pageUrl", "countryCode", "dimension1"]), st.sampled_from(OPERATORS), TEXTS
)
CLAUSES = st.lists(st.lists(CONDITIONS, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple)


@given(CLAUSES)
def test_what_is_built_is_what_is_read(clauses: tuple[segments.Clause, ...]) -> None:
    expression = segments.build(clauses)
    assert expression.isascii()
    assert segments.parse(expression) == clauses
    assert segments.build(segments.parse(expression)) == expression


@given(st.text(max_size=60))
def test_any_text_is_a_segment_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        segments.parse(text)
    words = segments.describe(text)
    assert words == sanitize(words, 10_000)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("pageUrl=^https%253A%252F%252Fshop.example%252Fdocs", "https://shop.example/docs"),
        ("pageUrl==https%3A%2F%2Fshop.example%2F", "https://shop.example/"),
        ("pageUrl==https://shop.example/", "https://shop.example/"),
        ("referrerName==Hacker+News", "Hacker News"),
        (r"eventName==a\;b\,c", "a;b,c"),
        ("eventName==50%2525", "50%"),
        ("eventName==", ""),
        ("eventName=@==", "=="),
        ("pageUrl=@a%2Cb", "a,b"),
        ("eventName==%3D+Page+%26gt%3B+with+%26gt%3B+separators+%3D", "= Page &gt; with &gt; separators ="),
    ],
)
def test_every_encoding_that_a_matomo_sends_is_read(expression: str, value: str) -> None:
    (((condition),),) = segments.parse(expression)
    assert condition.value == value


def test_a_separator_that_is_encoded_with_the_whole_expression_separates() -> None:
    whole = "referrerName%3D%3DHacker%20News%2CreferrerName%3D%3Dreddit"
    assert [each.value for each in segments.parse(whole)[0]] == ["Hacker News", "reddit"]
    (one, other) = segments.parse("pageUrl=@a%2Cb;countryCode==de")
    assert (one[0].value, other[0].value) == ("a,b", "de")
    with pytest.raises(ValueError, match="is not a condition"):
        segments.parse("pageUrl=@a%2Cb;nonsense")


def test_every_segment_of_a_recorded_row_is_read() -> None:
    seen = 0
    for topic in ("actions", "referrers", "events", "more", "reports_more"):
        for exchange in load(topic):
            if exchange.method == "API.getSegmentsMetadata":
                continue
            for row in exchange.json if isinstance(exchange.json, list) else []:
                if isinstance(row, dict) and row.get("segment"):
                    clauses = segments.parse(row["segment"])
                    assert clauses
                    assert segments.parse(segments.build(clauses)) == clauses
                    seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", ""),
        ("deviceType==smartphone;countryCode==de", "Device type is smartphone and Country is de"),
        ("countryCode==de,countryCode==at;visitDuration>=60", "Country is de or at and Duration is at least 60"),
        ("countryCode==de,deviceType!=tablet", "Country is de or Device type is not tablet"),
        ("countryCode==de,deviceType!=tablet;a=@b", "(Country is de or Device type is not tablet) and a contains b"),
        ("userId!=", "userId is set"),
        ("userId==", "userId is not set"),
        ("pageUrl=@%251B%255B2J", "Page URL contains [2J"),
        ("nonsense", "nonsense"),
    ],
)
def test_in_words(expression: str, words: str) -> None:
    assert segments.describe(expression, NAMES) == words


@pytest.mark.parametrize("expression", ["nonsense", "==x", "a b==c", "a==b;;c==d", "a==b;", "a==b\\", "x" * 9000])
def test_what_is_no_segment_is_said(expression: str) -> None:
    with pytest.raises(ValueError, match=r"condition|dimension name|backslash|at most"):
        segments.parse(expression)


def test_no_dimension_or_operator_can_smuggle_another_condition_in() -> None:
    with pytest.raises(ValueError, match="is not a valid dimension name"):
        segments.build([(Condition("a==b;c", "==", "d"),)])
    with pytest.raises(ValueError, match="not a segment operator"):
        segments.build([(Condition("a", ";", "d"),)])  # type: ignore[arg-type]
    assert (
        segments.build([(Condition("pageUrl", "==", "a;countryCode==de"),)]) == "pageUrl==a%253BcountryCode%253D%253Dde"
    )


def test_only_this_row_of_those_already_chosen() -> None:
    saved = "deviceType==smartphone;countryCode==de"
    row = "pageUrl==https%253A%252F%252Fshop.example%252F"
    assert segments.combine(saved, row) == f"{saved};{row}"
    assert segments.combine("", row) == row
    assert segments.combine(saved, "countryCode==de") == saved
    assert segments.combine(saved, "") == saved
    assert segments.combine(r"a==x\;y", "b==y") == r"a==x\;y;b==y"
