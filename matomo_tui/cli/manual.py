"""The manual page, made from the commands' own help and the reference of settings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

import click

from matomo_tui import __version__
from matomo_tui.config.reference import SETTINGS

VARIABLES = (
    ("MATOMO_URL", "Address of the Matomo, as --url."),
    ("MATOMO_SITE", "The site, as --site."),
    ("MATOMO_TOKEN", "The token. Child processes do not inherit it."),
    ("MATOMO_TUI_SERVE_PASSWORD", "The password of `matomo-tui serve`. Child processes do not inherit it."),
    ("MATOMO_TUI_PROFILE", "Profile, as --profile."),
    ("MATOMO_TUI_INTERVAL", "Seconds between two polls, as --interval."),
    ("MATOMO_TUI_CONFIG_DIR", "Folder of config.toml, instead of the platform's."),
    ("MATOMO_TUI_STATE_DIR", "Folder of the audit log and of remembered choices, instead of the platform's."),
    ("NO_COLOR", "Any value means --color none."),
    ("COLORTERM, TERM", "Tell how many colours the terminal has."),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The proxy, and the hosts to reach without it."),
    ("VISUAL, EDITOR", "Editor of `matomo-tui config edit`."),
    ("LC_ALL, LC_MESSAGES, LANG", "Language of the names of reports, metrics and segments."),
)
"""Environment variables and their meaning."""

FILES = (
    ("~/.config/matomo-tui/config.toml", "Profiles and keys; `matomo-tui config path` prints where it is."),
    ("~/.config/matomo-tui/themes/NAME.toml", "Themes of your own."),
    ("~/.config/matomo-tui/tokens/NAME", "Token of a profile (mode 0600), if there is no keyring."),
    ("~/.config/matomo-tui/logins/NAME.json", "Login of a profile with OAuth 2.0 (mode 0600), likewise."),
    ("~/.local/state/matomo-tui/audit.jsonl", "The audit log, which `matomo-tui audit` shows."),
    ("~/.local/state/matomo-tui/alerts.jsonl", "Alerts that fired and ended, which `matomo-tui alerts history` shows."),
    ("~/.local/state/matomo-tui/remembered.json", "Choices made by key, such as the theme."),
)
"""Files on Linux and their meaning."""

EXIT_CODES = (
    ("0", "Success."),
    ("1", "Failure: Matomo refused, the connection does not work, or a check found something."),
    ("2", "Wrong usage: an option, a variable or the configuration is wrong, or an extra is missing."),
    ("3", "Try again later: the server is unreachable, too slow or busy."),
    ("130", "Interrupted with ctrl+c."),
)
"""Exit codes and their meaning."""

_CODE = re.compile(r"`([^`]+)`")
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")


def page(root: click.Group) -> str:
    """Return the manual page of the whole program in roff (man(7)). Imports every command."""
    ctx = click.Context(root, info_name="matomo-tui", **root.context_settings)
    sentence = _first_sentence(root)
    lines = [
        f'.TH MATOMO-TUI 1 "" "matomo-tui {__version__}" "User Commands"',
        ".SH NAME",
        f"matomo\\-tui \\- {_escaped(sentence[:1].lower() + sentence[1:].removesuffix('.'))}",
        ".SH SYNOPSIS",
        *_synopsis(ctx),
        ".SH DESCRIPTION",
        *_prose(root.help or ""),
        *_prose(root.epilog or ""),
        ".SH OPTIONS",
        *_options(ctx, ctx.command.get_params(ctx)),
        ".SH COMMANDS",
    ]
    for name in root.list_commands(ctx):
        lines += _command(root, name, ctx)
    lines += [".SH CONFIGURATION", *_configuration()]
    for title, rows in (("ENVIRONMENT", VARIABLES), ("FILES", FILES), ("EXIT STATUS", EXIT_CODES)):
        lines += [f".SH {title}", *_rows(rows)]
    return "\n".join(lines) + "\n"


def _command(parent: click.Group, name: str, outer: click.Context) -> Iterator[str]:
    """The section of a command, and those of its sub-commands."""
    command = parent.get_command(outer, name)
    if command is None or command.hidden:
        return
    ctx = click.Context(command, info_name=name, parent=outer, **command.context_settings)
    yield f".SS {_text(ctx.command_path)}"
    if not isinstance(command, click.Group):
        yield from _synopsis(ctx)
    yield from _prose(command.help or "")
    yield from _own_options(ctx)
    yield from _prose(command.epilog or "")
    if isinstance(command, click.Group):
        for sub in command.list_commands(ctx):
            yield from _command(command, sub, ctx)


def _synopsis(ctx: click.Context) -> Iterator[str]:
    words = " ".join(ctx.command.collect_usage_pieces(ctx))
    yield ".PP"
    yield f"\\fB{_text(ctx.command_path)}\\fR {_text(words)}"


def _own_options(ctx: click.Context) -> Iterator[str]:
    """The options of a sub-command, without those that are explained under OPTIONS."""
    root = ctx.find_root()
    explained = {(*parameter.opts, _help(parameter)) for parameter in root.command.get_params(root)}
    shared: list[click.Parameter] = []
    own: list[click.Parameter] = []
    for parameter in ctx.command.params:
        same = isinstance(parameter, click.Option) and (*parameter.opts, _help(parameter)) in explained
        (shared if same else own).append(parameter)
    yield from _options(ctx, own)
    if shared:
        names = ", ".join(parameter.opts[0] for parameter in shared)
        yield from _prose(f"It also takes {names}, which are explained under OPTIONS.")


def _help(parameter: click.Parameter) -> str:
    return str(getattr(parameter, "help", ""))


def _options(ctx: click.Context, parameters: Iterable[click.Parameter]) -> Iterator[str]:
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is not None and (record[1] or isinstance(parameter, click.Option)):
            yield ".TP"
            yield f"\\fB{_text(record[0])}\\fR"
            yield _line(record[1])


def _configuration() -> Iterator[str]:
    yield from _prose(
        'config.toml has a table `[profiles.NAME]` for each Matomo, `default = "NAME"`, and a table `[keys]` with keys '
        "by action, as `matomo-tui keys` lists them. Flags override environment variables, which override the profile, "
        "which overrides the defaults. Secrets do not belong in it. The settings of a profile:"
    )
    for setting in SETTINGS:
        others = [f"[{setting.given_by}]"] if setting.given_by else []
        others += [f"[default: {setting.default}]"] if setting.default else []
        yield ".TP"
        yield f"\\fB{_text(setting.key)}\\fR"
        yield _line("  ".join((f"{setting.meaning[:1].upper()}{setting.meaning[1:]}.", *others)))


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in rows:
        yield ".TP"
        yield f"\\fB{_text(name)}\\fR"
        yield _line(meaning)


def _prose(text: str) -> Iterator[str]:
    """The paragraphs of a help text; those that begin with click's ``\\b`` keep their lines."""
    for paragraph in _PARAGRAPHS.split(inspect.cleandoc(text)):
        if not paragraph.strip():
            continue
        yield ".PP"
        if paragraph.startswith("\b"):
            yield from (".nf", *(_preformatted(line) for line in paragraph.splitlines()[1:]), ".fi")
        else:
            yield _line(" ".join(paragraph.split()))


def _first_sentence(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").partition("\n")[0]


def _line(text: str) -> str:
    """Prose as one line: code in bold, and no control line by accident."""
    parts = _CODE.split(" ".join(text.split()))
    written = (f"\\fB{_text(part)}\\fR" if number % 2 else _with_flags(part) for number, part in enumerate(parts))
    line = "".join(written)
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _preformatted(line: str) -> str:
    return " " * (len(line) - len(line.lstrip())) + _line(line)


def _with_flags(text: str) -> str:
    """Prose in which only options have signs that can be copied; other dashes are hyphens."""
    end, written = 0, ""
    for flag in _FLAG.finditer(text):
        written += _escaped(text[end : flag.start()]) + f"\\fB{_text(flag[0])}\\fR"
        end = flag.end()
    return written + _escaped(text[end:])


def _text(text: str) -> str:
    """Code: each dash is a minus sign, which can be copied into a shell."""
    return _escaped(text).replace("-", "\\-")


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)


@click.command("manual")
def command() -> None:
    """Print the manual page, in the format of man.

    The package has it as share/man/man1/matomo-tui.1. To read it: `matomo-tui manual | man -l -`.
    """
    from matomo_tui.cli.main import cli

    click.echo(page(cli), nl=False)
