"""The reference of all settings of a profile: the README, the manual page and the first configuration file use it.

Imports nothing, so that the manual page can be made anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingReference:
    """What a setting does, in Markdown."""

    key: str
    default: str
    """Its default as written in TOML, or in words; ``""`` for none."""
    given_by: str
    """The flag and the variable that override it, as ``--site`` and ``MATOMO_SITE``; ``""`` for none."""
    meaning: str
    example: str = ""
    """A value for the first configuration file; ``""`` if ``default`` will do."""

    @property
    def flag(self) -> str:
        """The flag; ``""`` if there is none."""
        return next((word for word in self.given_by.split(", ") if word.startswith("--")), "")


SETTINGS = (
    SettingReference(
        "url",
        "",
        "--url, MATOMO_URL",
        "host or URL, with or without a path and `index.php`; https is the default",
        '"https://matomo.example"',
    ),
    SettingReference("site", "the first one", "--site, MATOMO_SITE", "id or name of the site to open", '"Shop"'),
    SettingReference(
        "interval", "5", "--interval, MATOMO_TUI_INTERVAL", "seconds between two polls, 2 to 3600; 0 pauses"
    ),
    SettingReference(
        "auth",
        '"post"',
        "--auth",
        "`post`: the token as `token_auth` in the body; `bearer`: as `Authorization: Bearer`, the default of OAuth 2.0",
    ),
    SettingReference(
        "token_command", "", "", "command that prints the token in its first line", '["pass", "show", "matomo"]'
    ),
    SettingReference(
        "token_file", "", "--token-file", "file of mode 0600 with the token in its first line", '"~/matomo-token"'
    ),
    SettingReference(
        "oauth_client_id", "", "", "client of the OAuth2 plug-in, which `matomo-tui login` saves here", '"matomo-tui"'
    ),
    SettingReference(
        "oauth_secret_command",
        "",
        "",
        "command that prints the client's secret: logs in without a person (client credentials)",
        '["pass", "show", "matomo-client"]',
    ),
    SettingReference("read_only", "false", "--read-only", "the client refuses to send any write"),
    SettingReference(
        "allow",
        "all",
        "",
        'limits the program to these areas, such as `["read", "goals"]`; calls outside of them are refused',
        '["read", "goals"]',
    ),
    SettingReference(
        "language",
        "the locale's",
        "",
        'Matomo\'s code for the language of report, metric and segment names: `"de"`, `"pt-br"`',
        '"en"',
    ),
    SettingReference("timeout", "20", "", "seconds for one answer, 1 to 600"),
    SettingReference(
        "ca_bundle",
        "the system's",
        "--ca-bundle",
        "PEM file with trusted certificates, relative to the folder of this file, or from `~`",
        '"/etc/ssl/company.pem"',
    ),
    SettingReference("verify_tls", "true", "", "`false` skips verification; the screen shows a warning"),
    SettingReference("headers", "", "", 'extra HTTP headers: `{ "X-Proxy" = "value" }`', '{ "X-Proxy" = "value" }'),
    SettingReference("basic_auth_user", "", "", "HTTP basic authentication in front of Matomo", '"proxy-user"'),
    SettingReference(
        "basic_auth_password_command",
        "",
        "",
        "command that prints its password in its first line",
        '["pass", "show", "proxy"]',
    ),
    SettingReference("mouse", "true", "--no-mouse", "`false` leaves the mouse to the terminal"),
    SettingReference("color", '"auto"', "--color, NO_COLOR", "`auto`, `none`, `16`, `256`, `truecolor`"),
    SettingReference("ascii", "false", "--ascii", "draw with ASCII; names keep their letters"),
    SettingReference(
        "tab_color",
        "",
        "",
        "the theme's colour of the profile's tab: `accent`, `success`, `secondary`, `warning`, `primary`, `error`",
        '"error"',
    ),
    SettingReference(
        "theme", '"matomo-dark"', "", "initial theme, one of those that `t` lists; a choice there is remembered"
    ),
)
"""Every setting, in the order of the README's table."""


def by_key() -> dict[str, SettingReference]:
    """The settings by their key."""
    return {setting.key: setting for setting in SETTINGS}


def as_markdown() -> str:
    """The settings as the rows of a Markdown table: key, default, flag and variable, meaning."""
    rows = []
    for setting in SETTINGS:
        words = setting.default
        is_code = words.startswith('"') or words.isdecimal() or words in ("true", "false")
        default = f"`{words}`" if is_code else words
        given_by = ", ".join(f"`{word}`" for word in setting.given_by.split(", ") if word)
        rows.append(f"| `{setting.key}` | {default} | {given_by} | {setting.meaning} |\n".replace("|  |", "| |"))
    return "".join(rows).replace("|  |", "| |")


def first_file() -> str:
    """The text of a configuration file for a start: every setting with its meaning, as a comment."""
    lines = [
        "# Configuration of matomo-tui. `matomo-tui config check` tests it.",
        "# Tokens do not belong here: see token_command and token_file.",
        "",
        '# default = "work"',
        "",
        "# [profiles.work]",
    ]
    for setting in SETTINGS:
        given_by = f" ({setting.given_by})" if setting.given_by else ""
        lines += ["", f"#   {setting.meaning.replace('`', '')}{given_by}"]
        lines.append(f"# {setting.key} = {setting.example or setting.default}")
    lines += ["", "# [keys]", "#   default or vim; `matomo-tui keys` lists the actions", '# preset = "default"']
    return "\n".join(lines) + "\n"
