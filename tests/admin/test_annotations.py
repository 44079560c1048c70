"""Writing annotations: sent once, logged, and searched for after a lost answer."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.admin.annotations import Annotator, NotWritten
from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.client import Client
from matomo_tui.api.errors import TimedOut
from tests.recorded import refusal
from tests.reports.matomo import NOW, SITE, ReportMatomo

DAY = date(2026, 11, 21)
OLD = {"date": "2026-11-21", "note": "Sale", "idNote": 4, "starred": 0, "user": "root", "canEditOrDelete": True}


def annotator(
    folder: Path, *, stored: bool = True, lost: bool = False, late: float = 0.0, **client: Any
) -> tuple[Annotator, ReportMatomo]:
    """An annotator for a Matomo that already has one equal note; it may lose its answer, with the new note ``stored``
    or not, ``late`` seconds after that. Time passes only while the annotator waits.
    """
    notes, passed, added = [OLD], [0.0], [math.inf]

    def add(call: dict[str, str]) -> dict[str, Any]:
        note = {**OLD, "note": call["note"], "idNote": 5}
        if stored:
            notes.append(note)
            added[0] = passed[0] + late
        if lost:
            raise TimedOut("The answer took too long.")
        return note

    def read(_call: dict[str, str]) -> list[list[dict[str, Any]]]:
        return [notes if passed[0] >= added[0] else notes[:1]]

    async def sleep(seconds: float) -> None:
        passed[0] += seconds

    served = ReportMatomo(Annotations__add=add, Annotations__getAll=read)
    found = Annotator(
        Client(served, **client), AuditLog(folder / "audit.jsonl"), "work", "https://m.example", lambda: NOW, sleep
    )
    return found, served


def outcomes(found: Annotator) -> list[str]:
    entries, _ = found.log.read()
    assert {entry.method for entry in entries} <= {"Annotations.add"}
    return [entry.outcome for entry in entries]


def sent(served: ReportMatomo) -> int:
    return sum(call["method"] == "Annotations.add" for call in served.calls)


async def test_it_is_written_and_logged(tmp_path: Path) -> None:
    found, served = annotator(tmp_path)
    assert (await found.write(SITE, DAY, "Sale")).id == 5
    entries, _ = found.log.read()
    (entry,) = entries
    assert (entry.outcome, entry.site, entry.profile, entry.after) == (
        "done",
        1,
        "work",
        {"date": "2026-11-21", "note": "Sale"},
    )
    assert sent(served) == 1


async def test_a_lost_answer_is_looked_for_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    found, served = annotator(tmp_path, lost=True)
    assert (await found.write(SITE, DAY, "Sale")).id == 5
    assert (outcomes(found), sent(served)) == (["done"], 1)


async def test_it_may_be_written_after_the_client_gave_up(tmp_path: Path) -> None:
    found, served = annotator(tmp_path, lost=True, late=6.0)
    assert (await found.write(SITE, DAY, "Sale")).id == 5
    assert (outcomes(found), sent(served)) == (["done"], 1)


async def test_an_equal_one_that_existed_before_is_not_mistaken_for_it(tmp_path: Path) -> None:
    found, served = annotator(tmp_path, lost=True, stored=False)
    with pytest.raises(NotWritten, match=r"Not written so far: The answer took too long\. Check before"):
        await found.write(SITE, DAY, "Sale")
    assert (outcomes(found), sent(served)) == (["not done"], 1)


async def test_refusals_of_the_client_are_logged_too(tmp_path: Path) -> None:
    found, served = annotator(tmp_path, read_only=True)
    with pytest.raises(NotWritten, match="Read-only"):
        await found.write(SITE, DAY, "Sale")
    assert (outcomes(found), sent(served)) == (["not sent"], 0)


async def test_refusals_quote_matomo(tmp_path: Path) -> None:
    found, served = annotator(tmp_path)
    served.answers["Annotations.add"] = refusal("The note is too long.")
    with pytest.raises(NotWritten, match="The note is too long"):
        await found.write(SITE, DAY, "Sale")
    assert outcomes(found) == ["refused"]


async def test_a_write_that_cannot_be_logged_is_not_sent(tmp_path: Path) -> None:
    found, served = annotator(tmp_path)
    found.log.file.mkdir()
    with pytest.raises(NotWritten, match="it could not be logged"):
        await found.write(SITE, DAY, "Sale")
    assert sent(served) == 0
