"""Several cases of one behaviour in one started application. A failure names its case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

SIZES = [(80, 24), (120, 40), (200, 60)]
"""Of terminals: the least that is common, a window, a whole screen."""


@contextmanager
def case(name: object) -> Iterator[None]:
    """Note ``name`` at what fails in the block."""
    try:
        yield
    except BaseException as failure:
        failure.add_note(f"The case is {name}.")
        raise
