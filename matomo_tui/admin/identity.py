"""The user that the token belongs to, as far as Matomo reveals it, so that this user is not deleted or demoted."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.api import users
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, FeatureDisabled, NoAccess
from matomo_tui.api.users import User
from matomo_tui.sanitize import sanitize


class Identity(Struct, frozen=True):
    """What is known about the token's own user. Matomo does not tell which superuser a superuser's token belongs to."""

    login: str | None = None
    """The login of the token's user; None if unknown."""
    superusers: tuple[str, ...] | None = None
    """The logins of all superusers; None if unknown."""
    is_superuser: bool = False

    @property
    def candidates(self) -> tuple[str, ...]:
        """The logins that the token may belong to."""
        if self.login is not None:
            return (self.login,)
        return self.superusers or () if self.is_superuser else ()

    @property
    def must_be_chosen(self) -> bool:
        """True if the user must choose which superuser they are."""
        return self.is_superuser and self.login is None and len(self.candidates) != 1

    def with_login(self, login: str) -> Identity:
        """The identity after the user chose their login."""
        return replace(self, login=login)

    def reasons_to_keep(self, login: str, what: str) -> tuple[str, ...]:
        """Why ``login`` must not be deleted or lose superuser access; ``what`` names the action in the sentences."""
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
    """Find the token's own user, in one bulk request. ``site_id`` is a site that the token can view.

    Without an admin role, ``UsersManager.getUsersPlusRole`` returns only that user. With it, the answer has the e-mail
    addresses of that user and of the users they invited only. Raises a ``MatomoError`` that is not about access.
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
