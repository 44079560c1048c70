"""A token that is renewed while the program runs: everything that is open goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from msgspec import structs

from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, TimedOut, TokenRejected
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.snapshot import Phase
from matomo_tui.session import Session
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from tests.recorded import Fields
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, client_of, office, quiet
from tests.ui.conftest import HandPoller

OLD, NEW = Secret("old-0123456789abcdef"), Secret("new-0123456789abcdef")


class OtherToken:
    """A source that has another token."""

    async def fetch_renewed(self, rejected: Secret) -> Secret | None:
        return NEW if rejected == OLD else None


class Renewing:
    """An office in which another token can be had."""

    def __init__(self, on: Office, demo: DemoMatomo) -> None:
        self.on, self.demo = on, demo
        self.role = "superuser"
        self.failures: list[MatomoError] = []
        """How the next attempts to use the other token fail."""
        session = on.app.session
        assert session is not None
        self.old = session.client.transport
        on.app.session = replace(session, token=OLD, source=cast(TokenSource, OtherToken()))
        on.app.connector = self._connect

    async def _connect(self, settings: Settings, token: Secret | None) -> Session:
        assert token == NEW
        if self.failures:
            raise self.failures.pop(0)
        assert self.on.app.session is not None
        client = await client_of(self.demo, self.role, settings)
        info = await client.server_info()
        return replace(self.on.app.session, client=client, access=info.access, token=token, source=None)

    async def reject(self) -> None:
        """Matomo rejects the token in a poll; until the other one is used."""
        poller, client = self.on.app.poller, self.client
        assert isinstance(poller, HandPoller)
        poll = structs.replace(poller.snapshot.poll, phase=Phase.STOPPED, error=TokenRejected("Not accepted."))
        poller.publish(structs.replace(poller.snapshot, poll=poll))
        await self.on.until(lambda: client.transport is not self.old)
        await self.on.until(lambda: self.on.app.session is not None and self.on.app.session.token == NEW)

    @property
    def client(self) -> Client:
        assert self.on.app.session is not None
        return self.on.app.session.client


@asynccontextmanager
async def renewing() -> AsyncIterator[Renewing]:
    demo = quiet()
    async with office(demo=demo) as on:
        yield Renewing(on, demo)


async def test_a_form_stays_and_is_saved_with_the_new_token(log: AuditLog) -> None:
    write = steps.add_goal("Signed up")
    async with renewing() as token:
        on, client = token.on, token.client
        await steps.open_part(on, "goals")
        await steps.unlock(on)
        await on.press("a")
        await steps.form(on)
        form = on.app.screen
        assert isinstance(form, FormScreen)
        await token.reject()
        await on.pilot.pause()
        assert on.app.screen is form
        assert token.client is client
        assert on.said == "Editing is unlocked. It locks after ten idle minutes."
        await write.review(on)
        await steps.plan(on)
        await write.confirmed(on)
        await steps.in_list(on)
        assert "Signed up" in await on.goals()
        assert log.read()[0][-1].outcome == "done"


async def test_a_write_under_way_ends_and_is_read_back_with_the_new_token(log: AuditLog) -> None:
    release, began = asyncio.Event(), asyncio.Event()

    async with renewing() as token:
        on = token.on
        fast = (await client_of(token.demo, "superuser", Settings())).transport

        class Slow:
            async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
                if dict(fields)["method"].startswith("Goals.delete"):
                    began.set()
                    await release.wait()
                return await fast.post(fields, timeout=timeout)

            async def aclose(self) -> None:
                await fast.aclose()

        await token.client.take_over(Client(Slow()))
        token.old = token.client.transport
        write = steps.delete_goal("Asked a question")
        await steps.open_part(on, "goals")
        dialog = await write.show(on)
        await write.confirmed(on)
        await on.until(began.is_set)
        await token.reject()
        assert on.app.screen is dialog
        assert dialog.is_writing
        release.set()
        await steps.in_list(on)
        assert await write.stored(on.superuser) is None
        assert log.read()[0][-1].outcome == "done"


async def test_what_was_opened_before_asks_with_the_new_token() -> None:
    async with renewing() as token:
        on = token.on
        await on.press("s")
        await on.until(lambda: isinstance(on.app.screen, SiteSwitcher))
        await token.reject()
        await on.type("Lumen")
        await on.sees("Lumen & Oak")
        assert isinstance(on.app.screen, SiteSwitcher)
        assert "closed" not in on.words


async def test_a_new_token_with_another_role_is_shown_as_such() -> None:
    async with renewing() as token:
        on = token.on
        token.role = "view"
        await token.reject()
        await on.sees("This token's role changed: it now has view here.")
        assert on.app.screen is on.app.live
        assert on.app.session is not None
        assert on.app.session.access == Access(sites={1: "view"})


async def test_a_new_token_whose_first_request_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matomo_tui.ui.connection.RETRY_CONNECTING", 0.05)
    async with renewing() as token:
        token.failures = [TimedOut("matomo.example did not answer within 20 s."), TimedOut("Nor then.")]
        await token.reject()
        assert token.failures == []
