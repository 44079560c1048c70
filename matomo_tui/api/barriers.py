"""Recognises firewalls, bot protection and WordPress pages that answer instead of Matomo."""

from __future__ import annotations

import re

from matomo_tui.api.errors import Blocked
from matomo_tui.api.secret import redact
from matomo_tui.api.transport import Response
from matomo_tui.late_pattern import late_pattern
from matomo_tui.sanitize import sanitize

WORDPRESS_PATH = "/wp-content/plugins/matomo/app/"
"""Path of Matomo for WordPress below the site's address."""

_CHALLENGE = late_pattern(
    r"just a moment\b|attention required|checking (?:your browser|if the site)|are you a robot", re.I
)
_FIREWALLS = (
    ("ModSecurity", late_pattern(r"mod_?security", re.I)),
    ("Sucuri", late_pattern(r"sucuri (?:website )?firewall", re.I)),
    ("Imperva", late_pattern(r"incapsula|imperva", re.I)),
    ("Wordfence", late_pattern(r"wordfence", re.I)),
    ("Akamai", late_pattern(r"errors\.edgesuite\.net", re.I)),
    ("AWS WAF", late_pattern(r"aws-?waf", re.I)),
    ("F5", late_pattern(r"the requested url was rejected\. please consult", re.I)),
)
_WORDPRESS = late_pattern(
    r"api\.w\.org/|/wp-(?:json|content|includes)/|name=[\"']generator[\"'] content=[\"']WordPress", re.IGNORECASE
)
_HTTP_TO_HTTPS = late_pattern(
    rb"plain HTTP request was sent to HTTPS port|speaking plain HTTP to an (?:SSL|TLS)|HTTP request to an HTTPS server",
    re.IGNORECASE,
)


def barrier(response: Response, page: str, title: str) -> Blocked | None:
    """Return the error for a page of bot protection or a firewall, with its name if known; ``None`` for other pages.

    ``page`` is the body as text, ``title`` the sanitized page title."""
    server = sanitize(response.headers.get("server", ""), 80)
    called = f" with a page called “{title}”" if title else ""
    mitigated = sanitize(response.headers.get("cf-mitigated", ""), 40).strip()
    cloudflare = bool(mitigated) or "cloudflare" in server.lower()
    # Servers in maintenance answer 503 too, and their page may also say "just a moment".
    challenging = (403, 429, 503) if cloudflare else (403, 429)
    if mitigated or (response.status in challenging and _CHALLENGE.search(f"{title} {page[:4000]}")):
        name = "Cloudflare" if cloudflare else ""
        return Blocked(
            f"Bot protection{f' ({name})' if name else ''} in front of the Matomo requires a browser "
            f"({redact(mitigated) or 'challenge'}, {response.status}){called}: ask its administrator to let this "
            "computer's requests to index.php?module=API through.",
            title,
        )
    if response.status in (400, 403, 406, 409, 501):
        for name, sign in _FIREWALLS:
            if sign.search(page):
                return Blocked(
                    f"A firewall ({name}) in front of the Matomo refused the request ({response.status}){called}: ask "
                    "its administrator to let requests to index.php?module=API through.",
                    title,
                )
    return None


def is_wordpress(response: Response, page: str) -> bool:
    """Return True if WordPress generated ``page``."""
    return "api.w.org" in response.headers.get("link", "") or bool(_WORDPRESS.search(page))


def wants_https(page: bytes) -> bool:
    """Return True if the page says that plain HTTP was sent to an HTTPS port (nginx, Apache, Go)."""
    return bool(_HTTP_TO_HTTPS.search(page))
