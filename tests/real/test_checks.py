"""The checks of ``tests.real`` on fabricated answers: each finds its differences and tolerates unexpected answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import pytest

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import Feed, LiveSnapshot, Presence, Ranked, Ranking, VisitRow
from tests.real import goal_writes, live
from tests.real.counting import Place
from tests.real.office import Office
from tests.real.raw import Raw, Reply
from tests.real.test_demo import differing, judged

NOW = 1_795_906_800
PLACE = Place(UTC, "shop.example")
REFUSAL = {"result": "error", "message": "Not today."}


def visit(number: int, *urls: str, **more: Any) -> dict[str, Any]:
    """A raw visit of these pages, one a second until 10 s ago."""
    last = NOW - 10
    actions = [
        {"type": "action", "url": url, "timestamp": last - len(urls) + 1 + place} for place, url in enumerate(urls)
    ]
    return {
        "idVisit": number,
        "visitorId": f"{number:016x}",
        "firstActionTimestamp": last - len(urls) + 1,
        "lastActionTimestamp": last,
        "actionDetails": actions,
        **more,
    }


def reading(*visits: dict[str, Any]) -> live.Reading:
    return live.Reading(NOW, list(visits), dict.fromkeys(live.shown_figures(LiveSnapshot(Site(id=1))), (0.0, 0.0)))


def agrees(name: str, snapshot: LiveSnapshot, before: live.Reading, after: live.Reading, **more: Any) -> bool:
    findings = live.compare(snapshot, before, after, PLACE, **more)
    return next(right for what, _, _, right in findings if what == name)


def ranking(*rows: tuple[str, str, int, int]) -> Ranking:
    ranked = tuple(
        Ranked(label + variant, label, here, recent, variant=variant) for label, variant, here, recent in rows
    )
    return Ranking(ranked, len(ranked))


def test_pages_are_told_apart_by_query_and_fragment_and_paths_are_not() -> None:
    seen = reading(
        visit(1, "https://shop.example/?p=11", "https://www.shop.example/?p=12"),
        visit(2, "https://shop.example/?p=11", "https://shop.example/#/a%20b"),
    )
    apart = ranking(("/", "?p=11", 0, 2), ("/", "?p=12", 1, 1), ("/", "#/a b", 1, 1))
    merged = ranking(("/", "", 2, 4))
    folded = ranking(("/", " (3)", 2, 4))
    for pages, paths, right in (
        (apart, folded, (True, True)),
        (merged, folded, (False, True)),
        (ranking(("/", "?p=11", 2, 4)), folded, (False, True)),
        (apart, apart, (True, True)),  # added up where rows look the same
        (apart, ranking(("/", " (3)", 2, 3)), (True, False)),
        (apart, ranking(("/", "", 1, 2), ("/?p=12", "", 1, 2)), (True, False)),
    ):
        shown = LiveSnapshot(Site(id=1), pages=pages, paths=paths)
        assert tuple(agrees(f"ranking: {name}", shown, seen, seen) for name in ("pages", "paths")) == right


def test_what_came_and_went_between_the_readings_is_allowed_and_nothing_else() -> None:
    """One visitor goes from / to /a, another back from /a to /: both readings have one at each."""
    start = visit(1, "https://shop.example/"), visit(2, "https://shop.example/a")
    before = reading(*start)
    moved = (("https://shop.example/a", 3), ("https://shop.example/", 5))
    later = [
        one
        | {"lastActionTimestamp": NOW + after}
        | {"actionDetails": [*one["actionDetails"], {"type": "action", "url": url, "timestamp": NOW + after}]}
        for one, (url, after) in zip(start, moved, strict=True)
    ]
    after = reading(*later)
    after.at = NOW + 10
    for rows, right in (
        ((("/", "", 1, 1), ("/a", "", 1, 1)), True),
        ((("/a", "", 2, 2), ("/", "", 0, 1)), True),
        ((("/a", "", 0, 2), ("/", "", 2, 2)), False),
        ((("/a", "", 3, 2), ("/", "", 0, 1)), False),
    ):
        assert agrees("ranking: pages", LiveSnapshot(Site(id=1), pages=ranking(*rows)), before, after) is right


def row(raw: Mapping[str, Any], **more: Any) -> VisitRow:
    texts = dict.fromkeys(
        (
            *("country", "country_code", "place", "visitor_type", "source", "source_type", "keyword", "referrer_url"),
            *("device", "browser", "operating_system", "page", "page_title", "page_url", "ip", "user_id"),
        ),
        "",
    )
    figures: dict[str, Any] = {
        "id_visit": raw["idVisit"],
        "visitor_id": raw["visitorId"],
        "first_action_at": raw["firstActionTimestamp"],
        "last_action_at": raw["lastActionTimestamp"],
        "updated_at": 0.0,
        "presence": Presence.ACTIVE,
        "returning": False,
        "visit_count": 1,
        "actions": 1,
        "duration": 0,
        "revenue": 0.0,
    }
    return VisitRow(**{**texts, **figures, **more})


@pytest.mark.parametrize(
    ("duration", "begun", "right"),
    [
        *((each, False, True) for each in (40, 45, 50)),
        *((each, False, False) for each in (39, 51)),
        *((30, True, True), (29, True, False)),
    ],
)
def test_a_visit_that_goes_on_lies_between_the_readings(duration: int, begun: bool, right: bool) -> None:
    """The program's duration may be that of its first poll: a heartbeat moves no last action."""
    first, before, after = (visit(1, "https://shop.example/", actions=1, visitDuration=each) for each in (30, 40, 50))
    shown = LiveSnapshot(Site(id=1), feed=Feed((row(before, duration=duration),)))
    more = {"begun": [first]} if begun else {}
    assert agrees("feed: duration", shown, reading(before), reading(after), **more) is right


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("Live.getCounters", REFUSAL, "Refused: Live.getCounters: Not today."),
        ("Live.getCounters", [], "not one row of counters but []"),
        ("Live.getCounters", [{"visits": "many", "actions": 1}], "unreadable: ValueError"),
        ("Live.getLastVisitsDetails", REFUSAL, "Refused: Live.getLastVisitsDetails: Not today."),
        ("Live.getLastVisitsDetails", [1], "not a list of rows but [1]"),
        ("Live.getLastVisitsDetails", [{}], "unreadable: KeyError"),
        ("SitesManager.getSiteFromId", [], "unreadable: TypeError"),
    ],
)
async def test_an_answer_that_nobody_expects_is_a_line(
    method: str, answer: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Raw.ask

    async def asked(raw: Raw, name: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> Reply:
        return Reply(200, b"", answer, 1.0) if name == method else await ask(raw, name, params, **more)

    monkeypatch.setattr(Raw, "ask", asked)
    ended, judge, _ = await judged(["live"], ("superuser",))
    assert ended == 1
    (line,) = differing(judge)
    assert line.startswith("differs   live: the remaining checks were skipped")
    assert said in line


@pytest.mark.parametrize("refused", ["UsersManager.getUsers", "SitesManager.getAllSites", "SegmentEditor.getAll"])
async def test_the_rest_is_removed_where_one_step_fails(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what another run made at the same time is left to it."""
    offices: list[Office] = []
    ask = Raw.ask

    async def asked(raw: Raw, name: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> Reply:
        if offices and name == refused:
            return Reply(200, b"", REFUSAL, 1.0)
        return await ask(raw, name, params, **more)

    async def stopped(office: Office) -> None:
        await office.raw.value("UsersManager.addUser", userLogin="judge-0-view", password="a" * 9, email="a@b.example")
        await office.raw.value("SitesManager.addSite", siteName="judge-0 shop", urls="https://b.example")
        offices.append(office)
        raise asyncio.CancelledError

    monkeypatch.setattr(Raw, "ask", asked)
    monkeypatch.setattr(goal_writes, "goals", stopped)
    with pytest.raises(asyncio.CancelledError):
        await judged(["writes"])
    (office,) = offices
    world = office.stage.app.world
    assert [login for login in world.users if login.startswith("judge-")] == ["judge-0-view"]
    assert office.site_id not in world.sites
    assert len(world.sites) == 6
    last = office.stage.judge.lines[-1]
    assert last.startswith("ok" if refused == "SegmentEditor.getAll" else "differs")
    assert refused == "SegmentEditor.getAll" or (office.name in last and "Not today." in last)
