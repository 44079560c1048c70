"""Values found across dimensions by any word: ``phones`` finds ``deviceType==smartphone``, ``Germany`` finds
``countryCode==de``.

How it works: every row of a report carries the segment that stands for it, and reports are archived, so the rows of a
dozen small reports in one bulk request are a dictionary from the words that a person reads to Matomo's segments. On a
site with 2,500 visits a month that took 0.6 s; ``API.getSuggestedValuesForSegment`` took 1 to 3 s for each dimension,
because it reads the visit log, and it knows ``de`` but not Germany. Pages, titles and cities may be many: the server
searches those for the typed text.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct

from matomo_tui.api import reports
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess, NotAllowed
from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.page_url import shown
from matomo_tui.reports import segments
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query

TIMEOUT = 120.0
MOST_FOUND = 30
"""Values returned for one text."""
LEAST_SEARCHED = 3
"""Characters from which on the server searches."""
_CODES = frozenset({"countryCode", "browserCode", "operatingSystemCode", "referrerType"})
_MOST_ROWS = 300
_MOST_SEARCHED = 8
_MOST_ANSWERS = 50
_NOT_FOUND = 9
_VERSION = re.compile(r"\s+(?:[\d.]+|Unknown)$")


class _Source(Struct, frozen=True):
    """A report whose rows are values of a dimension; ``name`` is the dimension's for the reader."""

    method: str
    name: str
    flat: bool = False
    versions: bool = False
    """Rows are versions, of which only the product counts."""


_KNOWN = (
    _Source("UserCountry.getCountry", "Country"),
    _Source("DevicesDetection.getType", "Device type"),
    _Source("Referrers.getReferrerType", "Channel type"),
    _Source("DevicesDetection.getBrand", "Device brand"),
    _Source("DevicesDetection.getBrowsers", "Browser"),
    _Source("DevicesDetection.getOsVersions", "Operating system", versions=True),
    _Source("UserLanguage.getLanguage", "Language"),
    _Source("Referrers.getSearchEngines", "Search engine"),
    _Source("Referrers.getSocials", "Social network"),
    _Source("Referrers.getCampaigns", "Campaign"),
    _Source("Events.getCategory", "Event category"),
    _Source("UserCountry.getCity", "City"),
)
"""Reports that are loaded once, the most likely first."""
_SEARCHED = (
    _Source("Actions.getPageUrls", "Page URL", flat=True),
    _Source("Actions.getPageTitles", "Page title", flat=True),
    _Source("Referrers.getWebsites", "Website"),
    _Source("UserCountry.getCity", "City"),
    _Source("Actions.getSiteSearchKeywords", "Search keyword"),
    _Source("UserId.getUsers", "User ID"),
)
"""Reports that may be long: the server searches them."""

_DEVICE_TYPES = (
    *("Desktop", "Smartphone", "Tablet", "Feature phone", "Console", "TV", "Car browser", "Smart display", "Camera"),
    *("Portable media player", "Phablet", "Smart speaker", "Wearable", "Peripheral"),
)
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "phone": ("smartphone",),
    "mobile": ("smartphone", "feature phone", "phablet"),
    "computer": ("desktop",),
    "laptop": ("desktop",),
    "pc": ("desktop",),
    "television": ("tv",),
    "uk": ("united kingdom",),
    "britain": ("united kingdom",),
    "usa": ("united states",),
    "us": ("united states",),
    "america": ("united states",),
    "ads": ("campaigns",),
    "mac": ("macos", "os x"),
}


class FoundValue(Struct, frozen=True):
    """A value, its dimension's name, and the segment expression of the visits that have it; texts are clean."""

    label: str
    dimension: str
    expression: str
    visits: int | None = None


class _Loaded(Struct, frozen=True):
    """The values of some reports, and the reports that failed and may answer the next time."""

    values: tuple[FoundValue, ...] = ()
    missing: tuple[_Source, ...] = ()


class SegmentValues:
    """Searches the values of a query's site in the month of its period. Answers are kept; a report that failed is
    requested again by the next search."""

    def __init__(self, loader: ReportLoader) -> None:
        self._loader = loader
        self._known: dict[tuple[int, str], _Loaded] = {}
        self._loading: dict[tuple[int, str], asyncio.Task[_Loaded]] = {}
        self._searched: dict[tuple[int, str, str], _Loaded] = {}

    def kept(self, query: Query, text: str) -> tuple[FoundValue, ...]:
        """Return what is found without a request: among the values loaded, and the device types, which are fixed."""
        where = self._month(query)
        searched = self._searched.get((*where, _server_pattern(text)), _Loaded())
        return rank(text, [*self._known.get(where, _Loaded()).values, *_device_types(), *searched.values])

    async def find(self, query: Query, text: str) -> tuple[FoundValue, ...]:
        """Return the values that ``text`` finds, best first; at most two requests. Raises ``MatomoError`` only if
        nothing could be loaded at all."""
        where = self._month(query)
        await self._load_known(query)
        pattern = _server_pattern(text)
        if len(pattern) >= LEAST_SEARCHED:
            before = self._searched.get((*where, pattern))
            if before is None or before.missing:
                self._searched[*where, pattern] = await self._complete(query, _SEARCHED, pattern, before)
            if len(self._searched) > _MOST_ANSWERS:
                del self._searched[next(iter(self._searched))]
        return self.kept(query, text)

    @staticmethod
    def has_labels(dimension: str) -> bool:
        """Return True if the values of a dimension are codes, which readers know by other names."""
        return dimension in _CODES

    async def labels(self, query: Query, dimension: str) -> Mapping[str, str]:
        """Return the labels of a dimension's values by value: ``{"de": "Germany"}``. Raises ``MatomoError``."""
        where = self._month(query)
        await self._load_known(query)
        found: dict[str, str] = {}
        for value in self._known[where].values:
            clauses = segments.parse(value.expression)
            if len(clauses) == len(clauses[0]) == 1 and clauses[0][0].dimension == dimension:
                found.setdefault(clauses[0][0].value, value.label)
        return found

    async def _load_known(self, query: Query) -> None:
        """Load the values of the month. A caller that is cancelled, because the text went on, leaves the request
        under way for the next one: the server works on it all the same."""
        where = self._month(query)
        before = self._known.get(where)
        if before is not None and not before.missing:
            return
        if where not in self._loading:
            task = asyncio.ensure_future(self._complete(query, _KNOWN, "", before))
            self._loading[where] = task
            task.add_done_callback(lambda done: self._loaded(where, done))
        await asyncio.shield(self._loading[where])

    def _loaded(self, where: tuple[int, str], task: asyncio.Task[_Loaded]) -> None:
        self._loading.pop(where, None)
        if not task.cancelled() and task.exception() is None:
            self._known[where] = task.result()

    @staticmethod
    def _month(query: Query) -> tuple[int, str]:
        return query.site.id, str(Period.containing("month", query.period.last).first)

    async def _complete(
        self, query: Query, sources: Sequence[_Source], pattern: str, before: _Loaded | None
    ) -> _Loaded:
        """Load ``sources``, or those that are missing in ``before``. If all of these fail again, ``before`` stays."""
        if before is None:
            return await self._load(query, sources, pattern)
        try:
            found = await self._load(query, before.missing, pattern)
        except MatomoError as error:
            if error.stops_polling:
                raise
            return before
        return _Loaded((*before.values, *found.values), found.missing)

    async def _load(self, query: Query, sources: Sequence[_Source], pattern: str) -> _Loaded:
        site_id, first = self._month(query)
        calls = [_call(source, site_id, first, pattern) for source in sources]
        answers = await self._loader.request_each(calls, query)
        errors = [answer for answer in answers if isinstance(answer, MatomoError)]
        if len(errors) == len(answers):
            raise errors[0]
        answered = list(zip(sources, answers, strict=True))
        values = tuple(
            value
            for source, answer in answered
            if isinstance(answer, ReportTable)
            for row in answer.rows
            if (value := _value(source, row)) is not None
        )
        failed = ((source, answer) for source, answer in answered if isinstance(answer, MatomoError))
        return _Loaded(values, tuple(source for source, error in failed if not _is_lasting(error)))


def rank(text: str, values: Sequence[FoundValue]) -> tuple[FoundValue, ...]:
    """Return the values that ``text`` finds, best first: the whole label or code, then a label that begins with it,
    then a word that does, then any part of it; among equals the one with more visits.

    A text of several words that no single value has is a combination, such as ``phones germany``: the best value for
    each word, all of which must hold.
    """
    single = _ranked(text, values)
    if single or len(text.split()) < 2:
        return single
    best = [found[0] for word in text.split() if (found := _ranked(word, values))]
    if len(best) < len(text.split()) or len({one.dimension for one in best}) < len(best):
        return ()
    labels, dimensions = " + ".join(one.label for one in best), " + ".join(one.dimension for one in best)
    return (FoundValue(labels, dimensions, segments.combine(*(one.expression for one in best))),)


def _ranked(text: str, values: Sequence[FoundValue]) -> tuple[FoundValue, ...]:
    forms = _forms(text)
    best: dict[str, tuple[int, FoundValue]] = {}
    for value in values:
        grade = min((_grade(form, value) for form in forms), default=_NOT_FOUND)
        before = best.get(value.expression)
        if grade < _NOT_FOUND and (before is None or grade < before[0]):
            best[value.expression] = (grade, value)
    ordered = sorted(best.values(), key=lambda one: (one[1].visits == 0, one[0], -(one[1].visits or 0)))
    return tuple(value for _, value in ordered[:MOST_FOUND])


def _forms(text: str) -> tuple[str, ...]:
    """``text``, its singular, and what else it is called."""
    word = " ".join(text.casefold().split())
    if not word:
        return ()
    singular = word[:-1] if len(word) > 3 and word.endswith("s") else word
    synonyms = (*_SYNONYMS.get(word, ()), *_SYNONYMS.get(singular, ()))
    return tuple(dict.fromkeys((word, singular, *synonyms)))


def _grade(form: str, value: FoundValue) -> int:
    """How well ``form`` fits: 0 for the whole label, ``_NOT_FOUND`` for not at all."""
    label = value.label.casefold()
    is_code = ";" not in value.expression and value.expression.casefold().endswith(f"=={form}")
    if label == form or is_code:
        return 0
    if label.startswith(form):
        return 1
    if re.search(rf"\b{re.escape(form)}", label):
        return 2
    return 3 if len(form) > 1 and form in label else _NOT_FOUND


def _is_lasting(error: MatomoError) -> bool:
    """Returns True if this Matomo lacks the report, or refuses it to the token."""
    return isinstance(error, NoAccess | FeatureDisabled | NotAllowed) or "does not exist" in str(error)


def _device_types() -> list[FoundValue]:
    return [FoundValue(name, "Device type", f"deviceType=={quote(quote(name.lower()))}") for name in _DEVICE_TYPES]


def _server_pattern(text: str) -> str:
    return " ".join(text.casefold().split())


def _call(source: _Source, site_id: int, first: str, pattern: str) -> Call[ReportTable]:
    return reports.table(
        source.method,
        site_id=site_id,
        period="month",
        date=first,
        flat=source.flat,
        limit=_MOST_SEARCHED if pattern else _MOST_ROWS,
        pattern=pattern,
        columns=("nb_visits",),
        timeout=TIMEOUT,
    )


def _value(source: _Source, row: ReportRow) -> FoundValue | None:
    expression = segments.without_tokens(row.segment)
    try:
        clauses = segments.parse(expression)
        expression = segments.build(clauses[:1] if source.versions else clauses)
    except ValueError:
        return None
    visits = None if source.versions else row.number("nb_visits")
    label = shown(row.label, 200).strip()
    if source.versions:
        label = _VERSION.sub("", label)
    if not expression or not label:
        return None
    return FoundValue(label, source.name, expression, None if visits is None else int(visits))
