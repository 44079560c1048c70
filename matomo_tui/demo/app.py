"""The demo Matomo as an ASGI application, run in-process or behind a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from msgspec import structs

from matomo_tui.demo.answers import answer, changes
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.errors import ApiError, PageError, refuse_if
from matomo_tui.demo.hashing import mix
from matomo_tui.demo.http import (
    Answer,
    Nested,
    Receive,
    Request,
    Scope,
    Send,
    as_json,
    as_text,
    entities_decoded,
    entry,
    flat,
    page,
    read,
    write,
)
from matomo_tui.demo.options import V5_0, DemoOptions
from matomo_tui.demo.reports.rows import filtered_list
from matomo_tui.demo.store import Store
from matomo_tui.demo.world import ANONYMOUS, IMPORTED, Logins, StoredUser, World

T = TypeVar("T")
_MOST_ANONYMOUS = 50  # parts of a bulk request without a token
_MOST_STRANGER = 10  # the same without view access to any site
_BLANKS = " \t\n\r\0\x0b"
_ONLY_JSON = "Try any of the following instead: console, csv, html, json, original, rss, tsv, xml."
_FORMATS = {"xml": '<?xml version="1.0" encoding="utf-8" ?>\n<result>The demo answers in JSON only.</result>'}


class DemoMatomo:
    """A small Matomo: ``await demo(scope, receive, send)``.

    ``seed`` determines all traffic, ``now`` (seconds since the epoch) the current time. ``tokens`` and ``passwords``
    have one entry per role. ``options`` may be changed while it runs; ``extra_sites`` and ``extra_users`` fill the
    lists. ``requests`` counts the answers. Writes are kept in memory.
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
        self.version = self.options.matomo
        ai = self.version.has_ai
        self.world = World(seed, extra_sites=extra_sites, extra_users=extra_users, started=now(), ai=ai)
        self.store = Store(self.world, now)
        if self.options.pages:
            self._import(self.options.pages)
        announced = [user for user in self.world.users.values() if user.label and user.password]
        self.tokens = {user.label: self.world.token(user) for user in announced}
        self.passwords = {user.label: user.password for user in announced}
        self.requests = 0
        self._logins = Logins(self.world)

    def _import(self, pages: int) -> None:
        self.world.put_site(IMPORTED)
        self.store.imported[IMPORTED.id] = pages
        for user in list(self.world.users.values()):
            if 1 in user.access:
                self.world.put_user(replace(user, access={**user.access, IMPORTED.id: user.access[1]}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read(scope, receive)
        if self.options.outage == "hang":
            await asyncio.Event().wait()
        self.requests += 1
        answered = page("The request is too long.", 413) if request is None else await self._written(request)
        if self.options.latency > 0:
            # The request takes effect whether or not the client waits for the answer.
            await asyncio.sleep(self.options.latency)
        await write(answered, send, self.store.now(), head=scope["method"] == "HEAD")

    async def _written(self, request: Request) -> Answer:
        """The answer, unless this is a write that has to fail."""
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
        """Synchronous version of :meth:`responded`: does not yield to other tasks."""
        return _at_once(self.responded(request))

    async def responded(self, request: Request) -> Answer:
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
        params = request.parameters()
        if params.get("module") != "API":
            return page("Please sign in", 200, "Sign in - Matomo")
        user = self._user(request, now)
        failed = partial(self._logins.failed, request.ip, now)
        call = ApiRequest(_texts(params), user, self.store, now, self.options, wrong_password=failed)
        wanted = call.params.get("format", "xml").lower() or "xml"
        if wanted not in ("json", "original"):
            return as_text(_FORMATS.get(wanted) or f"Error: Renderer format '{wanted}' not valid. {_ONLY_JSON}")
        try:
            answered = as_json(await (self._bulk(call, params) if asks_for_many(params) else answer(call)))
        except ApiError as error:
            answered = as_json(self._refusal(error), self.version.status(error.status, error.exact_status))
        request_id = f"{mix(self.requests ^ mix(int(now))) & 0xFFFFF:05x}"
        headers = (("x-matomo-request-id", request_id), *call.headers.items())
        return Answer(answered.status, answered.body, answered.content_type, headers)

    def _user(self, request: Request, now: float) -> StoredUser:
        """The owner of the token in the form or, if this version reads it, in the header."""
        token = request.fields.get("token_auth", "")
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        bearer = bearer.strip() if scheme.lower() == "bearer" and self.version.supports_bearer else ""
        if token and bearer and token != bearer:
            raise PageError("Conflicting authentication parameters provided.", 400)
        return self._logins.user(request, token or bearer, now)

    async def _bulk(self, call: ApiRequest, params: Nested) -> Json:
        """Answer a bulk request, in the order sent; parts inherit the outer parameters that they do not name.

        A part without a method inherits the outer one, and nested bulk requests are skipped. The answers are a filtered
        list: they end at the hundredth unless ``filter_limit`` is higher.
        """
        urls = params.get("urls", "")
        refuse_if(urls == "", "missing", name="urls")
        if not isinstance(urls, dict):
            return []
        limit = self._most_parts(call)
        refuse_if(limit is not None and len(urls) > limit, "too many parts", limit=limit)
        outer = {name: value for name, value in params.items() if name != "urls"}
        answers: list[Json] = []
        for url in urls.values():
            inner: Nested = {**outer, **(entry(url) if isinstance(url, str) else {})}
            if asks_for_many(inner):
                continue
            # An earlier part may have changed this user's access.
            user = self.world.users.get(call.user.login, call.user)
            answers.append(await self._part(structs.replace(call, params=_texts(inner), user=user)))
        # The parts are encoded as JSON, decoded, and encoded again; each encoding decodes entities.
        return entities_decoded(filtered_list(answers, call.params, paged=False))

    def _most_parts(self, call: ApiRequest) -> int | None:
        limits = [] if self.options.bulk_limit is None else [self.options.bulk_limit]
        if self.version.limits_bulk and call.user.login == ANONYMOUS.login:
            limits.append(_MOST_ANONYMOUS if call.sees_something() else _MOST_STRANGER)
        return min(limits, default=None)

    async def _part(self, call: ApiRequest) -> Json:
        try:
            return await answer(call)
        except ApiError as error:
            return self._refusal(error)

    def _refusal(self, error: ApiError) -> dict[str, str]:
        refusal = error.as_json()
        return {**refusal, "message": refusal["message"].replace(V5_0.php_manual, self.version.php_manual)}


def asks_for_many(params: Nested) -> bool:
    return params.get("method") == "API.getBulkRequest"


def _texts(params: Nested) -> dict[str, str]:
    """Parameters with surrounding blanks removed, as Matomo does; array elements stay unchanged."""
    return {name: value if "[" in name else value.strip(_BLANKS) for name, value in flat(params).items()}


def _writes(request: Request) -> bool:
    """Returns True if a request writes: a hit, a writing method, or a bulk with one of them."""
    if request.path.endswith(("/matomo.php", "/piwik.php")):
        return True
    params = request.parameters()
    urls = params.get("urls")
    if not asks_for_many(params) or not isinstance(urls, dict):
        return changes(str(params.get("method", "")))
    parts = (entry(url) for url in urls.values() if isinstance(url, str))
    return any(changes(str(part.get("method", ""))) for part in parts)


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that awaits nothing but turns of other tasks."""
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            result: T = done.value
            return result
