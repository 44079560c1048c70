"""``matomo-tui demo-server``: the built-in Matomo as a server of its own."""

from __future__ import annotations

import click

from matomo_tui.cli.endings import stop


@click.command("demo-server")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another traffic.")
def command(port: int, host: str, seed: int) -> None:
    """Serve the built-in Matomo over HTTP.

    Prints its address, then one line a role with the role's token. Its tokens are no secret and its data is made
    up; ctrl+c ends it.
    """
    from matomo_tui.demo.server import MissingExtra, serve

    try:
        serve(port, host, seed=seed)
    except MissingExtra as error:
        stop(str(error))
    except OSError as error:
        stop(f"Cannot listen on {host} port {port}: {error.strerror or error}.")
