"""Reports of visits: by the dimensions of the table of reports, by hour and weekday, and by ranges of a number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, cast
from urllib.parse import quote_plus
from zlib import crc32

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog import CHANNELS, Referrer
from matomo_tui.demo.data import load
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import Grouping, Key, Tally
from matomo_tui.demo.engine.columns import DIMENSIONS
from matomo_tui.demo.formats import epoch, zone_offset
from matomo_tui.demo.reports.report_table import TABLE, GroupingLevel, ReportDescription
from matomo_tui.demo.reports.reporting import ReportQuery, report, visit_columns
from matomo_tui.demo.reports.rows import Shape, TableRow

_WITH_LOGOS = {"social": "socials", "ai": "aiAssistants"}
_SEGMENTS = {
    "direct": "referrerType==direct",
    "search": "referrerType==search;referrerKeyword=={0}",
    "website": "referrerName=={0}",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ICONS = "plugins/Morpheus/icons/dist"
_AS_IT_IS = Shape(sort="")

Described = tuple[str, dict[str, Json]]


class _Text(str):
    """A string in a template, with these format codes: ``q`` URL-encodes it, ``qq`` does so twice, ``l`` makes it lower
    case, ``_`` replaces blanks with underscores, and ``id`` hashes it to 16 hexadecimal digits.
    """

    def __format__(self, spec: str) -> str:
        if spec == "id":
            return f"{crc32(self.encode()):08x}" * 2
        text = str(self)
        for letter in spec:
            text = text.lower() if letter == "l" else text.replace(" ", "_") if letter == "_" else quote_plus(text)
        return text


def _described(level: GroupingLevel, key: Sequence[Any]) -> Described:
    texts = [_Text(value) for value in key]
    label = level.label.format(*texts)
    meta = {name: _value(name, template, key, texts) for name, template in level.metadata.items()}
    return label.rstrip() if len(key) > 1 else label, meta


def _value(name: str, template: str, key: Sequence[Any], texts: Sequence[str]) -> Json:
    if template.isdecimal():
        return int(template)
    if len(template) == 3 and template[0] == "{":
        return key[int(template[1])]
    return f"{_ICONS}/{template.format(*texts)}" if name == "logo" else template.format(*texts)


def _key(level: GroupingLevel, lead: str = "") -> Callable[[Any], tuple[Any, ...] | None]:
    """Build a function that reads a row's key from a value of the column; ``lead`` prefixes the attribute names."""
    attributes = [attrgetter(lead + name) for name in level.attributes]
    channel_of = attrgetter(f"{lead}channel")

    def key(value: Any) -> tuple[Any, ...] | None:
        if value is None or (level.channel and channel_of(value) != level.channel):
            return None
        return tuple(attribute(value) for attribute in attributes)

    return key


def _pairs(outer: GroupingLevel, inner: GroupingLevel) -> Callable[[Any], Key | None]:
    outer_key = _key(outer, "source." if inner.column is columns.LANDING else "")
    inner_key = _key(inner)

    def key(value: Any) -> Key | None:
        first = outer_key(value)
        return None if first is None else (first, inner_key(value))

    return key


def _by_dimension(entry: ReportDescription, outer: GroupingLevel, *more: GroupingLevel) -> None:
    grouping, goals = Grouping(entry.method, outer.column, _key(outer)), bool(entry.columns.goals)
    pairs = [Grouping(entry.opens or f"{entry.method} below", each.column, _pairs(outer, each)) for each in more]

    async def rows(query: ReportQuery) -> list[TableRow]:
        tallies = await query.rows(grouping)
        below = await _below(query, pairs[0], more[0], goals=not entry.opens) if more else {}
        found = []
        for key, tally in tallies.items():
            label, meta = _described(outer, key)
            own = visit_columns(tally, query, goals=goals, text=not more)
            found.append(TableRow(label, own, meta, below.get(key)))
        if found and entry.method == "DevicesDetection.getType":
            unseen = [name for name in load("tables")["device types"] if (name,) not in tallies]
            found += [TableRow(name, {"nb_visits": 0}, _described(outer, [name])[1]) for name in unseen]
        return found

    names = [f"Referrers_{level.partition('_')[2]}" for level in entry.levels]
    shape = Shape(named=(lambda labels: dict(zip(names, labels, strict=False))) if names else None)
    report(entry.method, shape)(rows)
    if entry.opens:
        report(f"{entry.module}.{entry.opens}", shape, below=True)(rows)


async def _below(
    query: ReportQuery, pairs: Grouping, inner: GroupingLevel, *, goals: bool
) -> dict[Key, list[TableRow]]:
    found: dict[Key, list[TableRow]] = {}
    tallies = await query.rows(pairs)
    for (first, second), tally in tallies.items():
        if second[0] or inner.column is columns.LANDING:
            label, meta = _described(inner, second)
            found.setdefault(first, []).append(TableRow(label, visit_columns(tally, query, goals=goals), meta))
    return found


for _entry in TABLE:
    if _entry.groupings and _entry.groupings[0].column is not columns.JOURNEY:
        _by_dimension(_entry, *_entry.groupings)

_READS_PDF = Grouping("reads pdf", columns.DEVICE, lambda device: device.type == "Desktop")


@report("DevicePlugins.getPlugin", _AS_IT_IS)
async def get_plugin(query: ReportQuery) -> list[TableRow]:
    """Browser plug-ins: all browsers accept cookies, desktop ones show PDF files."""
    every = (await query.whole()).visits
    if not every:
        return []
    reading = (await query.rows(_READS_PDF)).get(True, Tally()).visits
    counts = {"Cookie": every, "Pdf": reading, "Java": 0, "Quicktime": 0, "Windowsmedia": 0}
    rows = {name: {"nb_visits": count, "nb_visits_percentage": count / every} for name, count in counts.items()}
    return [TableRow(name, own, {"logo": f"{_ICONS}/plugins/{name.lower()}.png"}) for name, own in rows.items()]


def _all_key(source: Referrer) -> Key:
    name = source.keyword if source.channel == "search" else source.name
    return source.channel, name or source.channel_name, source.host if source.channel in _WITH_LOGOS else ""


_ALL = Grouping("all referrers", columns.SOURCE, _all_key)


@report("Referrers.getAll", many=False)
async def get_all(query: ReportQuery) -> list[TableRow]:
    rows = []
    tallies = await query.rows(_ALL)
    for (channel, name, host), tally in tallies.items():
        segment = _SEGMENTS.get(channel, f"referrerType=={channel};referrerName=={{0}}").format(quote_plus(name))
        looks = {"url": host, "logo": f"{_ICONS}/{_WITH_LOGOS[channel]}/{host}.png"} if host else {}
        meta = {**looks, "segment": segment, "referer_type": CHANNELS[channel]["number"]}
        rows.append(TableRow(name, visit_columns(tally, query), meta))
    return rows


def _each_of(
    name: str,
    column: columns.VisitColumn,
    count: int,
    describe: Callable[[int, ReportQuery], Described],
    *,
    goals: bool = False,
    summed: bool = False,
) -> None:
    """Register a report with a row for each number below ``count``; ``summed``: without the prefix of sums."""
    grouping = Grouping(column.name, column)

    @report(name, _AS_IT_IS)
    async def rows(query: ReportQuery) -> list[TableRow]:
        tallies = await query.rows(grouping)
        found = []
        for code in range(count) if tallies else ():
            label, meta = describe(code, query)
            own: dict[str, Json] = {"nb_visits": 0}
            if code in tallies:
                own = visit_columns(tallies[code], query, goals=goals, text=True)
            if summed:
                own = {name.removeprefix("sum_daily_"): value for name, value in own.items()}
            found.append(TableRow(label, own, meta))
        return found


def _server_hour(hour: int, query: ReportQuery) -> Described:
    """The hour of the site's clock; its segment uses the server's hour, in UTC."""
    ahead = zone_offset(query.site.timezone, epoch(query.period.first, query.site.timezone)) // 3600
    return f"{hour:02d}", {"segment": f"visitStartServerHour=={(hour - ahead) % 24}"}


_each_of(
    "VisitTime.getVisitInformationPerLocalTime",
    columns.LOCAL_HOUR,
    24,
    lambda hour, _: (f"{hour:02d}", {"segment": f"visitLocalHour=={hour}"}),
)
_each_of("VisitTime.getVisitInformationPerServerTime", columns.SITE_HOUR, 24, _server_hour, goals=True)
_each_of(
    "VisitTime.getByDayOfWeek",
    columns.WEEKDAY,
    7,
    lambda day, _: (_DAYS[day], {"day_of_week": day + 1}),
    summed=True,
)


class Ranges:
    """A grouping by ranges of a number: those that begin at ``starts``, each up to the next one."""

    def __init__(self, dimension: str, unit: str, *starts: int) -> None:
        self.starts = starts
        self._dimension = DIMENSIONS[dimension]
        self.names = [self._name(index, unit) for index in range(len(starts))]
        self.grouping = Grouping(f"ranges {dimension} {starts}", self._dimension.column, self._index)

    def _index(self, value: Any) -> int:
        (number,) = self._dimension.values(value)
        return max(0, bisect_right(self.starts, cast("int", number)) - 1)

    def _name(self, index: int, unit: str) -> str:
        """Matomo's name of a range: ``2 visits``, ``9-14 visits``, ``101+ visits``."""
        first, *after = self.starts[index : index + 2]
        if not after:
            return f"{first}+ {unit}s"
        if after[0] == first + 1:
            return f"{first} {unit}" + ("" if first == 1 else "s")
        return f"{first}-{after[0] - 1} {unit}s"

    def segment(self, index: int) -> str:
        first, *after = self.starts[index : index + 2]
        name = self._dimension.name
        if not after:
            return f"{name}>={first}"
        # Matomo rounds minutes down here, so a visit of exactly one minute is in two ranges.
        first -= name == "visitDuration" and first > 31
        last = after[0] - 1
        return f"{name}=={first}" if first == last else f"{name}>={first};{name}<={last}"


_LENGTHS = Ranges("visitDuration", "second", 0, 11, 31, 61, 121, 241, 421, 601, 901, 1801)
_LENGTHS.names[:5] = ("0–10s", "11–30s", "31–60s", "1-2 min", "2-4 min")
_LENGTHS.names[5:] = ("4-7 min", "7-10 min", "10-15 min", "15-30 min", "30+ min")


def _ranged(name: str, ranges: Ranges, *, narrows: bool = True, shares: bool = False) -> None:
    """Register a report of visits by ranges: ``narrows``: rows have segments; ``shares``: they have percentages."""

    @report(f"VisitorInterest.getNumberOfVisits{name}", _AS_IT_IS)
    async def rows(query: ReportQuery) -> list[TableRow]:
        tallies = await query.rows(ranges.grouping)
        every = sum(tally.visits for tally in tallies.values())
        found = []
        for index, label in enumerate(ranges.names) if tallies else ():
            visits = tallies[index].visits if index in tallies else 0
            own: dict[str, Json] = {"nb_visits": str(visits) if query.daily else visits}
            own |= {"nb_visits_percentage": visits / every} if shares else {}
            found.append(TableRow(label, own, {"segment": ranges.segment(index)} if narrows else {}))
        return found


_ranged("PerVisitDuration", _LENGTHS)
_ranged("PerPage", Ranges("actions", "page", 1, 2, 3, 4, 5, 6, 8, 11, 15, 21))
_ranged("ByVisitCount", Ranges("visitCount", "visit", 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 26, 51, 101, 201), shares=True)
_ranged(
    "ByDaysSinceLast",
    Ranges("daysSinceLastVisit", "day", 0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 31, 61, 121, 365),
    narrows=False,
)
