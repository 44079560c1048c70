"""Changes of the configuration file by the program: atomic, under a lock, with comments and order kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matomo_tui.config.document import ConfigDocument, parse_document, read_document
from matomo_tui.config.file_lock import locked
from matomo_tui.config.files import parse_toml, read_text, write_private
from matomo_tui.config.profile_reader import profiles_in
from matomo_tui.config.profiles import Profiles
from matomo_tui.config.validation import CHECKS, ConfigError, check_profile_name
from matomo_tui.late_pattern import late_pattern

_HEADER = late_pattern(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_BARE = late_pattern(r"[A-Za-z0-9_-]+")
_FIRST_LINE = "# Profiles of matomo-tui. Tokens do not belong here.\n"

Tables = dict[str, Any]


def edit_profiles(
    file: Path,
    name: str,
    values: Mapping[str, Any],
    *,
    default: bool,
    before_writing: Callable[[Profiles], None] | None = None,
) -> None:
    """Write ``values`` into the profile ``name``; make it the default if ``default``, or if the file has none: no
    ``default`` and not a single other profile, which is the default without a word.

    Other keys, other profiles, comments and order are kept; a value of ``None`` removes its key. The file is replaced
    atomically and readable only by its owner. ``before_writing`` is called with the profiles of the file while no other
    program can change it; what it raises leaves the file as it is. Raises :class:`ConfigError`.
    """
    check_profile_name(name)
    for key in values:
        if key not in CHECKS:
            raise ConfigError(f"{key!r} is not a setting of a profile.")

    def edited(document: ConfigDocument) -> str:
        import tomlkit  # imported only for writing: it costs start-up time

        toml = tomlkit.parse(document.text or _FIRST_LINE)
        if default or not toml.get("default"):
            toml["default"] = name if default else _sole(document.tables) or name
        tables = toml.setdefault("profiles", tomlkit.table(is_super_table=True))
        table = tables.setdefault(name, tomlkit.table())
        for key, value in values.items():
            if value is None:
                table.pop(key, None)
            elif table.get(key) != value:
                table[key] = _as_toml(value)
        return tomlkit.dumps(toml)

    def expected(tables: Tables) -> None:
        if default or not tables.get("default"):
            tables["default"] = name if default else _sole(tables) or name
        table = tables.setdefault("profiles", {}).setdefault(name, {})
        for key, value in values.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = _as_toml(value)

    _change(file, edited, expected, before_writing)


def _sole(tables: Mapping[str, Any]) -> str:
    """The only profile of the file; ``""`` if it has none or several."""
    names = list(tables.get("profiles", {}))
    return names[0] if len(names) == 1 else ""


def set_default(file: Path, name: str) -> None:
    """Make the profile ``name`` the default one. Raises :class:`ConfigError` if there is none of that name."""

    def edited(document: ConfigDocument) -> str:
        profiles_in(document).values(name, file)
        return _with_default(document.text, name)

    def expected(tables: Tables) -> None:
        tables["default"] = name

    _change(file, edited, expected)


def check_new_name(profiles: Profiles, old: str, new: str, file: Path) -> None:
    """Raise :class:`ConfigError` if ``new`` is the name of a profile in ``file``, be it that of ``old``."""
    if new == old:
        raise ConfigError(f"The profile {old!r} has this name already.")
    if new in profiles.by_name:
        raise ConfigError(f"There is a profile {new!r} in {file} already. Remove it first, or take another name.")


def rename_profile(file: Path, old: str, new: str) -> None:
    """Rename a profile in place, in ``default`` and in the agents' tables. Raises :class:`ConfigError`."""
    check_profile_name(new)

    def edited(document: ConfigDocument) -> str:
        profiles = profiles_in(document)
        profiles.values(old, file)
        check_new_name(profiles, old, new, file)
        text = "".join(_renamed_lines(document.text, old, new))
        for agent in _agents_of(document.tables, old):
            text = _with_profile_of_agent(text, agent, new)
        return _with_default(text, new) if document.tables.get("default") == old else text

    def expected(tables: Tables) -> None:
        tables["profiles"] = {new if name == old else name: table for name, table in tables["profiles"].items()}
        for agent in _agents_of(tables, old):
            tables["agents"][agent]["profile"] = new
        if tables.get("default") == old:
            tables["default"] = new

    _change(file, edited, expected)


def remove_profile(file: Path, name: str) -> None:
    """Remove a profile with its comments, and ``default`` if it names it.

    Raises :class:`ConfigError`, also if an agent is restricted to this profile."""

    def edited(document: ConfigDocument) -> str:
        profiles_in(document).values(name, file)
        for agent in _agents_of(document.tables, name):
            where = document.locations.at("agents", agent, "profile")
            raise ConfigError(f"{where}: the agent {agent} uses the profile {name}. Give it another one first.")
        text = "".join(_lines_without(document.text, name))
        return _with_default(text, None) if document.tables.get("default") == name else text

    def expected(tables: Tables) -> None:
        del tables["profiles"][name]
        if tables.get("default") == name:
            del tables["default"]

    _change(file, edited, expected)


def replace_text(file: Path, before: str, after: str) -> bool:
    """Replace the file's whole text, unless it is no longer ``before``: returns False then, and writes nothing.

    Raises :class:`ConfigError` if it cannot be read or written."""
    with locked(lock_of(file)):
        now = read_text(file) or ""
        if now != before:
            return False
        write_private(file, after)
        return True


def lock_of(file: Path) -> Path:
    """The lock that every writer of ``file`` holds."""
    return file.with_name(f".{file.name}.lock")


def _change(
    file: Path,
    edited: Callable[[ConfigDocument], str],
    expected: Callable[[Tables], None],
    before_writing: Callable[[Profiles], None] | None = None,
) -> None:
    """Replace the file by its ``edited`` text, if that means what the changes of ``expected`` on its tables mean.

    Text and tables are compared because a line may belong to another table than it seems (with dotted keys, or within
    a text of several lines).
    """
    with locked(lock_of(file)):
        document = read_document(file)
        profiles = profiles_in(document)
        try:
            text = edited(document)
        except ConfigError:
            raise
        except (ValueError, KeyError, TypeError):  # of tomlkit, which cannot edit every layout
            raise _not_editable(file) from None
        wanted = parse_toml(file, document.text)
        expected(wanted)
        try:
            found = dict(parse_document(file, text).tables)
            profiles_in(parse_document(file, text))
        except ConfigError:
            found = {}
        if _without_empty(found) != _without_empty(wanted):
            raise _not_editable(file)
        if before_writing is not None:
            before_writing(profiles)
        write_private(file, text)


def _not_editable(file: Path) -> ConfigError:
    return ConfigError(f"{file} has a layout that cannot be edited automatically: use tables, [profiles.NAME].")


def _without_empty(tables: Tables) -> Tables:
    return {key: value for key, value in tables.items() if key != "profiles" or value}


def _as_toml(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _with_default(text: str, name: str | None) -> str:
    import tomlkit

    toml = tomlkit.parse(text)
    if name is None:
        del toml["default"]
    else:
        toml["default"] = name
    return tomlkit.dumps(toml)


def _agents_of(tables: Mapping[str, Any], profile: str) -> list[str]:
    """The agents that are restricted to a profile."""
    agents = tables.get("agents", {})
    return [name for name, table in agents.items() if table.get("profile") == profile]


def _with_profile_of_agent(text: str, agent: str, profile: str) -> str:
    import tomlkit

    toml = tomlkit.parse(text)
    toml["agents"][agent]["profile"] = profile
    return tomlkit.dumps(toml)


def _split_key(text: str) -> tuple[str, ...]:
    """The parts of a dotted key, of which any may be quoted; names of profiles may contain dots."""
    parts = re.findall(r"\"([^\"]*)\"|'([^']*)'|([^.\s\"']+)", text)
    return tuple(double or single or bare for double, single, bare in parts)


def _tables_of_lines(text: str) -> list[tuple[str, tuple[str, ...], bool]]:
    """Each line with the table it belongs to, and True if it is the table's header."""
    found = []
    table: tuple[str, ...] = ()
    for line in text.splitlines(keepends=True):
        header = _HEADER.match(line)
        if header:
            table = _split_key(header[1])
        found.append((line, table, header is not None))
    return found


def _renamed_lines(text: str, old: str, new: str) -> list[str]:
    quoted = re.escape(old)
    key = rf"(?:\"{quoted}\"|'{quoted}'" + (rf"|{quoted})" if _BARE.fullmatch(old) else ")")
    written = new if _BARE.fullmatch(new) else f'"{new}"'
    profiles = r"(?:profiles|\"profiles\"|'profiles')\s*\.\s*"
    in_header = late_pattern(rf"^(\s*\[\[?\s*{profiles}){key}(?=\s*[.\]])")
    in_profiles = late_pattern(rf"^(\s*){key}(?=\s*[.=])")
    at_top = late_pattern(rf"^(\s*{profiles}){key}(?=\s*[.=])")
    lines = []
    for line, table, is_header in _tables_of_lines(text):
        pattern = in_header if is_header else {("profiles",): in_profiles, (): at_top}.get(table)
        lines.append(line if pattern is None else pattern.sub(rf"\g<1>{written}", line, count=1))
    return lines


def _lines_without(text: str, name: str) -> list[str]:
    """The lines without those of a profile and without the comment directly above it.

    A comment directly above the next table belongs to that one and stays."""
    kept: list[str] = []
    dropped: list[str] = []
    mine = ("profiles", name)
    for line, table, is_header in _tables_of_lines(text):
        if table[:2] == mine:
            if is_header and not dropped:
                del kept[len(kept) - _comments_at_the_end(kept) :]
            dropped.append(line)
            continue
        if is_header and dropped:
            kept += dropped[len(dropped) - _comments_at_the_end(dropped) :]
            dropped = []
        if not is_header and table in ((), ("profiles",)) and "=" in line:
            key = (*table, *_split_key(line.split("=", 1)[0]))
            if key[:2] == mine:
                continue
        kept.append(line)
    return kept


def _comments_at_the_end(lines: list[str]) -> int:
    """How many lines at the end are comments without a blank line between them."""
    count = 0
    for line in reversed(lines):
        if not line.lstrip().startswith("#"):
            break
        count += 1
    return count
