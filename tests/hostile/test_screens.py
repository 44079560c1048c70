"""Hostile texts on the screen: the bytes that the program writes to a terminal, and a road for every widget."""

from __future__ import annotations

import importlib
import pkgutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest
from textual.widget import Widget

import matomo_tui.ui
from tests.hostile import corpus, walk
from tests.hostile.hostile_matomo import Poison
from tests.hostile.scanner import Scan, bad_characters

CHEAP = ("switcher", "narrow menu", "copy a visit", "visit", "segments")
"""Steps for every run of the suite; ``python -m tests.endurance text`` takes all of them, at several sizes."""

NOT_WALKED = {
    "BareContainer": "shows nothing but its background; what is in it is walked by itself",
    "EmptySectionPane": "shows a sentence of the program's own, without a text of the server",
    "BareHorizontal": "shows nothing but its background; what is in it is walked by itself",
}
"""Widgets that no step shows, and why none has to."""


async def test_nothing_but_the_programs_own_sequences_reaches_the_terminal() -> None:
    poison = Poison()
    scene = walk.Scene("suite", walk.STEPS, (80, 24))
    found: list[str] = []
    async with walk.playing(scene, poison) as on:
        for step in walk.STEPS:
            if step.name in CHEAP:
                found += await walk.take(on, step)
        picture = on.app.export_screenshot()
    assert found == []
    assert not bad_characters(picture) - {"\n"}
    drawn = ElementTree.fromstring(picture)  # noqa: S314 - made by this program
    names = {element.tag.rpartition("}")[2] for element in drawn.iter()}
    assert names <= {"svg", "style", "defs", "clipPath", "rect", "text", "g", "circle"}
    assert len(poison.used) > len(corpus.TEXTS) / 2, "the walk shows too few of the texts"


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(matomo_tui.ui.__path__, "matomo_tui.ui."):
        yield module.name


def _below(kind: type[Widget]) -> Iterator[type[Widget]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def test_every_widget_is_on_the_walk() -> None:
    for name in _modules():
        importlib.import_module(name)
    widgets = {each for each in _below(Widget) if each.__module__.startswith("matomo_tui.")}
    walked = {name for scene in walk.SCENES for step in scene.steps for name in step.shows}
    unknown = walked | set(NOT_WALKED)
    assert unknown <= {each.__name__ for each in widgets}, "steps or exceptions name widgets that do not exist"
    assert not walked & set(NOT_WALKED)
    seen = {base for each in widgets if each.__name__ in walked for base in each.__mro__}
    missing = sorted(each.__name__ for each in widgets - seen if each.__name__ not in NOT_WALKED)
    assert not missing, f"add a step to tests/hostile/walk.py that shows {', '.join(missing)}"


OBEYED = (
    *("C0", "C1", "ESC", "CSI", "CSI of 8 bits", "OSC title", "OSC 52", "OSC 8", "OSC 9 and 777", "DCS", "surrogates"),
    *(
        "APC, PM and SOS",
        "ends of sequences",
        "overrides",
        "tags",
        "zero width",
        "zero-width flood",
        "ZWJ",
    ),
    *("combining flood", "fillers", "separators", "noncharacters", "long", "long and wide", "metric", "path"),
)
"""Texts that no terminal may get."""


@pytest.mark.parametrize("name", OBEYED)
def test_the_scanner_finds_what_a_terminal_would_obey(name: str) -> None:
    assert list(Scan(80, 24).problems(corpus.TEXTS[name]))


@pytest.mark.parametrize(
    "sent",
    [
        "\x1b[1;1Htext",
        "\x1b[38;2;1;2;3;48;5;7mx\x1b[m",
        "\x1b[?2026h\x1b[?2026l",
        "\x1b]22;pointer\x07",
        "\x1b]8;id=1-2;https://shop.example/a\x1b\\a\x1b]8;;\x1b\\",
        "\x1b]52;c;YQ==\x07",
    ],
)
def test_the_scanner_allows_the_programs_own_sequences(sent: str) -> None:
    assert list(Scan(80, 24).problems(sent)) == []
