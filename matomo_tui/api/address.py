"""Parses a typed or pasted Matomo address into its canonical form."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlsplit

from matomo_tui.late_pattern import late_pattern

_SCHEME = late_pattern(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_TOKEN = late_pattern(r"[0-9a-f]{32,}")
_HOST = late_pattern(r"[a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?)*\.?")
_ENTRIES = frozenset({"index.php", "matomo.php", "piwik.php"})
_LONGEST = 2000
_DEFAULT_PORTS = {"https": 443, "http": 80}
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


class Address(NamedTuple):
    """The address of a Matomo installation."""

    scheme: str
    """``https`` or ``http``."""
    host: str
    """Lower-case ASCII (IDNA); IPv6 addresses without brackets."""
    port: int
    """The port used, also if it is the scheme's default."""
    path: str = ""
    """Percent-encoded; empty, or with a leading and no trailing slash."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse a host or a URL, with or without a path and ``index.php``; the default scheme is https.

        The query and fragment of an address copied from the browser are dropped. Raises ``ValueError`` with a sentence
        that never contains a password.
        """
        text = text.strip()
        if not text:
            raise ValueError("The address is empty: enter your Matomo's address, such as https://matomo.example.org")
        if any(ord(char) <= 0x20 or 0x7F <= ord(char) <= 0xA0 for char in text):
            raise ValueError("The address contains spaces or control characters.")
        if len(text) > _LONGEST:
            raise ValueError(f"The address is longer than {_LONGEST} characters.")
        scheme = _SCHEME.match(text)
        if scheme and scheme[1].lower() not in _DEFAULT_PORTS:
            raise ValueError(f"An address starts with https:// or http://, not {scheme[1].lower()[:20]}://")
        try:
            parts = urlsplit(text if scheme else f"https://{text}")
            port = parts.port
        except ValueError:
            raise ValueError(
                "The address cannot be read: a port must be 1 to 65535, and an IPv6 address "
                "needs brackets, such as https://[2001:db8::1]:8443"
            ) from None
        if "@" in parts.netloc:
            raise ValueError(
                "Leave the user name and password out of the address: HTTP basic authentication is configured with "
                "basic_auth_user and basic_auth_password_command in the profile."
            )
        if port == 0:
            raise ValueError("Port 0 cannot be used.")
        return cls(
            scheme=parts.scheme,
            host=_host(parts.hostname or ""),
            port=port or _DEFAULT_PORTS[parts.scheme],
            path=_base_path(quote(parts.path, safe=_PATH_SAFE)),
        )

    @property
    def origin(self) -> str:
        """Scheme, host and, unless it is the default, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def base(self) -> str:
        """The address to show and to save: without ``index.php`` and without a trailing slash."""
        return self.origin + self.path

    @property
    def entry_point(self) -> str:
        """URL of the HTTP API."""
        return f"{self.base}/index.php"

    @property
    def tracker(self) -> str:
        """URL of the tracking API."""
        return f"{self.base}/matomo.php"

    @property
    def is_plain_http_elsewhere(self) -> bool:
        """True if the token would cross a network unencrypted: plain http to another machine."""
        return self.scheme == "http" and not _is_loopback(self.host)

    @property
    def is_nearby(self) -> bool:
        """True if the host is this machine or has a private IP address."""
        return _is_loopback(self.host) or _is_private(self.host)

    def with_scheme(self, scheme: str) -> str:
        """Return the address with another scheme and the same port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[scheme] else f":{self.port}") + self.path

    def __str__(self) -> str:
        return self.base


def _base_path(path: str) -> str:
    """``path`` without the entry point's file name and without trailing slashes."""
    path = path.rstrip("/")
    while path.rpartition("/")[2].lower() in _ENTRIES:
        path = path.rpartition("/")[0].rstrip("/")
    return path


def _host(name: str) -> str:
    """Check ``name`` and return it in lower-case ASCII. Raises ``ValueError``."""
    if not name:
        raise ValueError("The address has no host: enter one such as https://matomo.example.org")
    if ":" in name:
        return _ipv6(name)
    if not name.isascii():
        import idna  # installed with httpx; imported only for the few addresses that need it

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise ValueError("The host name contains invalid characters.") from None
    name = name.lower()
    if _TOKEN.fullmatch(name):
        raise ValueError("That looks like a token, not an address: put it in the token field.")
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise ValueError("The host name contains invalid characters.")
    return name


def _ipv6(name: str) -> str:
    import ipaddress

    try:
        return str(ipaddress.IPv6Address(name))
    except ValueError:
        raise ValueError("The text in brackets is not an IPv6 address.") from None


def _is_private(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
