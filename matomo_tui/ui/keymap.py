"""The key map: default keys of the registry, presets, and keys of the user's own, checked against each other."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from textual.keys import Keys, _character_to_key

from matomo_tui.config.document import ConfigDocument, ConfigProblem
from matomo_tui.config.key_settings import KeySettings, action_path, key_mistakes, read_keys
from matomo_tui.config.validation import ConfigError
from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.key_action import Context, KeyAction

PRESETS: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "vim": {
        "table.page_up": "pageup,ctrl+b,ctrl+u",
        "table.page_down": "pagedown,ctrl+f,ctrl+d",
        "table.last": "end,G",
        "all_sites.groups": "g",
        "report.expand": "right,l",
        "report.collapse": "left,h",
        "section.show_list": "L",
        "admin.show_list": "L",
        "ranking.next_ranking": "right,l",
        "ranking.previous_ranking": "left,h",
        "chart.point.next": "right,l",
        "chart.point.previous": "left,h",
        "access.across.next": "right,l",
        "access.across.previous": "left,h",
    },
}
"""Key maps by name: keys by action id, where they differ from the default."""

_WITHOUT_TABLE: frozenset[Context] = frozenset(
    {
        "calendar",
        "card",
        "chart",
        "choice",
        "code",
        "connect",
        "dialog",
        "form",
        "plan",
        "search",
        "segment",
        "site cards",
        "sites",
        "time bar",
        "wall",
    }
)
"""Places where no table has the focus. In all others the keys of the table come before those of the place around it."""

_PANES: Mapping[Context, frozenset[Context]] = {
    "live": frozenset({"time bar", "feed", "ranking", "timeline"}),
    "visit": frozenset({"timeline"}),
    "section": frozenset(
        {"list", "report", "metrics", "evolution", "chart", "changed", "goal list", "log", "all sites", "site cards"}
    ),
    "row evolution": frozenset({"evolution", "chart"}),
    "admin": frozenset({"list", "goals", "tracking", "audit", "site list", "users", "access"}),
    "wall": frozenset({"site cards"}),
}
"""The panes of each screen. Their keys come before those of the screen, and the screen's before those of the program: a
key in two of them does only what the inner one does."""
_SINGLE: frozenset[Context] = frozenset({"changed", "log", "all sites", "site cards"})
_NOT_IN_SINGLE = frozenset({"show_list", "export", "compare", "explain"})
"""Actions of a section that one with a single pane does not have."""
_AROUND: Mapping[Context, frozenset[Context]] = {
    **_PANES,
    "app": frozenset({*_PANES, "around", "matomos"}).union(*_PANES.values()),
}

_NAMES = {key.value for key in Keys if "+" not in key.value and not key.value.startswith("<")}
_MODIFIERS = {"ctrl", "shift", "alt", "super", "meta", "hyper"}
_EXAMPLES = "a, A, ?, f5, enter, pageup, ctrl+o, alt+left"
_BY_ID = {action.id: action for action in ACTIONS}


def key_map(settings: KeySettings) -> dict[str, str]:
    """Keys by action id, for Textual's ``App.set_keymap``: those of the preset, then the user's own.

    Raises :class:`ConfigError`, with file and line, for a preset, an action or a key that does not exist, and for a key
    that two actions of one place would share.
    """
    keys = dict(PRESETS.get(settings.preset or "default", {}))
    for _, where, sentence in _mistakes(settings, keys):
        raise ConfigError(f"{where}: {sentence}")
    return keys


def key_problems(document: ConfigDocument) -> Iterator[ConfigProblem]:
    """Yield every mistake in the ``[keys]`` table of a configuration file."""
    table = document.tables.get("keys", {})
    wrong = False
    for name, sentence in key_mistakes(table):
        wrong = True
        yield document.problem(action_path(document.locations, name), sentence)
    if not wrong:
        settings = read_keys(table, lambda name: name)
        for name, _, sentence in _mistakes(settings, dict(PRESETS.get(settings.preset or "default", {}))):
            yield document.problem(action_path(document.locations, name), sentence)


def _mistakes(settings: KeySettings, keys: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Add the settings to ``keys``, and yield each mistake: the action's id (or ``preset``), its place, a sentence."""
    preset = settings.preset or "default"
    if preset not in PRESETS:
        yield "preset", settings.preset_where, f"there is no preset {preset!r}; it is {' or '.join(PRESETS)}."
    for name, setting in settings.by_action.items():
        if name not in _BY_ID:
            yield name, setting.where, f"there is no action {name!r}.{_nearest(name)}"
            continue
        named = [_key(one) for one in _split(setting.keys)]
        for written, key in zip(_split(setting.keys), named, strict=True):
            if not key:
                yield name, setting.where, f"there is no key {written!r}; keys are such as {_EXAMPLES}."
        keys[name] = ",".join(named)
    for name, setting in settings.by_action.items():
        if name in _BY_ID and (sentence := _taken(_BY_ID[name], keys)):
            yield name, setting.where, sentence


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, _BY_ID, n=1) or difflib.get_close_matches(
        name.rpartition(".")[2], [known.rpartition(".")[2] for known in _BY_ID], n=1
    )
    if not close:
        return " `matomo-tui keys` lists them."
    found = close[0] if close[0] in _BY_ID else next(known for known in _BY_ID if known.endswith(f".{close[0]}"))
    return f" Did you mean {found!r}? `matomo-tui keys` lists them."


def _split(keys: str) -> list[str]:
    """``"a,b"`` as two keys; a comma alone is the key."""
    return [","] if keys.strip() == "," else [key.strip() for key in keys.split(",")]


def _key(text: str) -> str:
    """A key by Textual's name: ``?`` is ``question_mark``; ``""`` if there is none of that name."""
    before, _, name = text[:-1].rpartition("+") if len(text) > 1 else ("", "", "")
    name += text[-1:]
    modifiers = before.split("+") if before else []
    known = len(name) == 1 or name in _NAMES
    if not name or not known or not set(modifiers) <= _MODIFIERS:
        return ""
    named = _character_to_key(name) if len(name) == 1 else name
    return "+".join([*modifiers, named])


def _share_a_place(one: KeyAction, other: KeyAction) -> bool:
    """Return True if there is a place whose own keys are those of both."""
    if set(one.contexts) & set(other.contexts):
        return True
    around = other if "table" in one.contexts else one if "table" in other.contexts else None
    return around is not None and not set(around.contexts) <= _WITHOUT_TABLE


def _is_within(one: KeyAction, other: KeyAction) -> bool:
    """Return True if a place of ``one`` is inside one of ``other``."""
    places = set(one.contexts) - (_SINGLE if other.name in _NOT_IN_SINGLE else frozenset())
    return any(_AROUND.get(outer, frozenset()) & places for outer in other.contexts)


def _taken(action: KeyAction, keys: Mapping[str, str]) -> str:
    """A sentence if another action of the same place has one of the action's keys, or if the keys of one hide all those
    of the other, in a place around its own; else ``""``.

    Actions that share a key by default, such as pause and resume, may share another one.
    """
    own = set(action.keys_in(keys)) - {""}
    for other in ACTIONS:
        if other is action or set(other.keys.split(",")) & set(action.keys.split(",")):
            continue
        theirs = set(other.keys_in(keys)) - {""}
        shared = own & theirs
        hidden = (_is_within(action, other) and theirs <= own) or (_is_within(other, action) and own <= theirs)
        if shared and (hidden or _share_a_place(action, other)):
            return f"{min(shared)} is the key of {other.id} ({other.help}); give that another key."
    return ""
