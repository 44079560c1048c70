"""The checks of ``tests.real`` against the demo: they find no differences, and do find a known error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from matomo_tui.api import client as client_module
from matomo_tui.api.calls import Call, encode_param
from matomo_tui.demo.app import DemoMatomo
from tests.live.fake_clock import START
from tests.real import call_table, calls, goal_writes
from tests.real.__main__ import CHECKS, main, run
from tests.real.office import Office
from tests.real.stage import Judge, Stage
from tests.real.tokens import ROLES, Tokens, Unusable, read_tokens, tokens_of
from tests.serving import served

SECOND_OF_MONTH = START + 9 * 86_400
"""2 December: yesterday's month is short then, and costs the demo little."""
QUIET_SITE = 4


class Hands:
    """A clock that advances only while something sleeps."""

    def __init__(self) -> None:
        self.at = SECOND_OF_MONTH

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        return await event.wait()

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


async def judged(kinds: Sequence[str], roles: Sequence[str] = ROLES, **tokens: str) -> tuple[int, Judge, DemoMatomo]:
    """Run checks of some kinds against the demo, with its tokens or the given ones; returns their output."""
    hands = Hands()
    demo = DemoMatomo(now=hands.now)
    given = Tokens({role: demo.tokens[role] for role in roles} | tokens, {"superuser": demo.passwords["superuser"]})
    judge = Judge(lambda _: None, given.secrets)
    stage = Stage("http://127.0.0.1", given, judge, app=demo, clock=hands, sleep=hands.sleep)
    stage.site_id, stage.most_reports = QUIET_SITE, 5
    ended = await run(stage, kinds)
    shown = "\n".join(judge.lines)
    assert not [secret for secret in given.secrets if secret in shown]
    return ended, judge, demo


def differing(judge: Judge) -> list[str]:
    return [line for line in judge.lines if line.startswith("differs")]


async def test_nothing_differs_on_the_demo() -> None:
    """All kinds of checks as all roles, with few reports."""
    ended, judge, demo = await judged([*CHECKS])
    assert differing(judge) == []
    assert ended == 0
    for beginning in ("roles: noaccess", "live: ranking: pages", "report: ", "call: view: ", "write: goals: delete"):
        assert any(line.startswith(f"ok        {beginning}") for line in judge.lines), beginning
    assert "write: nothing of it is left on the server" in judge.lines[-1]
    assert not [login for login in demo.world.users if login.startswith("judge-")]
    assert sorted(demo.world.sites) == [1, 2, 3, 4, 5]


async def test_values_encoded_twice_in_a_bulk_are_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error that these checks exist for: no columns and counters of 0, although the status is 200."""

    def twice(call: Call[Any]) -> str:
        query = [f"{name}={quote(quote(encode_param(value), safe=''), safe='')}" for name, value in call.params.items()]
        return "&".join([f"method={call.method}", *query])

    monkeypatch.setattr(client_module, "bulk_url", twice)
    names = ("live.get_counters", "reports.table", "reports.tables_by_date", "calls.untyped")
    monkeypatch.setattr(calls, "READS", {name: call_table.READS[name][:1] for name in (*names, "goals.get_goals")})
    monkeypatch.setattr(calls, "ATTEMPTS", 2)
    ended, judge, _ = await judged(["calls"], ("superuser",))
    assert ended == 1
    assert [line.split("\n")[0] for line in differing(judge)] == [
        f"differs   call: superuser: {name}: within a bulk" for name in names
    ]


async def test_a_rejected_token_is_sent_once() -> None:
    ended, judge, demo = await judged(["live", "calls"], (), superuser="f" * 32)
    assert ended == 1
    assert demo.requests == 1
    assert differing(judge)[0].startswith("differs   live: the remaining checks were skipped")


async def test_what_was_made_is_removed_also_where_a_check_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    demos: list[DemoMatomo] = []

    async def stopped(office: Office) -> None:
        demos.append(office.stage.app)
        assert [login for login in demos[0].world.users if login.startswith("judge-")]
        raise asyncio.CancelledError

    monkeypatch.setattr(goal_writes, "goals", stopped)
    with pytest.raises(asyncio.CancelledError):
        await judged(["writes"])
    assert sorted(demos[0].world.sites) == [1, 2, 3, 4, 5]
    assert not [login for login in demos[0].world.users if login.startswith("judge-")]


async def test_a_missing_role_is_said() -> None:
    _, judge, _ = await judged(["roles", "writes"], ("view",))
    skipped = [line for line in judge.lines if line.startswith("skipped")]
    assert [line.split(":")[1].strip() for line in skipped[:4]] == ["superuser", "admin", "write", "noaccess"]
    assert "a throw-away site needs a superuser's token" in skipped[-1]


def test_the_command_over_http(tmp_path: Path) -> None:
    demo = DemoMatomo()
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({role: demo.tokens[role] for role in ("superuser", "noaccess")}))
    lines: list[str] = []
    with served(demo) as address:
        assert main([address, str(file), "--only", "roles"], lines.append) == 0
        file.write_text(json.dumps({"admin": demo.tokens["view"]}))
        assert main([address, str(file), "--only", "roles"], lines.append) == 1
    assert "ok        roles: superuser: a session opens on the first site" in lines
    assert "8 ok, 0 differs, 3 skipped" in lines
    assert lines[-1] == "4 ok, 1 differs, 4 skipped"


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"noaccess": "a" * 32},
        {"root": "a" * 32},
        {"view": "a" * 31 + "\n"},
        {"view": 7},
        {"view": "a" * 32, "admin": "a" * 32},
        {"view": "a" * 32, "passwords": "secret"},
    ],
)
def test_tokens_that_cannot_be_used(value: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Unusable):
        tokens_of(value)
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps(value))
    assert main(["http://127.0.0.1:1", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.endswith(".\n")
    assert "aaaa" not in said


def test_other_arguments_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read"):
        read_tokens(tmp_path / "none.json")
    file = tmp_path / "tokens.json"
    file.write_text('{"view": "abc"')
    assert main(["http://127.0.0.1:1", str(file)]) == 2
    file.write_text('{"view": "abc"}')
    assert main(["ftp://nowhere", str(file)]) == 2


def test_every_function_that_makes_a_call_has_an_example() -> None:
    """A new function is thereby compared alone and in a bulk request, or written in the temporary site."""
    known = {*call_table.READS, *call_table.WRITES}
    assert set(call_table.builders()) == known
    example = call_table.Example(1, "2026-11-22")
    for name, makes in call_table.READS.items():
        for make in makes:
            call = make(example)
            assert not call.is_write, name
