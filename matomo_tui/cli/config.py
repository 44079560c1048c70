"""``matomo-tui config``: shows, checks and edits the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.options import NoTokenOption, connection_options, display_options


@click.group("config")
def command() -> None:
    """Show, check and edit the configuration file.

    config.toml has everything: profiles, keys and the default profile. Themes of your own are files beside it.
    """


@command.command("path")
def path() -> None:
    """Print the path of the configuration file, which may not exist yet."""
    from matomo_tui.config.paths import config_dir, profile_file

    click.echo(str(profile_file(config_dir())))


@command.command("show", cls=NoTokenOption)
@connection_options
@display_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def show(ctx: click.Context, /, as_json: bool, **flags: Any) -> None:
    """Print every setting with its value and its source.

    Takes the options of the dashboard (those of the kiosk before the word config), and shows what it would use with
    them. Secrets are never printed, only their source; no command of a profile is run.
    """
    import json

    from matomo_tui.cli.config_show import as_object, overview, render
    from matomo_tui.config.validation import ConfigError

    outer: Mapping[str, Any] = ctx.obj or {}
    try:
        found = overview({**outer, **{key: value for key, value in flags.items() if value is not None}})
    except ConfigError as error:
        stop(str(error))
    if as_json:
        click.echo(json.dumps(as_object(found), indent=2, ensure_ascii=False))
        return
    for line in render(found):
        click.echo(line)


@command.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check(ctx: click.Context, /, as_json: bool) -> None:
    """Name every mistake in the configuration and in the theme files.

    Exit code 0: there is none. 1: there are some; each has its file, line and key. 2: wrong usage.
    """
    import json

    from matomo_tui.cli.config_check import as_object, check_file, render, summary
    from matomo_tui.cli.running import reader_may_end
    from matomo_tui.config.paths import config_dir, profile_file
    from matomo_tui.config.validation import ConfigError

    file = profile_file(config_dir())
    try:
        problems = check_file(file)
    except ConfigError as error:
        stop(str(error))
    with reader_may_end():
        if as_json:
            click.echo(json.dumps(as_object(file, problems), indent=2, ensure_ascii=False))
        else:
            for line in render(problems):
                click.echo(line)
            click.echo(summary(file, problems), err=bool(problems))
    ctx.exit(1 if problems else 0)


@command.command("edit")
def edit() -> None:
    """Open the configuration file in $VISUAL or $EDITOR, and check it before it is saved.

    A text with mistakes is not lost: edit it again, save it as it is, or keep it in a file beside the configuration.
    """
    from matomo_tui.cli.config_edit import edit_file
    from matomo_tui.config.paths import config_dir, profile_file
    from matomo_tui.config.validation import ConfigError

    try:
        edit_file(profile_file(config_dir()))
    except ConfigError as error:
        stop(str(error))
