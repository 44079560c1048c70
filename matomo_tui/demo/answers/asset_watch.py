"""AssetWatch, a fictional third-party plug-in: assets loaded by pages, derived from the page views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally, Added, summed_up
from matomo_tui.demo.engine.by_visit import Key
from matomo_tui.demo.engine.journey_stats import JourneyStats
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import Shape, TableRow, two_level_rows


class _File(NamedTuple):
    """An asset: kind, name, size in bytes, and whether browsers cache it."""

    kind: str
    name: str
    size: int
    kept: bool


_FILES = (
    _File("Document", "index.html", 21_480, kept=False),
    _File("Stylesheet", "site.css", 38_912, kept=True),
    _File("Stylesheet", "print.css", 4_120, kept=True),
    _File("Script", "app.js", 184_320, kept=True),
    _File("Script", "matomo.js", 66_540, kept=True),
    _File("Image", "logo.svg", 6_208, kept=True),
    _File("Image", "hero.webp", 412_800, kept=False),
    _File("Font", "inter.woff2", 98_304, kept=True),
)
_SLOW_MS = 190
_CACHED_MS = 4


def _loaded(facts: JourneyStats) -> Mapping[Key, Added]:
    """Requests, bytes, cache hits and milliseconds, by kind of asset and by asset."""
    found: dict[Key, list[Added]] = {}
    for view in range(len(facts.pages)):
        for file in _FILES:
            cached = file.kept and view > 0
            sent = 0 if cached else file.size
            waited = _CACHED_MS if cached else _SLOW_MS + file.size // 4096
            added = Added((1, sent, int(cached), waited), file.size, file.size)
            for key in ((file.kind, None), (file.kind, file.name)):
                found.setdefault(key, []).append(added)
    return summed_up(found)


_ASSETS = ActionGrouping("assets", _loaded)


def _columns(tally: ActionTally) -> dict[str, Json]:
    requests, sent, cached, waited = tally.sums
    return {
        "nb_requests": int(requests),
        "bytes_sent": int(sent),
        "max_bytes": int(tally.most),
        "cache_hit_rate": cached / requests,
        "avg_first_byte": number(waited / requests, 1),
    }


_LEVELS = ("AssetWatch_FileType", "AssetWatch_File")
_SHAPE = Shape(sort="bytes_sent", named=lambda labels: dict(zip(_LEVELS, labels, strict=False)))


@report("AssetWatch.getFileTypes", _SHAPE)
@report("AssetWatch.getFilesFromTypeId", _SHAPE, below=True)
async def get_file_types(query: ReportQuery) -> list[TableRow]:
    return two_level_rows(
        await query.actions_by(_ASSETS),
        lambda kind, tally, below: TableRow(kind, _columns(tally), {}, below),
        lambda name, tally: TableRow(name, _columns(tally)),
    )
