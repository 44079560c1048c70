"""The refusals of the demo, in Matomo's own words."""

from __future__ import annotations

import html

from matomo_tui.demo.entities import Role


class ApiError(Exception):
    """Answered as ``{"result": "error", "message": …}`` with ``status``."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.message = message
        self.status = status

    def as_json(self) -> dict[str, str]:
        """As it stands in the body; Matomo sends its messages escaped for HTML."""
        return {"result": "error", "message": html.escape(self.message, quote=False).replace('"', "&quot;")}


class PageError(Exception):
    """Answered as an HTML page with ``status``: what Matomo does where it fails before the API is reached."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def missing(parameter: str) -> ApiError:
    """A required parameter was not sent."""
    return ApiError(f"Please specify a value for '{parameter}'.")


def no_access(role: Role, site_id: int) -> ApiError:
    """The user lacks ``role`` on the site."""
    return ApiError(
        f"You can't access this resource as it requires '{role}' access for the website id = {site_id}.", 401
    )


def no_access_anywhere(role: Role) -> ApiError:
    """The user lacks ``role`` on every site."""
    return ApiError(f"You can't access this resource as it requires {role} access for at least one website.", 401)


def not_oneself(login: str) -> ApiError:
    """Only a superuser may, or the user."""
    return ApiError(f"The user has to be either a Super User or the user '{login}' itself.", 401)


def unknown_user(login: str) -> ApiError:
    """There is no such user."""
    return ApiError(f"User '{login}' doesn't exist.")


def anonymous_refused() -> ApiError:
    """Nobody is signed in."""
    return ApiError("You must be logged in to access this functionality.", 401)


def not_superuser() -> ApiError:
    """Only a superuser may."""
    return ApiError("You can't access this resource as it requires a 'superuser' access.", 401)


def unknown_site(site_id: int) -> ApiError:
    """There is no such site."""
    return ApiError(f"An unexpected website was found in the request: website id was set to '{site_id}' .")
