"""The dashboard command: checks the terminal, then starts the application."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from msgspec.structs import replace

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
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.recording.player import Player
    from matomo_tui.recording.recorder import Recorder
    from matomo_tui.session import Connector, Session, Wrap

_COLOR_SYSTEMS = {"16": "standard", "256": "256", "truecolor": "truecolor"}


def run(flags: Mapping[str, Any], profiles: Sequence[str] = ()) -> NoReturn:
    """Run the dashboard and exit with its exit code; exits with 2 and a sentence if it cannot start.

    ``profiles`` are the names given by ``--profile``, the first of which is shown; without any, the tabs of the last
    run are opened again.
    """
    try:
        ensure_terminal()
    except NotATerminalError as error:
        stop(str(error))
    names = list(dict.fromkeys(profiles)) or _tabs_of_last_run(flags)
    start = prepare({**flags, "profile": names[0]} if names else flags)
    settings = start.settings
    may_find = start.token.may_find() if settings.url else bool(start.token.given)
    token = start.token if may_find and not settings.demo else None
    if token is not None:
        try:
            token.at_hand()
        except SecretError as error:
            stop(str(error))
    settings = replace(settings, color=choose_colors(settings.color, given=flags.get("color") is not None))
    settings = _kiosk(settings, flags, connects=settings.demo or bool(settings.url))
    if settings.kiosk and len(profiles) > 1:
        stop("A kiosk shows one Matomo: give one --profile.")
    more = [] if settings.demo or settings.kiosk else _further(names[1:], start, settings)
    for one in (settings, *(other for other, _ in more)):
        _check_alerts(one)
    recorder = recorder_for(flags)
    connector = partial(_open, _wrap(recorder))
    try:
        code = run_app(
            settings,
            connector,
            keymap_of(start.keys),
            profiles=start.store,
            token=token,
            notice=_notice(recorder),
            more=more,
        )
    finally:
        if recorder is not None:
            recorder.close()
    finish(code, "" if recorder is None else recorder.summary())


def _kiosk(settings: Settings, flags: Mapping[str, Any], *, connects: bool) -> Settings:
    """The settings of a kiosk, which nobody can ask for an address; exits with 2 and a sentence if there is none."""
    if not settings.kiosk:
        for name in ("rotate", "kiosk_sites", "night"):
            if flags.get(name) not in (None, ()):
                stop(f"--{name.replace('_', '-')} needs --kiosk.")
        return settings
    if not connects:
        stop("A kiosk asks for nothing: give it an address by --url, MATOMO_URL or --profile, or use --demo.")
    return replace(settings, read_only=True, run_read_only=True, mouse=False, night=settings.night or None)


def run_app(
    settings: Settings,
    connector: Connector,
    keymap: Mapping[str, str],
    *,
    profiles: ProfileStore | None = None,
    token: TokenSource | None = None,
    player: Player | None = None,
    notice: Callable[[], str] | None = None,
    more: Sequence[tuple[Settings, TokenSource]] = (),
) -> int:
    """Run the application in the terminal and return its exit code."""
    # Textual's log for its developers has all that is typed, tokens and passwords too.
    for name in ("TEXTUAL", "TEXTUAL_LOG"):
        os.environ.pop(name, None)
    # Garbage collection during imports would take an eighth of the start; ui/terminal/gc_tuning.py resumes it later.
    gc.disable()
    try:
        from matomo_tui.config.paths import state_dir
        from matomo_tui.config.remembered import Remembered
        from matomo_tui.ui.app import MatomoApp
        from matomo_tui.ui.terminal import signals

        app = MatomoApp(
            None,
            settings,
            connector,
            profiles=profiles,
            token=token,
            remembered=Remembered(state_dir()),
            keymap=keymap,
            player=player,
            notice=notice,
            more=more,
            # A replay alerts nobody: it shows the past.
            alert_folder=state_dir() if player is None else None,
        )
        with signals.ending_at_signals():
            app.run(mouse=settings.mouse)
    finally:
        gc.enable()
    return app.return_code or 0


def finish(code: int, sentence: str = "") -> NoReturn:
    """End the process with ``code`` after the terminal is restored; print ``sentence`` on standard error."""
    from matomo_tui.ui.terminal import signals

    if sentence:
        click.echo(sentence, err=True)
    if renewal := sys.modules.get("matomo_tui.config.login_renewal"):
        renewal.settle()
    signals.exit_now(code)


def recorder_for(flags: Mapping[str, Any]) -> Recorder | None:
    """The recorder that the flags ask for; exits with 2 and a sentence if its file cannot be written."""
    if not flags.get("record"):
        for name in ("record_personal", "record_size", "record_hours"):
            if flags.get(name):
                stop(f"--{name.replace('_', '-')} needs --record FILE.")
        return None
    from matomo_tui.recording.recorder import Recorder
    from matomo_tui.recording.rotation import MEGABYTE, Limits, RecordingError

    default = Limits()
    limits = Limits(
        flags["record_size"] * MEGABYTE if flags.get("record_size") else default.size,
        flags["record_hours"] * 3600.0 if flags.get("record_hours") else default.age,
    )
    recorder = Recorder(Path(flags["record"]), personal=bool(flags.get("record_personal")), limits=limits)
    try:
        recorder.open()
    except RecordingError as error:
        stop(str(error))
    return recorder


def _wrap(recorder: Recorder | None) -> Wrap | None:
    if recorder is None:
        return None
    from matomo_tui.recording.recording_transport import RecordingTransport

    return lambda transport, address: RecordingTransport(transport, recorder, address)


def _notice(recorder: Recorder | None) -> Callable[[], str] | None:
    return None if recorder is None else lambda: recorder.problem


def _tabs_of_last_run(flags: Mapping[str, Any]) -> list[str]:
    """The profiles whose tabs were open last, the one shown first; none if the command line or the environment says
    what to open, or if one of them is gone."""
    if any(flags.get(name) for name in ("demo", "kiosk", "url", "site", "token_file")):
        return []
    if any(os.environ.get(name) for name in (*ENVIRONMENT.values(), "MATOMO_TOKEN") if name != ENVIRONMENT["interval"]):
        return []
    from matomo_tui.config.paths import state_dir
    from matomo_tui.config.remembered import Remembered

    entry = Remembered(state_dir()).get("tabs", "open")
    names = [name for name in entry if isinstance(name, str)] if isinstance(entry, list) else []
    if not names:
        return []
    from matomo_tui.config.profile_store import ProfileStore

    try:
        known = ProfileStore().read().by_name
    except ConfigError:
        return []  # It is reported when the profile is read.
    return [name for name in names if name in known]


def _further(names: Sequence[str], start: Start, shown: Settings) -> list[tuple[Settings, TokenSource]]:
    """The settings and token sources of further tabs. Exits with 2 and a sentence if a profile is unknown."""
    found = []
    for name in names:
        try:
            settings = within_run(start.store.settings(name), shown)
        except ConfigError as error:
            stop(str(error))
        found.append((settings, start.store.token_source(settings)))
    return found


async def _open(wrap: Wrap | None, settings: Settings, token: Secret | None) -> Session:
    """``session.open_session``, which is imported only then, so that the first frame is early."""
    from matomo_tui.session import open_session

    return await open_session(settings, token, wrap=wrap)


def keymap_of(settings: KeySettings) -> Mapping[str, str]:
    """The keys that the configuration gives; ends with exit code 2 and a sentence where they are wrong."""
    if settings == KeySettings():
        return {}
    from matomo_tui.ui.keymap import key_map

    try:
        return key_map(settings)
    except ConfigError as error:
        stop(str(error))


def _check_alerts(settings: Settings) -> None:
    """End with exit code 2 and a sentence if an alert rule is wrong, or if it needs an extra that is missing."""
    if not settings.alerts:
        return
    from matomo_tui.alerts.rule_check import check_rules

    try:
        check_rules(settings.alerts)
    except ConfigError as error:
        stop(str(error))


def choose_colors(color: Color, *, given: bool) -> Color:
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
