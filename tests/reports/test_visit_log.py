"""The visit log: pages without a gap on a server that miscounts offsets, and what a text searches for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.periods import Period
from matomo_tui.reports.visit_log import VisitLog, search_segment
from tests.recorded import refusal
from tests.reports.matomo import ReportMatomo, loader, query

ZONE = UTC
WEEK = Period.days_between(date(2026, 11, 16), date(2026, 11, 22))
VISITS_A_DAY = 37


def visit(number: int, day: date) -> dict[str, Any]:
    at = int(datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC).timestamp()) - 60 * (number % VISITS_A_DAY)
    return {"idVisit": 10_000 - number, "lastActionTimestamp": at}


VISITS = [visit(n, date(2026, 11, 22 - n // VISITS_A_DAY)) for n in range(7 * VISITS_A_DAY)]


class OldMatomo(ReportMatomo):
    """Cuts pages as Matomo 5.0.2 does: a period of several days is searched in two blocks, the last day and the rest,
    and an offset beyond the first block is reduced by no more than the limit."""

    def __init__(self, visits: list[dict[str, Any]]) -> None:
        super().__init__(Live__getLastVisitsDetails=self._visits)
        self.visits = visits

    def _visits(self, call: dict[str, str]) -> Any:
        assert call["period"] == "range", "day=today has yesterday's visits too"
        first, last = (date.fromisoformat(part) for part in call["date"].split(","))
        limit, offset = int(call["filter_limit"]), int(call.get("filter_offset", 0))
        dated = [(datetime.fromtimestamp(one["lastActionTimestamp"], UTC).date(), one) for one in self.visits]
        blocks = [[one for day, one in dated if day == last], [one for day, one in dated if first <= day < last]]
        found: list[dict[str, Any]] = []
        for block in blocks:
            if offset and not found and not block[offset:]:
                offset -= min(len(block), limit + 1)
                continue
            found += block[0 if found else offset :]
        return found[:limit]


async def whole(log: VisitLog) -> list[int]:
    while not log.complete:
        await log.load_more()
    return [one.id_visit for one in log.visits]


@pytest.mark.parametrize("page", [10, VISITS_A_DAY, 50, 100])
async def test_no_visit_is_left_out_and_none_comes_twice(page: int) -> None:
    matomo = OldMatomo(VISITS)
    log = VisitLog(loader(matomo), query(period=WEEK), ZONE, page=page)
    assert await whole(log) == [one["idVisit"] for one in VISITS]
    assert len(matomo.calls) <= len(VISITS) // page + 2


async def test_offsets_alone_would_leave_visits_out_there() -> None:
    matomo = OldMatomo(VISITS)
    found = [
        one["idVisit"]
        for offset in range(0, len(VISITS), 10)
        for one in matomo._visits(
            {"period": "range", "date": "2026-11-16,2026-11-22", "filter_limit": "10", "filter_offset": str(offset)}
        )
    ]
    assert len(set(found)) < len(VISITS)


async def test_a_visit_that_acts_again_while_one_pages_hides_no_other() -> None:
    matomo = OldMatomo(VISITS[:30])
    log = VisitLog(loader(matomo), query(period=WEEK), ZONE, page=10)
    await log.load_more()
    matomo.visits = [{**VISITS[3], "lastActionTimestamp": VISITS[0]["lastActionTimestamp"] + 5}, *matomo.visits]
    del matomo.visits[4]
    assert sorted(await whole(log), reverse=True) == [one["idVisit"] for one in VISITS[:30]]


async def test_visits_that_come_meanwhile_do_not_end_the_log() -> None:
    matomo = OldMatomo(VISITS[:30])
    log = VisitLog(loader(matomo), query(period=WEEK), ZONE, page=10)
    await log.load_more()
    came = [{**VISITS[0], "idVisit": 20_000 + number} for number in range(25)]
    matomo.visits = [*came, *matomo.visits]
    found = await whole(log)
    assert set(found) >= {one["idVisit"] for one in VISITS[:30]}


async def test_a_page_that_failed_is_requested_again() -> None:
    matomo = ReportMatomo(Live__getLastVisitsDetails=refusal("Visits log is deactivated globally."))
    log = VisitLog(loader(matomo), query(period=WEEK), ZONE)
    with pytest.raises(MatomoError, match="deactivated"):
        await log.load_more()
    matomo.answers["Live.getLastVisitsDetails"] = VISITS[:3]
    assert len((await log.load_more()).visits) == 3
    assert log.complete


async def test_the_server_searches_within_the_segment() -> None:
    matomo = OldMatomo([])
    log = VisitLog(loader(matomo), query(period=WEEK, segment="countryCode==de"), ZONE, " ann ")
    await log.load_more()
    (call,) = matomo.calls
    assert call["segment"] == "countryCode==de;userId=@ann"
    assert int(call["filter_limit"]) > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("ann@example.org", "userId=@ann%2540example.org"),
        ("95.202.13.7", "visitIp==95.202.13.7,visitIp==95.202.13.0,visitIp==95.202.0.0,userId=@95.202.13.7"),
        ("95.202.", "visitIp>=95.202.0.0;visitIp<=95.202.255.255"),
        ("95.202.*.*", "visitIp>=95.202.0.0;visitIp<=95.202.255.255"),
        ("95.202.13", "visitIp>=95.202.13.0;visitIp<=95.202.13.255"),
        ("300.1", "userId=@300.1"),
        ("2001:db8::1", "visitIp==2001%253Adb8%253A%253A1,userId=@2001%253Adb8%253A%253A1"),
        ("58065A9295D11E68", "visitorId==58065a9295d11e68,userId=@58065A9295D11E68"),
        ("2644", "visitId==2644,userId=@2644"),
        ("a;b,c", "userId=@a%253Bb%252Cc"),
    ],
)
def test_what_a_text_searches_for(text: str, expected: str) -> None:
    assert search_segment(text) == expected
