"""``matomo-tui login``: logs in with OAuth 2.0, in a browser or with a client's own secret."""

from __future__ import annotations

from typing import Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.options import NoTokenOption, complete_profiles


@click.command("login", cls=NoTokenOption)
@click.option("--url", metavar="ADDRESS", help="Address of the Matomo.  [env: MATOMO_URL; default: the profile's]")
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=complete_profiles,
    help="Profile to log in with, made if there is none.  [env: MATOMO_TUI_PROFILE; default: the file's default]",
)
@click.option("--client-id", metavar="ID", help="The OAuth 2.0 client.  [default: the profile's, else asked for]")
@click.option(
    "--scope",
    type=click.Choice(["read", "write", "admin", "superuser"]),
    help="What the token may do at most.  [default: read with --read-only or --client-credentials, else admin]",
)
@click.option("--read-only", is_flag=True, default=None, help="Log in to read only, and send no writes.")
@click.option("--no-browser", is_flag=True, help="Print the address, and ask for the answer.  [default: over SSH]")
@click.option(
    "--client-credentials", is_flag=True, help="Log in as the client itself, for a screen that nobody logs in to."
)
@click.option(
    "--secret-file",
    metavar="FILE",
    type=click.Path(),
    help="File of mode 0600 with the client's secret in its first line.  [default: asked for, if it is needed]",
)
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Log in with OAuth 2.0 instead of a token.

    Needs Matomo 5.4 or newer with its OAuth2 plug-in, and a client that a superuser makes there, under Administration,
    Platform, OAuth2: a public client with the grants "authorization code" and "refresh token", and the redirect address
    http://127.0.0.1/callback. The login is kept in the keyring, or else in a file of mode 0600, and renewed by itself.
    """
    import os

    from matomo_tui.api.errors import MatomoError
    from matomo_tui.api.oauth import OAuthRefused
    from matomo_tui.cli.logging_in import Plan, log_in
    from matomo_tui.config.core_dumps import forbid_core_dumps
    from matomo_tui.config.secret_command import SECRET_VARIABLES, CommandError
    from matomo_tui.config.secrets import SecretError
    from matomo_tui.config.validation import ConfigError
    from matomo_tui.headless.exit_codes import ExitCode, exit_code

    forbid_core_dumps()
    for name in SECRET_VARIABLES:
        os.environ.pop(name, None)  # the browser does not inherit it
    outer = ctx.obj or {}
    given = {**outer, **{key: value for key, value in flags.items() if value is not None}}
    try:
        log_in(Plan.of(given, os.environ))
    except (ConfigError, SecretError, CommandError) as error:
        stop(str(error))
    except MatomoError as error:
        stop(str(error), ExitCode.REFUSED if isinstance(error, OAuthRefused) else exit_code(error))
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
