"""Parts of widgets are styled when they are drawn, and like all else when the style sheet changes."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from textual import widgets
from textual.app import App, ComposeResult
from textual.css.scalar import Scalar
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.layout import Layout
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

import matomo_tui
from matomo_tui.ui.kept_stylesheet import ComponentStyles, KeptStylesheet, _compact
from matomo_tui.ui.terminal.drawn_lines import forget_lines
from matomo_tui.ui.widgets.bare import BareVertical
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.profile_tabs import ProfileTabs
from tests.ui import snapshots
from tests.ui.conftest import stage


class Sign(Widget):
    """Draws one of its two parts."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sign--used", "sign--unused"}
    DEFAULT_CSS = """
    Sign { height: 3; }
    Sign > .sign--used { color: red; }
    Sign > .sign--unused { color: green; }
    Sign.-late > .sign--used { color: blue; }
    """

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(f"line {y}", self.get_component_rich_style("sign--used"))])


class Framed(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = KeptStylesheet(variables=self.stylesheet._variables)

    def compose(self) -> ComposeResult:
        with BareVertical(id="stack"):
            yield Sign()
            yield Static("text")


def parts_of(sign: Sign) -> ComponentStyles:
    parts = sign._component_styles
    assert isinstance(parts, ComponentStyles)
    return parts


def drawn_color(sign: Sign) -> str:
    segment = next(iter(sign.render_lines(Region(0, 0, 6, 1))[0]))
    assert segment.style is not None
    assert segment.style.color is not None
    return segment.style.color.name


async def test_only_the_parts_that_are_drawn_are_styled() -> None:
    async with Framed().run_test(size=(20, 6)) as pilot:
        sign = pilot.app.query_one(Sign)
        assert drawn_color(sign) == "#ff0000"
        assert set(parts_of(sign)) == {"sign--used"}
        assert sign.get_component_styles("sign--unused").color.hex == "#008000"


async def test_a_part_that_looks_different_now_is_drawn_again() -> None:
    async with Framed().run_test(size=(20, 6)) as pilot:
        sign = pilot.app.query_one(Sign)
        assert drawn_color(sign) == "#ff0000"
        sign.add_class("-late")
        await pilot.pause()
        assert drawn_color(sign) == "#0000ff"


async def test_a_part_that_was_given_back_is_compared_with_what_was_drawn() -> None:
    async with Framed().run_test(size=(20, 6)) as pilot:
        sign = pilot.app.query_one(Sign)
        drawn_color(sign)
        forget_lines(pilot.app.screen)
        assert not parts_of(sign)
        assert not parts_of(sign).has_changed()
        forget_lines(pilot.app.screen)
        sign.set_class(True, "-late", update=False)
        assert parts_of(sign).has_changed()


async def test_all_lines_of_what_shows_only_its_background_are_one() -> None:
    async with Framed().run_test(size=(20, 6)) as pilot:
        stack = pilot.app.query_one(BareVertical)
        stack.styles.background = "#102030"
        await pilot.pause()
        lines = stack.render_lines(Region(0, 1, 20, 4))
        assert len(lines) == 4
        assert len({id(line) for line in lines}) == 1
        assert lines[0].text == " " * 20
        assert str(next(iter(lines[0])).style).endswith("on #102030")


def held_by(node: DOMNode) -> dict[str, object]:
    """The rules of a node; of a layout, which each node has its own of, the kind."""
    rules = {**node.styles.base._rules}
    return {name: type(value) if isinstance(value, Layout) else value for name, value in rules.items()}


async def test_rules_are_held_as_textual_holds_them() -> None:
    """By a new node and by one with other rules, for the first time and when their values are known already."""
    async with stage(snapshots.busy(), (120, 40)) as on:
        all_rules = [rule.styles.get_rules() for rule in on.app.stylesheet.rules]
    assert len(all_rules) > 100
    before: RulesMap = {"width": all_rules[0].get("width"), "text_style": None, "color": None}  # type: ignore[typeddict-item]
    wrong = []
    for rules in all_rules:
        theirs, fresh, again, changed = DOMNode(), DOMNode(), DOMNode(), DOMNode()
        Stylesheet.replace_rules(theirs, rules)
        KeptStylesheet.replace_rules(changed, before)
        for node in (fresh, again, changed, changed):
            KeptStylesheet.replace_rules(node, rules)
        wrong += [rules for node in (fresh, again, changed) if held_by(node) != held_by(theirs)]
        before = rules
    assert not wrong


async def test_a_rule_that_goes_comes_or_changes_is_drawn() -> None:
    async with Framed().run_test(size=(20, 6)) as pilot:
        sheet, sign = pilot.app.stylesheet, pilot.app.query_one(Sign)
        rules = sign.styles.base.get_rules()
        updates = sign.styles.base._updates
        sheet.replace_rules(sign, rules)
        assert sign.styles.base._updates == updates
        sheet.replace_rules(sign, {**rules, "height": Scalar.parse("2")})
        await pilot.pause()
        assert sign.size.height == 2
        sheet.replace_rules(sign, rules)
        await pilot.pause()
        assert sign.size.height == 3


def _rules(css: str) -> list[tuple[object, ...]]:
    stylesheet = Stylesheet(variables=App[None]().get_css_variables())
    stylesheet.add_source(css)
    assert not any(rule.errors for rule in stylesheet.rules)
    return [(rule.selector_set, repr(rule.styles.get_rules()), rule.styles.important) for rule in stylesheet.rules]


def test_blanks_and_comments_that_are_left_out_mean_nothing() -> None:
    files = [path.read_text() for path in Path(matomo_tui.__file__).parent.rglob("*.tcss")]
    textual = [getattr(widgets, name) for name in vars(widgets)["__all__"]]
    kinds: list[type[DOMNode]] = [Widget, Screen, App, Pane, ProfileTabs, *textual]
    sheets = [kind.__dict__.get("DEFAULT_CSS", "") for kind in kinds]
    for css in (
        *files,
        *filter(str.strip, sheets),
        "A { /* one\n\n */ color: red; &:hover > .b , #c .d{ width:  1fr ;}}",
    ):
        compact = _compact(css)
        assert _rules(compact) == _rules(css)
        assert len(compact) < len(css)
        assert len(_rules(css)) > 0
