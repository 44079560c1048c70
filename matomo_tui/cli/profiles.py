"""``matomo-tui profiles``: lists, renames and removes profiles, and chooses the default one."""

from __future__ import annotations

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.options import complete_profiles

_NAME = click.argument("name", shell_complete=complete_profiles)


@click.group("profiles")
def command() -> None:
    """List, rename and remove profiles, and choose the default one.

    The connect screen of the dashboard and `matomo-tui config edit` make new ones.
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_profiles(as_json: bool) -> None:
    """List the profiles: name, address, site and the token's source. A star marks the default one."""
    import json

    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.validation import ConfigError
    from matomo_tui.sanitize import sanitize

    store = ProfileStore()
    try:
        profiles = store.read()
        rows = []
        for name in profiles.by_name:
            settings = store.settings(name)
            token = store.token_source(settings).place()
            rows.append((name, settings.url, settings.site, token, name == profiles.default))
    except ConfigError as error:
        stop(str(error))
    if as_json:
        for name, url, site, token, default in rows:
            found = {"name": name, "url": url, "site": site or None, "token": token or None, "default": default}
            click.echo(json.dumps(found, ensure_ascii=False))
        return
    if not rows:
        click.echo(f"There is no profile in {store.file}. The connect screen of matomo-tui makes one.", err=True)
        return
    name_width = max(len(name) for name, *_ in rows)
    url_width = max(len(url) for _, url, *_ in rows)
    site_width = max(len(site) for _, _, site, *_ in rows)
    for name, url, site, token, default in rows:
        mark = "*" if default else " "
        about = f"token: {token}" if token else "no token"
        columns = f"{mark} {name:<{name_width}}  {url:<{url_width}}  {site:<{site_width}}  {about}"
        click.echo(sanitize(columns))


@command.command("rename")
@click.argument("old", shell_complete=complete_profiles)
@click.argument("new")
def rename(old: str, new: str) -> None:
    """Rename a profile, with its stored token and what the program remembers for it."""
    from matomo_tui.config.paths import state_dir
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.remembered import Remembered
    from matomo_tui.config.validation import ConfigError

    try:
        place = ProfileStore().rename(old, new)
    except ConfigError as error:
        stop(str(error))
    Remembered(state_dir()).rename_profile(old, new)
    kept = f" Its token is kept in {place}." if place else ""
    click.echo(f"The profile {old} is now called {new}.{kept}")


@command.command("remove")
@_NAME
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Remove a profile, its stored token and what the program remembers for it.

    Asks first. Nothing is changed in Matomo: the token stays valid there.
    """
    from matomo_tui.config.paths import state_dir
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.remembered import Remembered
    from matomo_tui.config.validation import ConfigError

    store = ProfileStore()
    try:
        url = store.read().values(name, store.file).get("url", "")
        place = store.token_kept_in(name)
        if not yes:
            what = f"Remove the profile {name} ({url or 'without an address'})"
            click.confirm(f"{what} and its token in {place}?" if place else f"{what}?", abort=True, err=True)
        store.remove(name)
        left = store.read()
    except ConfigError as error:
        stop(str(error))
    Remembered(state_dir()).rename_profile(name, "")
    default = f" The default is {left.default}." if left.default else ""
    if left.by_name and not left.default:
        default = " No profile is the default now: choose one with `matomo-tui profiles default NAME`."
    click.echo(f"Removed the profile {name}.{default}")


@command.command("default")
@click.argument("name", required=False, shell_complete=complete_profiles)
def default(name: str | None) -> None:
    """Make a profile the default one; without a name, print the default."""
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.validation import ConfigError

    store = ProfileStore()
    try:
        if name is None:
            found = store.read().default
            if not found:
                stop("There is no default profile. Choose one with `matomo-tui profiles default NAME`.")
            click.echo(found)
            return
        store.set_default(name)
    except ConfigError as error:
        stop(str(error))
    click.echo(f"The default profile is {name}.")
