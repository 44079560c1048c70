"""An action with its keys: an entry of the registry in ``actions.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

SIGNS: Mapping[str, str] = {
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
}
"""Signs of keys that Textual names by words."""

Context = Literal[
    "app",
    "alerts",
    "live",
    "time bar",
    "table",
    "feed",
    "ranking",
    "timeline",
    "visit",
    "sites",
    "connect",
    "dialog",
    "section",
    "list",
    "report",
    "metrics",
    "columns",
    "row",
    "chart",
    "evolution",
    "calendar",
    "segment",
    "condition",
    "export",
    "around",
    "row evolution",
    "changed",
    "goal list",
    "log",
    "notes",
    "admin",
    "form",
    "choice",
    "new user",
    "plan",
    "goals",
    "tracking",
    "audit",
    "search",
    "site list",
    "code",
    "card",
    "users",
    "access",
    "all sites",
    "site cards",
    "wall",
    "matomos",
]


class KeyAction(Struct, frozen=True):
    """An action that has keys."""

    name: str
    """Textual's action: ``action_<name>`` where it is bound, or ``app.<name>``."""
    keys: str
    """The default keys by Textual's names, separated by commas."""
    label: str
    """The word in the footer; ``""`` if it is not shown there."""
    help: str
    """The sentence in the help, the palette and the README."""
    contexts: tuple[Context, ...]
    """The places where it is bound."""
    show: bool = True
    """False keeps it out of the footer."""
    key_display: str = ""
    """How the footer writes the key; ``""`` as usual."""
    priority: bool = False
    """True if it comes before the keys of the focused widget."""

    @property
    def id(self) -> str:
        """The name in ``[keys]`` of the configuration: where it is bound and what it does, as in ``report.sort``,
        ``app.section.pages`` or ``section.step.next``."""
        name, _, parameter = self.name.removesuffix(")").partition("(")
        parameter = parameter.strip("'")
        place = self.contexts[0].replace(" ", "_")
        parts = (place, name.rpartition(".")[2], {"-1": "previous", "1": "next"}.get(parameter, parameter))
        return ".".join(part for part in parts if part)

    def keys_in(self, key_map: Mapping[str, str]) -> tuple[str, ...]:
        """The keys under a key map, which has keys by id, by Textual's names."""
        return tuple(key_map.get(self.id, self.keys).split(","))
