"""Token authentication, and the lockout after too many failed logins."""

from __future__ import annotations

from collections import OrderedDict, deque

from matomo_tui.demo.catalog.accounts import ANONYMOUS
from matomo_tui.demo.entities import StoredUser
from matomo_tui.demo.errors import PageError
from matomo_tui.demo.http import Request
from matomo_tui.demo.world import World

_HOUR = 3600
_NOBODY = ("", ANONYMOUS.login)
_MOST_ADDRESSES = 1000


class Logins:
    """Checks tokens, and counts failed logins per IP address over the last hour."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, ip: str, now: float, allowed: int) -> None:
        """Raise ``PageError`` (500) if the address has ``allowed`` failed logins within an hour."""
        failed = self._failed.get(ip)
        if failed is None:
            return
        while failed and failed[0] < now - _HOUR:
            failed.popleft()
        if len(failed) >= allowed:
            raise PageError("Too many failed logins. Please wait and try logging in again later.", 500)

    def user(self, request: Request, token: str, now: float) -> StoredUser:
        """The owner of the token. Raises ``PageError`` (401) for an unknown token.

        A token in the URL is refused too: tokens are POST-only, as new tokens of a real Matomo are.
        """
        in_address = request.query.get("token_auth", "") not in _NOBODY
        if not in_address and token in _NOBODY:
            return self._world.users[ANONYMOUS.login]
        user = None if in_address else self._world.user_of(token, now)
        if user is None:
            self.failed(request.ip, now)
            raise PageError("Unable to authenticate with the provided token. It is either invalid or expired.", 401)
        return user

    def failed(self, ip: str, now: float) -> None:
        """Count a wrong token or password for an address."""
        failed = self._failed.setdefault(ip, deque(maxlen=_MOST_ADDRESSES))
        failed.append(now)
        self._failed.move_to_end(ip)
        if len(self._failed) > _MOST_ADDRESSES:
            self._failed.popitem(last=False)
