"""Style sheets are parsed once a process: a twentieth of the time of the tests of the screen went into parsing the same
ones for each application that is started."""

from __future__ import annotations

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}
_variables: dict[tuple[tuple[str, str], ...], int] = {}


def _number_of_variables(sheet: Stylesheet) -> int:
    """The number of this set of variables, worked out once for each that a style sheet is given."""
    kept: tuple[dict[str, str], int] | None = sheet.__dict__.get("_numbered")
    if kept is None or kept[0] is not sheet._variables:
        number = _variables.setdefault(tuple(sheet._variables.items()), len(_variables))
        kept = sheet.__dict__["_numbered"] = sheet._variables, number
    return kept[1]


def _once(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    key = (css, read_from, is_default_rules, tie_breaker, scope, _number_of_variables(self))
    if key not in _parsed:
        _parsed[key] = _parse_rules(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _parsed[key]


def install() -> None:
    """Have every application of this process share what was parsed."""
    Stylesheet._parse_rules = _once  # type: ignore[method-assign]
