"""``matomo-tui logout``: ends an OAuth 2.0 login and removes its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.options import complete_profiles

if TYPE_CHECKING:
    from matomo_tui.config.logins import Login
    from matomo_tui.config.settings import Settings


@click.command("logout")
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=complete_profiles,
    help="Profile to log out of.  [env: MATOMO_TUI_PROFILE; default: the file's default]",
)
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """End the login of a profile: revoke its tokens, if the Matomo can, and remove them from this computer.

    The profile stays, so that `matomo-tui login` needs no further options.
    """
    import os

    from matomo_tui.api.errors import MatomoError
    from matomo_tui.cli.running import run_until_signal
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.secret_command import CommandError
    from matomo_tui.config.settings import chosen_profile
    from matomo_tui.config.validation import ConfigError

    outer = ctx.obj or {}
    store = ProfileStore()
    try:
        profiles = store.read()
        name = chosen_profile(flags.get("profile") or outer.get("profile"), os.environ, profiles.default)
        if not name:
            raise ConfigError("Say which profile to log out of: --profile NAME")
        profiles.values(name, store.file)
        login = store.logins.load(name)
        if login is None:
            raise ConfigError(f"The profile {name} has no login.")
        try:
            revoked = run_until_signal(_revoke(store.settings(name), login))
            told = "" if revoked else " This Matomo cannot revoke tokens: the access token is valid until it expires."
        except (MatomoError, CommandError) as error:
            told = f" Its tokens could not be revoked: {error}"
        store.logins.remove(name)
    except ConfigError as error:
        stop(str(error))
    click.echo(f"Logged out: the tokens of profile {name} are removed from this computer.{told}")


async def _revoke(settings: Settings, login: Login) -> bool:
    """Revoke the tokens of a login; returns False if the server cannot. Raises a ``MatomoError``."""
    from matomo_tui.api import oauth
    from matomo_tui.config.login_renewal import client_secret, exchange

    if not login.endpoints.revoke:
        return False
    http = exchange(settings)
    try:
        secret = login.client_secret or client_secret(settings)
        for token in (login.refresh_token, login.access_token):
            if token is not None:
                await oauth.revoke(http, login.endpoints, client_id=login.client_id, client_secret=secret, token=token)
        return True
    finally:
        await http.aclose()
