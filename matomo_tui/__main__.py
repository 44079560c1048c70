"""Runs the command line for ``python -m matomo_tui``."""

from matomo_tui.cli.main import main

if __name__ == "__main__":
    main()
