"""Writes escape sequences for desktop notifications to the terminal."""

from __future__ import annotations

from typing import Any

from textual.app import App


def send_to_terminal(app: App[Any], sequence: str) -> None:
    """Write ``sequence``, which must be one of ``alerts.terminal_notification``. Does nothing without a terminal."""
    driver = app._driver
    if sequence and driver is not None and not app.is_headless:
        driver.write(sequence)
        driver.flush()
