"""The output of commands that print: data on standard output, remarks and progress on standard error."""

from __future__ import annotations

import os
import select
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.config.settings import Settings

if TYPE_CHECKING:
    from matomo_tui.headless.formats import OutputFormat

_SHOWN_EVERY = 0.2
"""Seconds between two updates of the progress."""
_BAR = 20


def terminal_width() -> int:
    """The width of the terminal in columns."""
    return shutil.get_terminal_size().columns


class Output:
    """Standard output and standard error of one command. ``json`` tells that the data can be escaped as JSON; ``quiet``
    suppresses remarks."""

    def __init__(self, settings: Settings, *, json: bool = False, quiet: bool = False) -> None:
        self._quiet = quiet
        self.to_terminal = sys.stdout.isatty()
        self._color = settings.color != "none" and not _is_dumb()
        self._encoding = sys.stdout.encoding or "utf-8"
        self._json = json

    @property
    def width(self) -> int | None:
        """The width of the terminal in columns; ``None`` if the output goes elsewhere."""
        return terminal_width() if self.to_terminal else None

    def bold(self, text: str) -> str:
        """``text`` in bold on a terminal with colours."""
        return click.style(text.removesuffix("\n"), bold=True) + "\n" if self.to_terminal and self._color else text

    def write(self, text: str) -> None:
        """Write data to standard output at once. Raises ``BrokenPipeError`` if its reader has ended."""
        if text:
            click.echo(self._encoded(text), nl=False)

    def note(self, sentence: str, *, only_to_terminal: bool = False) -> None:
        """Print a sentence, which is sanitized already, on standard error."""
        if not self._quiet and (sys.stderr.isatty() or not only_to_terminal):
            text = f"matomo-tui: {sentence}"
            click.echo(click.wrap_text(text, terminal_width()) if sys.stderr.isatty() else text, err=True)

    def reader_is_gone(self) -> bool:
        """Return True if standard output is a pipe that nobody reads any more. Without a write there is no error."""
        if self.to_terminal or not hasattr(select, "poll"):
            return False
        with suppress(OSError, ValueError):
            poll = select.poll()
            poll.register(sys.stdout.fileno(), 0)
            return any(event & select.POLLERR for _, event in poll.poll(0))
        return False

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            if self._json:
                return "".join(map(_escaped, text)).encode("ascii")
            return text.encode(self._encoding, "replace")


def print_rows(output: Output, kind: OutputFormat, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print flat rows that are complete, and say what does not fit the terminal.

    Raises ``BadRequest`` for a column that the rows do not have."""
    from matomo_tui.headless.formats import FlatWriter, json_document, json_text

    _check_columns(columns, rows)
    if kind == "json":
        output.write(json_document(list(rows)))
    elif kind == "ndjson":
        output.write("".join(f"{json_text(row)}\n" for row in rows))
    else:
        writer = FlatWriter(kind, columns=columns, width=output.width, emphasize=output.bold)
        output.write(writer.rows(rows))
        explain_columns(output, len(writer.columns), writer.left_out)


def _check_columns(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    if not columns or not rows:
        return
    from matomo_tui.api.errors import BadRequest
    from matomo_tui.config.locations import nearest_word
    from matomo_tui.headless.answer_rows import columns_of
    from matomo_tui.sanitize import sanitize

    known = columns_of(rows)
    for name in columns:
        if name not in known:
            raise BadRequest(f"There is no column {sanitize(name, 80)!r}. {nearest_word(name, known)}")


def explain_columns(output: Output, total: int, left_out: int) -> None:
    """Say how many of ``total`` columns the terminal has room for."""
    if left_out:
        output.note(f"{total - left_out} of {total} columns fit; --columns chooses them, other formats have all.")


class ProgressBar:
    """The progress of a long answer on standard error, if that is a terminal and the data does not go there too."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = not quiet and sys.stderr.isatty() and not sys.stdout.isatty() and not _is_dumb()
        self._started = self._last = time.monotonic()
        self._part = self._parts = 0
        self.rows = 0
        """Rows written so far."""

    def part(self, number: int, of: int) -> None:
        """Begin part ``number`` of ``of``, from 1."""
        self._part, self._parts = number, of

    def add(self, rows: int) -> None:
        """Count ``rows`` that were written."""
        self.rows += rows
        now = time.monotonic()
        if self._shown and now - self._last >= _SHOWN_EVERY:
            self._last = now
            self._draw(now)

    def end(self) -> None:
        """Remove the progress from the terminal."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)

    def _draw(self, now: float) -> None:
        seconds = int(now - self._started)
        if self._parts > 1:
            done = _BAR * (self._part - 1) // self._parts
            bar = "#" * done + "-" * (_BAR - done)
            where = f", part {self._part} of {self._parts}"
        else:  # the number of rows is unknown: Matomo does not send it
            at = int((now - self._started) * 5) % (2 * _BAR - 2)
            at = at if at < _BAR else 2 * _BAR - 2 - at
            bar, where = "-" * at + "#" + "-" * (_BAR - at - 1), ""
        line = f"[{bar}] {self.rows:,} rows{where}, {seconds // 60}:{seconds % 60:02}"
        click.echo(f"\r{line[: terminal_width() - 1]}\x1b[K", nl=False, err=True)


def _is_dumb() -> bool:
    """Return True if the terminal understands no escape sequences."""
    return os.environ.get("TERM", "") in ("", "dumb", "unknown")


def _escaped(character: str) -> str:
    if character.isascii():
        return character
    units = character.encode("utf-16-be", "replace")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
