"""Messages of the connect screen: test results, errors and advice."""

from __future__ import annotations

from msgspec import Struct

from matomo_tui.api.address import Address
from matomo_tui.api.barriers import WORDPRESS_PATH
from matomo_tui.api.errors import (
    Blocked,
    LockedOut,
    MatomoError,
    NoAccess,
    NoSite,
    NotMatomo,
    SiteNotFound,
    TLSFailed,
    TokenRejected,
)
from matomo_tui.api.notices import explain_notice
from matomo_tui.api.secret import ANONYMOUS, Secret
from matomo_tui.config.secrets import SecretError
from matomo_tui.config.settings import Auth
from matomo_tui.config.validation import ConfigError, check_profile_name
from matomo_tui.live.trial import Trial
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session, ignored_bearer, roles_in_words
from matomo_tui.ui.widgets.notices import Notice

PLAIN_HTTP = "Plain http: anyone on the network path can read the token."
ADDRESS_HINT = "A host or a URL, with or without index.php"
WITHOUT_A_KEY = (
    "Type a token first: you create it in Matomo. For a public Matomo repeat this with an empty field: it connects "
    "as anonymous."
)
REJECTED_BEFORE = (
    "Not sent: Matomo rejected this token. Change it, or repeat to send it again; each attempt counts "
    "towards a lockout."
)
WITHHELD = "Not sent to this address: the profile's saved token"
WHERE_TOKENS_ARE = "In Matomo: Administration, Personal, Security, Auth tokens"
NAME_HINT = "Profile name; the token goes to the keyring or a private file"

_COMMON_LABELS = frozenset({"www", "matomo", "piwik", "stats", "statistics", "analytics", "web", "tracking"})
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "or", "ne"})


class ConnectionInput(Struct, frozen=True):
    """The input of the connect form."""

    profile: str = ""
    """The chosen profile; ``""`` for a new one."""
    url: str = ""
    token: Secret | None = None
    """``None`` if none was typed."""
    auth: Auth = "post"
    name: str = ""
    """The name to save the profile as; ``""`` to save nothing."""

    @property
    def connection(self) -> tuple[str, str, Secret | None, str]:
        """The part that a test depends on: everything but the profile's new name."""
        return self.profile, self.url, self.token, self.auth


def found(session: Session, trial: Trial) -> list[Notice]:
    """The result of a test: the connection, and whether the live screen's requests succeed."""
    version = f"Matomo {session.version}" if session.version else "A Matomo of unknown version"
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
        remarks.append(Notice("warning", explain_notice(session.client.notice)))
    warnings = (*session.warnings, ignored_bearer(session))
    return [*remarks, *(Notice("warning", warning) for warning in warnings if warning)]


def offer(error: Exception, url: str) -> str:
    """The address to offer in place of ``url``, or ``""``."""
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


def what_empty_means(given: str) -> str:
    """Which token is sent from an empty field: that which the run was ``given``, or the profile's."""
    return sanitize(f"Empty: {given}", 200) if given else "Empty: the profile's saved token"


def withheld_from(profile: str, address: str) -> str:
    """Why the token of ``profile``, which is for ``address``, is not used."""
    return f"Profile {profile!r} is for {sanitize(address, 200)}: its token and headers are not sent elsewhere."


def problem(error: MatomoError, entry: ConnectionInput, *, withholds: bool = False) -> list[Notice]:
    """The error that ``entry`` led to, and advice if its sentence has none. With ``withholds`` the profile's token is
    not sent to the address that is offered."""
    advice = ""
    if isinstance(error, TokenRejected):
        advice = "Nothing more is sent until you act: each wrong token counts towards a lockout of your IP address."
    elif isinstance(error, LockedOut):
        advice = "Wait (an hour by default), or ask an administrator to unblock your IP address."
    elif offer(error, entry.url) and withholds:
        advice = "This changes the address; the profile's token is not sent there:"
    elif offer(error, entry.url):
        advice = "This changes the address and repeats the test:"
    elif isinstance(error, NoSite):
        advice = "Address and token are correct: add a site in Matomo, then test again."
    elif isinstance(error, NoAccess) and entry.token == Secret(ANONYMOUS):
        advice = "Type a token: you create it in Matomo."
    elif isinstance(error, NoAccess):
        advice = "Address and token are correct; roles are set in Matomo under Administration, Users."
    elif isinstance(error, SiteNotFound):
        set_by = 'The site is set by "site" in the profile, --site or MATOMO_SITE.'
        advice = f"Address and token are correct. {set_by} Repeat to connect without it."
    elif isinstance(error, NotMatomo) and not isinstance(error, Blocked):
        advice = "Is there a path after the host, such as /matomo, or a login wall in front?"
    elif isinstance(error, TLSFailed) and "is not trusted" in str(error):
        advice = "Nothing was sent. --ca-bundle FILE, or ca_bundle in the profile, adds your own authority."
    remarks = [Notice("bad", str(error))]
    return [*remarks, Notice("quiet", advice)] if advice else remarks


def field_at_fault(error: Exception) -> str:
    """The id of the field that most likely has to change."""
    if isinstance(error, ConfigError):
        return "name"
    return "token" if isinstance(error, TokenRejected | NoAccess | SecretError) else "address"


def question_before_saving(name: str, removed: list[str], *, is_new: bool, change: str) -> str:
    """What is asked before an existing profile is replaced, or loses the settings ``removed``; ``""`` if it is not.
    ``is_new`` says that the profile is another one than the chosen one, ``change`` what another program did to that."""
    if change == "removed":
        return f"Another program has removed profile {name!r}. Repeat to save it anew."
    if is_new or change:
        which = f", which removes {', '.join(removed)}" if removed else ""
        why = f"Profile {name!r} already exists" if is_new else f"Another program has changed profile {name!r}"
        return f"{why}. Repeat to replace it{which}."
    return f"Saving removes from profile {name!r}: {', '.join(removed)}. Repeat to save." if removed else ""


def plain_http(url: str) -> bool:
    """Whether the token would be sent over a network unencrypted."""
    try:
        return bool(url.strip()) and Address.parse(url).is_plain_http_elsewhere
    except ValueError:
        return False


def suggested_name(url: str) -> str:
    """A profile name for an address: the distinctive part of its host (``stats.shop.example`` → ``shop``)."""
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
