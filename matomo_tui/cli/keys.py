"""``matomo-tui keys``: prints every key, its action and the action's name for the configuration."""

from __future__ import annotations

import json

import click

from matomo_tui.cli.errors import stop
from matomo_tui.config.validation import ConfigError


@click.command("keys")
@click.option("--preset", metavar="NAME", default="", help="Show a key map of the program: default or vim.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(preset: str, as_json: bool) -> None:
    """Print the keys of every screen.

    Shows the keys that the configuration gives, or those of a preset. The last column names the action for [keys].
    """
    from matomo_tui.config.key_settings import KeySettings
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.ui.key_table import key_tables
    from matomo_tui.ui.keymap import key_map

    try:
        settings = KeySettings(preset, "--preset") if preset else ProfileStore().read().keys
        tables = key_tables(key_map(settings))
    except ConfigError as error:
        stop(str(error))
    if as_json:
        document = {
            title: [{"action": row.id, "keys": list(row.keys), "help": row.help} for row in rows]
            for title, rows in tables.items()
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    rows = [row for table in tables.values() for row in table]
    keys_width = max(len(", ".join(row.keys)) for row in rows)
    help_width = max(len(row.help) for row in rows)
    for number, (title, table) in enumerate(tables.items()):
        click.echo(("\n" if number else "") + click.style(title, bold=True))
        for row in table:
            click.echo(f"  {', '.join(row.keys):<{keys_width}}  {row.help:<{help_width}}  {row.id}")
