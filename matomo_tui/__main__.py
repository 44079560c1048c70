"""Starts the command line: the command ``matomo-tui`` and ``python -m matomo_tui``."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Import and run the command line. Nothing that it imports is garbage, and looking for some takes a tenth of the
    time; commands that go on collect garbage again."""
    gc.disable()
    from matomo_tui.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
