"""An in-memory Matomo that stores writes with the quirks of the real one, and can lose answers."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.transport import Response
from tests.recorded import calls_sent, html_response, json_response, refusal

OK = {"result": "success", "message": "ok"}
_LISTS = {
    "searchKeywordParameters": "sitesearch_keyword_parameters",
    "searchCategoryParameters": "sitesearch_category_parameters",
    "excludedIps": "excluded_ips",
    "excludedQueryParameters": "excluded_parameters",
    "excludedUserAgents": "excluded_user_agents",
    "excludedReferrers": "excluded_referrers",
}
_PLAIN = {"siteName": "name", "timezone": "timezone", "currency": "currency", "group": "group"}
_FLAGS = {
    "ecommerce": "ecommerce",
    "siteSearch": "sitesearch",
    "excludeUnknownUrls": "exclude_unknown_urls",
    "keepURLFragments": "keep_url_fragment",
}
Fields = Sequence[tuple[str, str]]


class Refused(Exception):
    """An answer ``result=error``."""


def entities_decoded(text: str) -> str:
    """Decode like PHP's ``html_entity_decode``: only names that end in a semicolon are entities."""
    return re.sub(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]+);", lambda found: html.unescape(found[0]), text)


def new_site(site_id: int, name: str, **more: Any) -> dict[str, Any]:
    """A site with Matomo's defaults."""
    return {
        "idsite": site_id,
        "name": name,
        "main_url": "https://shop.example",
        "ts_created": "2026-10-21 00:00:00",
        "ecommerce": 0,
        "sitesearch": 1,
        **dict.fromkeys(_LISTS.values(), ""),
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "exclude_unknown_urls": 0,
        "group": "",
        "type": "website",
        "keep_url_fragment": 0,
        **more,
    }


@dataclass
class FaultyMatomo:
    """``lose`` maps a method to the error that replaces its answer, after it took effect; ``drop`` the same before it
    does.

    ``interfere`` is called before each API call is answered, and can make another user's changes.
    """

    goals: dict[int, dict[int, dict[str, Any]]] = field(default_factory=lambda: {1: {}})
    sites: dict[int, dict[str, Any]] = field(default_factory=lambda: {1: new_site(1, "Shop")})
    urls: dict[int, list[str]] = field(default_factory=lambda: {1: ["https://shop.example"]})
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    access: dict[tuple[str, int], str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    own_password: str = "own-password-1"
    lose: dict[str, MatomoError | Response] = field(default_factory=dict)
    drop: dict[str, MatomoError | Response] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    interfere: Callable[[str], None] = lambda _: None
    sent: list[dict[str, str]] = field(default_factory=list)
    hits: list[dict[str, str]] = field(default_factory=list)
    tracker: Callable[[Sequence[Mapping[str, str]]], Response] | None = None
    visits: Callable[[dict[str, str]], list[dict[str, Any]]] = lambda _: []

    def user(self, login: str, **more: Any) -> None:
        """Add a user."""
        self.users[login] = {
            "login": login,
            "email": f"{login}@example.org",
            "superuser_access": 0,
            "invite_status": "active",
            **more,
        }

    def methods(self) -> list[str]:
        """The API methods called, in order."""
        return [call["method"] for call in self.sent]

    def writes(self) -> list[dict[str, str]]:
        """The writing calls."""
        return [call for call in self.sent if not re.match(r"\w+\.(get|has|userExists)", call["method"])]

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        calls = calls_sent(fields)
        bulk = dict(fields).get("method") == "API.getBulkRequest"
        answers = []
        for call in calls:
            self.sent.append(call)
            self.interfere(call["method"])
            before = self._fault(self.drop, call["method"])
            if before is not None:
                return before
            answers.append(self._one(call))
            after = self._fault(self.lose, call["method"])
            if after is not None:
                return after
        return json_response(answers if bulk else answers[0])

    async def track(
        self,
        hits: Sequence[Mapping[str, str]],
        *,
        batch: bool = False,
        authenticated: bool = False,
        timeout: float | None = None,
    ) -> Response:
        self.hits += [dict(hit) for hit in hits]
        lost = self._fault(self.lose, "matomo.php")
        if lost is not None:
            return lost
        if self.tracker is not None:
            return self.tracker(hits)
        if batch:
            return json_response({"status": "success", "tracked": len(hits), "invalid": 0})
        return Response(204, b"")

    async def aclose(self) -> None:
        pass

    def _fault(self, faults: dict[str, MatomoError | Response], method: str) -> Response | None:
        fault = faults.get(method)
        if isinstance(fault, MatomoError):
            raise fault
        return fault

    def _one(self, call: dict[str, str]) -> Any:
        method = call["method"]
        if method in self.refuse:
            return refusal(self.refuse[method])
        typed = {name: entities_decoded(value).replace("\0", "") for name, value in call.items()}
        try:
            return getattr(self, re.sub(r"(?=[A-Z])", "_", method.partition(".")[2]).lower())(typed)
        except Refused as error:
            return refusal(html.escape(str(error)))

    def get_goals(self, call: dict[str, str]) -> Any:
        return [self._goal(goal) for goal in self.goals[int(call["idSite"])].values()]

    def add_goal(self, call: dict[str, str]) -> Any:
        goals = self.goals[int(call["idSite"])]
        number = max(goals, default=0) + 1
        goals[number] = {"idsite": int(call["idSite"]), "idgoal": number, **self._definition(call)}
        return {"value": number}

    def update_goal(self, call: dict[str, str]) -> Any:
        goal = self.goals[int(call["idSite"])].get(int(call["idGoal"]))
        if goal is not None:
            goal |= self._definition(call)
        return OK

    def delete_goal(self, call: dict[str, str]) -> Any:
        self.goals[int(call["idSite"])].pop(int(call["idGoal"]), None)
        return OK

    def _goal(self, goal: dict[str, Any]) -> dict[str, Any]:
        hidden = ("pattern", "pattern_type", "case_sensitive") if goal["match_attribute"] == "manually" else ()
        # Stored escaped, and decoded twice on the way out: by the method, and by the JSON renderer.
        return {
            name: entities_decoded(value) if isinstance(value, str) else value
            for name, value in goal.items()
            if name not in hidden
        }

    def _definition(self, call: dict[str, str]) -> dict[str, Any]:
        return {
            "name": unquote_plus(call["name"]),
            "description": unquote_plus(call.get("description", "")),
            "match_attribute": call["matchAttribute"],
            "pattern": unquote_plus(call["pattern"]),
            "pattern_type": call["patternType"],
            "case_sensitive": int(call.get("caseSensitive", 0)),
            "allow_multiple": int(call.get("allowMultipleConversionsPerVisit", 0)),
            "revenue": float(call.get("revenue", 0)),
            "deleted": 0,
            "event_value_as_revenue": int(call.get("useEventValueAsRevenue", 0)),
        }

    def get_site_from_id(self, call: dict[str, str]) -> Any:
        site = self.sites.get(int(call["idSite"]))
        if site is None:
            raise Refused(f"An unexpected website was found in the request: website id was set to '{call['idSite']}' .")
        return site

    def get_site_urls_from_id(self, call: dict[str, str]) -> Any:
        return self.urls.get(int(call["idSite"]), [])

    def get_sites_id_with_admin_access(self, call: dict[str, str]) -> Any:
        return sorted(self.sites)

    def add_site(self, call: dict[str, str]) -> Any:
        number = max(self.sites, default=0) + 1
        self.sites[number] = new_site(number, call["siteName"], timezone="UTC", currency="USD")
        self.urls[number] = []
        self.update_site({**call, "idSite": str(number)})
        return {"value": number}

    def update_site(self, call: dict[str, str]) -> Any:
        site = self.sites[int(call["idSite"])]
        site |= {name: call[parameter] for parameter, name in _PLAIN.items() if parameter in call}
        site |= {name: int(call[parameter]) for parameter, name in _FLAGS.items() if parameter in call}
        # Observed in Matomo's source: a missing parameter is split from an empty text, and stored.
        site |= {name: call.get(parameter, "") for parameter, name in _LISTS.items()}
        urls = [unquote_plus(value) for name, value in call.items() if name.startswith("urls[")]
        if urls:
            self.urls[int(call["idSite"])] = [url.removesuffix("/") for url in urls]
            site["main_url"] = urls[0]
        return OK

    def delete_site(self, call: dict[str, str]) -> Any:
        if self.sites.pop(int(call["idSite"]), None) is None:
            raise Refused(f"website id = {call['idSite']} not found")
        return OK

    def user_exists(self, call: dict[str, str]) -> Any:
        return {"value": call["userLogin"] in self.users}

    def get_user(self, call: dict[str, str]) -> Any:
        return self._user(call)

    def get_users(self, call: dict[str, str]) -> Any:
        logins = call.get("userLogins", "")
        return [user for login, user in self.users.items() if not logins or login in logins.split(",")]

    def get_users_having_super_user_access(self, _call: dict[str, str]) -> Any:
        return [user for user in self.users.values() if user["superuser_access"]]

    def get_users_plus_role(self, call: dict[str, str]) -> Any:
        found = [user for user in self.users.values() if call.get("filter_search", "") in user["login"]]
        return [{**user, "role": self.access.get((user["login"], int(call["idSite"])), "noaccess")} for user in found]

    def add_user(self, call: dict[str, str]) -> Any:
        if len(call["password"]) <= 6:
            raise Refused("The password length must be greater than 6 characters.")
        self.user(call["userLogin"], email=call["email"])
        self.passwords[call["userLogin"]] = call["password"]
        return OK

    def invite_user(self, call: dict[str, str]) -> Any:
        self.user(call["userLogin"], email=call["email"], invite_status=7)
        return OK

    def update_user(self, call: dict[str, str]) -> Any:
        user = self._user(call)
        self._confirm(call)
        if "password" in call:
            self.passwords[user["login"]] = call["password"]
        user["email"] = call.get("email", user["email"])
        return OK

    def delete_user(self, call: dict[str, str]) -> Any:
        del self.users[self._user(call)["login"]]
        return OK

    def set_super_user_access(self, call: dict[str, str]) -> Any:
        self._confirm(call)
        self._user(call)["superuser_access"] = int(call["hasSuperUserAccess"])
        return OK

    def get_users_access_from_site(self, call: dict[str, str]) -> Any:
        return {login: role for (login, site), role in self.access.items() if site == int(call["idSite"])} or []

    def set_user_access(self, call: dict[str, str]) -> Any:
        login = self._user(call)["login"]
        for site in call["idSites"].split(","):
            if call["access"] == "noaccess":
                self.access.pop((login, int(site)), None)
            else:
                self.access[login, int(site)] = call["access"]
        return OK

    def get_last_visits_details(self, call: dict[str, str]) -> Any:
        return self.visits(call)

    def _user(self, call: dict[str, str]) -> dict[str, Any]:
        user = self.users.get(call["userLogin"])
        if user is None:
            raise Refused(f"User '{call['userLogin']}' doesn't exist.")
        return user

    def _confirm(self, call: dict[str, str]) -> None:
        if not call.get("passwordConfirmation"):
            raise Refused("Please enter your password to confirm this change.")
        if call["passwordConfirmation"] != self.own_password:
            raise Refused("The current password you entered is not correct.")


def login_wall() -> Response:
    """A login page in place of the answer."""
    return html_response("Please sign in", status=200)


def lines(file: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
