"""The key map: presets, keys of one's own, and sentences for what is wrong."""

from __future__ import annotations

import pytest

from matomo_tui.config.key_settings import KeySetting, KeySettings, read_keys
from matomo_tui.config.validation import ConfigError
from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.key_action import SIGNS
from matomo_tui.ui.key_table import key_tables
from matomo_tui.ui.keymap import PRESETS, key_map


def settings(preset: str = "", **keys: str) -> KeySettings:
    by_action = {name.replace("__", "."): KeySetting(value, "config.toml, line 7") for name, value in keys.items()}
    return KeySettings(preset, "config.toml, line 2", by_action)


def test_every_action_has_an_id_of_its_own() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(set(ids)) == len(ids)
    assert {"report.sort", "app.section.pages", "section.step.next", "all_sites.open"} <= set(ids)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_knows_its_actions_and_gives_no_key_twice(name: str) -> None:
    keys = PRESETS[name]
    assert keys == key_map(settings(name, **{action.replace(".", "__"): value for action, value in keys.items()}))


@pytest.mark.parametrize("name", PRESETS)
def test_no_key_of_a_table_hides_one_of_the_place_around_it(name: str) -> None:
    tables = {one.id: ",".join(one.keys_in(PRESETS[name])) for one in ACTIONS if "table" in one.contexts}
    assert key_map(settings(name, **{one.replace(".", "__"): keys for one, keys in tables.items()}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("?", "question_mark"),
        ("ctrl+k", "ctrl+k"),
        ("Q, P", "Q,P"),
        (",", "comma"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        ("f5", "f5"),
        ("alt+left", "alt+left"),
    ],
)
def test_keys_as_one_writes_them(written: str, meant: str) -> None:
    others = {"app__help": "f1", "app__previous_tab": "f2", "section__go_back": "f3"}
    assert key_map(settings(report__sort=written, **others))["report.sort"] == meant


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (settings("emacs"), "config.toml, line 2: there is no preset 'emacs'; it is default or vim."),
        (settings(report__srot="o"), "line 7: there is no action 'report.srot'. Did you mean 'report.sort'?"),
        (settings(sort="o"), "line 7: there is no action 'sort'. Did you mean 'report.sort'?"),
        (settings(report__sort="controll+o"), "line 7: there is no key 'controll+o'"),
        (settings(report__sort="o,"), "line 7: there is no key ''"),
        (settings(report__sort="entr"), "line 7: there is no key 'entr'"),
        (settings(report__sort="y"), "line 7: y is the key of report.copy"),
        (settings(report__sort="Q", report__flat="Q"), "Q is the key of report."),
        (settings(report__sort="k"), "line 7: k is the key of table.cursor_up"),
        (settings("vim", all_sites__groups="G"), "line 7: G is the key of table.last"),
        (settings(section__compare="x"), "line 7: x is the key of report.flat"),
        (settings(section__export="enter"), "line 7: enter is the key of "),
        (settings(report__flat="1"), "line 7: 1 is the key of app.section.live"),
        (settings(live__pause="t"), "line 7: t is the key of app.choose_theme"),
        (settings(table__first="H"), "line 7: H is the key of app.show_matomos"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_with_file_and_line(wrong: KeySettings, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        key_map(wrong)
    assert sentence in str(error.value)


@pytest.mark.parametrize("name", PRESETS)
def test_the_own_keys_of_a_preset_are_free_of_mistakes_when_they_are_written_down(name: str) -> None:
    signs = {**SIGNS, "full_stop": ".", "escape": "escape"}
    keys = {one.id: ",".join(signs.get(key, key) for key in one.keys_in(PRESETS[name])) for one in ACTIONS}
    assert key_map(settings(name, **{one.replace(".", "__"): written for one, written in keys.items()}))


def test_a_key_of_one_screen_is_free_for_another() -> None:
    assert key_map(settings(live__pause="Q", admin__reload="Q"))


@pytest.mark.parametrize(
    "keys",
    [
        {"all_sites__expand": "right,l", "all_sites__collapse": "left,h"},
        {"site_cards__cursor_right": "right,l", "site_cards__cursor_left": "left,h"},
        {"app__back": "escape,backspace"},
        {"section__compare": "c,x"},
    ],
)
def test_a_key_is_free_where_the_action_around_is_not_or_has_another_one(keys: dict[str, str]) -> None:
    assert key_map(settings(**keys))


def test_actions_that_share_a_key_may_share_another() -> None:
    keys = key_map(settings(live__pause="P", live__resume="P"))
    pause = next(action for action in ACTIONS if action.id == "live.pause")
    assert pause.keys_in(keys) == ("P",)


def test_two_actions_may_swap_their_keys() -> None:
    assert key_map(settings(report__sort="x", report__flat="o")) == {"report.sort": "x", "report.flat": "o"}


def test_ids_may_be_quoted_or_in_tables() -> None:
    table = {"preset": "vim", "report.sort": "Q", "report": {"flat": ["P", "f4"]}}
    read = read_keys(table, lambda key: f"config.toml ({key})")
    assert read.preset == "vim"
    assert read.by_action["report.sort"] == KeySetting("Q", "config.toml (report.sort)")
    assert read.by_action["report.flat"].keys == "P,f4"


@pytest.mark.parametrize(
    "table", [3, {"preset": 3}, {"report.sort": 3}, {"report.sort": ""}, {"report": {"sort": [1]}}]
)
def test_a_table_of_something_else_is_refused(table: object) -> None:
    with pytest.raises(ConfigError):
        read_keys(table, lambda key: f"config.toml ({key})")


def test_the_table_of_keys_has_those_of_every_place() -> None:
    listed = {row.id: row.keys for rows in key_tables({}).values() for row in rows}
    assert set(listed) == {action.id for action in ACTIONS}
    spelled = [key for keys in listed.values() for key in keys]
    assert not [key for key in spelled if "_" in key], "a key by a name of Textual's"
