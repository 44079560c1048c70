"""``matomo-tui replay``: plays a recording through the dashboard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.options import NoTokenOption, terminal_options

if TYPE_CHECKING:
    from matomo_tui.api.secret import Secret
    from matomo_tui.config.settings import Settings
    from matomo_tui.recording.player import Player
    from matomo_tui.recording.recording import Recording
    from matomo_tui.session import Session

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def _instant(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is None or _CLOCK.fullmatch(value.strip()):
        return value
    from datetime import datetime

    try:
        datetime.fromisoformat(value.strip())
    except ValueError:
        raise click.BadParameter("give a time such as 14:05 or 2026-11-24T14:05.") from None
    return value


@click.command("replay", cls=NoTokenOption)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--from",
    "begin",
    metavar="TIME",
    callback=_instant,
    help="Begin there: 14:05 or 14:05:30 in the site's time zone, or 2026-11-24T14:05.  [default: the beginning]",
)
@click.option(
    "--speed",
    type=click.Choice(["0.25", "0.5", "1", "2", "4", "8", "16", "32", "64"]),
    default="1",
    help="How many times as fast.  [default: 1]",
)
@click.option("--address", metavar="TEXT", default="", help="The Matomo to replay, if several were recorded.")
@click.option("--info", is_flag=True, help="Print what the recording contains, and end.")
@click.option("--plain", is_flag=True, help="Print the screen as lines up to the end of the recording.")
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: str,
    begin: str | None,
    speed: str,
    address: str,
    info: bool,
    plain: bool,
    **flags: Any,
) -> None:
    """Replay FILE, which matomo-tui --record FILE wrote, with its older files FILE.1, FILE.2 and so on.

    Nothing is sent anywhere. p pauses, + and - change the speed, < and > go a minute back and forward; on the line of
    time, arrow keys go from poll to poll.
    """
    from matomo_tui.recording.recording import read_recording
    from matomo_tui.recording.rotation import RecordingError

    try:
        recording = read_recording(Path(file), address)
    except RecordingError as error:
        stop(str(error))
    if info:
        for line in _info(recording):
            click.echo(line)
        return
    outer: Mapping[str, Any] = ctx.obj or {}
    given = {**outer, **{key: value for key, value in flags.items() if value is not None}}
    given |= {"demo": None, "url": None, "site": None}
    play = _print if plain or given.get("plain") else _play
    play(recording, begin, float(speed), given)


def _info(recording: Recording) -> list[str]:
    from matomo_tui.instants import local_time

    begin, end = (f"{local_time(at, _utc()):%Y-%m-%d %H:%M:%S} UTC" for at in (recording.begin, recording.end))
    polls, failed = len(recording.polls), len(recording.failed_polls)
    return [
        f"address  {recording.address}",
        f"from     {begin}",
        f"to       {end}",
        f"polls    {polls:,}, of which {failed:,} failed" if failed else f"polls    {polls:,}",
    ]


def _utc() -> Any:
    from datetime import UTC

    return UTC


def _print(recording: Recording, begin: str | None, speed: float, flags: Mapping[str, Any]) -> None:
    from functools import partial

    from matomo_tui.cli.plain import run_plain_replay
    from matomo_tui.cli.startup import prepare

    player = _player(recording, speed)
    settings = _settings_of(recording, prepare({**flags, "demo": True}).settings)
    run_plain_replay(settings, player, partial(_Replaying(recording, player, begin), settings, None))
    recording.close()


def _player(recording: Recording, speed: float) -> Player:
    from matomo_tui.recording.player import Player

    player = Player(recording)
    player.set_speed(speed)
    player.begin_with_poll()
    return player


def _settings_of(recording: Recording, settings: Settings) -> Settings:
    """The settings of a replay: of a connection only what the recording says."""
    from msgspec.structs import replace

    from matomo_tui.limits import MAX_INTERVAL, MIN_INTERVAL

    subject = recording.subject_at(recording.begin)
    return replace(
        settings,
        demo=False,
        url=recording.address,
        site=str(subject[0]) if subject is not None else "",
        read_only=True,
        run_read_only=True,
        profile="",
        interval=min(MAX_INTERVAL, max(MIN_INTERVAL, recording.interval)),
    )


def _play(recording: Recording, begin: str | None, speed: float, flags: Mapping[str, Any]) -> None:
    from msgspec.structs import replace

    from matomo_tui.cli.dashboard import choose_colors, finish, keymap_of, run_app
    from matomo_tui.cli.startup import prepare
    from matomo_tui.ui.terminal.requirements import NotATerminalError, ensure_terminal

    try:
        ensure_terminal()
    except NotATerminalError as error:
        stop(str(error))
    player = _player(recording, speed)
    start = prepare({**flags, "demo": True})
    colors = choose_colors(start.settings.color, given=flags.get("color") is not None)
    settings = _settings_of(recording, start.settings)
    interval = max(settings.interval, player.poll_interval)
    settings = replace(settings, color=colors, interval=interval)
    code = run_app(settings, _Replaying(recording, player, begin), keymap_of(start.keys), player=player)
    recording.close()
    finish(code)


class _Replaying:
    """Opens the session of a replay; the first one begins at the time that was asked for, or says that it is not in the
    recording."""

    def __init__(self, recording: Recording, player: Player, begin: str | None) -> None:
        self._recording = recording
        self._player = player
        self._begin = begin

    async def __call__(self, settings: Settings, _token: Secret | None) -> Session:
        from dataclasses import replace

        from matomo_tui.live.clock import shown_offset
        from matomo_tui.live.timezones import zone
        from matomo_tui.recording.replay_transport import ReplayTransport
        from matomo_tui.session import open_replay

        transport = ReplayTransport(self._recording, self._player, zone)
        session = await open_replay(settings, transport, self._recording.address, now=self._player.now)
        begin, self._begin = self._begin, None
        if begin is None:
            return session
        # The recording's times are those of the computer that made it; the reader's are those on the screen.
        ahead = shown_offset(session.client.server_offset)
        span, timezone = (self._recording.begin + ahead, self._recording.end + ahead), session.site.timezone
        at = instant_of(begin, span[0], timezone)
        if int(span[0]) <= at <= span[1]:
            self._player.seek(at - ahead)
            return session
        return replace(session, warnings=(*session.warnings, _outside(begin, span, timezone)))


def instant_of(text: str, begin: float, timezone: str) -> float:
    """The epoch of the first ``14:05`` at or after ``begin`` (epoch), or of ``2026-11-24T14:05``, in the time zone. A
    time that the clocks show twice may be the second one."""
    from datetime import datetime, timedelta

    from matomo_tui.instants import local_time
    from matomo_tui.live.timezones import zone

    first = local_time(begin, zone(timezone))
    if clock := _CLOCK.fullmatch(text.strip()):
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        found = first.replace(hour=hour, minute=minute, second=second, microsecond=0, fold=0)
        following = (found + timedelta(days=1)).timestamp()
    else:
        found = datetime.fromisoformat(text.strip())
        found = found if found.tzinfo else found.replace(tzinfo=first.tzinfo)
        following = found.timestamp()
    # Epochs are compared: within one time zone, Python compares what the clocks show.
    both = found.timestamp(), found.replace(fold=1).timestamp()
    return next((at for at in both if at >= int(begin)), following)


def _outside(text: str, span: tuple[float, float], timezone: str) -> str:
    """Say that the time ``text`` is not in the recording, which spans these epochs."""
    from matomo_tui.instants import local_time
    from matomo_tui.live.timezones import zone

    begin, end = (local_time(at, zone(timezone)) for at in span)
    day = "" if end.date() == begin.date() else f"{end:%Y-%m-%d} "
    return f"{text} is not in the recording, which is of {begin:%Y-%m-%d %H:%M:%S} to {day}{end:%H:%M:%S}."
