"""Saved segments: each write once, logged, read back; who may change which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.identity import Identity
from matomo_tui.admin.saved_segments import (
    NotSaved,
    SegmentDraft,
    SegmentWriter,
    change_refusal,
    save_refusal,
)
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, TimedOut, TokenRejected, Unreachable
from matomo_tui.api.segment_editor import SavedSegment
from tests.recorded import refusal
from tests.reports.matomo import NOW, SITE, ReportMatomo

GERMANS = SegmentDraft("Germans & co", "countryCode==de")
VIEW = Access(sites={1: "view"})


class SegmentMatomo(ReportMatomo):
    """Stores segments for one user; ``lost`` loses the answer of a write after it took effect, ``deaf`` before.
    Segments are listed ``late`` seconds after they were stored; time passes only in ``sleep``."""

    late: float
    passed: float

    def __init__(self, *, lost: bool = False, deaf: bool = False, refused: str = "", late: float = 0.0) -> None:
        super().__init__(
            SegmentEditor__getAll=lambda _call: list(self.stored.values()) if self.passed >= self.late else [],
            SegmentEditor__add=lambda call: self._write(call, 7 + len(self.stored)),
            SegmentEditor__update=lambda call: self._write(call, int(call["idSegment"])),
            SegmentEditor__delete=lambda call: self._delete(int(call["idSegment"])),
        )
        self.stored: dict[int, dict[str, Any]] = {}
        self.lost, self.deaf, self.refused = lost, deaf, refused
        self.late, self.passed = late, 0.0

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def _write(self, call: dict[str, str], number: int) -> Any:
        if self.refused:
            return refusal(self.refused)
        if not self.deaf:
            self.stored[number] = {
                "idsegment": number,
                "name": call["name"].replace("&amp;", "&"),
                "definition": call["definition"],
                "login": "carol",
                "enable_all_users": int(call["enabledAllUsers"]),
                "enable_only_idsite": int(call.get("idSite", 0)),
                "auto_archive": int(call["autoArchive"]),
            }
        return self._answered({"value": number})

    def _delete(self, number: int) -> Any:
        if not self.deaf:
            del self.stored[number]
        return self._answered({"result": "success", "message": "ok"})

    def _answered(self, answer: Any) -> Any:
        if self.lost or self.deaf:
            raise TimedOut("The answer took too long.")
        return answer

    def sent(self, method: str) -> int:
        return sum(call["method"] == f"SegmentEditor.{method}" for call in self.calls)


def writer(folder: Path, server: SegmentMatomo, **client: Any) -> SegmentWriter:
    log = AuditLog(folder / "audit.jsonl")
    return SegmentWriter(Client(server, **client), log, "work", "https://m.example", lambda: NOW, server.sleep)


def outcomes(found: SegmentWriter) -> list[tuple[str, str]]:
    entries, _ = found.log.read()
    return [(entry.method.partition(".")[2], entry.outcome) for entry in entries]


async def test_a_segment_is_saved_changed_and_deleted(tmp_path: Path) -> None:
    server = SegmentMatomo()
    found = writer(tmp_path, server)
    saved = await found.add(SITE, GERMANS)
    assert (saved.name, saved.only_site_id) == ("Germans & co", 1)
    changed = await found.update(SITE, saved, SegmentDraft("Austrians", "countryCode==at"))
    assert (changed.id, changed.name) == (saved.id, "Austrians")
    await found.delete(SITE, changed)
    assert server.stored == {}
    assert sorted(outcomes(found)) == [("add", "done"), ("delete", "done"), ("update", "done")]


async def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    server = SegmentMatomo(lost=True)
    found = writer(tmp_path, server)
    assert (await found.add(SITE, GERMANS)).id == 7
    assert server.sent("add") == 1
    assert outcomes(found) == [("add", "done")]


async def test_it_may_be_stored_after_the_client_gave_up(tmp_path: Path) -> None:
    server = SegmentMatomo(lost=True, late=6.0)
    found = writer(tmp_path, server)
    assert (await found.add(SITE, GERMANS)).id == 7
    assert (server.sent("add"), outcomes(found)) == (1, [("add", "done")])


@pytest.mark.parametrize(
    ("server", "words", "outcome"),
    [
        (SegmentMatomo(deaf=True), r"No effect so far: .*took too long\. Check before you try again\.", "not done"),
        (SegmentMatomo(refused="Segment 'contry' is not a supported segment."), "not a supported segment", "refused"),
    ],
    ids=["lost", "refused"],
)
async def test_a_write_without_effect_says_why(tmp_path: Path, server: SegmentMatomo, words: str, outcome: str) -> None:
    found = writer(tmp_path, server)
    with pytest.raises(NotSaved, match=words):
        await found.add(SITE, GERMANS)
    assert outcomes(found) == [("add", outcome)]
    assert server.sent("add") == 1


@pytest.mark.parametrize("error", [TokenRejected("Expired."), Unreachable("No network.")], ids=str)
async def test_nothing_is_read_back_where_it_cannot_have_been_written(tmp_path: Path, error: MatomoError) -> None:
    def refuse(_call: dict[str, str]) -> Any:
        raise error

    server = SegmentMatomo()
    server.answers["SegmentEditor.add"] = refuse
    with pytest.raises(NotSaved, match=str(error)):
        await writer(tmp_path, server).add(SITE, GERMANS)
    assert [call["method"] for call in server.calls] == ["SegmentEditor.getAll", "SegmentEditor.add"]


async def test_nothing_is_sent_over_somebody_elses_change(tmp_path: Path) -> None:
    server = SegmentMatomo()
    found = writer(tmp_path, server)
    saved = await found.add(SITE, GERMANS)
    server.stored[saved.id]["definition"] = "countryCode==fr"
    with pytest.raises(NotSaved, match="changed meanwhile"):
        await found.update(SITE, saved, SegmentDraft("Austrians", "countryCode==at"))
    server.stored.clear()
    with pytest.raises(NotSaved, match="deleted meanwhile"):
        await found.delete(SITE, saved)
    assert (server.sent("update"), server.sent("delete")) == (0, 0)


async def test_read_only_sends_nothing(tmp_path: Path) -> None:
    server = SegmentMatomo()
    found = writer(tmp_path, server, read_only=True)
    with pytest.raises(NotSaved):
        await found.add(SITE, GERMANS)
    assert server.sent("add") == 0
    assert outcomes(found) == [("add", "not sent")]


async def test_a_definition_is_stored_although_matomo_encodes_parts_of_it(tmp_path: Path) -> None:
    saved = SavedSegment(id=1, name="x", definition="pageUrl=@a%26b", only_site_id=1)
    assert SegmentDraft("x", "pageUrl=@a&b").is_stored_as(saved)
    assert not SegmentDraft("x", "pageUrl=@a&c").is_stored_as(saved)


def test_who_may_save() -> None:
    server = SegmentMatomo()
    assert save_refusal(Client(server), VIEW, SITE, signed_in=True) == ""
    assert "signed in" in save_refusal(Client(server), VIEW, SITE, signed_in=False)
    assert "view access" in save_refusal(Client(server), Access(), SITE, signed_in=True)
    assert "Read-only" in save_refusal(Client(server, read_only=True), VIEW, SITE, signed_in=True)
    assert "allow" in save_refusal(Client(server, allow=("goals",)), VIEW, SITE, signed_in=True)
    assert save_refusal(Client(server, allow=("segments",)), VIEW, SITE, signed_in=True) == ""


@pytest.mark.parametrize(
    ("saved", "access", "login", "reason"),
    [
        (SavedSegment(id=1, login="carol", only_site_id=1), VIEW, "carol", ""),
        (SavedSegment(id=1, login="root", only_site_id=1), VIEW, "carol", "only root or a superuser"),
        (SavedSegment(id=1, login="root", only_site_id=1), VIEW, None, ""),
        (SavedSegment(id=1, login="carol"), VIEW, "carol", "only a superuser"),
        (SavedSegment(id=1, login="carol"), Access(superuser=True), None, ""),
    ],
)
def test_who_may_change_which(saved: SavedSegment, access: Access, login: str | None, reason: str) -> None:
    found = change_refusal(saved, access, Identity(login))
    assert reason in found
    assert bool(found) == bool(reason)
