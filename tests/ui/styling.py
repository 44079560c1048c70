"""Style sheets are applied once a process to each place in the tree of widgets.

Which rules a node gets depends on the types, classes and ids of the nodes from the application down to it, and on the
pseudo-classes that a selector asks of them. A fifth of the time of the tests of the screen went into working out the
same again for each application that is started. ``STYLE=1`` works out everything in all tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from textual.css.match import _check_selectors
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

_apply = Stylesheet.apply

Node = tuple[type[DOMNode], frozenset[str], str | None]
"""A node's type, classes and id."""
Path = tuple[Node, ...]
"""Of each node from the application down."""
FLAGS = {
    "_has_hover_style": {"hover"},
    "_has_focus_within": {"focus-within"},
    "_has_order_style": {"first-of-type", "last-of-type", "first-child", "last-child", "empty"},
    "_has_odd_or_even": {"odd", "even"},
}
"""What Textual notes at a node: whether the rules that name it ask for any of these pseudo-classes."""


class _Found(Stylesheet):
    """A style sheet of ``rules`` alone that keeps what it found for a node instead of setting it."""

    def __init__(self, rules: Sequence[RuleSet]) -> None:
        super().__init__()
        self._rules = list(rules)
        self._rules_map = {"*": self._rules}
        self.found: RulesMap | None = None

    def replace_rules(self, node: DOMNode, rules: RulesMap, animate: bool = False) -> None:  # type: ignore[override]
        self.found = rules

    def _process_component_classes(self, node: DOMNode) -> None:
        pass


@dataclass
class _Place:
    """One path under the rules that may match it: ``asked`` are the pseudo-classes that decide, each with the index of
    its node; ``found`` is what applies by whether these hold, None if nothing does."""

    rules: tuple[RuleSet, ...]
    asked: list[tuple[int, str]]
    found: dict[tuple[bool, ...], RulesMap | None] = field(default_factory=dict)


@dataclass
class _Known:
    """What is known of a path: the rules that may match it and those that cannot, and its places by the former."""

    matching: dict[RuleSet, bool] = field(default_factory=dict)
    places: dict[tuple[RuleSet, ...], _Place] = field(default_factory=dict)


_known: dict[Path, _Known] = {}


class _Sheet:
    """One state of an application's style sheet, which grows with each type of widget that comes."""

    def __init__(self, rules: list[RuleSet], rules_map: dict[str, list[RuleSet]]) -> None:
        self._map = rules_map
        self.rules = rules  # keeps their ids from being used again
        self._positions = {rule: position for position, rule in enumerate(rules)}
        self._named: dict[Node, list[RuleSet]] = {}
        self.flags: dict[Node, dict[str, bool]] = {}
        self.places: dict[Path, _Place] = {}

    def place(self, path: Path, nodes: list[DOMNode]) -> _Place:
        """Find the place of a path that was not asked for before."""
        known = _known.setdefault(path, _Known())
        candidates = self._candidates(path[-1], nodes[-1])
        for rule in candidates:
            if rule not in known.matching:
                known.matching[rule] = _may_match(rule, nodes)
        rules = tuple([rule for rule in candidates if known.matching[rule]])
        if rules not in known.places:
            known.places[rules] = _Place(rules, _asked(rules, nodes))
        self.places[path] = known.places[rules]
        return known.places[rules]

    def _candidates(self, key: Node, node: DOMNode) -> list[RuleSet]:
        """The rules that name the node's type, one of its classes or its id, in their order."""
        if key not in self._named:
            rules = {rule for name in self._map.keys() & node._selector_names for rule in self._map[name]}
            self._named[key] = sorted(rules, key=self._positions.__getitem__)
            asked = set().union(*[rule.pseudo_classes for rule in rules])
            self.flags[key] = {flag: not asked.isdisjoint(names) for flag, names in FLAGS.items()}
        return self._named[key]


def _may_match(rule: RuleSet, nodes: list[DOMNode]) -> bool:
    """Returns True if the rule matches under some pseudo-classes."""
    return any(
        _check_selectors([replace(selector, pseudo_classes=set()) for selector in one.selectors], nodes)
        for one in rule.selector_set
    )


def _asked(rules: Iterable[RuleSet], nodes: list[DOMNode]) -> list[tuple[int, str]]:
    """The pseudo-classes that the selectors ask of the nodes: the last selector of the node itself alone."""
    return sorted(
        {
            (index, name)
            for rule in rules
            for one in rule.selector_set
            for selector in one.selectors
            if selector.pseudo_classes
            for index in (range(len(nodes)) if selector is not one.selectors[-1] else (len(nodes) - 1,))
            if selector._check(nodes[index])
            for name in selector.pseudo_classes
        }
    )


_sheets: dict[tuple[int, ...], _Sheet] = {}


def _sheet_of(sheet: Stylesheet) -> _Sheet:
    """The state that an application's style sheet is in."""
    rules = sheet.rules
    of, state = sheet.__dict__.get("_state", (None, None))
    if of is not rules:
        key = tuple(map(id, rules))
        if key not in _sheets:
            _sheets[key] = _Sheet(rules, sheet.rules_map)
        state = _sheets[key]
        sheet.__dict__["_state"] = rules, state
    assert isinstance(state, _Sheet)
    return state


def _apply_kept(self: Stylesheet, node: DOMNode, *, animate: bool = False, cache: object = None) -> None:
    """``Stylesheet.apply``, which works out only what it has not met."""
    sheet = _sheet_of(self)
    nodes = node.css_path_nodes
    path = tuple([(type(one), frozenset(one._classes), one._id) for one in nodes])
    place = sheet.places.get(path) or sheet.place(path, nodes)
    held = tuple([nodes[index].has_pseudo_class(name) for index, name in place.asked])
    if held not in place.found:
        working_out = _Found(place.rules)
        _apply(working_out, node)
        place.found[held] = working_out.found
    node.__dict__.update(sheet.flags[path[-1]])
    found = place.found[held]
    if found is not None:
        self.replace_rules(node, found, animate=animate)
    self._process_component_classes(node)


def install() -> None:
    """Have every application of this process share what was worked out."""
    if not os.environ.get("STYLE"):
        setattr(Stylesheet, "apply", _apply_kept)  # noqa: B010
