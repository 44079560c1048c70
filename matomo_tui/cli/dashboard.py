"""The dashboard command: checks the terminal, then starts the application."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from matomo_tui.cli.errors import stop
from matomo_tui.cli.startup import Start, prepare
from matomo_tui.config.key_settings import KeySettings
from matomo_tui.config.secrets import SecretError, TokenSource
from matomo_tui.config.settings import ENVIRONMENT, Color, Settings, within_run
from matomo_tui.config.validation import ConfigError
from matomo_tui.ui.terminal.color_depth import color_depth
from matomo_tui.ui.terminal.requirements import NotATerminalError, ensure_terminal

if TYPE_CHECKING:
    from matomo_tui.api.secret import Secret
    from matomo_tui.config.remembered import Remembered
    from matomo_tui.session import Session

_COLOR_SYSTEMS = {"16": "standard", "256": "256", "truecolor": "truecolor"}


_OF_THE_RUN = ("interval", "read_only", "mouse", "color", "ascii")
"""Options that apply to the tabs of all profiles."""


def run(flags: Mapping[str, Any], profiles: Sequence[str] = ()) -> NoReturn:
    """Run the dashboard and exit with its exit code; exits with 2 and a sentence if it cannot start.

    ``profiles`` are the names given by ``--profile``, the first of which is shown; without any, the tabs of the last
    run are opened again.
    """
    try:
        ensure_terminal()
    except NotATerminalError as error:
        stop(str(error))
    from matomo_tui.config.paths import state_dir
    from matomo_tui.config.remembered import Remembered

    remembered = Remembered(state_dir())
    names = list(dict.fromkeys(profiles)) or _tabs_of_last_run(flags, remembered)
    start = prepare({**flags, "profile": names[0]} if names else flags)
    settings = start.settings
    has_token = bool(settings.url) and not settings.demo and start.token.may_find()
    if has_token:
        try:
            start.token.at_hand()
        except SecretError as error:
            stop(str(error))
    settings = replace(settings, color=_choose_colors(settings.color, given=flags.get("color") is not None))
    keymap = _keymap(start.keys)
    more = [] if settings.demo else _further(names[1:], start, settings, flags)
    # Garbage collection during imports would take an eighth of the start; ui/terminal/gc_tuning.py resumes it later.
    gc.disable()
    try:
        from matomo_tui.ui.app import MatomoApp
        from matomo_tui.ui.terminal import signals

        token = start.token if has_token else None
        app = MatomoApp(
            None,
            settings,
            _open,
            profiles=start.store,
            token=token,
            remembered=remembered,
            keymap=keymap,
            more=more,
        )
        app.run(mouse=settings.mouse)
    finally:
        gc.enable()
    signals.exit_now(app.return_code or 0)


def _tabs_of_last_run(flags: Mapping[str, Any], remembered: Remembered) -> list[str]:
    """The profiles whose tabs were open last, the one shown first; none if the command line or the environment says
    what to open, or if one of them is gone."""
    if flags.get("demo") or any(flags.get(name) for name in ("url", "site", "token_file")):
        return []
    if any(os.environ.get(name) for name in (*ENVIRONMENT.values(), "MATOMO_TOKEN") if name != ENVIRONMENT["interval"]):
        return []
    entry = remembered.get("tabs", "open")
    names = [name for name in entry if isinstance(name, str)] if isinstance(entry, list) else []
    if not names:
        return []
    from matomo_tui.config.profile_store import ProfileStore

    try:
        known = ProfileStore().read().by_name
    except ConfigError:
        return []  # It is reported when the profile is read.
    return [name for name in names if name in known]


def _further(
    names: Sequence[str], start: Start, shown: Settings, flags: Mapping[str, Any]
) -> list[tuple[Settings, TokenSource]]:
    """The settings and token sources of further tabs. Exits with 2 and a sentence if a profile is unknown."""
    of_the_run = {name: flags.get(name) for name in _OF_THE_RUN}
    found = []
    for name in names:
        try:
            settings = within_run(start.store.settings(name, of_the_run), shown)
        except ConfigError as error:
            stop(str(error))
        found.append((settings, start.store.token_source(settings)))
    return found


async def _open(settings: Settings, token: Secret | None) -> Session:
    """``session.open_session``, which is imported only then, so that the first frame is early."""
    from matomo_tui.session import open_session

    return await open_session(settings, token)


def _keymap(settings: KeySettings) -> Mapping[str, str]:
    """The keys that the configuration gives; ends with exit code 2 and a sentence where they are wrong."""
    if settings == KeySettings():
        return {}
    from matomo_tui.ui.keymap import key_map

    try:
        return key_map(settings)
    except ConfigError as error:
        stop(str(error))


def _choose_colors(color: Color, *, given: bool) -> Color:
    """The colours asked for, or as many as the terminal has. Sets the environment variables that Textual reads when it
    is imported."""
    if color == "none":
        os.environ["NO_COLOR"] = "1"
        return color
    if given:
        os.environ.pop("NO_COLOR", None)
    if color == "auto":
        color = color_depth(os.environ)
    os.environ["TEXTUAL_COLOR_SYSTEM"] = _COLOR_SYSTEMS[color]
    return color
