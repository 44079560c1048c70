"""``python -m matomo_tui`` is the command ``matomo-tui``."""

from matomo_tui.cli.main import main

if __name__ == "__main__":
    main()
