"""Reports of visits by a dimension, generated from the table of reports: countries, browsers, referrers …"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from urllib.parse import quote_plus
from zlib import crc32

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.sources import TYPE_NAMES, TYPE_NUMBERS, Source
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import WHOLE, Grouping, Key, Tally
from matomo_tui.demo.reports.metadata.catalogue import TABLE
from matomo_tui.demo.reports.metadata.entry import GroupingLevel, ReportEntry
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.reports.visit_columns import nested, visit_rows

_ICONS = "plugins/Morpheus/icons/dist"

Described = tuple[str, Mapping[str, Json]]


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


def _describer(level: GroupingLevel) -> Callable[[Sequence[Any]], Described]:
    """Build a function that formats the label and the metadata of a row from its key."""

    def describe(key: Sequence[Any]) -> Described:
        texts = [_Text(value) for value in key]
        return level.label.format(*texts).rstrip() if len(key) > 1 else level.label.format(*texts), {
            name: _value(name, template, key, texts) for name, template in level.metadata.items()
        }

    return describe


def _value(name: str, template: str, key: Sequence[Any], texts: Sequence[str]) -> Json:
    if template.isdecimal():
        return int(template)
    if len(template) == 3 and template[0] == "{":
        return key[int(template[1])]
    return f"{_ICONS}/{template.format(*texts)}" if name == "logo" else template.format(*texts)


def _key(level: GroupingLevel, channel: str, lead: str = "") -> Callable[[Any], tuple[Any, ...] | None]:
    """Build a function that reads a row's key from a value of the column; ``lead`` prefixes the attribute names."""
    attributes = [attrgetter(lead + name) for name in level.attributes]
    channel_of = attrgetter(f"{lead}channel")

    def key(value: Any) -> tuple[Any, ...] | None:
        if value is None or (channel and channel_of(value) != channel):
            return None
        return tuple(attribute(value) for attribute in attributes)

    return key


def _groupings(entry: ReportEntry) -> list[Grouping]:
    """The grouping of the rows and, with two levels, that of (outer, inner) pairs."""
    outer, *inner = entry.groupings
    found = [Grouping(entry.method, columns.BY_NAME[outer.column], _key(outer, outer.channel))]
    for level in inner:
        outer_key = _key(outer, outer.channel, "source." if level.column == "landing" else "")
        found.append(
            Grouping(entry.opens or f"{entry.method} below", columns.BY_NAME[level.column], _pair(outer_key, level))
        )
    return found


def _pair(outer: Callable[[Any], Key | None], level: GroupingLevel) -> Callable[[Any], Key | None]:
    inner = _key(level, "")

    def key(value: Any) -> Key | None:
        first = outer(value)
        return None if first is None else (first, inner(value))

    return key


def _one_level(entry: ReportEntry) -> None:
    (grouping,), describe = _groupings(entry), _describer(entry.groupings[0])

    @report(entry.method)
    async def rows(query: ReportQuery) -> list[TableRow]:
        tallies: Mapping[Any, Tally] = await query.visits_by(grouping)
        found = visit_rows(tallies, query, describe, goals=bool(entry.columns.goals))
        if found and entry.method == "DevicesDetection.getType":
            unseen = [name for name in _DEVICE_TYPES if (name,) not in tallies]
            found += [TableRow(name, {"nb_visits": 0}, dict(describe([name])[1])) for name in unseen]
        return found


def _two_levels(entry: ReportEntry) -> None:
    outer, pairs = _groupings(entry)
    describe, describe_below = (_describer(level) for level in entry.groupings)

    def below(key: Sequence[Any]) -> Described | None:
        """The inner row; ``None`` if it has no name, such as a campaign without a keyword."""
        return describe_below(key) if key[0] or pairs.column is columns.LANDING else None

    async def rows(query: ReportQuery) -> list[TableRow]:
        totals, tallies = await query.visits_by(outer), await query.visits_by(pairs)
        return nested(
            tallies, query, describe, below, totals, goals=bool(entry.columns.goals), goals_below=not entry.opens
        )

    names = [f"Referrers_{level.partition('_')[2]}" for level in entry.levels]
    shape = Shape(named=(lambda labels: dict(zip(names, labels, strict=False))) if names else None)
    report(entry.method, shape)(rows)
    if entry.opens:
        report(f"{entry.module}.{entry.opens}", shape, below=True)(rows)


_DEVICE_TYPES: tuple[str, ...] = ("Desktop", "Smartphone", "Tablet", "Feature phone", "Console", "Tv", "Car browser")
_DEVICE_TYPES += (
    "Smart display",
    "Camera",
    "Portable media player",
    "Phablet",
    "Smart speaker",
    "Wearable",
    "Peripheral",
)

for _entry in TABLE:
    if len(_entry.groupings) == 1:
        _one_level(_entry)
    elif _entry.groupings:
        _two_levels(_entry)

_READS_PDF = Grouping("reads pdf", columns.DEVICE, lambda device: device.type == "Desktop")


@report("DevicePlugins.getPlugin", Shape(sort=""))
async def get_plugin(query: ReportQuery) -> list[TableRow]:
    """Browser plug-ins: all browsers accept cookies, desktop ones show PDF files."""
    every = (await query.visits_by(WHOLE)).get(0, Tally()).visits
    if not every:
        return []
    reading = (await query.visits_by(_READS_PDF)).get(True, Tally()).visits
    counts = {"Cookie": every, "Pdf": reading, "Java": 0, "Quicktime": 0, "Windowsmedia": 0}
    return [
        TableRow(
            name,
            {"nb_visits": count, "nb_visits_percentage": count / every},
            {"logo": f"{_ICONS}/plugins/{name.lower()}.png"},
        )
        for name, count in counts.items()
    ]


_WITH_LOGOS = {"social": "socials", "ai": "aiAssistants"}


def _all_key(source: Source) -> Key:
    name = source.keyword if source.channel == "search" else source.name
    host = source.host if source.channel in _WITH_LOGOS else ""
    return source.channel, name or TYPE_NAMES[source.channel], host


_ALL = Grouping("all referrers", columns.SOURCE, _all_key)


@report("Referrers.getAll", many=False)
async def get_all(query: ReportQuery) -> list[TableRow]:

    def describe(key: Any) -> Described:
        channel, name, host = key
        segment = {
            "direct": "referrerType==direct",
            "search": f"referrerType==search;referrerKeyword=={quote_plus(name)}",
            "website": f"referrerName=={quote_plus(name)}",
        }.get(channel, f"referrerType=={channel};referrerName=={quote_plus(name)}")
        looks = {"url": host, "logo": f"{_ICONS}/{_WITH_LOGOS[channel]}/{host}.png"} if host else {}
        return name, {**looks, "segment": segment, "referer_type": TYPE_NUMBERS[channel]}

    return visit_rows(await query.visits_by(_ALL), query, describe, text=False)
