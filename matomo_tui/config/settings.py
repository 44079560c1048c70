"""The settings of one run, merged from flags, environment, profile and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from matomo_tui.api.address import Address
from matomo_tui.config.validation import check_value

Auth = Literal["post", "bearer"]
Color = Literal["auto", "none", "16", "256", "truecolor"]

ENVIRONMENT: Mapping[str, str] = {
    "url": "MATOMO_URL",
    "site": "MATOMO_SITE",
    "profile": "MATOMO_TUI_PROFILE",
    "interval": "MATOMO_TUI_INTERVAL",
}
"""The settings that an environment variable can give. (``MATOMO_TOKEN`` is no setting: see ``config.secrets``.)"""

CONNECTION_KEYS = frozenset(
    {
        "site",
        "auth",
        "token_file",
        "token_command",
        "headers",
        "basic_auth_user",
        "basic_auth_password_command",
        "ca_bundle",
        "verify_tls",
    }
)
"""What of a profile belongs to its address and is never used for another one."""


_WITH_COUNTRY = frozenset({"pt-br", "es-ar", "zh-cn", "zh-tw"})


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's settings. Secrets are not among them: ``config.secrets`` fetches those when they are needed.

    ``url`` is the address as given; ``site`` an id or a name (``""``: the first one); ``interval`` seconds, 0 is
    paused; ``read_only`` refuses everything that writes; ``allow`` is the areas that may be used at all (``None``: the
    token alone decides); ``ca_bundle`` a path; ``verify_tls`` false is possible and said loudly; ``headers`` extra
    HTTP headers; ``basic_auth_user`` HTTP basic authentication in front of Matomo, its password through
    ``basic_auth_password_command``; ``language`` Matomo's code of the language that reports, metrics and segments have
    their names in; ``timeout`` seconds for one answer; ``profile`` the profile that the connection
    belongs to (``""``: none).
    """

    profile: str = ""
    url: str = ""
    site: str = ""
    interval: float = 5.0
    auth: Auth = "post"
    token_file: str = ""
    token_command: tuple[str, ...] = ()
    read_only: bool = False
    allow: tuple[str, ...] | None = None
    mouse: bool = True
    color: Color = "auto"
    ascii: bool = False
    theme: str = ""
    language: str = "en"
    timeout: float = 20.0
    ca_bundle: str = ""
    verify_tls: bool = True
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    basic_auth_user: str = ""
    basic_auth_password_command: tuple[str, ...] = ()
    demo: bool = False


def same_address(one: str, other: str) -> bool:
    """Whether two addresses as a person types them mean the same Matomo (scheme, host, port and base path)."""
    try:
        return Address.parse(one) == Address.parse(other)
    except ValueError:
        return False


def resolve(flags: Mapping[str, Any], environ: Mapping[str, str], profile: Mapping[str, Any], name: str) -> Settings:
    """The settings of a run: flags stand above the environment, that above the profile, that above the defaults.

    ``flags`` holds what was given on the command line (``None``: not given); ``profile`` the checked values of the
    profile called ``name``. Where another address than the profile's own was given, everything of the profile that
    would tell that server a secret is left out, its name included. Raises ``ConfigError`` for a bad variable.
    """
    known = {f.name for f in fields(Settings)}
    given = {key: value for key, value in flags.items() if value is not None and key in known}
    outside = {
        key: check_value(key, environ[variable], variable)
        for key, variable in ENVIRONMENT.items()
        if environ.get(variable) and key != "profile"
    }
    if environ.get("NO_COLOR") and "color" not in given:
        outside["color"] = "none"
    own = {"language": locale_language(environ), **profile}
    url = given.get("url", outside.get("url", ""))
    foreign = bool(url) and bool(own.get("url")) and not same_address(url, own["url"])
    if foreign:
        own = {key: value for key, value in own.items() if key not in CONNECTION_KEYS}
    settings = replace(Settings(), **(own | outside | given))
    return replace(settings, profile="" if foreign else name)


def locale_language(environ: Mapping[str, str]) -> str:
    """Matomo's code for the language of the environment's locale: ``de`` for ``de_DE.UTF-8``, ``en`` where it has none.
    Of a language with a country, Matomo knows Brazilian Portuguese, Argentine Spanish and both Chinese ones."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    code = locale.partition(".")[0].partition("@")[0].lower().replace("_", "-")
    if code in _WITH_COUNTRY:
        return code
    language = code.partition("-")[0]
    return language if 2 <= len(language) <= 3 and language.isascii() and language.isalpha() else "en"


def chosen_profile(flag: str | None, environ: Mapping[str, str], default: str) -> str:
    """The name of the profile to use: ``--profile``, ``MATOMO_TUI_PROFILE``, the file's default; ``""``: none."""
    return flag or environ.get(ENVIRONMENT["profile"], "") or default


def at_address(settings: Settings, url: str, auth: Auth) -> Settings:
    """The same settings for ``url``; where that is another address, without what belongs to the old one."""
    if not same_address(settings.url, url):
        defaults = Settings()
        own = {key: getattr(defaults, key) for key in CONNECTION_KEYS}
        settings = replace(settings, profile="", **own)
    return replace(settings, url=url, auth=auth, demo=False)
