"""The file names of screenshots (``ctrl+s``)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path


def write_screenshot(svg: str) -> Path:
    """Write ``svg`` to a new file and return its path. Raises ``OSError``."""
    from platformdirs import user_pictures_path

    pictures = user_pictures_path()
    folder = pictures if pictures.is_dir() else Path.cwd()
    name = f"matomo-tui-{datetime.now():%Y-%m-%d-%H%M%S}"
    for number in range(1, 1000):
        path = folder / (f"{name}.svg" if number == 1 else f"{name}-{number}.svg")
        with suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
            file.write(svg)
            return path
    raise OSError(17, "too many screenshots within a second")
