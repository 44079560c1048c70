"""``matomo-tui examples``: prints files to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from matomo_tui.cli.errors import stop

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ABOUT = {
    "grafana-dashboard.json": "Grafana: a dashboard of the figures that matomo-tui metrics serves.",
    "kiosk@.service": "systemd: the kiosk on a virtual console, without a desktop.",
    "kiosk.tmux.conf": "tmux: the kiosk in a session of its own, started again if it ends.",
    "kiosk-raspberry-pi.sh": "Raspberry Pi OS Lite: installs the program and the kiosk.",
}
"""A sentence about each file."""


@click.command("examples")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the example file NAME; without a name, list the files.

    matomo-tui examples kiosk.tmux.conf > kiosk.tmux.conf
    """
    files = _files()
    if name is None:
        width = max(map(len, files), default=0)
        for one in sorted(files):
            click.echo(f"{one:<{width}}  {ABOUT.get(one, '')}".rstrip())
        return
    if name not in files:
        import difflib

        close = difflib.get_close_matches(name, files, n=1, cutoff=0.3)
        hint = f" Did you mean {close[0]}?" if close else ""
        stop(f"There is no example {name!r}; matomo-tui examples lists them.{hint}")
    click.echo(files[name].read_text(encoding="utf-8"), nl=False)


def _files() -> dict[str, Traversable]:
    from importlib.resources import files

    folder = files("matomo_tui") / "examples"
    return {file.name: file for file in folder.iterdir() if file.is_file() and not file.name.startswith((".", "_"))}
