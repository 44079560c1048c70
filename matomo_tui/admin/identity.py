"""The token's user, as far as Matomo reveals it: prevents deleting or demoting that user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matomo_tui.api import users
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, FeatureDisabled, NoAccess
from matomo_tui.api.users import User
from matomo_tui.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class Identity:
    """``login`` is the token's own user where it is known. ``superusers`` are the logins of all superusers, ``None``
    where that is not known. A superuser's token does not say whose it is: then it is any one of those."""

    login: str | None = None
    superusers: tuple[str, ...] | None = None
    is_superuser: bool = False

    @property
    def candidates(self) -> tuple[str, ...]:
        """Whose the token may be."""
        if self.login is not None:
            return (self.login,)
        return self.superusers or () if self.is_superuser else ()

    @property
    def has_to_be_said(self) -> bool:
        """Whether only the person can tell which superuser they are."""
        return self.is_superuser and self.login is None and len(self.candidates) != 1

    def said(self, login: str) -> Identity:
        """The same after the person said which user they are."""
        return replace(self, login=login)

    def against_losing(self, login: str, what: str) -> tuple[str, ...]:
        """Why ``login`` must not be deleted or lose its superuser access (``what``); none where nothing is against
        it."""
        if self.superusers == (login,):
            return (f"{sanitize(login)} is the only superuser: Matomo keeps the last one. Make another first.",)
        if self.login == login:
            return (f"{sanitize(login)} is the user of this token: to {what} would lock you out.",)
        if self.login is None and self.is_superuser and (self.superusers is None or login in self.superusers):
            return (
                f"{sanitize(login)} may be the user of this token; Matomo does not say. Choose which superuser you "
                "are first.",
            )
        return ()


async def identify(client: Client, access: Access, site_id: int) -> Identity:
    """What can be found out about the token's own user, in one request. ``site_id`` is one that it sees.

    Below admin, ``getUsersPlusRole`` answers just that user; an admin is told the mail address of one user only, their
    own (and of those they invited). Raises a ``MatomoError`` that is not about access.
    """
    supers, page = await client.gather(
        users.get_users_having_super_user_access(), users.get_users_plus_role(site_id, limit=100)
    )
    superusers = tuple(user.login for user in supers) if isinstance(supers, tuple) else None
    for part in (supers, page):
        if isinstance(part, Exception) and not isinstance(part, NoAccess | BadRequest | FeatureDisabled):
            raise part
    if access.superuser:
        only = superusers[0] if superusers is not None and len(superusers) == 1 else None
        return Identity(only, superusers, is_superuser=True)
    shown = page.users if isinstance(page, users.UsersPage) else ()
    if access.at_least("admin", site_id):
        return Identity(_with_address(shown), superusers)
    return Identity(shown[0].login if len(shown) == 1 else None, superusers)


def _with_address(shown: Sequence[User]) -> str | None:
    with_address = [user.login for user in shown if user.email and not user.is_invited]
    return with_address[0] if len(with_address) == 1 else None
