"""Starts the command line: the command ``matomo-tui`` and ``python -m matomo_tui``."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Import and run the command line. Nothing that it imports is garbage, and looking for some takes a tenth of the
    time; commands that go on collect garbage again."""
    gc.disable()
    _open_closed_streams()
    from matomo_tui.cli.main import main as run

    run()


def _open_closed_streams() -> None:
    """Open the null device for each standard stream that was closed (``2>&-``), for which Python has ``None``.

    This comes first: the next file or socket would get the number of that stream, and what is written to the stream."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(null, True)
            mode = "r" if name == "stdin" else "w"
            stream = open(null, mode, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 (open until the end)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    main()
