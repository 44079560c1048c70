"""Saving profiles and their tokens: the token goes to the keyring or a private file, never into the profile."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from matomo_tui.api.secret import Secret
from matomo_tui.config.keyrings import SystemKeyring
from matomo_tui.config.paths import config_dir
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.secrets import SecretError
from matomo_tui.config.settings import Settings, resolve, within_run
from matomo_tui.config.validation import ConfigError
from tests.config.keyrings import NO_KEYRING, MemoryKeyring

TOKEN = Secret("5ec2e7d0aa11")


def everything_in(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text() for f in folder.rglob("*") if f.is_file()}


def test_without_a_keyring_the_token_goes_into_a_private_file(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "conf", NO_KEYRING)
    saved = store.save("shop", {"url": "https://shop.example"}, TOKEN)
    assert saved.token_place == str(tmp_path / "conf" / "tokens" / "shop")
    files = everything_in(tmp_path / "conf")
    assert files["tokens/shop"] == "5ec2e7d0aa11\nhttps://shop.example\n"
    assert "5ec2e7d0aa11" not in files["config.toml"]
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "conf/tokens/shop").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "conf/tokens").stat().st_mode) == 0o700
    assert store.token_source(store.settings("shop"))() == TOKEN


def test_with_a_keyring_no_file_has_it_not_even_an_older_one(tmp_path: Path) -> None:
    ProfileStore(tmp_path, NO_KEYRING).save("shop", {"url": "https://shop.example"}, TOKEN)
    keyring = MemoryKeyring()
    store = ProfileStore(tmp_path, keyring)
    saved = store.save("shop", {"url": "https://shop.example"}, Secret("newer5ec2e7"))
    assert saved.token_place == "the keyring"
    assert keyring.kept == {"shop": Secret("newer5ec2e7\nhttps://shop.example")}
    assert "5ec2e7" not in "".join(everything_in(tmp_path).values())


def test_a_keyring_that_does_not_work_gives_way_to_the_file(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, MemoryKeyring(works=False))
    assert "tokens" in store.save("shop", {"url": "https://shop.example"}, TOKEN).token_place


def test_a_token_saved_while_the_keyring_is_locked_is_used_when_it_is_unlocked(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    store = ProfileStore(tmp_path, keyring)
    store.save("shop", {"url": "https://shop.example"}, Secret("older5ec2e7"))
    keyring.lock(True)
    file = store.save("shop", {"url": "https://shop.example"}, TOKEN).token_place
    keyring.lock(False)
    source = store.token_source(store.settings("shop"))
    assert source() == TOKEN
    assert source.place() == f"the file {file}"
    assert store.token_kept_in("shop") == file
    assert store.save("shop", {}, Secret("newest5ec2e7")).token_place == "the keyring"
    assert store.token_source(store.settings("shop"))() == Secret("newest5ec2e7")


def test_a_token_that_a_keyring_does_not_take_leaves_none_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = MemoryKeyring()
    store = ProfileStore(tmp_path, keyring)
    store.save("shop", {"url": "https://shop.example"}, Secret("older5ec2e7"))
    monkeypatch.setattr(keyring, "store", lambda _profile, _token: False)
    assert "tokens" in store.save("shop", {}, TOKEN).token_place
    assert keyring.kept == {}


@pytest.mark.parametrize("works", [True, False])
def test_a_stored_token_is_not_sent_to_an_address_written_into_the_file_later(tmp_path: Path, works: bool) -> None:
    store = ProfileStore(tmp_path, MemoryKeyring(works=works))
    store.save("shop", {"url": "https://shop.example"}, TOKEN)
    file = tmp_path / "config.toml"
    text = file.read_text()
    file.write_text(text.replace("https://shop.example", "https://shop.example/index.php"))
    assert store.token_source(store.settings("shop"))() == TOKEN
    store.rename("shop", "market")
    assert store.token_source(store.settings("market"))() == TOKEN
    file.write_text(file.read_text().replace("https://shop.example/index.php", "https://other.example"))
    source = store.token_source(store.settings("market"))
    with pytest.raises(SecretError) as caught:
        source()
    assert str(caught.value) == (
        "The stored token of profile 'market' was saved for https://shop.example, and is not sent to "
        "https://other.example. Type the token of that Matomo on matomo-tui's connect screen, or change the address "
        "back."
    )
    store.save("market", {}, TOKEN)
    assert store.token_source(store.settings("market"))() == TOKEN


def test_a_token_that_was_stored_without_an_address_is_still_used(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    store = ProfileStore(tmp_path, keyring)
    store.save("shop", {"url": "https://shop.example"}, TOKEN)
    keyring.kept["shop"] = TOKEN
    assert store.token_source(store.settings("shop"))() == TOKEN


def test_a_typed_token_replaces_the_command_of_the_profile(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles.shop]\nurl = "https://shop.example"\ntoken_command = "pass x"\n')
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.save("shop", {"url": "https://shop.example"}, TOKEN)
    assert store.settings("shop").token_command == ()
    assert store.token_source(store.settings("shop"))() == TOKEN


def test_without_a_new_token_the_old_way_stays(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles.shop]\nurl = "https://shop.example"\ntoken_command = "pass x"\n')
    store = ProfileStore(tmp_path, NO_KEYRING)
    saved = store.save("shop", {"auth": "bearer"}, None)
    assert saved.token_place == ""
    assert store.settings("shop").token_command == ("pass", "x")
    assert store.settings("shop").auth == "bearer"


def test_another_address_does_not_inherit_remembered_values(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[profiles.shop]\nurl = "https://shop.example"\ninterval = 9\nverify_tls = false\nbasic_auth_user = "u"\n'
        'basic_auth_password_command = "pass x"\ntoken_command = "pass y"\n[profiles.shop.headers]\nX-Key = "k"\n'
    )
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.save("shop", {"url": "https://shop.example/index.php"}, None)
    assert store.settings("shop").basic_auth_user == "u"
    store.save("shop", {"url": "https://new.example"}, TOKEN)
    settings = store.settings("shop")
    assert (settings.interval, settings.verify_tls, settings.headers) == (9.0, True, ())
    assert (settings.basic_auth_user, settings.token_command) == ("", ())


def test_a_bad_name_or_file_saves_no_token(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    with pytest.raises(ConfigError):
        store.save("../../evil", {"url": "https://shop.example"}, TOKEN)
    store.file.write_text("[broken")
    with pytest.raises(ConfigError):
        store.save("shop", {"url": "https://shop.example"}, TOKEN)
    assert everything_in(tmp_path) == {"config.toml": "[broken"}


def test_names_that_differ_only_in_capitals_are_refused_for_some_disks_have_one_file_for_both(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.save("Work", {"url": "https://work.example"}, TOKEN)
    store.save("home", {"url": "https://home.example"}, TOKEN)
    before = everything_in(tmp_path)
    for save in (lambda: store.save("work", {"url": "https://b.example"}, TOKEN), lambda: store.rename("home", "WORK")):
        with pytest.raises(ConfigError, match="There is a profile 'Work' already"):
            save()
    assert everything_in(tmp_path) == before
    store.save("Work", {"interval": 9.0}, None)
    store.rename("Work", "work")
    assert set(store.read().by_name) == {"work", "home"}


def test_what_was_given_for_the_run_stands_above_the_profile(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.save("shop", {"url": "https://shop.example", "interval": 30.0}, None)
    given = resolve({"interval": 9.0}, {}, {}, "")
    assert within_run(store.settings("shop"), given).interval == 9.0
    assert within_run(store.settings("shop"), Settings(interval=9.0)).interval == 30.0, "that of another profile"


def test_where_the_configuration_lives(tmp_path: Path) -> None:
    assert config_dir({"MATOMO_TUI_CONFIG_DIR": str(tmp_path)}) == tmp_path
    assert config_dir({}).name == "matomo-tui"


def test_a_machine_without_a_working_keyring_is_no_error() -> None:
    keyring = pytest.importorskip("keyring")
    fail = pytest.importorskip("keyring.backends.fail")
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert SystemKeyring().load("shop") is None
        assert SystemKeyring().store("shop", TOKEN) is False
    finally:
        keyring.set_keyring(before)


def test_the_package_keyring_is_used_where_it_works() -> None:
    keyring = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")

    kept: dict[tuple[str, str], str] = {}

    class InMemory(backend.KeyringBackend):  # type: ignore[misc, name-defined]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            kept[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        assert SystemKeyring().load("shop") is None
        assert SystemKeyring().store("shop", TOKEN)
        assert SystemKeyring().load("shop") == TOKEN
    finally:
        keyring.set_keyring(before)
    assert kept == {("matomo-tui", "shop"): TOKEN.reveal()}


def test_a_stored_token_for_another_address_is_told_as_such(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.save("shop", {"url": "https://old.example"}, Secret("0123456789abcdef"))
    assert store.token_source(store.settings("shop")).place() == f"the file {tmp_path / 'tokens' / 'shop'}"
    store.file.write_text(store.file.read_text().replace("old.example", "new.example"))
    place = store.token_source(store.settings("shop")).place()
    assert place.endswith("shop (saved for https://old.example: not sent to this address)")


def test_a_second_line_that_is_no_address_says_nothing(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    saved = store.save("shop", {"url": "https://shop.example"}, Secret("0123456789abcdef"))
    Path(saved.token_place).write_text("0123456789abcdef\nmade in March\n")
    assert store.token_source(store.settings("shop"))() == Secret("0123456789abcdef")


def test_a_profile_that_is_replaced_keeps_the_settings_that_protect_it(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    url = "https://shop.example"
    store.save("work", {"url": url, "read_only": False, "site": "2"}, TOKEN)
    store.save("audit", {"url": url, "read_only": True}, TOKEN)
    store.save("audit", {"url": url}, TOKEN, like="work")
    store.save("copy", {"url": url}, TOKEN, like="audit")
    assert store.read().by_name["audit"] == {"url": url, "read_only": True}
    assert store.settings("copy").read_only
