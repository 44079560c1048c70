"""``matomo-tui alerts``: lists the alert rules of a profile, and tries them against the last hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.options import NoTokenOption, connection_options

if TYPE_CHECKING:
    from matomo_tui.alerts.evaluation import AlertEvent
    from matomo_tui.alerts.history import AlertRecord
    from matomo_tui.alerts.rehearsal import FetchedVisits, Rehearsal
    from matomo_tui.alerts.rules import Rule
    from matomo_tui.api.site import Site
    from matomo_tui.cli.startup import Start
    from matomo_tui.headless.connection import ReadConnection

MOST_SITES = 10
"""Sites that a rule is tried on at most: the visits of each are fetched."""
_MARKS = {"fired": "fired", "ended": "ended", "sent": "sent", "failed": "failed"}


@click.group(
    "alerts",
    epilog="""\b
Example of a rule in config.toml:
  [[profiles.work.alerts]]
  name = "Rush"
  metric = "visits_30"
  above = 500
  for = "10m"

\b
What a rule is about (one of these):
  metric = "visits_30"   visits or actions of the last 1 to 2880 minutes: visits_3, actions_60;
                         visitors_now, visits_today, conversions_today, revenue_today,
                         unique_visitors_today, bounce_rate_today, visit_time_today
  feed = "order"         actions of the last minutes = 30: page, event, search, download, outlink,
                         goal, order, cart, conversion, error_page, empty_search; matching = "text",
                         metric = "count", "visitors" or "revenue"
  ranking = "pages"      with row = "/cart" and metric = "here" or "recent": pages, sources,
                         countries, devices, events
  report = "Goals.get"   any report by its method, with metric, row, period, date, params
  no_hits = "15m"        no action at all
  seen = "error_page"    or "empty_search"; matching = "text" says which
  poll_failing = "5m"    Matomo does not answer

\b
When it fires (with metric, feed, ranking and report):
  above = 500, below = 5
  rises_by = "100%", falls_by = "50%"
                         against the median of the same weekday and time of the last weeks = 4;
                         for visits_60, visits_today, conversions_today, revenue_today, and
                         reports of yesterday. Usual figures below at_least = 10 count for nothing

\b
More:
  site = "Shop"          an id, a name, a list, or "all"; group = "Retail"; else the first site
  segment = "deviceType==smartphone"
  for = "10m"            how long it must hold;  ends_after = "1m": how long it must not
  quiet = ["22:00-07:00", "Sat, Sun"]
                         hours of this computer without deliveries; afterwards are sent what lasts,
                         and the end of what was sent before
  notify = ["bell", "terminal"]
                         terminal: OSC 9, 99 or 777, as far as the terminal is known; osc9, osc99,
                         osc777 choose one. In tmux: set -g allow-passthrough on
  command = ["notify-send", "Matomo", "{message}"]
                         no shell; {message}, {rule}, {site}, {state}, {value}, {usual}, also as
                         MATOMO_ALERT_MESSAGE and so on; stopped after 30 s
  apprise = ["ntfy://topic", "~/.config/apprise.conf"]
                         addresses of apprise, or files with them (mode 0600), which is the place
                         for those that contain a secret
""",
)
@click.pass_context
def command(ctx: click.Context, /) -> None:
    """List the alert rules of a profile, try them, and show what fired.

    Rules are [[profiles.NAME.alerts]] tables in config.toml. The dashboard follows them.
    """
    ctx.obj = ctx.obj or {}


@command.command("list", cls=NoTokenOption)
@connection_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def list_command(ctx: click.Context, /, as_json: bool, **flags: Any) -> None:
    """Print the rules. Nothing is sent.

    Exit code 2: a rule is wrong; the sentence names file, line and key.
    """
    import json

    start, rules = _rules(ctx, flags)
    for rule in rules:
        click.echo(json.dumps(_rule_object(rule)) if as_json else _rule_line(rule))
    if not rules:
        click.echo(_no_rules(start), err=True)


@command.command("test", cls=NoTokenOption)
@connection_options
@click.argument("rule", required=False)
@click.option("--deliver", is_flag=True, help="Also deliver one test message as the rule would.")
@click.pass_context
def test_command(ctx: click.Context, /, rule: str | None, deliver: bool, **flags: Any) -> None:
    """Try RULE, or all rules, against the last hour, and print what would have fired when.

    The visits of the hour are fetched from Matomo and replayed minute by minute. Nothing is delivered without
    --deliver.
    """
    import time

    from matomo_tui.cli.running import run
    from matomo_tui.headless.connection import ReadConnection

    start, rules = _rules(ctx, flags)
    start.need_matomo()
    if not rules:
        stop(_no_rules(start))
    if rule is not None:
        rules = (_named(rule, rules),)

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            fetched: FetchedVisits = {}
            now = time.time()
            for one in rules:
                await _try(connection, one, now, fetched)
        if deliver:
            for one in rules:
                await _deliver(one)

    run(work())


@command.command("watch", cls=NoTokenOption)
@connection_options
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(2, 3600),
    default=30.0,
    show_default=True,
    help="Seconds between two polls.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def watch_command(ctx: click.Context, /, interval: float, as_json: bool, **flags: Any) -> None:
    """Follow the rules without a screen until interrupted: deliver alerts, and print what fires and ends.

    For a service. The dashboard follows the rules too: with both, each alert is delivered twice.
    """
    import json

    from matomo_tui.alerts.history import AlertHistory
    from matomo_tui.cli.running import run
    from matomo_tui.config.paths import state_dir
    from matomo_tui.headless.alert_watch import AlertWatch
    from matomo_tui.headless.connection import ReadConnection

    start, rules = _rules(ctx, flags)
    start.need_matomo()
    if not rules:
        stop(_no_rules(start))

    def show(event: AlertEvent, sentence: str) -> None:
        state = event.change.value
        click.echo(
            json.dumps(_event_object(event, sentence)) if as_json else f"{_moment(event.at)}  {state:<6}  {sentence}"
        )

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            history = AlertHistory(state_dir())
            watch = AlertWatch(connection, rules, history, interval=interval, on_event=show, on_note=_note)
            await watch.run()

    run(work())


@command.command("history", cls=NoTokenOption)
@click.option("--profile", metavar="NAME", help="Only alerts of this profile.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--limit", type=click.IntRange(1, 2000), default=50, show_default=True, help="The most lines.")
def history_command(profile: str | None, as_json: bool, limit: int) -> None:
    """Print what fired and ended, the newest last. Nothing is sent."""
    import json
    from dataclasses import asdict

    from matomo_tui.alerts.history import AlertHistory
    from matomo_tui.config.paths import state_dir

    records = [one for one in AlertHistory(state_dir()).records() if profile in (None, one.profile)]
    for record in records[-limit:]:
        click.echo(json.dumps(asdict(record)) if as_json else _history_line(record))
    if not records:
        click.echo("No alert has fired yet.", err=True)


def _rules(ctx: click.Context, flags: Mapping[str, Any]) -> tuple[Start, tuple[Rule, ...]]:
    """Read the rules of the profile. Exits with code 2 and a sentence if one is wrong."""
    from matomo_tui.alerts.rule_check import check_rules
    from matomo_tui.cli.running import start_from
    from matomo_tui.config.validation import ConfigError

    start = start_from(ctx.find_root(), flags, connects=False)
    try:
        return start, check_rules(start.settings.alerts)
    except ConfigError as error:
        stop(str(error))


def _named(name: str, rules: Sequence[Rule]) -> Rule:
    from matomo_tui.config.locations import nearest_word

    found = [rule for rule in rules if rule.name.casefold() == name.casefold()]
    if not found:
        stop(f"There is no alert rule {name!r}. {nearest_word(name, [rule.name for rule in rules])}")
    return found[0]


def _no_rules(start: Start) -> str:
    name = start.settings.profile
    where = f"The profile {name!r} has" if name else "Without a profile there are"
    if how := start.how_to_choose():
        return f"{where} no alert rules. {how}"
    return f"{where} no alert rules: add [[profiles.NAME.alerts]] tables to config.toml."


def _rule_line(rule: Rule) -> str:
    from matomo_tui.alerts.wording import condition_text, delivery_text, target_text
    from matomo_tui.sanitize import sanitize

    target = f" ({target_text(rule.targets)})" if target_text(rule.targets) else ""
    return sanitize(f"{rule.name}: {condition_text(rule)}{target} → {delivery_text(rule.deliveries)}")


def _rule_object(rule: Rule) -> dict[str, Any]:
    from matomo_tui.alerts.wording import condition_text, delivery_text, target_text

    return {
        "name": rule.name,
        "condition": condition_text(rule),
        "sites": target_text(rule.targets) or None,
        "segment": rule.segment or None,
        "deliveries": delivery_text(rule.deliveries),
        "place": rule.place,
    }


async def _try(connection: ReadConnection, rule: Rule, now: float, fetched: FetchedVisits) -> None:
    from matomo_tui.alerts.rehearsal import rehearse

    session = await connection.session()
    sites, problem = await _sites(connection, rule)
    click.echo(_rule_line(rule))
    if problem:
        click.echo(f"  {problem}")
    for site in sites[:MOST_SITES]:
        trial = await rehearse(session.client, rule, site, now, fetched)
        for line in _trial_lines(trial, trial.site.timezone or session.site.timezone):
            click.echo(line)
    if len(sites) > MOST_SITES:
        click.echo(f"  and {len(sites) - MOST_SITES} more sites, on which it was not tried")


async def _sites(connection: ReadConnection, rule: Rule) -> tuple[Sequence[Site], str]:
    from matomo_tui.alerts.site_targets import needs_site_list, sites_of
    from matomo_tui.api.sites import get_sites_with_at_least_view_access

    session = await connection.session()
    known = await connection.call(get_sites_with_at_least_view_access()) if needs_site_list((rule,)) else ()
    return sites_of(rule, session.site, known)


def _trial_lines(trial: Rehearsal, timezone: str) -> Iterable[str]:
    from matomo_tui.alerts.evaluation import AlertChange
    from matomo_tui.alerts.wording import figure_now, format_usual, format_value, message
    from matomo_tui.sanitize import sanitize

    name = sanitize(trial.site.name) or "Matomo"
    for event in trial.events:
        if event.change is AlertChange.ENDED and not event.is_news:
            continue  # it has a line at its time
        before = " or before" if event.at == trial.begin else ""
        yield f"  {_clock(event.at, timezone)}  {event.change.value}{before}  {message(event)}"
        if event.change is AlertChange.FIRED and not event.deliver:
            yield "         in quiet hours: nothing would have been delivered"
    now = figure_now(trial.rule, trial.now)
    usual = f", usually {format_usual(trial.now.usual)}" if trial.now.usual is not None else ""
    span = ""
    if trial.lowest is not None and trial.highest is not None:
        span = f"; {format_value(trial.lowest)} to {format_value(trial.highest)} in the last hour"
    fired = "" if trial.events else "would not have fired; "
    yield f"  {name}: {fired}now {now}{usual}{span}"
    if trial.remark:
        yield f"  {trial.remark}"


async def _deliver(rule: Rule) -> None:
    """Deliver a test message by the rule's command and services, and print what came of it."""
    import time

    from matomo_tui.alerts.dispatcher import Dispatcher
    from matomo_tui.alerts.evaluation import AlertChange, AlertEvent
    from matomo_tui.alerts.observations import Measure
    from matomo_tui.api.site import Site

    problems: list[str] = []
    now = time.time()
    site = Site(id=0, name="test")
    event = AlertEvent(now, AlertChange.FIRED, rule, site, Measure(0.0), now, deliver=True)
    dispatcher = Dispatcher(lambda _event, problem: problems.append(problem), retries=())
    dispatcher.deliver(event, f"{rule.name}: this is a test of matomo-tui")
    await dispatcher.drain(90.0)
    for problem in problems:
        click.echo(f"{rule.name}: not delivered: {problem}.")
    if not problems:
        click.echo(f"{rule.name}: the test message was delivered.")


def _event_object(event: AlertEvent, sentence: str) -> dict[str, Any]:
    return {
        "at": round(event.at, 1),
        "state": event.change.value,
        "rule": event.rule.name,
        "site_id": event.site.id or None,
        "site": event.site.name or None,
        "value": event.measure.value,
        "usual": event.measure.usual,
        "message": sentence,
        "delivered": event.deliver,
    }


def _note(sentence: str) -> None:
    click.echo(f"matomo-tui: {sentence}", err=True)


def _history_line(record: AlertRecord) -> str:
    quiet = "" if record.delivered or record.state == "failed" else " (in quiet hours)"
    profile = f"{record.profile}  " if record.profile else ""
    return f"{_moment(record.at)}  {_MARKS.get(record.state, record.state):<6}  {profile}{record.message}{quiet}"


def _moment(epoch: float) -> str:
    """In this computer's zone, with its distance from UTC: the sites of one log may have several zones."""
    return datetime.fromtimestamp(epoch).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def _clock(epoch: float, timezone: str) -> str:
    """``18:04 Europe/Berlin``: whoever reads it may be elsewhere, and the dashboard has the site's times."""
    from matomo_tui.instants import local_time
    from matomo_tui.live.timezones import zone
    from matomo_tui.sanitize import sanitize

    return f"{local_time(epoch, zone(timezone)):%H:%M} {sanitize(timezone, 60) or 'UTC'}"
