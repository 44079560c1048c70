"""Sends requests to a :class:`DemoMatomo` through ASGI, with a clock that only the test moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from matomo_tui.demo import store
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.catalog import Sitemap
from matomo_tui.demo.options import V5_8, DemoOptions, Version
from matomo_tui.demo.traffic.model import Traffic
from matomo_tui.demo.world import StoredSite

# 23 November 2026, 13:35 in Berlin: a Monday, as in the recordings.
NOON = 1_795_437_300.0
WRONG_TOKEN = "0" * 32


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Asker:
    """A demo with its own clock; ``role`` selects the token, ``anonymous`` none."""

    def __init__(
        self,
        at: float = NOON,
        seed: int = 1,
        options: DemoOptions | None = None,
        extra_sites: int = 0,
        extra_users: int = 0,
        matomo: Version | None = None,
    ) -> None:
        self.at = at
        options = options or DemoOptions()
        if matomo is not None:
            options.matomo = matomo
        self.demo = DemoMatomo(seed, lambda: self.at, options=options, extra_sites=extra_sites, extra_users=extra_users)

    async def http(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        query: str = "",
        headers: Mapping[str, str] | None = None,
        ip: str = "203.0.113.7",
    ) -> Reply:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "client": (ip, 1234),
        }
        await self.demo(scope, receive, send)
        start, content = sent
        return Reply(
            start["status"],
            {name.decode(): value.decode() for name, value in start["headers"]},
            content["body"],
        )

    async def post(self, role: str = "superuser", /, **params: object) -> Reply:
        """Call the API; ``format=json`` and the role's token are added."""
        fields = {"module": "API", "format": "json", **{name: str(value) for name, value in params.items()}}
        if role == "invalid":
            fields["token_auth"] = WRONG_TOKEN
        elif role != "anonymous":
            fields["token_auth"] = self.demo.tokens[role]
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.http("POST", "/index.php", urlencode(fields).encode(), headers=headers)

    async def answer(self, method: str, role: str = "superuser", /, **params: object) -> Any:
        """The decoded answer of one call."""
        return (await self.post(role, method=method, **params)).json

    async def visits(self, site: int = 1, **params: object) -> list[dict[str, Any]]:
        """``Live.getLastVisitsDetails``, by default without a limit."""
        asked = {"idSite": site, "filter_limit": -1, **params}
        found: list[dict[str, Any]] = await self.answer("Live.getLastVisitsDetails", **asked)
        return found

    async def hit(self, role: str = "", **params: object) -> Reply:
        """Send one hit to ``matomo.php``; ``send_image=0`` is added."""
        fields = {"idsite": "1", "rec": "1", "send_image": "0", **{name: str(value) for name, value in params.items()}}
        if role:
            fields["token_auth"] = self.demo.tokens[role]
        return await self.http("POST", "/matomo.php", urlencode(fields).encode())


def fewer_visits(monkeypatch: pytest.MonkeyPatch, share: Callable[[int], float]) -> None:
    """From now on a demo has the ``share`` (0 to 1) of its visits to the site with a number."""

    def traffic(site: StoredSite, sitemap: Sitemap, *more: Any, **named: Any) -> Traffic:
        return Traffic(site, replace(sitemap, per_minute=sitemap.per_minute * share(site.id)), *more, **named)

    monkeypatch.setattr(store, "Traffic", traffic)


@cache
def reader(matomo: Version = V5_8, at: float = NOON) -> Asker:
    """A demo shared by all tests that only read, so that its traffic is generated once. It ignores wrong tokens. The
    first site has a part of its visits: it has more than all others together."""
    asker = Asker(at, options=DemoOptions(failed_logins=1000, matomo=matomo))
    with pytest.MonkeyPatch.context() as patch:
        fewer_visits(patch, lambda site: 0.4 if site == 1 else 1.0)
        for site in asker.demo.store.world.sites.values():
            asker.demo.store.traffic(site)
    return asker


_days: dict[tuple[int, str], list[dict[str, Any]]] = {}


async def visits_of_day(site: int, day: str) -> list[dict[str, Any]]:
    """All visits of a day, cached; callers must not change them."""
    if (site, day) not in _days:
        _days[site, day] = await reader().visits(site, period="day", date=day)
    return _days[site, day]
