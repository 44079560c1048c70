"""``matomo-tui demo-server``: serves the demo Matomo over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from matomo_tui.cli.errors import stop

if TYPE_CHECKING:
    from matomo_tui.demo.options import VersionName, WriteFailure


@click.command("demo-server")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 selects a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the generated visits.")
@click.option(
    "--extra-sites", type=click.IntRange(0, 100_000), default=0, help="Number of extra sites, without visits."
)
@click.option("--extra-users", type=click.IntRange(0, 100_000), default=0, help="Number of extra users.")
@click.option(
    "--pages",
    type=click.IntRange(0, 1_000_000),
    default=0,
    metavar="N",
    help="Add a site with N pages, such as 200000, to try long tables.",
)
@click.option(
    "--matomo",
    type=click.Choice(["5.0", "5.8"]),
    default="5.8",
    show_default=True,
    help="Version of Matomo to imitate: its reports, statuses and limits.",
)
@click.option(
    "--bulk-limit",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Refuse bulk requests of more than N calls, as a Matomo with API_bulk_request_limit does.",
)
@click.option(
    "--latency",
    type=click.FloatRange(0, 3600),
    default=0.0,
    metavar="SECONDS",
    help="Delay each answer; writes take effect before the delay.",
)
@click.option(
    "--fail",
    type=click.Choice(["timeout-after", "error-after", "timeout-before", "error-before"]),
    help="How writes and hits fail: no answer or error 500, before or after they take effect.",
)
@click.option("--fail-times", type=click.IntRange(1), metavar="N", help="Only the first N writes and hits fail.")
def command(
    port: int,
    host: str,
    seed: int,
    extra_sites: int,
    extra_users: int,
    pages: int,
    matomo: VersionName,
    bulk_limit: int | None,
    latency: float,
    fail: WriteFailure | None,
    fail_times: int | None,
) -> None:
    """Serve the built-in demo Matomo over HTTP.

    Prints its address, then one line per role with that role's token. The tokens are not secret and the data is
    generated; writes are kept until the server ends (ctrl+c). The password of each user is the login followed by
    "-password": root-password, alice-password.
    """
    from matomo_tui.demo.options import VERSIONS, DemoOptions
    from matomo_tui.demo.server import MissingExtra, serve

    options = DemoOptions(
        latency=latency,
        pages=pages,
        fail_writes=fail,
        fail_times=fail_times,
        matomo=VERSIONS[matomo],
        bulk_limit=bulk_limit,
    )
    try:
        serve(port, host, seed=seed, extra_sites=extra_sites, extra_users=extra_users, options=options)
    except MissingExtra as error:
        stop(str(error))
    except OSError as error:
        stop(f"Cannot listen on {host} port {port}: {error.strerror or error}.")
