"""Settings of one run, merged from flags, environment, profile and defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.api.address import Address
from matomo_tui.config.validation import check_value

if TYPE_CHECKING:
    from matomo_tui.config.alert_settings import AlertSetting

Auth = Literal["post", "bearer"]
Color = Literal["auto", "none", "16", "256", "truecolor"]

Night = tuple[int, int]
"""The first and the last minute of a night, counted from midnight by this computer's clock."""

ENVIRONMENT: Mapping[str, str] = {
    "url": "MATOMO_URL",
    "site": "MATOMO_SITE",
    "profile": "MATOMO_TUI_PROFILE",
    "interval": "MATOMO_TUI_INTERVAL",
}
"""Environment variables of settings. ``MATOMO_TOKEN`` is not a setting: see ``config.secrets``."""

CONNECTION_KEYS = frozenset(
    {
        "site",
        "auth",
        "token_file",
        "token_command",
        "oauth_client_id",
        "oauth_secret_command",
        "headers",
        "basic_auth_user",
        "basic_auth_password_command",
        "ca_bundle",
        "verify_tls",
        "tab_color",
        "alerts",
    }
)
"""Settings of a profile that belong to its address and are never used for another one."""

_RUN_OPTIONS = ("site", "auth", "ca_bundle")
"""The keys of ``Settings.run_options``; what is given for a run, whatever it connects with, is in ``within_run``."""

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of the locale, of which the first that is set decides."""
_WITH_COUNTRY = frozenset({"pt-br", "es-ar", "zh-cn", "zh-tw"})
"""Matomo's language codes that contain a country."""


class Settings(Struct, frozen=True):
    """Settings of one run, without secrets: ``config.secrets`` fetches those on use."""

    profile: str = ""
    """Name of the profile that the connection belongs to; ``""`` for none."""
    url: str = ""
    """The address as entered."""
    site: str = ""
    """Id or name of the initial site; ``""`` for the first one."""
    interval: float = 5.0
    """Seconds between two polls; 0 pauses."""
    auth: Auth = "post"
    """How the token is sent: in the body, or as a Bearer header."""
    token_file: str = ""
    """Path of a file with the token."""
    token_command: tuple[str, ...] = ()
    """Command that prints the token."""
    oauth_client_id: str = ""
    """The OAuth 2.0 client of ``matomo-tui login``; ``""`` for another source of the token."""
    oauth_secret_command: tuple[str, ...] = ()
    """Command that prints the client's secret, for a login without a person (client credentials)."""
    read_only: bool = False
    """Refuse all writes."""
    run_read_only: bool = False
    """Refuse all writes of the run, whatever profile is chosen while it lasts; ``read_only`` is then true too."""
    run_interval: float | None = None
    """The interval given for the run, whatever profile is chosen while it lasts; ``None`` if none was."""
    run_options: tuple[tuple[str, Any], ...] = ()
    """The settings of its connection that the run was given, by options or variables: they hold for the run's profile
    and for a new one of its Matomo."""
    allow: tuple[str, ...] | None = None
    """Areas that the client may use; ``None`` for all."""
    mouse: bool = True
    color: Color = "auto"
    ascii: bool = False
    """Draw with ASCII characters only."""
    theme: str = ""
    """Name of the initial theme; ``""`` for the default."""
    language: str = "en"
    """Matomo's language code for names of reports, metrics and segments."""
    timeout: float = 20.0
    """Limit for one answer in seconds."""
    ca_bundle: str = ""
    """Path of a PEM file of trusted certificates; ``""`` for the system's."""
    verify_tls: bool = True
    """False skips the verification of certificates; the screen shows a warning."""
    headers: tuple[tuple[str, str], ...] = ()
    """Extra HTTP headers as pairs of names and values."""
    basic_auth_user: str = ""
    """User name for HTTP basic authentication in front of Matomo."""
    basic_auth_password_command: tuple[str, ...] = ()
    """Command that prints the password for it."""
    tab_color: str = ""
    """The theme's colour of the tab, one of ``TAB_COLORS``; ``""`` for one by its place."""
    alerts: tuple[AlertSetting, ...] = ()
    """Alert rules as written; ``alerts.rule_reader`` reads them."""
    demo: bool = False
    """Use the built-in demo."""
    kiosk: bool = False
    """Show the screen for a wall, which takes no key but quit."""
    rotate: float = 30.0
    """Seconds of each pane of the kiosk; 0 shows only the first one."""
    kiosk_sites: tuple[str, ...] = ()
    """Ids or names of the sites that the kiosk shows in turn, ``("all",)`` for all; none for only ``site``."""
    night: Night | None = (22 * 60, 6 * 60)
    """When the kiosk is dimmed; ``None``: never."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """All but the headers and the alert rules, which may contain secrets."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in _NOT_SHOWN]

    def __repr__(self) -> str:
        """As :meth:`__rich_repr__`."""
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


_NOT_SHOWN = frozenset({"headers", "alerts"})


def same_address(one: str, other: str) -> bool:
    """Return True if two entered addresses have the same scheme, host, port and base path."""
    try:
        return Address.parse(one) == Address.parse(other)
    except ValueError:
        return False


def same_or_upgraded(one: str, other: str) -> bool:
    """Return True if ``other`` is the entered address ``one``, or the same with https in place of plain http: at the
    same port, or at both default ports. What was meant for the one is sent to the other encrypted."""
    try:
        before, after = Address.parse(one), Address.parse(other)
    except ValueError:
        return False
    is_upgrade = (before.scheme, after.scheme) == ("http", "https") and (
        before.port == after.port or (before.port, after.port) == (80, 443)
    )
    return before == after or (is_upgrade and (before.host, before.path) == (after.host, after.path))


class Layers(Struct, frozen=True):
    """The values of one run by their source; the first of ``flags``, ``environment``, ``profile`` and ``derived`` that
    has a setting gives its value."""

    flags: Mapping[str, Any]
    """Options of the command line that are given."""
    environment: Mapping[str, Any]
    """Values of environment variables."""
    variables: Mapping[str, str]
    """The variable of each value in ``environment`` and ``derived``."""
    profile: Mapping[str, Any]
    """Values of the profile that apply to the address."""
    derived: Mapping[str, Any]
    """Values that follow from the locale, or from other settings."""
    name: str
    """The profile that the connection belongs to; ``""`` if it belongs to none."""
    left_out: frozenset[str] = frozenset()
    """Settings of the profile that are not used, because another address than the profile's is given."""

    def settings(self) -> Settings:
        """Merge the layers."""
        given = {**self.environment, **self.flags}
        own = {
            "profile": self.name,
            "run_read_only": bool(self.flags.get("read_only")),
            "run_interval": given.get("interval"),
            "run_options": tuple((key, given[key]) for key in self._run_options() if key in given),
        }
        return replace(Settings(), **{**self.derived, **self.profile, **given, **own})

    def _run_options(self) -> list[str]:
        """The site that is given with the demo is the demo's."""
        return [key for key in _RUN_OPTIONS if key != "site" or not self.flags.get("demo")]


def layers(flags: Mapping[str, Any], environ: Mapping[str, str], profile: Mapping[str, Any], name: str) -> Layers:
    """Sort the values of a run by their source; see :func:`resolve`, which merges them."""
    known = set(Settings.__struct_fields__)
    given = {key: value for key, value in flags.items() if value is not None and value != () and key in known}
    variables = {key: variable for key, variable in ENVIRONMENT.items() if environ.get(variable) and key != "profile"}
    outside = {key: check_value(key, environ[variable], variable) for key, variable in variables.items()}
    if environ.get("NO_COLOR") and "color" not in given:
        outside["color"], variables["color"] = "none", "NO_COLOR"
    if locale := _locale_variable(environ):
        variables["language"] = locale
    own = dict(profile)
    left_out: frozenset[str] = frozenset()
    url = given.get("url", outside.get("url", ""))
    foreign = bool(url) and bool(own.get("url")) and not same_address(url, own["url"])
    if foreign:
        left_out = CONNECTION_KEYS & own.keys()
        own = {key: value for key, value in own.items() if key not in CONNECTION_KEYS}
    derived: dict[str, Any] = {"language": locale_language(environ)}
    if own.get("oauth_client_id"):
        derived["auth"] = "bearer"
    return Layers(given, outside, variables, own, derived, "" if foreign else name, left_out)


def demo_layers(flags: Mapping[str, Any], environ: Mapping[str, str], profile: Mapping[str, Any]) -> Layers:
    """:func:`layers` for the demo, which uses the display settings of a profile, but nothing of its connection."""
    looks = {key: value for key, value in profile.items() if key not in CONNECTION_KEYS | {"url"}}
    used = ("NO_COLOR", ENVIRONMENT["interval"])
    return layers(flags, {key: environ[key] for key in used if key in environ}, looks, "")


def resolve(flags: Mapping[str, Any], environ: Mapping[str, str], profile: Mapping[str, Any], name: str) -> Settings:
    """Merge the settings of a run: flags override the environment, which overrides the profile and the defaults.

    ``flags`` are options of the command line (``None`` if not given), ``profile`` the validated values of the profile
    ``name``. If the flags or the environment give another address than the profile's, the profile's name and
    ``CONNECTION_KEYS`` are not used: its secrets must not be sent to another server. Raises ``ConfigError`` for an
    invalid variable.
    """
    return layers(flags, environ, profile, name).settings()


def of_profile(profile: Mapping[str, Any], name: str) -> Settings:
    """The settings of the profile ``name`` with the values ``profile``, for a tab of a run. Of the environment only
    the locale applies, which gives the language; :func:`within_run` adds what was given for the run."""
    return resolve({}, {key: os.environ[key] for key in _LOCALE if key in os.environ}, profile, name)


def locale_language(environ: Mapping[str, str]) -> str:
    """Return Matomo's language code for the environment's locale: ``de`` for ``de_DE.UTF-8``; ``en`` by default."""
    locale = environ.get(_locale_variable(environ), "")
    code = locale.partition(".")[0].partition("@")[0].lower().replace("_", "-")
    if code in _WITH_COUNTRY:
        return code
    language = code.partition("-")[0]
    return language if 2 <= len(language) <= 3 and language.isascii() and language.isalpha() else "en"


def _locale_variable(environ: Mapping[str, str]) -> str:
    """The variable that decides about the locale's language; ``""`` if none is set."""
    return next((name for name in _LOCALE if environ.get(name)), "")


def within_run(settings: Settings, run: Settings) -> Settings:
    """The ``settings`` of another profile within a run that has begun: its looks stay, the interval given for it, and
    that it may write nothing. What the profile before refused by itself is not handed on."""
    return replace(
        settings,
        interval=settings.interval if run.run_interval is None else run.run_interval,
        run_interval=run.run_interval,
        read_only=settings.read_only or run.run_read_only,
        run_read_only=run.run_read_only,
        mouse=run.mouse,
        color=run.color,
        ascii=run.ascii,
        theme=run.theme,
    )


def with_run_options(settings: Settings, run: Settings) -> Settings:
    """The ``settings`` with what the ``run`` was given for its connection."""
    return replace(settings, run_options=run.run_options, **dict(run.run_options))


def chosen_profile(flag: str | None, environ: Mapping[str, str], default: str) -> str:
    """Name of the profile to use: ``--profile``, ``MATOMO_TUI_PROFILE`` or the file's default; ``""`` for none."""
    return flag or environ.get(ENVIRONMENT["profile"], "") or default


def without_connection(settings: Settings) -> Settings:
    """Return the settings without the profile and what belongs to its address."""
    defaults = Settings()
    return replace(settings, profile="", **{key: getattr(defaults, key) for key in CONNECTION_KEYS})


def at_address(settings: Settings, url: str, auth: Auth) -> Settings:
    """Return the settings for ``url``; if it is another address, and not the old one upgraded to https, without the
    settings that belong to the old one.

    What was given without an address is for the first one."""
    is_first = not settings.url and not settings.profile
    if not is_first and not same_or_upgraded(settings.url, url):
        settings = without_connection(settings)
    return replace(settings, url=url, auth=auth, demo=False)
