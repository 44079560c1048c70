"""``python -m tests.readme``: writes the README's key table from the registry of actions."""

from __future__ import annotations

import re
from pathlib import Path

from matomo_tui.ui.actions import ACTIONS, Action, Context

README = Path(__file__).parent.parent / "README.md"
_TITLES: dict[Context, str] = {
    "app": "Everywhere",
    "live": "The live screen",
    "table": "Every table",
    "feed": "Visits",
    "ranking": "Rankings",
    "timeline": "The timeline of a visit",
    "visit": "An open visit",
    "section": "Reports: every section",
    "list": "The list of reports",
    "report": "A report",
    "metrics": "A report of a single row",
    "evolution": "The chart over time",
    "row": "All about a row",
    "all sites": "All sites",
    "admin": "Administration",
    "goals": "Goals of a site",
    "site list": "Sites",
    "users": "Users",
    "access": "Access of users to sites",
    "audit": "The audit log",
    "form": "A form",
    "new user": "The form of a new user",
    "plan": "Before something is written",
}
_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}
_MARKS = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- /keys -->)", re.DOTALL)


def key_table() -> str:
    """The keys as Markdown, one table per context, in the registry's order; keys of the same action share a row."""
    tables = []
    for context, title in _TITLES.items():
        helps: dict[str, list[str]] = {}
        for action in ACTIONS:
            if context in action.contexts:
                helps.setdefault(_keys(action), []).append(action.help)
        rows = "".join(f"| {keys} | {'; '.join(dict.fromkeys(texts))} |\n" for keys, texts in helps.items())
        tables.append(f"**{title}**\n\n| key | what it does |\n| --- | --- |\n{rows}\n")
    return "".join(tables)


def _keys(action: Action) -> str:
    return ", ".join(f"`{_NAMES.get(key, key)}`" for key in action.keys.split(","))


def written() -> str:
    """The README with the current key table."""
    return _MARKS.sub(lambda _: "\n" + key_table(), README.read_text(encoding="utf-8"))


def main() -> None:
    """Write the key table."""
    README.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
