"""A Matomo for reports that keeps requests waiting until a test lets them go, in any order, and what is chosen
meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from tests.recorded import Fields, calls_sent
from tests.reports.matomo import ReportMatomo
from tests.ui.reports.sectioning import Reports

BLOG = Site(id=2, name="Blog", timezone="Europe/Berlin", currency="EUR", ecommerce=True)
"""Another site than the one that the reports begin with; its list of reports is not loaded."""

METADATA = "API.getReportMetadata"


async def other_period(stage: Reports) -> None:
    await stage.pilot.press("left_square_bracket")


async def other_site(stage: Reports) -> None:
    stage.app.switch_to(BLOG)


class HoldingMatomo(ReportMatomo):
    """Answers as the one it is made of, but keeps those requests waiting of which ``holds`` has a call."""

    def __init__(self, of: ReportMatomo) -> None:
        super().__init__(of.tables)
        self.answers = of.answers
        self.holds: Callable[[dict[str, str]], bool] | None = None
        self._error: Exception | None = None
        self._held: list[tuple[list[dict[str, str]], asyncio.Future[None]]] = []

    @property
    def held(self) -> list[tuple[str, str]]:
        """The method and the site of the first call of each request that waits."""
        return [(calls[0]["method"], calls[0].get("idSite", "")) for calls, _ in self._held]

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        calls = calls_sent(fields)
        if self.holds is not None and any(map(self.holds, calls)):
            gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append((calls, gate))
            try:
                await gate
            finally:
                self._held = [one for one in self._held if one[1] is not gate]
        if self._error is not None:
            raise self._error
        return await super().post(fields, timeout=timeout)

    def hold_all(self) -> None:
        """Keep every request from now on waiting."""
        self.holds = lambda _call: True

    def let_go(self, method: str = "") -> None:
        """Answer the requests that wait, or only those of ``method``; without one, hold no more."""
        if not method:
            self.holds = None
        for calls, gate in self._held:
            if not method or calls[0]["method"] == method:
                gate.set_result(None)

    def fail(self, error: Exception) -> None:
        """Fail the requests that wait, and all others from now on."""
        self.holds, self._error = None, error
        self.let_go()
