"""What the connect screen says: what a test found, what went wrong, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.api.address import Address
from matomo_tui.api.errors import LockedOut, MatomoError, NoAccess, NotMatomo, Redirected, TLSFailed, TokenRejected
from matomo_tui.api.secret import Secret
from matomo_tui.config.fields import ConfigError, check_profile_name
from matomo_tui.config.settings import Auth
from matomo_tui.session import Session, roles_in_words
from matomo_tui.text import clean
from matomo_tui.ui.widgets.remarks import Remark

PLAIN_HTTP = "Plain http: everyone between here and there can read the token."
ADDRESS_HINT = "A host or a URL, with or without index.php"
WHERE_TOKENS_ARE = "In Matomo: Administration, Personal, Security, Auth tokens"
WHAT_EMPTY_MEANS = "Left empty: the token that this profile has already"
NAME_HINT = "A profile; the token goes to the keyring or a private file"

_COMMON_LABELS = frozenset({"www", "matomo", "piwik", "stats", "statistics", "analytics", "web", "tracking"})
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "or", "ne"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What is typed in the form. ``profile`` is the one picked (``""``: a new one), ``token`` is ``None`` where none
    was typed, ``name`` what to save it as (``""``: not to be saved)."""

    profile: str = ""
    url: str = ""
    token: Secret | None = None
    auth: Auth = "post"
    name: str = ""

    @property
    def connection(self) -> tuple[str, str, Secret | None, str]:
        """What a test is about: with another name it is still the same connection."""
        return self.profile, self.url, self.token, self.auth


def found(session: Session) -> list[Remark]:
    """What a test found out."""
    version = f"Matomo {session.version}" if session.version else "A Matomo that does not tell its version"
    elapsed = session.client.last_elapsed * 1000
    remarks = [
        Remark("good", clean(f"{version} at {session.address}, answered in {elapsed:,.0f} ms")),
        Remark("good", f"The token has {roles_in_words(session.access)}"),
        Remark("good", clean(f"Opens with {session.site.name} (id {session.site.id})")),
    ]
    remarks += [Remark("warning", warning) for warning in session.warnings]
    return remarks


def problem(error: MatomoError) -> list[Remark]:
    """What went wrong, and what to do about it where the sentence itself does not say so."""
    advice = ""
    if isinstance(error, TokenRejected):
        advice = "Nothing more is sent until you act: each wrong token counts towards a lockout of this address."
    elif isinstance(error, LockedOut):
        advice = "Wait (an hour by default), or let an administrator of the Matomo unblock this address."
    elif isinstance(error, Redirected) and error.upgrade:
        advice = "This changes the address and tests again:"
    elif isinstance(error, NoAccess):
        advice = "The address and the token are right; the role is given in Matomo under Administration, Users."
    elif isinstance(error, NotMatomo):
        advice = "Is there a path after the host, such as /matomo, or a login wall in front?"
    elif isinstance(error, TLSFailed) and "certificate" in str(error):
        advice = "Nothing was sent. --ca-bundle FILE, or ca_bundle in the profile, names an authority of your own."
    remarks = [Remark("bad", str(error))]
    return [*remarks, Remark("quiet", advice)] if advice else remarks


def field_at_fault(error: Exception) -> str:
    """The id of the field that a person will want to change."""
    return "#token" if isinstance(error, TokenRejected | NoAccess) else "#address"


def plain_http(url: str) -> bool:
    """Whether the token would cross a network unencrypted."""
    try:
        return bool(url.strip()) and Address.parse(url).is_plain_http_elsewhere
    except ValueError:
        return False


def suggested_name(url: str) -> str:
    """A profile's name for an address: what of its host tells it from others (``stats.shop.example`` → ``shop``)."""
    try:
        host = Address.parse(url).host
    except ValueError:
        return ""
    labels = [label for label in host.split(".") if label]
    if host in ("localhost", "::1") or host.startswith("127."):
        return "local"
    if not labels or all(label.isdigit() for label in labels) or ":" in host:
        return _name_or_nothing(host.replace(":", "-"))
    while len(labels) > 2 and labels[0] in _COMMON_LABELS:
        labels.pop(0)
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL:
        labels = labels[:-1]
    return _name_or_nothing(labels[-2] if len(labels) > 1 else labels[0])


def _name_or_nothing(name: str) -> str:
    try:
        return check_profile_name(name)
    except ConfigError:
        return ""
