"""The few visits that send hostile strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.data import load
from matomo_tui.demo.traffic.steps import VisitStep

_ONE_IN = 128
HOSTILE: Mapping[str, Sequence[str]] = load("hostile")
"""Strings that hostile or unusual visitors send: a client must render all of them harmless."""


def hostility(bits: int) -> int | None:
    """The hostile variant of a visit with these bits; ``None`` for nearly every visit."""
    return bits >> 34 & 0xFF if (bits >> 26) % _ONE_IN == 0 else None


def spoil(steps: list[VisitStep], which: int, main_url: str) -> list[VisitStep]:
    keyword = HOSTILE["keywords"][which % len(HOSTILE["keywords"])]
    spoilt = [replace(step, name=keyword) if step.kind == "search" else step for step in steps]
    spoilt[0] = replace(spoilt[0], title=HOSTILE["titles"][which % len(HOSTILE["titles"])])
    if which % 4 == 3 and spoilt[-1].kind == "action":
        spoilt[-1] = replace(spoilt[-1], url=main_url + HOSTILE["long_path"][0])
    return spoilt


def spoilt_source(which: int) -> Source | None:
    """A forged referrer, for every second variant."""
    if which % 2 == 0:
        return None
    return Source(
        "website",
        HOSTILE["websites"][which // 2 % len(HOSTILE["websites"])],
        HOSTILE["keywords"][which % len(HOSTILE["keywords"])],
        HOSTILE["referrers"][which // 4 % len(HOSTILE["referrers"])],
    )
