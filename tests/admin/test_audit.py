"""The audit log: every write on one line, no secrets, and readable after any damage."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_tui.admin import goals, users
from matomo_tui.admin.apply import Applier
from matomo_tui.admin.audit import AuditEntry, AuditError, AuditFilter, AuditLog, change_lines, new_id, utc
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.users import NewUserDraft, UserDraft
from matomo_tui.api.client import Client
from matomo_tui.api.errors import TimedOut
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import User
from tests.admin.matomo import FaultyMatomo, lines

ENTRY = AuditEntry(
    when=utc(1_795_500_000), method="Goals.addGoal", what="Add the goal “x” to site 1", outcome="done", site=1
)


async def test_a_write_is_a_line_before_and_a_line_after(applier: Applier, log: AuditLog) -> None:
    await applier.apply(goals.plan_add(1, GoalDraft(name="Signup 🎉 & <b>", pattern="/signup")))
    first, second = lines(log.file)
    assert list(first) == [
        "when", "id", "profile", "server", "site", "login", "user", "agent", "method", "what", "before", "after",
        "created", "outcome", "detail",
    ]  # fmt: skip
    assert (first["outcome"], second["outcome"]) == ("sending", "done")
    assert first["id"] == second["id"]
    assert (second["profile"], second["server"], second["site"]) == ("work", "https://matomo.example", 1)
    assert second["method"] == "Goals.addGoal"
    assert second["what"] == "Add the goal “Signup 🎉 & <b>” to site 1"
    assert second["when"].endswith("Z")
    assert second["before"] == {}
    assert second["after"]["name"] == "Signup 🎉 & <b>"
    assert (first["created"], second["created"]) == (None, 1)
    (entry,), unreadable = log.read()
    assert (entry.outcome, entry.detail, unreadable) == ("done", "Done.", 0)


async def test_a_refusal_is_a_line_too(applier: Applier, matomo: FaultyMatomo, log: AuditLog) -> None:
    matomo.refuse["Goals.addGoal"] = "No such thing."
    await applier.apply(goals.plan_add(1, GoalDraft(name="x", pattern="y")))
    (entry,), _ = log.read()
    assert (entry.outcome, entry.detail) == (
        "refused",
        "Matomo refused: No such thing. It had no effect: nothing changed.",
    )


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_its_owner_reads_it(log: AuditLog) -> None:
    log.write(ENTRY)
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.file.parent.stat().st_mode) == 0o700
    log.file.chmod(0o644)
    log.write(ENTRY)
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX")
def test_it_does_not_follow_a_link_or_write_to_a_device(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine\n")
    link = tmp_path / "audit.jsonl"
    link.symlink_to(elsewhere)
    with pytest.raises(AuditError, match="cannot be written"):
        AuditLog(link).write(ENTRY)
    assert elsewhere.read_text() == "mine\n"
    with pytest.raises(AuditError):
        AuditLog(Path("/dev/null")).write(ENTRY)


def test_several_programs_write_whole_lines(log: AuditLog) -> None:
    log.file.parent.mkdir(parents=True)
    script = (
        "import sys, dataclasses, pathlib\n"
        "from matomo_tui.admin.audit import AuditLog, AuditEntry\n"
        "log = AuditLog(pathlib.Path(sys.argv[1]))\n"
        "for n in range(200):\n"
        "    log.write(AuditEntry('2026-11-24T08:00:00Z', 'Goals.addGoal', 'x' * 500, 'done', f'{sys.argv[2]}-{n}'))"
    )
    programs = [subprocess.Popen([sys.executable, "-c", script, str(log.file), str(number)]) for number in range(4)]
    assert [program.wait(60) for program in programs] == [0, 0, 0, 0]
    entries, unreadable = log.read()
    assert (len(entries), unreadable) == (800, 0)


def test_a_damaged_log_is_read_as_far_as_it_goes(log: AuditLog) -> None:
    log.write(ENTRY)
    with log.file.open("ab") as stream:
        stream.write(b'{"when": "2026\n\xff\xfe\n[]\n{"when":1}\n\n' + b"[" * 100_000 + b"\n")
    log.write(ENTRY)
    entries, unreadable = log.read()
    assert (len(entries), unreadable) == (2, 5)
    assert AuditLog(log.file.with_name("none")).read() == ([], 0)


def test_the_entry_after_a_line_that_was_cut_off_is_read(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write(dataclasses.replace(ENTRY, what="one"))
    real = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:40]))
        with pytest.raises(AuditError, match="is the disk full"):
            log.write(dataclasses.replace(ENTRY, what="two"))
    for what in ("three", "four"):
        log.write(dataclasses.replace(ENTRY, what=what))
    entries, unreadable = log.read()
    assert ([entry.what for entry in entries], unreadable) == (["one", "three", "four"], 1)
    assert log.file.read_bytes().count(b"\n") == 4


def test_terminal_control_sequences_are_removed(log: AuditLog) -> None:
    log.file.parent.mkdir()
    hostile = {"when": "x", "method": "m", "what": "\x1b[2Jpwned\x9b1m", "outcome": "done", "before": {"a": "\u202eb"}}
    log.file.write_text(json.dumps(hostile) + "\n")
    (entry,), _ = log.read()
    assert entry.what == "[2Jpwned1m"
    assert entry.before == {"a": "b"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(), True),
        (AuditFilter(site=1), True),
        (AuditFilter(site=2), False),
        (AuditFilter(method="goals"), True),
        (AuditFilter(method="sites"), False),
        (AuditFilter(outcome="done"), True),
        (AuditFilter(outcome="refused"), False),
        (AuditFilter(text="THE GOAL"), True),
        (AuditFilter(text="nowhere"), False),
        (AuditFilter(profile="work"), False),
        (AuditFilter(agent="claude"), False),
        (AuditFilter(since=1_795_499_000), True),
        (AuditFilter(since=1_795_501_000), False),
        (AuditFilter(until=1_795_499_000), False),
        (AuditFilter(until=1_795_501_000), True),
    ],
)
def test_filters(wanted: AuditFilter, found: bool) -> None:
    assert wanted.wants(ENTRY) is found


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(100)}) == 100


# Letters that do not occur in the log's own words, so every match is a leak.
_SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=7, max_size=30).map(
    lambda text: f"§{text}¶{text[::-1]}§"
)


@settings(max_examples=60, deadline=None)
@given(_SECRETS, _SECRETS, st.sampled_from(["ok", "echo", "lost"]))
def test_no_password_ever_gets_into_the_log(password: str, own: str, how: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = AuditLog(Path(folder) / "audit.jsonl")
        matomo = FaultyMatomo(own_password=own)
        matomo.user("bob")
        if how == "echo":
            matomo.refuse["UsersManager.addUser"] = f"Not {password}, please."
            matomo.refuse["UsersManager.updateUser"] = f"Not {password} and not {own}, please."
        if how == "lost":
            matomo.lose |= dict.fromkeys(("UsersManager.addUser", "UsersManager.updateUser"), TimedOut("Too slow."))
        lock = EditLock()
        lock.unlock()

        async def pause(_: float) -> None:
            return

        applier = Applier(Client(matomo), log, lock, sleep=pause)
        opened = User(login="bob", email="bob@example.org")
        plans = (
            users.plan_add(NewUserDraft("erin", "erin@example.org", password=Secret(password))),
            users.plan_update(opened, UserDraft("bob@example.org", Secret(password))),
        )

        async def go() -> None:
            for plan in plans:
                assert password not in repr(plan)
                assert password not in plan.steps[0].http
                said = (await applier.apply(plan, own_password=Secret(own))).sentence
                assert password not in said
                assert own not in said

        asyncio.run(go())
        written = [value for line in lines(log.file) for value in _texts(line)]
        assert len(written) > 20
        assert [text for text in written if password in text or own in text] == []


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.items() for text in _texts(part)]
    if isinstance(value, tuple):
        return [text for part in value for text in _texts(part)]
    return [str(value)]


@pytest.mark.parametrize("joint", ["\u200b", "\x1b", "\u202e", "\0"])
def test_a_password_that_cleaning_joins_together_is_removed(log: AuditLog, joint: str) -> None:
    detail = f"wrong: hunter{joint}2-secret"
    log.write(dataclasses.replace(ENTRY, detail=detail), without=["hunter2-secret"])
    written = log.file.read_text(encoding="utf-8")
    assert "hunter2-secret" not in written
    assert joint not in written


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("done", "name: A → B"),
        ("differs", "name: A → B"),
        ("already", "name: B, unchanged"),
        ("unknown", "name: A → B, if it took effect"),
        ("sending", "name: A → B, if it took effect"),
        ("refused", "name: B was requested instead of A"),
        ("conflict", "name: B was requested instead of A"),
        ("not done", "name: B was requested instead of A"),
        ("not sent", "name: B was requested instead of A"),
    ],
)
def test_only_changed_fields_are_shown_as_changes(outcome: str, says: str) -> None:
    entry = dataclasses.replace(ENTRY, outcome=outcome, before={"name": "A"}, after={"name": "B"})
    assert change_lines(entry) == [says]


def test_a_hit_has_parameters_and_no_changes() -> None:
    assert change_lines(dataclasses.replace(ENTRY, method="matomo.php", after={"rec": "1"})) == ["rec: 1"]


async def test_a_conflict_is_logged_with_the_intended_values_only(
    applier: Applier, matomo: FaultyMatomo, log: AuditLog
) -> None:
    matomo.user("zoe")
    theirs = User(login="zoe", email="old@example.org")
    await applier.apply(
        users.plan_update(theirs, UserDraft(email="new@example.org")), own_password=Secret("own-password-1")
    )
    (entry,), _ = log.read()
    assert (entry.outcome, entry.after["email"]) == ("conflict", "new@example.org")
