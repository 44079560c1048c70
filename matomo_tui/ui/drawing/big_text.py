"""Words and figures of any height, for screens that are read from a distance.

Each character is a pattern of five rows of dots. A dot of the scale ``n`` is ``n`` cells wide and ``n`` half cells
high, which is about square, since a cell is twice as high as it is wide.
"""

from __future__ import annotations

from functools import lru_cache

HEIGHT = 5
"""Rows of dots."""
_DOTS = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# ### ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# ..# ..#",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    "A": "### #.# ### #.# #.#",
    "B": "##. #.# ##. #.# ##.",
    "C": "### #.. #.. #.. ###",
    "D": "##. #.# #.# #.# ##.",
    "E": "### #.. ##. #.. ###",
    "F": "### #.. ##. #.. #..",
    "G": "### #.. #.# #.# ###",
    "H": "#.# #.# ### #.# #.#",
    "I": "### .#. .#. .#. ###",
    "J": "..# ..# ..# #.# ###",
    "K": "#.# #.# ##. #.# #.#",
    "L": "#.. #.. #.. #.. ###",
    "M": "#...# ##.## #.#.# #...# #...#",
    "N": "#..# ##.# #.## #..# #..#",
    "O": "### #.# #.# #.# ###",
    "P": "### #.# ### #.. #..",
    "Q": "### #.# #.# ### ..#",
    "R": "### #.# ##. #.# #.#",
    "S": "### #.. ### ..# ###",
    "T": "### .#. .#. .#. .#.",
    "U": "#.# #.# #.# #.# ###",
    "V": "#.# #.# #.# #.# .#.",
    "W": "#...# #...# #.#.# ##.## #...#",
    "X": "#.# #.# .#. #.# #.#",
    "Y": "#.# #.# .#. .#. .#.",
    "Z": "### ..# .#. #.. ###",
    "k": "#.. #.# ##. ##. #.#",
    "%": "#.# ..# .#. #.. #.#",
    ".": ". . . . #",
    ",": ". . . . .",
    ":": ". # . # .",
    "-": "... ... ### ... ...",
    "–": "... ... ### ... ...",
    "&": ".#. #.# .#. #.# .##",
    "'": "# # . . .",
    "/": "..# ..# .#. #.. #..",
    " ": ".. .. .. .. ..",
}
_CELLS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def can_enlarge(text: str) -> bool:
    """Return True if every character of ``text`` has a large form."""
    return all(character in _DOTS for character in text)


def big_width(text: str, scale: int) -> int:
    """Return the cells that ``text`` takes in the ``scale``."""
    return max(0, sum(_dots_wide(character) + 1 for character in text) - 1) * scale


def big_height(scale: int) -> int:
    """Return the lines of the ``scale``."""
    return (HEIGHT * scale + 1) // 2


def fitting_scale(text: str, width: int, height: int, *, ascii: bool = False, most: int = 8) -> int:
    """Return the largest scale in which ``text`` fits into ``width`` × ``height`` cells; 0 if none does."""
    for scale in range(most, 0, -1):
        if ascii and scale % 2:
            continue  # There are no half cells.
        if big_width(text, scale) <= width and big_height(scale) <= height:
            return scale
    return 0


@lru_cache(maxsize=64)
def big_rows(text: str, scale: int, *, ascii: bool = False) -> tuple[str, ...]:
    """Return ``text`` as lines of equal width; characters without a large form are blank."""
    dots = ["".join(f"{_rows_of(character)[row]}." for character in text)[:-1] for row in range(HEIGHT)]
    halves = [line for line in dots for _ in range(scale)]
    if len(halves) % 2:
        halves.append("." * len(dots[0]))
    rows = []
    for upper, lower in zip(halves[::2], halves[1::2], strict=True):
        signs = (_sign(one == "#", other == "#", ascii=ascii) for one, other in zip(upper, lower, strict=True))
        rows.append("".join(sign * scale for sign in signs))
    return tuple(rows)


def _sign(upper: bool, lower: bool, *, ascii: bool) -> str:
    if ascii:
        return "#" if upper or lower else " "
    return _CELLS[upper, lower]


def _rows_of(character: str) -> list[str]:
    return _DOTS.get(character, _DOTS[" "]).split()


def _dots_wide(character: str) -> int:
    return len(_rows_of(character)[0])
