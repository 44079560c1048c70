"""The exit code that an error of a call ends a command with."""

from __future__ import annotations

import pytest

from matomo_tui.api import errors
from matomo_tui.api.errors import MatomoError
from matomo_tui.headless.exit_codes import exit_code

REDIRECTED = errors.Redirected("Moved.", "https://elsewhere.example")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Unreachable("No connection."), 3),
        (errors.ConnectionLost("Lost."), 3),
        (errors.TimedOut("Too slow."), 3),
        (errors.ServerError("Maintenance.", 503), 3),
        (errors.RateLimited("Too many."), 3),
        (errors.LockedOut("Locked out."), 3),
        (errors.TokenRejected("No."), 1),
        (errors.NoAccess("No."), 1),
        (errors.FeatureDisabled("Off."), 1),
        (errors.TLSFailed("Certificate."), 1),
        (errors.NotMatomo("A page."), 1),
        (errors.NotAllowed("A write."), 2),
        (REDIRECTED, 2),
        (errors.BadRequest("The address is empty."), 2),
    ],
)
def test_exit_codes(error: MatomoError, code: int) -> None:
    assert exit_code(error) == code


def test_a_request_that_matomo_refused_is_not_wrong_usage() -> None:
    error = errors.BadRequest("The method does not exist.")
    error.method = "Nothing.get"
    assert exit_code(error) == 1
