"""What the connect screen says: what a test found, what went wrong, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.api.address import Address
from matomo_tui.api.barriers import WORDPRESS_PATH
from matomo_tui.api.errors import Blocked, LockedOut, MatomoError, NoAccess, NotMatomo, TLSFailed, TokenRejected
from matomo_tui.api.notices import told
from matomo_tui.api.secret import Secret
from matomo_tui.config.secrets import SecretError
from matomo_tui.config.settings import Auth
from matomo_tui.config.validation import ConfigError, check_profile_name
from matomo_tui.live.trial import Trial
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session, ignored_bearer, roles_in_words
from matomo_tui.ui.widgets.notices import Notice

PLAIN_HTTP = "Plain http: everyone between here and there can read the token."
ADDRESS_HINT = "A host or a URL, with or without index.php"
WITHOUT_A_KEY = (
    "Type a token first: it is made in Matomo, and tells it who you are. For a public Matomo do the same once more: "
    "it connects as anonymous, without a token."
)
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


def found(session: Session, trial: Trial) -> list[Notice]:
    """What a test found out: the connection, and what the live screen's first question was answered with."""
    version = f"Matomo {session.version}" if session.version else "A Matomo that does not tell its version"
    elapsed = session.client.last_elapsed * 1000
    remarks = [
        Notice("good", sanitize(f"{version} at {session.address}, answered in {elapsed:,.0f} ms")),
        Notice("good", f"The token has {roles_in_words(session.access)}"),
        Notice("good", sanitize(f"Opens with {session.site.name} (id {session.site.id})")),
    ]
    faults = dict.fromkeys(filter(None, (trial.counters_fault, trial.log_fault)))
    remarks += [Notice("bad", sanitize(f"The live screen would not work: {fault}", 400)) for fault in faults]
    if not trial.counters_fault and not trial.log_fault:
        remarks.append(Notice("good", f"Counters and visitor log answer: {trial.visits:,} visits in 30 minutes"))
    if session.client.notice:
        remarks.append(Notice("warning", told(session.client.notice)))
    warnings = (*session.warnings, ignored_bearer(session))
    return [*remarks, *(Notice("warning", warning) for warning in warnings if warning)]


def offer(error: Exception, url: str) -> str:
    """The address to try on a key instead of ``url``; ``""``: none is known."""
    if not isinstance(error, MatomoError):
        return ""
    if isinstance(error, NotMatomo) and error.wordpress:
        try:
            address = Address.parse(url)
        except ValueError:
            return ""
        path = WORDPRESS_PATH.rstrip("/")
        return "" if address.path.endswith(path) else f"{address.base}{path}"
    return error.offer or ""


def problem(error: MatomoError, url: str) -> list[Notice]:
    """What went wrong, and what to do about it where the sentence itself does not say so."""
    advice = ""
    if isinstance(error, TokenRejected):
        advice = "Nothing more is sent until you act: each wrong token counts towards a lockout of this address."
    elif isinstance(error, LockedOut):
        advice = "Wait (an hour by default), or let an administrator of the Matomo unblock this address."
    elif offer(error, url):
        advice = "This changes the address and tests again:"
    elif isinstance(error, NoAccess):
        advice = "The address and the token are right; the role is given in Matomo under Administration, Users."
    elif isinstance(error, NotMatomo) and not isinstance(error, Blocked):
        advice = "Is there a path after the host, such as /matomo, or a login wall in front?"
    elif isinstance(error, TLSFailed) and "is not trusted" in str(error):
        advice = "Nothing was sent. --ca-bundle FILE, or ca_bundle in the profile, names an authority of your own."
    remarks = [Notice("bad", str(error))]
    return [*remarks, Notice("quiet", advice)] if advice else remarks


def field_at_fault(error: Exception) -> str:
    """The id of the field that a person will want to change."""
    return "#token" if isinstance(error, TokenRejected | NoAccess | SecretError) else "#address"


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
