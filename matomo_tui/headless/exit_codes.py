"""Exit codes of the commands that print, a documented interface for scripts."""

from __future__ import annotations

from enum import IntEnum

from matomo_tui.api.errors import (
    BadRequest,
    LockedOut,
    MatomoError,
    NotAllowed,
    RateLimited,
    Redirected,
    ServerError,
    TimedOut,
    Unreachable,
)

_TRY_AGAIN = (Unreachable, TimedOut, ServerError, RateLimited, LockedOut)


class ExitCode(IntEnum):
    """The exit code of a command."""

    DONE = 0
    REFUSED = 1
    """Matomo, or a server in front of it, refused: token, access, method, parameter, certificate. The same command
    would fail again."""
    USAGE = 2
    """The command line or the configuration is wrong; nothing was changed, and in most cases nothing was sent."""
    TRY_AGAIN = 3
    """The server is unreachable, too slow, limits the rate of requests, is in maintenance, or has locked this address
    out: the same command may succeed later."""
    INTERRUPTED = 130
    """Ended by ctrl+c (SIGINT)."""


def exit_code(error: MatomoError) -> ExitCode:
    """Return the exit code of a command that ended with ``error``."""
    if isinstance(error, _TRY_AGAIN):
        return ExitCode.TRY_AGAIN
    if isinstance(error, NotAllowed | Redirected):
        return ExitCode.USAGE
    if isinstance(error, BadRequest) and not error.method:  # found here and not by the server: address, site, settings
        return ExitCode.USAGE
    return ExitCode.REFUSED
