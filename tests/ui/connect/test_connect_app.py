"""The connect screen in the whole application, with the real connector: to the demo and back, and a renewed token."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from matomo_tui.api.errors import NotMatomo, UnknownSite
from matomo_tui.api.secret import Secret
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import Phase
from matomo_tui.session import Session, open_session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from matomo_tui.ui.palette_dialog import PaletteDialog
from matomo_tui.ui.widgets.notices import Remarks
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.config.keyrings import NO_KEYRING
from tests.recorded import html_response
from tests.small_matomo import TOKENS, SmallMatomo, empty, serving
from tests.ui.cases import SIZES
from tests.ui.conftest import screen_lines, until


async def test_first_run_to_the_demo_and_back_with_everything_that_was_typed(tmp_path: Path) -> None:
    app = MatomoApp(None, Settings(), open_session, profiles=ProfileStore(tmp_path, NO_KEYRING))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "^q" in str([r.text for r in app.screen.query_one(Remarks).remarks]))
        app.screen.query_one("#address", Input).value = "stats.example.org"
        app.screen.query_one("#token", Input).value = "half-typed"
        await pilot.press("ctrl+l")
        await until(pilot, lambda: app.screen is app.live and app.live.snapshot.poll.phase is Phase.LIVE)
        assert app.session is not None
        assert app.session.address == "demo"
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
        assert app.screen.query_one("#address", Input).value == "stats.example.org"
        assert app.screen.query_one("#token", Input).value == "half-typed"
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, ConnectScreen)
    assert not (tmp_path / "config.toml").exists()


async def test_what_the_mouse_selected_is_copied_before_what_a_field_selected_by_itself(tmp_path: Path) -> None:
    app = MatomoApp(None, Settings(), open_session, profiles=ProfileStore(tmp_path, NO_KEYRING))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
        address = app.screen.query_one("#address", Input)
        address.value = "stats.example.org"
        await pilot.press("tab", "shift+tab")
        assert address.selected_text == "stats.example.org"
        lines = screen_lines(app)
        y = next(n for n, line in enumerate(lines) if "Administration" in line)
        x = lines[y].index("Administration")
        await pilot.mouse_down(offset=(x, y))
        await pilot.hover(offset=(x + len("Administration") - 1, y))
        await pilot.mouse_up(offset=(x + len("Administration") - 1, y))
        await pilot.press("ctrl+c")
        assert app.clipboard == "Administration"
        await pilot.press("ctrl+c")
        assert app.clipboard == "stats.example.org", "the next selection, with the same key"
        assert app.return_code is None


async def test_a_token_behind_its_dots_is_not_copied(tmp_path: Path) -> None:
    app = MatomoApp(None, Settings(), open_session, profiles=ProfileStore(tmp_path, NO_KEYRING))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
        address, token = app.screen.query_one("#address", Input), app.screen.query_one("#token", Input)
        address.value, token.value = "stats.example.org", "5ec2e7d0aa11bb22"
        address.focus()
        await pilot.press("home", "shift+end", "ctrl+c")
        assert app.clipboard == "stats.example.org"
        await pilot.press("ctrl+x")
        assert app.clipboard == "stats.example.org", "nothing selected, nothing to copy"
        token.focus()
        for key in ("ctrl+x", "super+c", "ctrl+c"):
            await pilot.press("home", "shift+end", key)
            assert app.clipboard == "stats.example.org", key
            assert token.value == "5ec2e7d0aa11bb22", key
            assert "A masked text is not copied." in [note.message for note in app._notifications], key
            app.clear_notifications()
        assert app.return_code is None


async def test_a_token_that_expires_while_polling_is_renewed_without_a_word(tmp_path: Path) -> None:
    counter = tmp_path / "runs"
    tokens = [TOKENS["admin"], TOKENS["view"]]
    code = (
        f"import pathlib; f = pathlib.Path({str(counter)!r}); n = len(f.read_text()) if f.exists() else 0; "
        f"f.write_text('x' * (n + 1)); print({tokens!r}[min(n, 1)])"
    )
    matomo = SmallMatomo()
    with serving(matomo) as address:
        settings = Settings(profile="shop", url=address, token_command=(sys.executable, "-c", code), interval=2.0)
        source = TokenSource(settings, folder=tmp_path, keyring=NO_KEYRING)
        app = MatomoApp(None, settings, open_session, token=source)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)
            first = app.session
            del matomo.tokens[TOKENS["admin"]]
            await until(pilot, lambda: app.session is not first)
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)
            assert not isinstance(app.screen, ConnectScreen)
    rejected = matomo.tokens_sent[matomo.tokens_sent.index(TOKENS["view"]) - 1 :]
    assert rejected.count(TOKENS["admin"]) == 1
    assert len(counter.read_text()) == 2


@pytest.mark.parametrize("size", SIZES)
async def test_a_matomo_without_any_site_says_so_and_goes_on_when_it_has_one(size: tuple[int, int]) -> None:
    matomo = SmallMatomo()
    empty(matomo)
    with serving(matomo) as address:
        app = MatomoApp(None, Settings(url=address), open_session, token=lambda: Secret(TOKENS["superuser"]))
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.live.snapshot.poll.error is not None)
            await pilot.pause()
            text = " ".join(" ".join(screen_lines(app)).split())
            assert "This Matomo has no site yet: add one in Matomo, then r tries again." in text
            assert "refused" not in text
            assert "no access" not in text
            await pilot.press("9")
            await pilot.pause()
            assert "There is no connection yet" not in "\n".join(screen_lines(app))
            matomo.rows.clear()
            matomo.sites[1] = "Shop"
            matomo.tokens[TOKENS["superuser"]] = {1: "superuser"}
            await pilot.press("r")
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)


async def test_another_connection_ends_the_attempts_at_the_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matomo_tui.ui.connection.RETRY_CONNECTING", 2.0)
    sent: list[tuple[bool, Secret | None]] = []

    async def connector(settings: Settings, token: Secret | None) -> Session:
        sent.append((settings.demo, token))
        return await open_session(settings, token)

    settings = Settings(url="http://127.0.0.1:9")
    app = MatomoApp(None, settings, connector, token=lambda: Secret("of-the-first-one"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.live.snapshot.poll.error is not None)
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: app.session is not None)
        await pilot.pause(2.5)
        assert app.session is not None
        assert app.session.address == "demo"
        assert sent.count((True, None)) == 1
        assert sent[-1] == (True, None)


async def test_the_palette_connects_with_another_profile(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    with serving(SmallMatomo()) as first, serving(SmallMatomo()) as second:
        store.save("first", {"url": first}, Secret(TOKENS["admin"]))
        store.save("second", {"url": second}, Secret(TOKENS["view"]))
        settings = store.settings("first")
        app = MatomoApp(None, settings, open_session, profiles=store, token=store.token_source(settings))
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)
            await pilot.press("ctrl+p", *"second")
            dialog = app.screen
            assert isinstance(dialog, PaletteDialog)
            await until(pilot, lambda: bool(dialog.query_one(VirtualTable).rows.index_of("profile:second") == 0))
            await pilot.press("enter")
            await until(pilot, lambda: app.settings.profile == "second" and app.live.snapshot.poll.phase is Phase.LIVE)
            assert app.session is not None
            assert app.session.address == second
            assert app.token is not None


async def listed(app: MatomoApp, pilot: Pilot[int]) -> str:
    """Press ``s`` where there is no connection; returns the screen with the sites."""
    await until(pilot, lambda: app.live.snapshot.poll.error is not None)
    await pilot.pause()
    assert "Press s to choose a site" in words_on(app)
    await pilot.press("s")
    await until(pilot, lambda: isinstance(app.screen, SiteSwitcher) and not app.screen.is_stale)
    await pilot.pause()
    assert app.session is None, "no site is opened by itself"
    return words_on(app)


def words_on(app: MatomoApp) -> str:
    return " ".join(" ".join(screen_lines(app)).split())


@pytest.mark.parametrize("size", SIZES)
async def test_where_the_site_of_the_profile_is_gone_the_sites_of_the_token_are_offered(size: tuple[int, int]) -> None:
    with serving(SmallMatomo()) as address:
        settings = Settings(profile="shop", url=address, site="Old shop")
        app = MatomoApp(None, settings, open_session, token=lambda: Secret(TOKENS["superuser"]))
        async with app.run_test(size=size, notifications=True) as pilot:
            text = await listed(app, pilot)
            assert "no site with the name 'Old shop'" in text
            assert all(name in text for name in ("Shop", "Blog", "Docs"))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.live.snapshot.poll.error, UnknownSite))
            await listed(app, pilot)
            await pilot.press("down", "enter")
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)
            assert (app.live.site.name, app.settings.site, app.settings.profile) == ("Blog", "2", "shop")


async def test_a_site_whose_name_several_have_is_chosen_from_a_list() -> None:
    matomo = SmallMatomo()
    matomo.sites[3] = "Shop"
    with serving(matomo) as address:
        settings = Settings(url=address, site="Shop")
        app = MatomoApp(None, settings, open_session, token=lambda: Secret(TOKENS["superuser"]))
        async with app.run_test(size=(120, 40)) as pilot:
            assert "matches several sites: Shop (id 1), Shop (id 3)" in await listed(app, pilot)
            await pilot.press("down", "down", "enter")
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)
            assert app.live.site.id == 3


async def test_sites_that_cannot_be_listed_say_why_on_the_live_screen() -> None:
    matomo = SmallMatomo()
    with serving(matomo) as address:
        settings = Settings(url=address, site="Old shop")
        app = MatomoApp(None, settings, open_session, token=lambda: Secret(TOKENS["view"]))
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.live.snapshot.poll.error is not None)
            matomo.answer = lambda _form, _headers: html_response("Welcome to nginx!")
            await pilot.press("s")
            await until(pilot, lambda: isinstance(app.live.snapshot.poll.error, NotMatomo))
            assert app.screen is app.live


async def test_a_token_of_the_run_without_an_address_waits_for_the_address(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    matomo = SmallMatomo()
    with serving(matomo) as address:
        token = store.token_source(Settings(), environment=Secret(TOKENS["admin"]))
        app = MatomoApp(None, Settings(), open_session, profiles=store, token=token)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
            assert "Empty: MATOMO_TOKEN" in "\n".join(screen_lines(app))
            app.screen.query_one("#address", Input).value = address
            await pilot.press("ctrl+o")
            await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.LIVE)
            await pilot.press("C")
            await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
            app.screen.query_one("#address", Input).value = "http://localhost:9"
            await pilot.press("ctrl+t")
            await pilot.pause()
            assert "Type a token first" in str([remark.text for remark in app.screen.query_one(Remarks).remarks])
    assert set(matomo.tokens_sent) == {TOKENS["admin"]}
