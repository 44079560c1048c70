"""The dashboard command: checks the terminal, then starts the application."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from matomo_tui.cli.errors import stop
from matomo_tui.cli.startup import prepare
from matomo_tui.config.key_settings import KeySettings
from matomo_tui.config.secrets import SecretError, TokenSource
from matomo_tui.config.settings import Color, Settings
from matomo_tui.config.validation import ConfigError
from matomo_tui.ui.terminal.color_depth import color_depth
from matomo_tui.ui.terminal.requirements import NotATerminalError, ensure_terminal

if TYPE_CHECKING:
    from matomo_tui.api.secret import Secret
    from matomo_tui.session import Session

_COLOR_SYSTEMS = {"16": "standard", "256": "256", "truecolor": "truecolor"}


def run(flags: Mapping[str, Any]) -> NoReturn:
    """Run the dashboard and exit with its exit code; exits with 2 and a sentence if it cannot start."""
    try:
        ensure_terminal()
    except NotATerminalError as error:
        stop(str(error))
    start = prepare(flags)
    settings = start.settings
    has_token = bool(settings.url) and not settings.demo and start.token.may_find()
    if has_token:
        try:
            start.token.at_hand()
        except SecretError as error:
            stop(str(error))
    settings = replace(settings, color=_choose_colors(settings.color, given=flags.get("color") is not None))
    keymap = _keymap(start.keys)
    _check_alerts(settings)
    # Garbage collection during imports would take an eighth of the start; ui/terminal/gc_tuning.py resumes it later.
    gc.disable()
    try:
        from matomo_tui.config.paths import state_dir
        from matomo_tui.config.remembered import Remembered
        from matomo_tui.ui.app import MatomoApp
        from matomo_tui.ui.terminal import signals

        token = start.token if has_token else None
        app = MatomoApp(
            None,
            settings,
            _Connector(start.token),
            profiles=start.store,
            token=token,
            remembered=Remembered(state_dir()),
            keymap=keymap,
            alert_folder=state_dir(),
        )
        app.run(mouse=settings.mouse)
    finally:
        gc.enable()
    signals.exit_now(app.return_code or 0)


class _Connector:
    """Opens sessions with ``session.Reconnecting``, which is imported only then, so that the first frame is early."""

    def __init__(self, token: TokenSource) -> None:
        self._token = token

    async def __call__(self, settings: Settings, token: Secret | None) -> Session:
        from matomo_tui.session import Reconnecting

        return await Reconnecting(self._token)(settings, token)


def _keymap(settings: KeySettings) -> Mapping[str, str]:
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
