"""``python -m tests.share``: writes the manual page and the completion scripts that the wheel installs."""

from __future__ import annotations

from pathlib import Path

from matomo_tui.cli import manual
from matomo_tui.cli.completion import SCRIPTS
from matomo_tui.cli.main import cli

SHARE = Path(__file__).parent.parent / "matomo_tui" / "share"


def files() -> dict[Path, str]:
    """The text of each file by its path below ``share/``."""
    return {
        Path("man/man1/matomo-tui.1"): manual.page(cli),
        Path("bash-completion/completions/matomo-tui"): SCRIPTS["bash"],
        Path("zsh/site-functions/_matomo-tui"): SCRIPTS["zsh"],
        Path("fish/vendor_completions.d/matomo-tui.fish"): SCRIPTS["fish"],
    }


def main() -> None:
    """Write the files."""
    for path, text in files().items():
        (SHARE / path).parent.mkdir(parents=True, exist_ok=True)
        (SHARE / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
