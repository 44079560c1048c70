"""A small Matomo over real HTTP, for tests of the whole connection.

It has a handful of sites and a token per role, and counts requests. Its answers have the format of the recordings;
replace ``answer`` to make it any other HTTP server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from matomo_tui.api.transport import Response
from tests.recorded import calls_sent, html_response, json_response, refusal

TOKENS = {role: f"{role}-0123456789abcdef" for role in ("superuser", "admin", "write", "view", "noaccess")}
_NO_ACCESS = "You can't access this resource as it requires view access for at least one website."


def site(site_id: int, name: str) -> dict[str, Any]:
    """A site in the format of SitesManager."""
    return {
        "idsite": site_id,
        "name": name,
        "main_url": f"https://{site_id}.example",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "ecommerce": 1,
        "sitesearch": 1,
        "group": "",
        "type": "website",
    }


@dataclass
class SmallMatomo:
    """``roles``: roles by token and site. ``disabled``: methods that are switched off. ``rows``: answers of a test's
    own by method, or functions of the call. ``bulk_limit``: maximum number of calls in one request. ``around``: PHP
    output before and after each answer."""

    sites: dict[int, str] = field(default_factory=lambda: {1: "Shop", 2: "Blog", 3: "Docs"})
    tokens: dict[str, dict[int, str]] = field(
        default_factory=lambda: {
            TOKENS["superuser"]: {1: "superuser", 2: "superuser", 3: "superuser"},
            TOKENS["admin"]: {1: "admin", 2: "admin"},
            TOKENS["write"]: {1: "write"},
            TOKENS["view"]: {1: "view"},
            TOKENS["noaccess"]: {},
        }
    )
    disabled: dict[str, str] = field(default_factory=dict)
    plugins: frozenset[str] = frozenset({"Live", "Goals"})
    rows: dict[str, Any] = field(default_factory=dict)
    bulk_limit: int | None = None
    around: tuple[str, str] = ("", "")
    clock: Callable[[], float] = time.time
    answer: Callable[[dict[str, str], dict[str, str]], Response] | None = None
    sent: list[dict[str, str]] = field(default_factory=list)
    tokens_sent: list[str] = field(default_factory=list)

    def respond(self, form: dict[str, str], headers: dict[str, str]) -> Response:
        """Answer one request."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        token = form.get("token_auth", bearer)
        self.sent.append(form)
        self.tokens_sent.append(token)
        if self.answer is not None:
            return self.answer(form, headers)
        if token not in self.tokens:
            return html_response(
                "Matomo › Error", "Unable to authenticate with the provided token. It is either invalid.", 401
            )
        calls = calls_sent(list(form.items()))
        bulk = form.get("method") == "API.getBulkRequest"
        if bulk and self.bulk_limit is not None and len(calls) > self.bulk_limit:
            said = f"The maximum number of URLs that can be requested in a bulk request is {self.bulk_limit}."
            return json_response(refusal(said), 400)
        answers = [self._one(call, self.tokens[token]) for call in calls]
        body = answers if bulk else answers[0]
        status = 401 if not bulk and isinstance(body, dict) and body.get("result") == "error" else 200
        response = json_response(body, status)
        before, after = (text.encode() for text in self.around)
        return Response(status, before + response.body + after, response.headers)

    def _one(self, call: dict[str, str], roles: dict[int, str]) -> Any:
        method = call.get("method", "")
        if method in self.disabled:
            return refusal(self.disabled[method])
        if method in self.rows:
            found = self.rows[method]
            return found(call) if callable(found) else found
        rows = [site(n, self.sites[n]) for n in sorted(roles)]
        # What a plain list is cut to where nothing is said, as by the real one.
        cut = int(call.get("filter_limit") or 100)
        limit = min((each for each in (cut, int(call.get("limit") or -1)) if each >= 0), default=len(self.sites))
        page = slice(int(call.get("filter_offset") or 0), int(call.get("limit") or limit))
        if method == "UsersManager.hasSuperUserAccess":
            return {"value": "superuser" in roles.values()}
        if method.startswith("SitesManager.getSitesIdWith"):
            wanted = method.removeprefix("SitesManager.getSitesIdWith").removesuffix("Access").lower()
            accepted = {"admin": ("admin", "superuser")}.get(wanted, (wanted,))
            return [n for n, role in roles.items() if role in accepted][:limit]
        if method == "SitesManager.getSitesWithAtLeastViewAccess":
            return rows[page][:limit]
        if not roles:
            return refusal(_NO_ACCESS)
        if method == "SitesManager.getPatternMatchSites":
            return [row for row in rows if call["pattern"].lower() in row["name"].lower()][page][:limit]
        return self._about_a_site(method, call, roles)

    def _about_a_site(self, method: str, call: dict[str, str], roles: dict[int, str]) -> Any:
        if method == "API.getMatomoVersion":
            return {"value": "5.2.1"}
        if method == "API.isPluginActivated":
            return {"value": call["pluginName"] in self.plugins}
        site_id = int(call["idSite"])
        if site_id not in roles:
            return refusal(
                f"You can't access this resource as it requires 'view' access for the website id = {site_id}."
            )
        answers: dict[str, Any] = {
            "SitesManager.getSiteFromId": site(site_id, self.sites[site_id]),
            "Live.getCounters": [{"visits": 12, "actions": 34}],
            "Live.getLastVisitsDetails": [
                {"idVisit": 7, "lastActionTimestamp": int(self.clock()), "actionDetails": []}
            ],
            "Live.getVisitorProfile": [],
            "VisitsSummary.get": {"nb_visits": 12},
            "Goals.get": {"nb_conversions": 1},
        }
        return answers.get(method, refusal(f"The method '{method}' does not exist."))


def empty(matomo: SmallMatomo) -> None:
    """Delete all sites: there is a superuser, and nothing to have a role on."""
    matomo.sites.clear()
    matomo.tokens = {token: {} for token in matomo.tokens}
    matomo.rows["UsersManager.hasSuperUserAccess"] = {"value": True}


@contextmanager
def serving(matomo: SmallMatomo) -> Iterator[str]:
    """Serve it on a free port; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = matomo.respond(dict(parse_qsl(body, keep_blank_values=True)), headers)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(matomo.clock() if timestamp is None else timestamp)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def as_json(text: str) -> Any:
    """Decode a program's output."""
    return json.loads(text)
