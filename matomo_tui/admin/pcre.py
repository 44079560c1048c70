"""Translates PHP's regular expressions (PCRE) to Python's where they are equivalent.

Matomo matches bytes, without ``/u``, and escapes the slashes of an expression itself. Python compiles bytes too, with
the same ASCII-only classes. Constructs that Python writes differently are rewritten; an expression with a construct
that Python lacks is reported as untested instead of guessed.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F",
    "word": r"\w",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}
_ESCAPES = {
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "h": r"[ \t\xa0]",
    "H": r"[^ \t\xa0]",
    "R": r"(?:\r\n|[\n-\r\x85])",
    "v": r"[\n-\r\x85]",
    "e": r"\x1b",
    "/": "/",
}
_IN_CLASS = {"h": r" \t\xa0", "v": r"\n-\r\x85", "e": r"\x1b", "/": "/"}
_NOT_IN_PYTHON = "KGXpPgNCoVQE"
_HEX = re.compile(r"\\x(?:\{([0-9a-fA-F]{1,2})\}|(?!\{)([0-9a-fA-F]{0,2}))")
_CONTROL = re.compile(r"\\c([ -.0-\[\]-~])")
_NAMED_BACK = re.compile(r"\\k(?:<(\w+)>|\{(\w+)\}|'(\w+)')")
_NAMED_GROUP = re.compile(r"\(\?(?:<(?![=!])(\w+)>|'(\w+)')")
_NOT_GROUPS = re.compile(r"\(\*|\(\?(?:\||R\)|&|P>|C|[+-]?\d)")
_FLAGS = re.compile(r"\(\?(\^?)([a-zA-Z]*)(-?)([a-zA-Z]*)([:)])")
_CONDITION = re.compile(r"\(\?\((?:<(\w+)>|'(\w+)'|(?!R\d*\)|DEFINE\))(\w+))\)")
_CLASS_NAME = re.compile(r"\[:(\^?)(\w+):\]")
_NO_CLASS = re.compile(r"\[([:.=])(?:\\[]\\]|(?!\[\1|\1\])[^]])*\1\]")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}", re.ASCII)
_REPEAT_OR_TEXT = re.compile(r"\{[ \t]*(?:\d+[ \t]*(?:,[ \t]*\d*)?|,[ \t]*\d+)[ \t]*\}", re.ASCII)
"""A repetition from PCRE2 10.43 on, and the text itself before."""
_MOST_REPEATS = 65_535
_UNTRIED = (
    "This expression uses {what}, which only Matomo can test: saving reports an expression that does not compile."
)


@dataclass(frozen=True, slots=True)
class Translated:
    """The result of a translation. Exactly one field is not empty."""

    python: str = ""
    """The expression for Python."""
    problem: str = ""
    """Why Matomo would refuse it."""
    untried: str = ""
    """Why only Matomo can test it."""


class _Untried(Exception):
    """The expression has a construct that Python lacks."""


class _Refused(Exception):
    """The expression has a construct that Python knows, but not PHP."""


def translate(pattern: str) -> Translated:
    """Translate the expression of a goal to Python."""
    if sentence := _slash_problem(pattern):
        return Translated(problem=sentence)
    try:
        python = _Translation(pattern).run()
    except _Untried as found:
        return Translated(untried=_UNTRIED.format(what=found))
    except _Refused as found:
        return Translated(problem=f"The expression does not compile: {found}.")
    try:
        compiled(python)
    except re.error as error:
        if "look-behind" in str(error):
            return Translated(untried=_UNTRIED.format(what="a look-behind of varying length"))
        where = "" if error.pos is None else f", near character {min(error.pos, len(pattern)) + 1}"
        return Translated(problem=f"The expression does not compile: {error.msg}{where}.")
    except (OverflowError, RecursionError):
        return Translated(problem="The expression does not compile: it is nested too deeply or repeats too often.")
    return Translated(python=python)


def compiled(python: str, *, case_sensitive: bool = True) -> re.Pattern[bytes]:
    """Compile a Python expression over bytes. Raises ``re.error``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(python.encode("utf-8", "replace"), 0 if case_sensitive else re.IGNORECASE)


def _slash_problem(pattern: str) -> str:
    r"""Matomo escapes slashes only if none is escaped yet: next to a ``\/``, any other slash ends the expression."""
    if r"\/" not in pattern:
        return ""
    bare = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    if "/" not in bare:
        return ""
    return r"The expression does not compile: write every slash as \/ or every slash as /, not a mix."


class _Translation:
    """Translates an expression in one pass from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._out: list[str] = []

    def run(self) -> str:
        while self._at < len(self._pattern):
            char = self._pattern[self._at]
            if char == "\\":
                self._escape()
            elif char == "[":
                self._character_class()
            elif char == "(":
                self._group()
            elif char == "{":
                self._repetition()
            else:
                self._take(char)
        return "".join(self._out)

    def _take(self, text: str, instead: str | None = None) -> None:
        self._out.append(text if instead is None else instead)
        self._at += len(text)

    def _escape(self) -> None:
        pair = self._pattern[self._at : self._at + 2]
        char = pair[1:]
        if self._character():
            return
        if found := _NAMED_BACK.match(self._pattern, self._at):
            self._take(found[0], f"(?P={found[1] or found[2] or found[3]})")
        elif pair == r"\Q":
            self._quoted()
        elif self._is_untried(pair):
            raise _Untried(pair)
        else:
            self._take(pair, _ESCAPES.get(char))

    def _character(self) -> bool:
        """Take a character that is given by its code, in or outside of a class. Returns False if there is none."""
        if found := _HEX.match(self._pattern, self._at):
            self._take(found[0], rf"\x{found[1] or found[2]:0>2}")
        elif found := _CONTROL.match(self._pattern, self._at):
            self._take(found[0], rf"\x{ord(found[1].upper()) ^ 0x40:02x}")
        else:
            return False
        return True

    def _is_untried(self, pair: str, more: str = "") -> bool:
        """True if Python lacks the escape ``pair``, one of ``more`` included."""
        char, follows = pair[1:], self._pattern[self._at + 2 : self._at + 3]
        if char == "x":
            return follows == "{"
        return bool(follows) if char == "c" else bool(char) and char in _NOT_IN_PYTHON + more

    def _repetition(self) -> None:
        if found := _REPEAT.match(self._pattern, self._at):
            if any(int(times.lstrip("0")[:6] or 0) > _MOST_REPEATS for times in found.groups() if times):
                raise _Refused(f"{found[0][:30]} repeats more than {_MOST_REPEATS} times")
            self._take(found[0])
        elif found := _REPEAT_OR_TEXT.match(self._pattern, self._at):
            raise _Untried(found[0])
        else:
            self._take("{", r"\{")

    def _quoted(self) -> None:
        end = self._pattern.find(r"\E", self._at)
        inside = self._pattern[self._at + 2 : None if end < 0 else end]
        self._out.append(re.escape(inside))
        self._at = len(self._pattern) if end < 0 else end + 2

    def _group(self) -> None:
        if found := _NOT_GROUPS.match(self._pattern, self._at):
            raise _Untried(found[0])
        if found := _NAMED_GROUP.match(self._pattern, self._at):
            self._take(found[0], f"(?P<{found[1] or found[2]}>")
        elif found := _CONDITION.match(self._pattern, self._at):
            self._take(found[0], f"(?({found[1] or found[2] or found[3]})")
        elif self._pattern.startswith("(?(", self._at):
            raise _Untried("(?(")
        elif found := _FLAGS.match(self._pattern, self._at):
            if not self._is_flags_of_python(found):
                raise _Untried(found[0])
            self._take(found[0])
        else:
            self._take("(")

    def _is_flags_of_python(self, found: re.Match[str]) -> bool:
        """True if Python has such a ``(?i)``, which stands at the beginning only, or ``(?i-s:``."""
        reset, on, minus, off, end = found.groups()
        if reset or (set(on) | set(off)) - set("imsx") or set(on) & set(off) or (minus and not off):
            return False
        return end == ":" or (self._at == 0 and bool(on) and not minus)

    def _character_class(self) -> None:
        if found := _NO_CLASS.match(self._pattern, self._at):
            raise _Refused(f"{found[0]} stands only within another pair of brackets")
        self._take("[")
        if self._peek() == "^":
            self._take("^")
        if self._peek() == "]":
            self._take("]", r"\]")
        while (char := self._peek()) not in ("", "]"):
            if found := _CLASS_NAME.match(self._pattern, self._at):
                if found[1] or found[2] not in _POSIX:
                    raise _Untried(found[0])
                self._take(found[0], _POSIX[found[2]])
            elif self._character():
                continue
            elif char == "\\":
                pair = self._pattern[self._at : self._at + 2]
                if self._is_untried(pair, "HR"):
                    raise _Untried(pair)
                self._take(pair, _IN_CLASS.get(pair[1:]))
            else:
                self._take(char, "\\" + char if char in "[&~|" else None)
        if self._peek():
            self._take("]")

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]
