"""``matomo-tui config edit``: edits a copy of the configuration file, and saves it once it is checked.

The file itself is never opened in the editor: a running dashboard reads it, and it must not hold half a text.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import click

from matomo_tui.cli.config_check import check_text, render, summary
from matomo_tui.cli.errors import stop
from matomo_tui.config.files import read_text, write_private
from matomo_tui.config.profile_edits import replace_text
from matomo_tui.config.reference import first_file
from matomo_tui.config.secret_command import child_environment
from matomo_tui.config.validation import ConfigError

_FALLBACKS = ("nano", "vi", "notepad")
"""Editors to try without ``VISUAL`` and ``EDITOR``."""


def edit_file(file: Path) -> None:
    """Edit ``file`` until it is saved or the user gives up. Raises :class:`ConfigError` if that cannot be done.

    Exits with code 2 if there is no editor, and with code 1 if nothing is saved although the text has changed.
    """
    editor = _editor()
    before = read_text(file)
    start = first_file() if before is None else before
    copy = _copy_of(file)
    write_private(copy, start)
    saved = False
    try:
        saved = _edit(editor, file, copy, before)
    finally:
        if saved or _is_unchanged(copy, start):
            with suppress(OSError):
                copy.unlink()
        else:
            click.echo(f"Your text is kept in {copy}; {file.name} is as it was.", err=True)


def _is_unchanged(copy: Path, start: str) -> bool:
    try:
        return read_text(copy) in (None, start)
    except ConfigError:
        return False


def _edit(editor: list[str], file: Path, copy: Path, before: str | None) -> bool:
    """Return True if the text was saved, False if it has not changed. Exits with code 1 if it is to be kept."""
    while True:
        _run(editor, copy)
        text = read_text(copy)
        if text is None:
            raise ConfigError(f"The editor has removed {copy}. {file} is as before.")
        if text == (first_file() if before is None else before):
            click.echo(
                "Nothing has changed. An editor with a window of its own must wait until you close the file: "
                "EDITOR='code --wait'.",
                err=True,
            )
            return False
        problems = check_text(file, text)
        if problems:
            for line in render(problems):
                click.echo(line, err=True)
            click.echo(summary(file, problems), err=True)
            answer = _ask()
            if answer == "e":
                continue
            if answer == "k":
                raise click.exceptions.Exit(1)
        if not replace_text(file, before or "", text):
            raise ConfigError(f"{file} was changed by another program in the meantime, and is left as it is.")
        click.echo(f"Saved {file}." if problems else f"Saved {file}, which has no mistakes.", err=True)
        return True


def _ask() -> str:
    """Ask for the next step; the end of the input keeps the text."""
    try:
        answer: str = click.prompt(
            "Edit it again (e), save it with its mistakes (s), or keep it in a file of its own (k)?",
            type=click.Choice(["e", "s", "k"]),
            default="e",
            show_choices=False,
            err=True,
        )
    except click.Abort:
        click.echo("", err=True)
        return "k"
    return answer


def _copy_of(file: Path) -> Path:
    """A name that no file has, for the text that is being edited: ``config.edited.toml``, then ``config.edited2.toml``…

    An older copy is a text that somebody kept."""
    names = (file.with_name(f"{file.stem}.edited{number or ''}{file.suffix}") for number in (0, *range(2, 1000)))
    return next(name for name in names if not name.exists())


def _editor() -> list[str]:
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if given:
        try:
            words = shlex.split(given, posix=os.name == "posix")
        except ValueError as error:
            stop(f"$VISUAL or $EDITOR ({given!r}) cannot be split into words: {error}.")
        if words and shutil.which(words[0]):
            return words
        stop(f"There is no editor {given!r} on the PATH. Set VISUAL or EDITOR to another one.")
    found = next((name for name in _FALLBACKS if shutil.which(name)), None)
    if found is None:
        stop("There is no editor: set VISUAL or EDITOR, such as EDITOR=nano.")
    return [found]


def _run(editor: list[str], file: Path) -> None:
    try:
        done = subprocess.run([*editor, str(file)], env=child_environment(), check=False)  # noqa: S603 (the user's own)
    except OSError as error:
        raise ConfigError(f"{editor[0]!r} could not be started: {error.strerror}.") from None
    if done.returncode != 0:
        click.echo(f"{editor[0]} ended with exit code {done.returncode}: nothing is saved.", err=True)
        raise click.exceptions.Exit(1)
