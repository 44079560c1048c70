"""The reports of AssetWatch, a plug-in that exists nowhere else: what a client has never heard of."""

from __future__ import annotations

from collections.abc import Iterator

from matomo_tui.demo.reports.metadata.described import Described

_NAMES = {
    "nb_requests": "Requests",
    "bytes_sent": "Data sent",
    "max_bytes": "Largest file",
    "cache_hit_rate": "From cache",
    "avg_first_byte": "Avg. time to first byte",
}
_TYPES = {
    "nb_requests": "number",
    "bytes_sent": "byte",
    "max_bytes": "byte",
    "cache_hit_rate": "percent",
    "avg_first_byte": "duration_ms",
}


def assets() -> Iterator[Described]:
    """Files that pages load, by kind."""
    yield Described(
        "Delivery",
        "Files",
        "File types",
        "AssetWatch",
        "getFileTypes",
        "What pages load: scripts, fonts. <b>Data sent</b> does not count what came from the browser's cache.",
        "File type",
        ("nb_requests", "bytes_sent", "max_bytes"),
        ("cache_hit_rate", "avg_first_byte"),
        opens="getFilesFromTypeId",
        names=_NAMES,
        types=_TYPES,
        dimensions=(("AssetWatch_FileType", "File type"), ("AssetWatch_File", "File")),
    )
