"""Tests a goal's pattern on recent pages, titles, events and visits, matching as Matomo's tracker does.

Like PHP, it compares bytes and ignores case for ASCII letters only; a pattern that does not match is tried again
URL-decoded, as Matomo does. Regular expressions run in a separate process with a time limit, so that endless
backtracking cannot block the screen.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, Protocol
from urllib.parse import unquote_plus

from matomo_tui.admin.input_parsing import amount
from matomo_tui.admin.pcre import translate
from matomo_tui.api.live import Visit

SampleKind = Literal["page", "download", "outlink", "event", "visit"]

_KIND_OF: dict[str, SampleKind] = {
    "url": "page",
    "title": "page",
    "file": "download",
    "external_website": "outlink",
    "event_category": "event",
    "event_action": "event",
    "event_name": "event",
    "visit_duration": "visit",
    "visit_total_actions": "visit",
    "visit_total_pageviews": "visit",
}
VISITS = frozenset(attribute for attribute, kind in _KIND_OF.items() if kind == "visit")
"""The attributes that are tested on whole visits."""

_ACTION_KINDS: dict[str, SampleKind] = {
    "action": "page",
    "download": "download",
    "outlink": "outlink",
    "event": "event",
}
_MOST_TRIED = 5_000
_LONGEST_TRIED = 4_096

# The separate process reads expressions and texts, and writes the spans of the first matches.
_SCRIPT = """
import json, re, sys, warnings
warnings.simplefilter("ignore")
asked = json.load(sys.stdin)
flags = 0 if asked["case"] else re.I
found = [re.compile(p.encode("utf-8", "replace"), flags) for p in asked["patterns"]]
spans = []
for text in asked["texts"]:
    raw = text.encode("utf-8", "replace")
    hit = next((m for m in (p.search(raw) for p in found) if m), None)
    spans.append(hit and [len(raw[:at].decode("utf-8", "ignore")) for at in hit.span()])
json.dump(spans, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One distinct action or visit on the site. Texts are raw, as the tracker received them."""

    kind: SampleKind
    url: str = ""
    title: str = ""
    event_category: str = ""
    event_action: str = ""
    event_name: str = ""
    minutes: float = 0.0
    """The duration of a visit."""
    actions: int = 0
    pageviews: int = 0
    count: int = 1
    """How often it happened."""

    def subject(self, attribute: str) -> str | float:
        """The value that a goal with this attribute is matched against."""
        subjects: dict[str, str | float] = {
            "title": self.title,
            "event_category": self.event_category,
            "event_action": self.event_action,
            "event_name": self.event_name,
            "visit_duration": self.minutes,
            "visit_total_actions": self.actions,
            "visit_total_pageviews": self.pageviews,
        }
        return subjects.get(attribute, self.url)


@dataclass(frozen=True, slots=True)
class TriedText:
    """One distinct text (or number) that the pattern was tested on."""

    text: str
    """Raw."""
    count: int
    """How often it happened."""
    matches: bool
    span: tuple[int, int] | None = None
    """The matching characters, start and end; None if unknown."""


@dataclass(frozen=True, slots=True)
class PatternTrial:
    """The result of testing a pattern."""

    rows: tuple[TriedText, ...] = ()
    """Matches first, then the rest, each with the most frequent texts first."""
    sentence: str = ""
    """Why the pattern could not be tested; ``""`` if it was."""
    cut: int = 0
    """The number of texts beyond the limit, which were not tested."""

    @property
    def matched(self) -> int:
        """The number of distinct texts that match."""
        return sum(row.matches for row in self.rows)

    @property
    def hits(self) -> int:
        """How often the matching texts happened."""
        return sum(row.count for row in self.rows if row.matches)


class Pattern(Protocol):
    """The pattern fields of a goal draft."""

    @property
    def match_attribute(self) -> str: ...

    @property
    def pattern(self) -> str: ...

    @property
    def pattern_type(self) -> str: ...

    @property
    def case_sensitive(self) -> bool: ...


def samples_of(visits: Iterable[Visit]) -> tuple[Sample, ...]:
    """The distinct actions of some visits (``Live.getLastVisitsDetails``), and the visits themselves."""
    counted: Counter[Sample] = Counter()
    for visit in visits:
        pages = 0
        for action in visit.action_details:
            kind = _ACTION_KINDS.get(action.type)
            if kind is None:
                continue
            pages += kind == "page"
            counted[
                Sample(
                    kind,
                    action.url,
                    (action.page_title or action.title) if kind == "page" else "",
                    action.event_category,
                    action.event_action,
                    action.event_name,
                )
            ] += 1
        counted[Sample("visit", minutes=visit.visit_duration / 60, actions=visit.actions, pageviews=pages)] += 1
    return tuple(replace(sample, count=count) for sample, count in counted.items())


def regex_problem(pattern: str) -> str:
    """The reason why Matomo would refuse an expression; ``""`` if none is known."""
    return translate(pattern).problem


def regex_untried(pattern: str) -> str:
    """The reason why an expression cannot be tested here although Matomo may accept it; ``""`` if it can."""
    return translate(pattern).untried


def matches_text(pattern: str, pattern_type: str, case_sensitive: bool, text: str) -> tuple[int, int] | None:
    """The span that ``contains`` or ``exact`` matches, as Matomo does; None if it does not match."""
    for tried in dict.fromkeys((pattern, unquote_plus(pattern, errors="replace"))):
        wanted, found = (tried, text) if case_sensitive else (_ascii_lower(tried), _ascii_lower(text))
        if pattern_type == "exact" and wanted == found:
            return (0, len(text))
        if pattern_type == "contains" and (at := found.find(wanted)) >= 0:
            return (at, at + len(wanted))
    return None


async def try_pattern(draft: Pattern, samples: Sequence[Sample], *, timeout: float = 1.0) -> PatternTrial:
    """Test a pattern on the samples. ``timeout``, in seconds, limits a regular expression."""
    attribute, kind = draft.match_attribute, _KIND_OF.get(draft.match_attribute)
    if kind is None:
        return PatternTrial(sentence="Only JavaScript or the API triggers this goal.")
    relevant = [sample for sample in samples if sample.kind == kind]
    if kind == "visit":
        return _try_numbers(draft, relevant)
    counted: Counter[str] = Counter()
    for sample in relevant:
        text = str(sample.subject(attribute))[:_LONGEST_TRIED]
        if text:
            counted[text] += sample.count
    rows = counted.most_common()
    texts, cut = rows[:_MOST_TRIED], max(0, len(rows) - _MOST_TRIED)
    if not draft.pattern:
        return PatternTrial(tuple(TriedText(text, count, False) for text, count in texts), cut=cut)
    if draft.pattern_type == "regex":
        spans, sentence = await _try_regex(draft, [text for text, _ in texts], timeout)
    else:
        sentence = ""
        spans = [matches_text(draft.pattern, draft.pattern_type, draft.case_sensitive, text) for text, _ in texts]
    tried = (TriedText(text, count, span is not None, span) for (text, count), span in zip(texts, spans, strict=True))
    return PatternTrial(tuple(sorted(tried, key=lambda row: not row.matches)), sentence, cut)


def _try_numbers(draft: Pattern, samples: Sequence[Sample]) -> PatternTrial:
    limit = amount(draft.pattern) if draft.pattern else None
    counted: Counter[float] = Counter()
    for sample in samples:
        counted[float(sample.subject(draft.match_attribute))] += sample.count
    rows = sorted(counted.items(), reverse=True)
    in_minutes = draft.match_attribute == "visit_duration"
    tried = (
        TriedText(_minutes(number) if in_minutes else f"{number:.6g}", count, limit is not None and number > limit)
        for number, count in rows
    )
    sentence = "" if limit is not None or not draft.pattern else "The pattern is not a number."
    return PatternTrial(tuple(tried), sentence)


def _minutes(number: float) -> str:
    """Minutes as ``7:31`` or ``1:02:03``."""
    minutes, seconds = divmod(round(number * 60), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


async def _try_regex(
    draft: Pattern, texts: Sequence[str], timeout: float
) -> tuple[Sequence[tuple[int, int] | None], str]:
    nothing: list[tuple[int, int] | None] = [None] * len(texts)
    patterns = []
    for pattern in dict.fromkeys((draft.pattern, unquote_plus(draft.pattern, errors="replace"))):
        found = translate(pattern)
        if found.python:
            patterns.append(found.python)
        elif pattern == draft.pattern:
            return nothing, found.problem or found.untried
    asked = {"patterns": patterns, "texts": list(texts), "case": draft.case_sensitive}
    try:
        spans = json.loads(await _run(json.dumps(asked).encode(), timeout))
    except TimeoutError:
        return nothing, "The expression takes too long on these: it may slow down the tracker too. Simplify it."
    except (OSError, ValueError):
        return nothing, "The expression could not be tested on this machine."
    return [None if span is None else (span[0], span[1]) for span in spans], ""


async def _run(asked: bytes, timeout: float) -> bytes:
    """Run the separate process and return its output. Raises ``TimeoutError`` after ``timeout`` seconds; the process is
    always killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        "-c",
        _SCRIPT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(timeout):
            output, _ = await process.communicate(asked)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output


def _ascii_lower(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
