"""The demo Matomo as an ASGI application, run in-process or behind a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from matomo_tui.demo.answers import answer, changes
from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.catalog.accounts import IMPORTED
from matomo_tui.demo.errors import ApiError, PageError
from matomo_tui.demo.http import Answer, Receive, Request, Scope, Send, as_json, entry, page, read, write
from matomo_tui.demo.logins import Logins
from matomo_tui.demo.mixing import mix
from matomo_tui.demo.options import DemoOptions
from matomo_tui.demo.store import Store
from matomo_tui.demo.world import World

T = TypeVar("T")
_OUTER_ONLY = ("method", "module", "format")
_MOST_PARTS = 200


class DemoMatomo:
    """A small Matomo: ``await demo(scope, receive, send)``.

    ``seed`` decides all that happens, ``now`` (seconds since the epoch) when; ``tokens`` has one for each role;
    ``passwords`` the password of each role's user. ``options`` may be changed while it runs; ``extra_sites`` more sites
    and ``extra_users`` more users fill the lists. ``requests`` counts what was answered.

    Whatever is written is kept as long as it runs.
    """

    def __init__(
        self,
        seed: int = 1,
        now: Callable[[], float] = time.time,
        *,
        options: DemoOptions | None = None,
        extra_sites: int = 0,
        extra_users: int = 0,
    ) -> None:
        self.options = options or DemoOptions()
        self.world = World(seed, extra_sites=extra_sites, extra_users=extra_users, started=now())
        self.store = Store(self.world, now)
        if self.options.pages:
            self._import(self.options.pages)
        told = [user for user in self.world.users.values() if user.label and user.password]
        self.tokens = {user.label: self.world.token(user) for user in told}
        self.passwords = {user.label: user.password for user in told}
        self.requests = 0
        self._logins = Logins(self.world)

    def _import(self, pages: int) -> None:
        """Add a site with very many pages, for everybody who sees the first one."""
        self.world.put_site(IMPORTED)
        self.store.imported[IMPORTED.id] = pages
        for user in list(self.world.users.values()):
            if 1 in user.access:
                self.world.put_user(replace(user, access={**user.access, IMPORTED.id: user.access[1]}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = await read(scope, receive)
        if self.options.outage == "hang":
            await asyncio.Event().wait()
        self.requests += 1
        answered = page("The request is too long.", 413) if request is None else await self._written(request)
        if self.options.latency > 0:
            # Whatever was asked has taken effect by now, whether or not the client waits for the answer.
            await asyncio.sleep(self.options.latency)
        await write(answered, send, self.store.now(), head=scope["method"] == "HEAD")

    async def _written(self, request: Request) -> Answer:
        """The answer, unless this is a write that is to fail."""
        failure = self.options.fail_writes
        if failure is None or self.options.fail_times == 0 or not _writes(request):
            return await self.responded(request)
        if self.options.fail_times is not None:
            self.options.fail_times -= 1
        if failure.endswith("after"):
            await self.responded(request)
        if failure.startswith("timeout"):
            await asyncio.Event().wait()
        return page("The server could not finish the request.", 500)

    def respond(self, request: Request) -> Answer:
        """As :meth:`responded`, at once and without letting anybody else run."""
        return _at_once(self.responded(request))

    async def responded(self, request: Request) -> Answer:
        """The answer to a request, whatever is wrong with it."""
        outage = self._outage()
        if outage is not None:
            return outage
        now = self.store.now()
        name = request.path.rpartition("/")[2]
        try:
            self._logins.check(request.ip, now, self.options.failed_logins)
            if name in ("matomo.php", "piwik.php"):
                from matomo_tui.demo.tracking import track

                return track(request, self.store, self._logins, now)
            if name not in ("", "index.php"):
                return page("Not found", 404)
            return await self._api(request, now)
        except PageError as error:
            return page(error.message, error.status)

    def _outage(self) -> Answer | None:
        outage = self.options.outage
        if outage == "html":
            return page("Sign in to the office network", 200, "Welcome")
        if outage == "garbage":
            return Answer(200, b'[[{"visits":', "application/json; charset=utf-8")
        if isinstance(outage, int):
            after = self.options.retry_after
            headers = () if after is None else (("retry-after", str(after)),)
            broken = page("The service is not available.", outage, "Bad day")
            return Answer(broken.status, broken.body, broken.content_type, headers)
        return None

    async def _api(self, request: Request, now: float) -> Answer:
        fields = request.fields
        params = {**request.query, **fields}
        if params.get("module") != "API":
            return page("Please sign in", 200, "Sign in - Matomo")
        token = fields.get("token_auth", "")
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if not token and scheme.lower() == "bearer":
            token = bearer.strip()
        user = self._logins.user(request, token, now)
        params["_ip"] = request.ip
        ask = Ask(
            params, user, self.store, now, self.options, wrong_password=lambda: self._logins.failed(request.ip, now)
        )
        try:
            if params.get("format", "json").lower() not in ("json", "original"):
                raise ApiError(
                    f"Renderer format '{params['format']}' not valid. Try any of the following instead: json."
                )
            value = await (self._bulk(ask) if params.get("method") == "API.getBulkRequest" else answer(ask))
            answered = as_json(value)
        except ApiError as error:
            answered = as_json(error.as_json(), error.status)
        request_id = f"{mix(self.requests ^ mix(int(now))) & 0xFFFFF:05x}"
        headers = (("x-matomo-request-id", request_id), *ask.headers.items())
        return Answer(answered.status, answered.body, answered.content_type, headers)

    async def _bulk(self, ask: Ask) -> Json:
        """Many calls in one; each takes the outer parameters that it does not name itself."""
        outer = {name: value for name, value in ask.params.items() if name not in _OUTER_ONLY and name[:5] != "urls["}
        numbered = [(name, value) for name, value in ask.params.items() if name[:5] == "urls["]
        answers: list[Json] = []
        for _, url in sorted(numbered, key=lambda part: _index(part[0]))[:_MOST_PARTS]:
            inner = entry(url)
            # An earlier part may have changed what this user may do.
            user = self.world.users.get(ask.user.login, ask.user)
            answers.append(await self._part(replace(ask, params={**outer, **inner}, user=user)))
        return answers

    async def _part(self, ask: Ask) -> Mapping[str, Json] | Json:
        try:
            return await answer(ask)
        except ApiError as error:
            return error.as_json()


def _writes(request: Request) -> bool:
    """Whether a request would change something: a hit, a writing method, or a bulk with one in it."""
    if request.path.endswith(("/matomo.php", "/piwik.php")):
        return True
    params = {**request.query, **request.fields}
    if params.get("method") != "API.getBulkRequest":
        return changes(params.get("method", ""))
    parts = (entry(url) for name, url in params.items() if name[:5] == "urls[")
    return any(changes(part.get("method", "")) for part in parts)


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run what awaits nothing but others' turns."""
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            result: T = done.value
            return result


def _index(name: str) -> int:
    digits = name[5:-1]
    return int(digits) if digits.isdigit() else 0


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
