"""Parts of a header line are cut and dropped by rank."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.segment import Segment

from matomo_tui.ui.widgets.line_fitter import Cut, LinePart, LineSpacing, cells_of, changed_spans, fit_line

SPACING = LineSpacing(between=2, reserved=4)
SITE = LinePart("A shop with a long name", "site", cuts=(Cut(5, 10), Cut(1, 4)))
USER = LinePart("superuser", "muted", 7)
ZONE = LinePart("CET", "muted", 6)
STATE = LinePart("live", "good")
CLOCK = LinePart("14:02", "text", 3)


def fitted(width: int, *, restore: bool = False) -> list[str]:
    """The texts that fit into ``width`` cells."""
    left, right = fit_line([SITE], [STATE, USER, CLOCK, ZONE], width, SPACING, restore=restore)
    return [part.text for part in (*left, *right)]


def test_with_room_everything_stays() -> None:
    assert fitted(80) == [SITE.text, "live", "superuser", "14:02", "CET"]


@pytest.mark.parametrize(
    ("width", "texts"),
    [
        (47, [SITE.text, "live", "14:02", "CET"]),
        (40, [SITE.text, "live", "14:02"]),
        (30, ["A shop with a …", "live", "14:02"]),
        (24, ["A shop wi…", "live"]),
        (14, ["A sho…", "live"]),
    ],
)
def test_ranks_are_visited_from_the_highest_down(width: int, texts: list[str]) -> None:
    assert fitted(width) == texts


def test_a_short_part_is_restored_once_a_long_one_is_gone() -> None:
    assert fitted(24, restore=True) == ["A shop wi…", "live", "CET"]


def test_parts_of_rank_0_stay_even_if_the_line_is_too_long() -> None:
    assert fitted(3) == ["A s…", "live"]


def test_one_cut_that_suffices_is_preferred_to_several() -> None:
    parts = [LinePart("first, of rank 1", "", 1, (Cut(3, 6),)), LinePart("the second, of rank 3", "", 3, (Cut(3, 6),))]
    left, _ = fit_line(parts, [], 36, SPACING)
    assert [part.text for part in left] == ["first, of rank 1", "the second, o…"]
    left, _ = fit_line(parts, [], 20, SPACING)
    assert [part.text for part in left] == ["first, …", "the s…"]


def test_a_name_that_some_terminals_draw_wider_has_the_blanks_for_it() -> None:
    name = "किताबी बोली तालिका"  # eight vowel signs, which take a cell each where the C library is asked
    left, right = fit_line([LinePart(name, "site")], [STATE], 80, SPACING)
    assert [part.text for part in (*left, *right)] == [name + " " * 8, "live"]


def test_signs_of_no_cell_stand_in_that_of_their_letter() -> None:
    old, new = (cells_of([Segment(f"तालिका {word}")]) for word in ("connecting", "live      "))
    assert len(old) == cell_len("तालिका connecting")
    assert changed_spans(old, new) == [(4, len(old))]
