"""Sends alerts through apprise (extra ``alerts``), which knows mail, Slack, Teams, ntfy, webhooks and a hundred more.

Apprise is imported and works in a thread of its own: it blocks, and its import alone takes longer than a poll.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import stat
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from matomo_tui.alerts.delivery_error import DeliveryError
from matomo_tui.alerts.wording import address_kind
from matomo_tui.api.secret import without_secrets

APPRISE_LIMIT = 30.0
"""Seconds that a service may take."""
READ_LIMIT = 20.0
"""Seconds that a service may take to answer a message that was sent."""
MISSING = "apprise is not installed: pip install 'matomo-tui[alerts]'"


def is_installed() -> bool:
    """Return True if apprise is there. It is not imported."""
    return importlib.util.find_spec("apprise") is not None


def address_problem(address: str) -> str:
    """Return the end of a sentence about an address or a file that cannot be used, or ``""``. Reads the file."""
    if "://" in address:
        return ""
    try:
        _check_private(_file(address))
    except DeliveryError as error:
        return str(error)
    return ""


async def send(addresses: Sequence[str], title: str, body: str, *, failed: bool, limit: float = APPRISE_LIMIT) -> None:
    """Send one message to all ``addresses``; ``failed`` marks it as a warning, else as good news.

    Raises :class:`DeliveryError` if a service did not take it, or took longer than ``limit`` seconds.
    """
    if not is_installed():
        raise DeliveryError(MISSING, final=True)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def finish(problem: str) -> None:
        if not done.done():
            done.set_result(problem)

    def work() -> None:
        problem = _send(addresses, title, body, failed=failed)
        if not loop.is_closed():
            loop.call_soon_threadsafe(finish, problem)

    # Not the loop's own threads: the program would wait at its end for a service that does not answer.
    threading.Thread(target=work, name="apprise", daemon=True).start()
    try:
        async with asyncio.timeout(limit):
            problem = await done
    except TimeoutError:
        raise DeliveryError(f"{_names(addresses)} took longer than {limit:g} s") from None
    if problem:
        raise DeliveryError(problem, final="cannot be used" in problem)


def _send(addresses: Sequence[str], title: str, body: str, *, failed: bool) -> str:
    """Send, and return the end of a sentence about a failure, or ``""``. Runs in a thread."""
    try:
        _silence_log()
        import apprise

        service = apprise.Apprise()
        for address in addresses:
            if "://" in address:
                added = service.add(address)
            else:
                _check_private(_file(address))
                config = apprise.AppriseConfig()
                added = config.add(str(_file(address))) and bool(config.services())
                service.add(config)
            if not added:
                return (
                    f"the apprise address {address_kind(address)!r} cannot be used: see apprise's documentation of it"
                )
        for one in service:
            # Its own 4 s are short: a slow service would get the message again with the next attempt.
            one.socket_read_timeout = max(one.socket_read_timeout, READ_LIMIT)
        kind = apprise.NotifyType.WARNING if failed else apprise.NotifyType.SUCCESS
        sent = service.notify(title=title, body=body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    except DeliveryError as error:
        return f"{error}; it cannot be used"
    except Exception as error:  # noqa: BLE001 (a plug-in may raise anything; it is shown with the alert)
        return without_secrets(f"{_names(addresses)} failed: {type(error).__name__}")
    return "" if sent else f"{_names(addresses)} did not take the message"


def _names(addresses: Sequence[str]) -> str:
    return "apprise " + ", ".join(address_kind(address) for address in addresses)


def _file(address: str) -> Path:
    return Path(address).expanduser()


def _check_private(file: Path) -> None:
    """Raise :class:`DeliveryError` for a missing file, or one whose secrets others can read."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise DeliveryError(f"the apprise file {file} cannot be read: {error.strerror}", final=True) from None
    if os.name == "posix" and stat.S_ISREG(mode) and mode & 0o077:
        raise DeliveryError(
            f"the apprise file {file} can be read by others (mode {stat.S_IMODE(mode):04o}): run chmod 600 {file}",
            final=True,
        )


def _silence_log() -> None:
    """Keep apprise's log and warnings off the terminal: Python prints both on standard error by default."""
    warnings.filterwarnings("ignore", module=r"(apprise|urllib3|requests)\b")
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
