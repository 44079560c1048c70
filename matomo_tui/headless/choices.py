"""Finds reports and segments by the names that people use for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matomo_tui.api import segment_editor
from matomo_tui.api.errors import BadRequest
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.reports import segments
from matomo_tui.reports.catalogue import PANES, Catalogue, Report
from matomo_tui.sanitize import sanitize

_WORD = re.compile(r"[^\W_]+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLACES = {method: place for place, method in enumerate(method for pane in PANES.values() for method in pane)}
"""The order of the reports in the program's sections."""
_SHORTEST_BEGINNING = 4
"""Letters of a word that may be only the beginning of one in a report's name: ``age`` is not the agents."""
_MOST_SUGGESTED = 5
_SIMILAR = 0.55
"""Similarity of a suggestion, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class ChosenReport:
    """The report that matches a name best."""

    report: Report
    english: Report
    """The same report with its names in English; ``report`` itself if those were not loaded."""
    others: tuple[Report, ...] = ()
    """Further reports that match, best first; empty if the name is exactly the report's."""


@dataclass(frozen=True, slots=True)
class ChosenSegment:
    """A segment of visits."""

    expression: str = ""
    """Matomo's expression; ``""`` for all visits."""
    name: str = ""
    """The name of a saved segment, sanitized; ``""`` for any other."""


def choose_report(
    catalogue: Catalogue, text: str, where: str = "matomo-tui report --list has all names."
) -> ChosenReport:
    """Return the report that ``text`` names: by its id or method, its name, or words of its name, in the singular or
    plural, or their beginnings of four letters or more; or else by words of the method of only one report. Words in
    the catalogue's own language are looked for last: a French report of other pages is not ``pages``.

    Among equal matches, one whose name begins with the words wins, then one without parameters (such as a goal), then
    one of the program's own sections in their order, then the shorter name. Raises ``BadRequest`` if no report matches,
    with suggestions: reports in whose name, method, category or columns words begin so, then those of similar names; or
    else with the sentence ``where``.
    """
    wanted = " ".join(text.split()).casefold()
    for names in catalogue.languages:
        exact = [one for one in names if wanted in (one.id.casefold(), one.method.casefold(), one.name.casefold())]
        if exact and wanted:
            return _chosen(catalogue, [min(exact, key=lambda one: len(one.parameters))])
    words = [_Word.of(word) for word in _WORD.findall(wanted)]
    for names in catalogue.languages:
        if found := _named(names, words) or _of_one_method(names, words):
            return _chosen(catalogue, found)
    raise BadRequest(f"No report is called {sanitize(text, 80)!r}. {_suggested(catalogue, wanted, words) or where}")


def _chosen(catalogue: Catalogue, found: Sequence[Report]) -> ChosenReport:
    """The first of ``found``, and the others, with their names in the catalogue's own language."""
    first, *others = (catalogue.get(one.id) or one for one in found)
    return ChosenReport(first, catalogue.in_english(first), tuple(others))


def _of_one_method(catalogue: Catalogue, words: Sequence[_Word]) -> list[Report]:
    """The report in whose method the words are, if it is the only one."""
    found = [one for one in catalogue if _has_words(_method_words(one), words)]
    return found if len(found) == 1 else []


def _named(catalogue: Catalogue, words: Sequence[_Word]) -> list[Report]:
    """The reports with these words in their names, best first."""
    in_name = [one for one in catalogue if _has_words(one.name, words)]
    return sorted(in_name, key=lambda one: _rank(one, words[0].beginning))


def _rank(report: Report, first_word: str) -> tuple[bool, int, int, int]:
    begins = report.name.casefold().startswith(first_word)
    return not begins, len(report.parameters), _PLACES.get(report.method, len(_PLACES)), len(report.name)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word to look for, in lower case."""

    beginning: str
    """What the word begins with."""
    endings: tuple[str, ...] | None = None
    """What may follow to the end of the word; None for anything."""

    @classmethod
    def of(cls, typed: str) -> _Word:
        """``typed`` without the ending of a plural: ``countr`` for ``countries``, ``page`` for ``pages``.

        A short word has to be a whole one, unless its script has no capitals: Chinese words are short.
        """
        stem, endings = typed, ("", "s")
        if len(typed) > 4 and typed.endswith("ies"):
            stem, endings = typed[:-3], ("y", "ies")
        elif len(typed) > 3 and typed.endswith("s") and not typed.endswith("ss"):
            stem = typed[:-1]
        return cls(stem, endings if len(stem) < _SHORTEST_BEGINNING and stem != stem.upper() else None)

    def is_in(self, text: str) -> bool:
        """Return True if a word of ``text``, in lower case, is this one: ``ip`` is not in ``descriptions``."""
        at = text.find(self.beginning)
        while at >= 0:
            # Scripts without capitals, such as Chinese, need not have spaces between words.
            if at == 0 or not text[at - 1].isalnum() or text[at - 1].lower() == text[at - 1].upper():
                rest = _WORD.match(text, at + len(self.beginning))
                if self.endings is None or (rest.group() if rest else "") in self.endings:
                    return True
            at = text.find(self.beginning, at + 1)
        return False


def _has_words(text: str, words: Sequence[_Word]) -> bool:
    """Return True if each of ``words`` is in ``text``, in any case."""
    lower = text.casefold()
    return bool(words) and all(word.is_in(lower) for word in words)


def _suggested(catalogue: Catalogue, wanted: str, words: Sequence[_Word]) -> str:
    beginnings = [_Word(word.beginning) for word in words]
    languages = catalogue.languages[::-1]
    found = [report for names in languages for report in _named(names, beginnings)]
    for text_of in (_method_words, _surroundings):
        found += [report for names in languages for report in names if _has_words(text_of(report), beginnings)]
    by_name = {report.name.casefold(): report for names in languages for report in reversed(names.reports)}
    found += [by_name[key] for key in difflib.get_close_matches(wanted, by_name, _MOST_SUGGESTED, _SIMILAR)]
    suggested: dict[str, str] = {}
    for report in found:
        # One that is found in both languages is named once, in the catalogue's own.
        suggested.setdefault(report.id, report.name)
    return did_you_mean(list(dict.fromkeys(suggested.values())))


def _method_words(report: Report) -> str:
    return _CAPITAL.sub(" ", report.method)  # getOsVersions has the word Os


def _surroundings(report: Report) -> str:
    """What else than its name and method tells what a report is about."""
    columns = " ".join(column.name for column in report.columns)
    return f"{report.category} {report.subcategory} {report.dimension} {columns}"


def did_you_mean(names: Sequence[str]) -> str:
    """A question with up to five suggestions; ``""`` for none. ``names`` are sanitized."""
    *most, last = names[:_MOST_SUGGESTED] or ("",)
    shown = f"{', '.join(most)} or {last}" if most else last
    return f"Did you mean {shown}?" if shown else ""


async def choose_segment(connection: ReadConnection, site_id: int, text: str) -> ChosenSegment:
    """Return the segment that ``text`` is: an expression (``countryCode==de``), or the name of a saved segment.

    Raises ``MatomoError``; ``BadRequest`` with suggestions if it is neither.
    """
    if not text.strip():
        return ChosenSegment()
    try:
        segments.parse(text)
    except ValueError as error:
        reason = str(error)
    else:
        return ChosenSegment(text.strip())
    if any(sign in text for sign in "=<>!"):
        raise BadRequest(reason)
    saved = await connection.call(segment_editor.get_all(site_id))
    names = {one.name: one for one in saved}
    name = _by_name(text.strip(), names)
    if name is None:
        close = difflib.get_close_matches(text, names, _MOST_SUGGESTED, _SIMILAR)
        hint = did_you_mean([sanitize(one, 60) for one in close]) or "matomo-tui segments lists the saved ones."
        raise BadRequest(f"{sanitize(text, 80)!r} is neither a segment expression nor a saved segment. {hint}")
    return ChosenSegment(names[name].definition, sanitize(name, 100))


def _by_name(text: str, names: Iterable[str]) -> str | None:
    """The only name that equals ``text``, equals it in any case, begins with it, or contains it."""
    wanted = text.casefold()
    known = list(names)
    stages = (
        [name for name in known if name == text],
        [name for name in known if name.casefold() == wanted],
        [name for name in known if name.casefold().startswith(wanted)],
        [name for name in known if wanted in name.casefold()],
    )
    found = next((stage for stage in stages if stage), [])
    return found[0] if len(found) == 1 else None
