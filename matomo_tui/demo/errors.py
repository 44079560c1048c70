"""The demo's error messages, worded as Matomo's."""

from __future__ import annotations

import html

from matomo_tui.demo.entities import Role


class ApiError(Exception):
    """Answered as ``{"result": "error", "message": …}`` with ``status``, or with ``exact_status`` in versions
    that have one for each kind of refusal.
    """

    def __init__(self, message: str, status: int = 200, exact_status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.exact_status = exact_status

    def as_json(self) -> dict[str, str]:
        """The JSON body; Matomo escapes messages for HTML."""
        return {"result": "error", "message": html.escape(self.message, quote=False).replace('"', "&quot;")}


class PageError(Exception):
    """Answered as an HTML page with ``status``, like Matomo's errors before the API is reached."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def missing(parameter: str) -> ApiError:
    """A required parameter is missing."""
    return ApiError(f"Please specify a value for '{parameter}'.", exact_status=400)


def no_access(role: Role, site_id: int) -> ApiError:
    return ApiError(
        f"You can't access this resource as it requires '{role}' access for the website id = {site_id}.", 401
    )


def no_access_anywhere(role: Role) -> ApiError:
    return ApiError(f"You can't access this resource as it requires {role} access for at least one website.", 401)


def not_oneself(login: str) -> ApiError:
    """The caller is neither a superuser nor the user."""
    return ApiError(f"The user has to be either a Super User or the user '{login}' itself.", 401)


def unknown_user(login: str) -> ApiError:
    return ApiError(f"User '{login}' doesn't exist.")


def anonymous_refused() -> ApiError:
    """No user is signed in."""
    return ApiError("You must be logged in to access this functionality.", 401)


def not_superuser() -> ApiError:
    """The caller is not a superuser."""
    return ApiError("You can't access this resource as it requires a 'superuser' access.", 401)


def unknown_site(site_id: int) -> ApiError:
    return ApiError(f"An unexpected website was found in the request: website id was set to '{site_id}' .")


def unknown_method(module: str, action: str) -> ApiError:
    """The plug-in has no such method."""
    return ApiError(
        f"The method '{action}' does not exist or is not available in the module '\\Piwik\\Plugins\\{module}\\API'.",
        exact_status=400,
    )


def switched_off(plugin: str) -> ApiError:
    """The plug-in is inactive; 5.0 answers the same for an unknown one."""
    return ApiError(
        f"The plugin {plugin} is not enabled. You can activate the plugin on Settings > Plugins page in Matomo.",
        exact_status=403,
    )


def unknown_plugin(plugin: str) -> ApiError:
    return ApiError(f"The plugin {plugin} was not found.", exact_status=404)


def too_many_parts(limit: int) -> ApiError:
    """A bulk request exceeds the maximum number of parts."""
    return ApiError(f"The maximum number of URLs that can be requested in a bulk request is {limit}.", exact_status=400)
