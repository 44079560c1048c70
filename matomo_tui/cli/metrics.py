"""``matomo-tui metrics``: exports live figures to Prometheus."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.extras import require_extra
from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options_without_site

if TYPE_CHECKING:
    from matomo_tui.headless.prometheus_metrics import MatomoCollector

DEFAULT_LISTEN = "127.0.0.1:9105"
DEFAULT_INTERVAL = 15.0


def _listen(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    from matomo_tui.headless.metrics_output import parse_listen

    try:
        return parse_listen(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    "metrics",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui metrics
  matomo-tui metrics --site Shop --site 4 --listen 127.0.0.1:9200
  matomo-tui metrics --textfile /var/lib/node_exporter/matomo.prom
  matomo-tui metrics --once --site Shop

\b
Metrics of each site, with the labels site_id and site:
  matomo_visits_3m, matomo_actions_3m, matomo_visits_30m, matomo_actions_30m
  matomo_visits_today, matomo_actions_today
  matomo_last_hit_timestamp_seconds, matomo_last_hit_age_seconds, matomo_site_up
Metrics of the connection:
  matomo_up, matomo_polls_total, matomo_poll_errors_total, matomo_poll_duration_seconds,
  matomo_poll_last_success_timestamp_seconds, matomo_http_requests_total,
  matomo_received_bytes_total, matomo_clock_offset_seconds, matomo_server_info

\b
While Matomo does not answer, matomo_up is 0 and the figures of the sites vanish. After a rejected
token nothing more is sent, so that this address is not locked out.
"""
    + EXIT_CODES,
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=_listen,
    help=f"Address that Prometheus fetches from.  [default: {DEFAULT_LISTEN}, without --textfile]",
)
@click.option(
    "--textfile",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the textfile collector of node_exporter, written after each poll and removed at the end.",
)
@click.option("--once", is_flag=True, help="Poll once and print the metrics, or write the file, then end.")
@click.option(
    "--site",
    "sites",
    metavar="ID|NAME",
    multiple=True,
    help="Site to export; can be given several times.  [default: the first 25]",
)
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(2, 3600),
    default=DEFAULT_INTERVAL,
    show_default=True,
    help="Seconds between two polls, each one request.",
)
@connection_options_without_site
@click.pass_context
def command(
    ctx: click.Context,
    /,
    listen: tuple[str, int] | None,
    textfile: Path | None,
    once: bool,
    sites: tuple[str, ...],
    interval: float,
    **flags: Any,
) -> None:
    """Export live figures to Prometheus, until interrupted.

    Visits and actions of the last minutes and of today, the age of the last hit, and the health of the polls.
    """
    require_extra("metrics", "prometheus_client", "Exporting metrics")
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.metrics_poller import MetricsPoller
    from matomo_tui.headless.prometheus_metrics import MatomoCollector, exposition

    start = start_from(ctx, flags)
    writer = _Textfile(textfile)

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            poller = MetricsPoller(connection, sites, interval=interval, on_note=_note)
            collector = MatomoCollector(lambda: poller.metrics)
            if textfile is not None:
                poller.on_update = lambda _: writer.write(exposition(collector))
            if once:
                await poller.poll()
                if textfile is None:
                    click.echo(exposition(collector), nl=False)
                return
            with ExitStack() as stack:
                stack.callback(writer.remove)
                if listen is not None or textfile is None:
                    _listen_on(stack, collector, listen)
                await poller.run()

    run(work())


def _listen_on(stack: ExitStack, collector: MatomoCollector, listen: tuple[str, int] | None) -> None:
    """Serve the metrics until ``stack`` is closed. Exits with code 2 if the address cannot be used."""
    from matomo_tui.headless.metrics_output import is_loopback, listening, parse_listen

    host, port = listen or parse_listen(DEFAULT_LISTEN)
    try:
        address = stack.enter_context(listening(collector, host, port))
    except OSError as error:
        stop(f"Nothing can listen at {host}:{port}: {error.strerror or error}.")
    _note(f"The metrics are at {address}")
    if not is_loopback(host):
        _note("Everybody who reaches this address can read the figures: there is no password.")


class _Textfile:
    """Writes the file after each poll. Exits with code 2 if it cannot be written the first time."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._written = False

    def write(self, text: str) -> None:
        from matomo_tui.headless.metrics_output import write_textfile

        if self._file is None:
            return
        try:
            write_textfile(self._file, text)
        except OSError as error:
            sentence = f"{self._file} cannot be written: {error.strerror}."
            if not self._written:
                stop(sentence)
            _note(sentence)
        self._written = True

    def remove(self) -> None:
        """Remove the file: its figures would look as if they were current."""
        if self._file is not None and self._written:
            with suppress(OSError):
                self._file.unlink()


def _note(sentence: str) -> None:
    click.echo(f"matomo-tui: {sentence}", err=True)
