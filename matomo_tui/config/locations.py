"""Finds the line of a key in a TOML file, and the nearest right word for a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from matomo_tui.late_pattern import late_pattern

KeyPath = tuple[str | int, ...]
"""Keys from the document's root down; the number of an element of an array (of tables), from 0 on."""

_SKIPPED = late_pattern(r"(?:[ \t]+|\r?\n|#[^\n]*)*")
_KEY = late_pattern(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
_STRING = late_pattern(
    r'"{3}(?:[^"\\]|\\.|"(?!""))*"{3,5}|' + r"'{3}(?:[^']|'(?!''))*'{3,5}|" + r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'""",
    re.DOTALL,
)
_PLAIN = late_pattern(r"[^\[\]{},#\n\"']+")
_ESCAPED = late_pattern(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


class Locations:
    """The lines of all keys of one file."""

    def __init__(self, file: Path, text: str) -> None:
        """``text`` is the content of ``file``. Lines are found as far as it is valid TOML; nothing is raised."""
        self.file = file
        self._lines = _Scanner(text).lines

    def __contains__(self, path: KeyPath) -> bool:
        """Return True if the file has this key, table or element."""
        return path in self._lines

    def line(self, *path: str | int) -> int | None:
        """Return the line, from 1 on, of a key, of a table's header or of an array's element.

        For a path that is not in the file it is the line of the nearest table or array around it; ``None`` if there is
        none.
        """
        return next((self._lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._lines), None)

    def at(self, *path: str | int) -> str:
        """Return the place for an error message: ``FILE, line 7``, or only ``FILE`` if no line is known."""
        line = self.line(*path)
        return f"{self.file}, line {line}" if line else str(self.file)


def nearest_word(word: str, known: Iterable[str]) -> str:
    """Return the sentence that helps with an unknown word: ``Did you mean 'site'?``, or the known words in order."""
    import difflib  # imported for a mistake only: it costs start-up time

    words = list(known)
    folded = {name.casefold(): name for name in words}
    close = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f"Did you mean {folded[close[0]]!r}?" if close else f"Known: {', '.join(words)}."


class _Scanner:
    """Reads the text once and notes the line at which each key path occurs first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._tables_in: dict[KeyPath, int] = {}
        """The number of tables so far of each array of tables."""
        self.lines: dict[KeyPath, int] = {}
        self._document()

    def _document(self) -> None:
        table: KeyPath = ()
        while self._skip() < len(self._text):
            before = self._at
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            if self._at == before:
                return  # not TOML from here on

    def _header(self) -> KeyPath:
        """Read ``[table]`` or ``[[array]]`` and return its path, with the numbers of the arrays' last tables."""
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        line = self._current_line()
        self._at += brackets
        path: KeyPath = ()
        parts = self._keys()
        for number, part in enumerate(parts, 1):
            path = (*path, part)
            self.lines.setdefault(path, line)
            if brackets == 2 and number == len(parts):
                self._tables_in[path] = self._tables_in.get(path, 0) + 1
            if path in self._tables_in:
                path = (*path, self._tables_in[path] - 1)
                self.lines.setdefault(path, line)
        self._at += brackets
        return path

    def _pair(self, table: KeyPath) -> None:
        """Read ``key = value``; each part of a dotted key is noted."""
        line = self._current_line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        if self._text.startswith("=", self._at):
            self._at += 1
            self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while match := _KEY.match(self._text, self._at):
            basic, literal, bare = match.groups()
            keys.append(_unescaped(basic) if basic is not None else literal if literal is not None else bare)
            self._at = match.end()
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return keys

    def _value(self, path: KeyPath) -> None:
        while self._at < len(self._text) and self._text[self._at] in " \t":
            self._at += 1
        if match := _STRING.match(self._text, self._at):
            self._at = match.end()
        elif self._text.startswith("[", self._at):
            self._elements(path, "]")
        elif self._text.startswith("{", self._at):
            self._elements(path, "}")
        elif match := _PLAIN.match(self._text, self._at):
            self._at = match.end()

    def _elements(self, path: KeyPath, end: str) -> None:
        """Read the elements of an array up to ``]``, or the pairs of an inline table up to ``}``."""
        self._at += 1
        number = 0
        while self._skip() < len(self._text) and not self._text.startswith(end, self._at):
            before = self._at
            if end == "]":
                self.lines.setdefault((*path, number), self._current_line())
                self._value((*path, number))
            else:
                self._pair(path)
            number += 1
            if self._skip() < len(self._text) and self._text[self._at] == ",":
                self._at += 1
            if self._at == before:
                return
        self._at += 1

    def _skip(self) -> int:
        """Skip blanks, line ends and comments; return the position."""
        match = _SKIPPED.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _current_line(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) > 1:
            number = int(code[1:], 16)
            return chr(number) if number <= 0x10FFFF else ""
        return _ESCAPES.get(code, code)

    return _ESCAPED.sub(one, text)
