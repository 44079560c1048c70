"""Flags override the environment, which overrides the profile and the defaults."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from matomo_tui.config import validation
from matomo_tui.config.settings import (
    Settings,
    chosen_profile,
    locale_language,
    resolve,
    same_address,
    same_or_upgraded,
    within_run,
)
from matomo_tui.config.validation import ConfigError
from matomo_tui.live import poller

PROFILE: dict[str, Any] = {
    "url": "https://shop.example",
    "site": "3",
    "interval": 10.0,
    "auth": "bearer",
    "token_command": ("pass", "show"),
    "headers": (("X-Key", "k"),),
    "basic_auth_user": "u",
    "color": "256",
}


def test_without_anything_the_defaults_hold() -> None:
    assert resolve({}, {}, {}, "") == Settings()


@pytest.mark.parametrize(
    ("flags", "environ", "profile", "expected"),
    [
        ({}, {}, PROFILE, ("https://shop.example", "3", 10.0, "256")),
        (
            {},
            {"MATOMO_SITE": "Blog", "MATOMO_TUI_INTERVAL": "20"},
            PROFILE,
            ("https://shop.example", "Blog", 20, "256"),
        ),
        ({"site": "7", "interval": 0.0}, {"MATOMO_SITE": "Blog"}, PROFILE, ("https://shop.example", "7", 0, "256")),
        ({"site": None}, {"MATOMO_SITE": ""}, PROFILE, ("https://shop.example", "3", 10.0, "256")),
        ({}, {"MATOMO_URL": "e.example"}, {}, ("e.example", "", 5.0, "auto")),
        ({"url": "f.example"}, {"MATOMO_URL": "e.example"}, PROFILE, ("f.example", "", 10.0, "256")),
        ({}, {"NO_COLOR": "1"}, PROFILE, ("https://shop.example", "3", 10.0, "none")),
        ({"color": "16"}, {"NO_COLOR": "1"}, PROFILE, ("https://shop.example", "3", 10.0, "16")),
    ],
)
def test_precedence(
    flags: dict[str, Any], environ: dict[str, str], profile: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    settings = resolve(flags, environ, profile, "shop" if profile else "")
    assert (settings.url, settings.site, settings.interval, settings.color) == expected


@pytest.mark.parametrize("given", [{"flags": {"url": "evil.example"}}, {"environ": {"MATOMO_URL": "evil.example"}}])
def test_another_address_gets_nothing_of_the_profile_that_is_a_secret(given: dict[str, Any]) -> None:
    settings = resolve(given.get("flags", {}), given.get("environ", {}), PROFILE, "shop")
    assert settings.profile == ""
    assert (settings.token_command, settings.headers, settings.basic_auth_user) == ((), (), "")
    assert settings.auth == "post"
    assert settings.interval == 10.0


def test_the_same_address_in_other_words_keeps_the_profile() -> None:
    settings = resolve({"url": "SHOP.example:443/index.php"}, {}, PROFILE, "shop")
    assert settings.profile == "shop"
    assert settings.token_command == ("pass", "show")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/", "a.example", True),
        ("http://a.example", "https://a.example", False),
        ("a.example/m", "a.example/m/index.php", True),
        ("a.example/m", "a.example/n", False),
        ("a.example:8443", "a.example", False),
        ("", "", False),
    ],
)
def test_same_address(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(ConfigError, match=r"MATOMO_TUI_INTERVAL: interval must be a number"):
        resolve({}, {"MATOMO_TUI_INTERVAL": "soon"}, {}, "")
    with pytest.raises(ConfigError, match=r"MATOMO_URL: url cannot be used"):
        resolve({}, {"MATOMO_URL": "ftp://x"}, {}, "")


def test_which_profile() -> None:
    assert chosen_profile("flag", {"MATOMO_TUI_PROFILE": "env"}, "file") == "flag"
    assert chosen_profile(None, {"MATOMO_TUI_PROFILE": "env"}, "file") == "env"
    assert chosen_profile(None, {}, "file") == "file"


def test_the_default_interval_is_that_of_the_poller() -> None:
    assert Settings().interval == poller.DEFAULT_INTERVAL


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "pt_BR.UTF-8"}, "pt-br"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh-tw"),
        ({"LANG": "sr_RS@latin"}, "sr"),
        ({"LANG": "../../x"}, "en"),
    ],
)
def test_names_are_in_the_locales_language(environ: dict[str, str], code: str) -> None:
    assert locale_language(environ) == code
    assert resolve({}, environ, {}, "").language == code
    assert resolve({}, environ, {"language": "fr"}, "").language == "fr"


@pytest.mark.parametrize(("written", "code"), [("de", "de"), ("pt_BR", "pt-br")])
def test_a_language_is_matomos_code(written: str, code: str) -> None:
    assert validation.check_value("language", written, "x") == code


@pytest.mark.parametrize("wrong", ["", "german please", "de;", 5])
def test_another_language_is_reported(wrong: object) -> None:
    with pytest.raises(ConfigError, match="must be a language as Matomo calls it"):
        validation.check_value("language", wrong, "x")


def test_another_profile_keeps_what_the_run_may_not_do_and_its_looks() -> None:
    run = resolve({"read_only": True, "url": "https://a.example"}, {}, {}, "")
    run = msgspec.structs.replace(run, color="256", ascii=True, mouse=False, theme="light")
    other = within_run(Settings(url="https://b.example", theme="dark", color="auto"), run)
    assert (other.read_only, other.color, other.ascii, other.mouse, other.theme) == (True, "256", True, False, "light")
    assert other.url == "https://b.example"
    assert within_run(Settings(), other).read_only, "also for the profile after that"
    assert within_run(Settings(read_only=True), Settings()).read_only


def test_a_profile_that_is_read_only_makes_no_other_one_so() -> None:
    production = resolve({}, {}, {"url": "https://a.example", "read_only": True}, "production")
    assert production.read_only
    stage = within_run(Settings(url="https://b.example"), production)
    assert not stage.read_only
    assert within_run(production, stage).read_only


@pytest.mark.parametrize(
    ("one", "other", "upgraded"),
    [
        ("http://a.example", "https://a.example/", True),
        ("http://a.example/m/index.php", "a.example/m", True),
        ("http://a.example:8443", "https://a.example:8443", True),
        ("http://a.example:8080", "https://a.example:8443", False),
        ("http://a.example:8080", "https://a.example", False),
        ("http://a.example", "https://b.example", False),
        ("http://a.example", "https://a.example/m", False),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example", True),
        ("", "", False),
    ],
)
def test_an_address_is_the_same_or_upgraded_to_https(one: str, other: str, upgraded: bool) -> None:
    assert same_or_upgraded(one, other) is upgraded
