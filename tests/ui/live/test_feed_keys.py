"""The visit feed's filter and its keys: find, open, narrow, copy."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.narrow_menu import NarrowMenu
from tests.ui import snapshots
from tests.ui.live.feeding import LAMP, feed, only, visit

# The filter


FOUND_BY = [
    ("95.202", "IP"),
    ("germ", "country"),
    ("berlin", "city"),
    ("/products/LAMP", "page"),
    ("color=red", "address"),
    ("google", "source"),
    ("warm", "keyword"),
    ("alice", "user id"),
    ("smartphone", "device"),
    ("lamp berlin google", "several words"),
]


@pytest.mark.parametrize(("words", "by"), FOUND_BY, ids=[by for _, by in FOUND_BY])
async def test_a_visit_is_found_by(words: str, by: str) -> None:
    nobody = visit(
        id_visit=1,
        country="Japan",
        country_code="jp",
        place="",
        page="/x",
        page_url="",
        page_title="",
        device="Desktop",
        ip="1.1.1.1",
        browser="",
        operating_system="",
    )
    async with feed(only(nobody, LAMP)) as stage:
        await stage.pilot.press("slash", *(key_of(character) for character in words))
        await stage.pilot.pause()
        assert [line[2:10] for line in stage.app.lines if "/products/lamp" in line]
        assert "1 of 2" in stage.app.lines[0]
        assert "1 of 2" in stage.app.lines[-1]
        assert stage.pane.highlighted is LAMP


def key_of(character: str) -> str:
    names = {" ": "space", ".": "full_stop", "/": "slash", "=": "equals_sign", "@": "at"}
    return names.get(character, character)


async def test_nothing_found_says_so_and_esc_brings_everything_back() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("slash", *"zzz")
        await stage.pilot.pause()
        assert 'No visit matches "zzz"; enter, then V searches the visit log' in stage.app.text
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert "143 listed in 30 min" in stage.app.lines[0]
        assert not stage.pane.query_one("FilterLine").display
        await stage.pilot.press("down")
        assert stage.pane.highlighted is stage.visits[1], "the list has the focus again"
        await stage.pilot.press("slash")
        await stage.pilot.pause()
        assert "IP, country, page" in stage.app.lines[-1]
        assert "0 of" not in stage.app.lines[-1], "no words, no count"


async def test_enter_keeps_the_filter_for_what_comes_and_esc_drops_it() -> None:
    async with feed(only(LAMP)) as stage:
        await stage.pilot.press("slash", *"google", "enter")
        await stage.poll(visit(id_visit=1, page="/other"), replace(LAMP, id_visit=9005))
        assert "2 of 3" in stage.app.lines[0]
        assert "/other" not in stage.app.text
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert "/other" in stage.app.text


async def test_letters_typed_into_the_filter_are_letters() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("slash", "y", "f", "slash")
        await stage.pilot.pause()
        assert not isinstance(stage.app.screen, NarrowMenu)
        assert stage.app.clipboard == ""
        assert 'with "yf/"' in stage.app.lines[0]


# Keys


async def test_enter_and_a_double_click_open_the_visit() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("down", "enter")
        await stage.pilot.click("#feed VirtualTable", offset=(10, 4), times=2)
        opened = [event.visit for event in stage.heard(FeedPane.Opened) if isinstance(event, FeedPane.Opened)]
        assert opened == [stage.visits[1], stage.visits[4]]


NARROWED = [
    (
        "1",
        "page /products/lamp?color=red&size=1",
        "pageUrl==https%253A%252F%252Fshop.example%252Fproducts%252Flamp%253Fcolor%253Dred%2526size%253D1",
    ),
    ("2", "country Germany", "countryCode==de"),
    ("3", "source Google", "referrerType==search;referrerName==Google"),
    ("4", "device Smartphone", "deviceType==smartphone"),
    ("5", "user id alice@example.org", "userId==alice%2540example.org"),
    ("6", "visitor 98ba55954ff5536c", "visitorId==98ba55954ff5536c"),
    ("7", "path /products/lamp, any query", "pageUrl==https%253A%252F%252Fshop.example%252Fproducts%252Flamp"),
]


@pytest.mark.parametrize(("key", "label", "segment"), NARROWED, ids=[label for _, label, _ in NARROWED])
async def test_narrowing_offers_the_traits_of_the_visit(key: str, label: str, segment: str) -> None:
    async with feed(only(LAMP)) as stage:
        await stage.pilot.press("f")
        await stage.pilot.pause()
        assert "Only this" in stage.app.text
        await stage.pilot.press(key)
        await stage.pilot.pause()
        (event,) = stage.heard(FeedPane.Narrow)
        assert isinstance(event, FeedPane.Narrow)
        assert event.label == label
        assert event.segment.split(",")[0] == segment


async def test_narrowing_by_the_arrow_keys_or_not_at_all() -> None:
    async with feed(only(LAMP)) as stage:
        await stage.pilot.press("f", "escape")
        await stage.pilot.pause()
        assert not stage.heard(FeedPane.Narrow)
        await stage.pilot.press("f", "down", "enter")
        await stage.pilot.pause()
        (event,) = stage.heard(FeedPane.Narrow)
        assert isinstance(event, FeedPane.Narrow)
        assert event.label == "country Germany"


async def test_what_is_unknown_of_a_visit_is_not_offered() -> None:
    cookieless = replace(LAMP, visitor_id="", user_id="", device="Unknown", country_code="", country="Unknown")
    async with feed(only(cookieless)) as stage:
        await stage.pilot.press("f")
        await stage.pilot.pause()
        assert "visitor" not in stage.app.text
        assert "country" not in stage.app.text
        assert "source" in stage.app.text


async def test_copying_gives_one_clean_line() -> None:
    nasty = replace(LAMP, page_url="https://shop.example/\x1b[2Jx\ty\nz")
    async with feed(only(nasty)) as stage:
        await stage.pilot.press("y")
        await stage.pilot.pause()
        copied = stage.app.clipboard
        assert copied.isprintable()
        assert copied.startswith("2026-11-24 14:02:09 CET | Berlin, Germany | 95.202.0.0 | alice@example.org")
