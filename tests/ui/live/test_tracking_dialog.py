"""Is tracking working? Answered for every role, in one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.transport import Response
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.live.tracking_dialog import TrackingDialog
from tests.recorded import Fields, calls_sent, json_response, refusal
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until

LAST = int(snapshots.NOW)


@dataclass
class Tracked:
    """A Matomo whose last hit was ``ago`` seconds ago."""

    ago: int | None = 12
    refused: dict[str, str] = field(default_factory=dict)
    counts: tuple[int, int] = (29, 120)
    requests: list[list[dict[str, str]]] = field(default_factory=list)

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        calls = calls_sent(fields)
        self.requests.append(calls)
        answers = [self._answer(call) for call in calls]
        return json_response(answers if dict(fields)["method"] == "API.getBulkRequest" else answers[0])

    async def aclose(self) -> None:
        return None

    def _answer(self, call: dict[str, str]) -> Any:
        method = call["method"]
        if method in self.refused:
            return refusal(self.refused[method])
        if method == "Live.getLastVisitsDetails":
            page = {"type": "action", "url": "https://shop.example/lamp", "timestamp": LAST}
            row = {"idVisit": 7, "lastActionTimestamp": LAST - (self.ago or 0), "actionDetails": [page]}
            return [] if self.ago is None else [row]
        if method == "Live.getCounters":
            return [{"visits": self.counts[0], "actions": self.counts[1]}]
        if method == "CoreAdminHome.getTrackingFailures":
            return [{"idsite": 1, "problem": "x"}, {"idsite": 2, "problem": "x"}]
        return []


async def ask(on: Stage, matomo: Tracked, role: str) -> str:
    """The dialog's text, each run of blanks as one."""
    assert on.app.session is not None
    client = Client(matomo, now=on.clock.now)
    access = Access(sites={} if role == "superuser" else {1: role}, superuser=role == "superuser")  # type: ignore[dict-item]
    on.app.session = replace(on.app.session, client=client, access=access)
    await on.pilot.press("T")
    await on.pilot.pause()
    assert isinstance(on.app.screen, TrackingDialog)
    await until(on.pilot, lambda: "Asking" not in on.text)
    return " ".join(on.text.split())


async def test_a_view_token_reads_the_last_hit_and_its_age() -> None:
    matomo = Tracked()
    async with stage(snapshots.busy(), (100, 30)) as on:
        text = await ask(on, matomo, "view")
        assert "Yes: hits arrive." in text
        assert "12 s ago" in text
        assert "on page https://shop.example/lamp" in text
        assert "29 visits, 120 actions" in text
        assert "A test hit needs write access; this token has view." in text
        (request,) = matomo.requests
        assert "CoreAdminHome.getTrackingFailures" not in {call["method"] for call in request}
        await on.pilot.press("t")
        await on.pilot.pause()
        assert isinstance(on.app.screen, TrackingDialog)
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert on.app.screen_stack == [on.app.live]


@pytest.mark.parametrize(
    ("matomo", "said"),
    [
        (lambda: Tracked(ago=3 * 3600), "No hit for 3 h."),
        (lambda: Tracked(ago=None), "No: Matomo has no visit of this site."),
        (
            lambda: Tracked(refused={"Live.getLastVisitsDetails": "The visits log is deactivated"}),
            "Yes: there were hits in the last 24 hours.",
        ),
        (
            lambda: Tracked(refused={"Live.getLastVisitsDetails": "deactivated"}, counts=(0, 0)),
            "No hit in the last 24 hours.",
        ),
        (
            lambda: Tracked(refused={"Live.getLastVisitsDetails": "no", "Live.getCounters": "no"}),
            "Unknown: the server refuses to say.",
        ),
    ],
)
async def test_what_the_server_says(matomo: Callable[[], Tracked], said: str) -> None:
    async with stage(snapshots.busy(), (100, 30)) as on:
        assert said in await ask(on, matomo(), "view")


async def test_an_admin_reads_the_refused_hits_and_goes_on_to_the_test() -> None:
    async with stage(snapshots.busy(), (100, 30)) as on:
        text = await ask(on, Tracked(), "admin")
        assert "Refused 1 hit lately" in text
        assert "t sends a test hit" in text
        await on.pilot.press("t")
        await until(on.pilot, lambda: "Tracking test" in on.lines[0])
        assert isinstance(on.app.screen, AdminScreen)


async def test_again_asks_once_more() -> None:
    matomo = Tracked()
    async with stage(snapshots.busy(), (100, 30)) as on:
        await ask(on, matomo, "view")
        matomo.ago = 4000
        await on.pilot.press("r")
        await until(on.pilot, lambda: "No hit for" in on.text)
        assert len(matomo.requests) == 2
