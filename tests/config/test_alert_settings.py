"""Alert rules belong to the Matomo of their profile: they are read from it, kept in it, and used for no other."""

from __future__ import annotations

from pathlib import Path

from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import demo_layers, resolve
from tests.config.keyrings import NO_KEYRING

TEXT = """\
[profiles.shop]
url = "https://stats.example"
site = 1

# when the shop sleeps
[[profiles.shop.alerts]]
no_hits = "15m"
"""


def store(folder: Path) -> ProfileStore:
    (folder / "config.toml").write_text(TEXT, encoding="utf-8")
    return ProfileStore(folder, NO_KEYRING)


def test_they_are_part_of_the_profiles_settings_with_their_lines(tmp_path: Path) -> None:
    (rule,) = store(tmp_path).settings("shop").alerts
    assert rule.values == {"no_hits": "15m"}
    assert rule.place("no_hits") == f"{tmp_path / 'config.toml'}, line 7"
    assert rule.place("for") == rule.place() == f"{tmp_path / 'config.toml'}, line 6"


def test_another_address_the_demo_and_a_replay_have_none(tmp_path: Path) -> None:
    values = store(tmp_path).read().by_name["shop"]
    assert resolve({"url": "https://other.example"}, {}, values, "shop").alerts == ()
    assert resolve({"url": "https://stats.example/"}, {}, values, "shop").alerts != ()
    assert demo_layers({}, {}, values).settings().alerts == ()


def test_saving_the_profile_keeps_them(tmp_path: Path) -> None:
    profiles = store(tmp_path)
    profiles.save("shop", {"url": "https://new.example", "interval": 9}, None)
    text = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert "# when the shop sleeps\n" in text
    assert '[[profiles.shop.alerts]]\nno_hits = "15m"\n' in text
    assert len(profiles.settings("shop").alerts) == 1
