"""Bounds the size of an answer: rows that do not fit are cut, and a sentence says how to get them."""

from __future__ import annotations

import re

import msgspec

from matomo_tui.agents.answers import Listing
from matomo_tui.agents.tool import sentences

MOST_BYTES = 48 * 1024
"""Bytes of an answer as JSON: about 15,000 tokens."""
_NEXT_ROWS = re.compile(r"[^.:]*: ask with offset=[0-9]+\.")


def bounded(answer: msgspec.Struct, most: int = MOST_BYTES) -> msgspec.Struct:
    """``answer`` with as many of its first rows as fit into ``most`` bytes, at least one."""
    if not isinstance(answer, Listing) or _size(answer) <= most:
        return answer
    room = most - _size(msgspec.structs.replace(answer, rows=()))
    kept = 0
    for row in answer.rows:
        room -= _size(row) + 1
        if room < 0:
            break
        kept += 1
    kept = max(1, kept)
    last = answer.offset + kept
    cut = (
        f"Only {kept} of {len(answer.rows)} rows fit into {most // 1024} kB: ask with offset={last} for the next ones."
    )
    return msgspec.structs.replace(
        answer, rows=answer.rows[:kept], next_offset=last, note=sentences(cut, _without_offset(answer.note))
    )


def _size(value: object) -> int:
    return len(msgspec.json.encode(value))


def _without_offset(note: str) -> str:
    """``note`` without the sentence that names the offset of rows behind those that were cut, wherever it stands."""
    return _NEXT_ROWS.sub("", note).strip()
