"""``python -m tests.readme``: writes the tables of keys and settings in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from matomo_tui.config import reference
from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.key_table import KeyRow, key_tables

README = Path(__file__).parent.parent / "README.md"
CONTRIBUTING = README.parent / ".github" / "CONTRIBUTING.md"
CONFIGURATION = README.parent / ".github" / "CONFIGURATION.md"
KEYS = (
    "app.help",
    "app.command_palette",
    "app.back",
    "app.focus_next",
    "live.switch_site",
    "feed.filter",
    "feed.open",
    "feed.narrow",
    "live.segment",
    "section.pick_period",
    "section.compare",
    "report.columns",
    "section.export",
    "app.choose_theme",
    "app.quit",
)
"""The actions in the table. The keys of the sections are named above it."""
_MARKS = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- /keys -->)", re.DOTALL)

_SETTINGS = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


def key_table() -> str:
    """The keys as Markdown."""
    rows: dict[str, KeyRow] = {row.id: row for table in key_tables({}).values() for row in table}
    lines = [f"| {', '.join(f'`{key}`' for key in rows[id].keys)} | {rows[id].help} |\n" for id in KEYS]
    return f"\n| key | what it does |\n| --- | --- |\n{''.join(lines)}\n"


def setting_table() -> str:
    """The settings as Markdown."""
    return f"\n| key | default | flag, variable | meaning |\n| --- | --- | --- | --- |\n{reference.as_markdown()}\n"


def written() -> str:
    """The README with the current table of keys."""
    return _MARKS.sub(lambda _: key_table(), README.read_text(encoding="utf-8"))


def written_configuration() -> str:
    """The description of the configuration with the current table of settings."""
    return _SETTINGS.sub(lambda _: setting_table(), CONFIGURATION.read_text(encoding="utf-8"))


def known_keys() -> set[str]:
    """All keys of the program, as they are written in the README."""
    return {key for table in key_tables({}).values() for row in table for key in row.keys} | {
        key for action in ACTIONS for key in action.keys.split(",")
    }


def commands() -> list[str]:
    """Every line of the shell blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


def main() -> None:
    """Write the tables."""
    README.write_text(written(), encoding="utf-8")
    CONFIGURATION.write_text(written_configuration(), encoding="utf-8")


if __name__ == "__main__":
    main()
