"""What is written, how much of it is kept, and that recording never stops the program."""

from __future__ import annotations

import errno
import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, quote_plus

import pytest

from matomo_tui.api.address import Address
from matomo_tui.api.errors import Unreachable
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.recording.masking import Masker
from matomo_tui.recording.recorder import RETRY, Recorder
from matomo_tui.recording.recording import read_recording
from matomo_tui.recording.recording_transport import RecordingTransport
from matomo_tui.recording.rotation import Limits, RecordingError, older_files
from tests.demo.asking import fewer_visits
from tests.recording.studio import recording_of_the_demo

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.fixture(autouse=True)
def _fewer_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording of a few visits a minute shows as much."""
    fewer_visits(monkeypatch, lambda site: 0.3)


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = 1795437064.0

    def __call__(self) -> float:
        return self.at


def fields(method: str, **params: str) -> list[tuple[str, str]]:
    return [("module", "API"), ("method", method), ("format", "json"), *params.items()]


def answer(value: Any, **headers: str) -> Response:
    return Response(200, json.dumps(value).encode(), headers)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def recorder(file: Path, watch: Watch | None = None, **given: Any) -> Recorder:
    made = Recorder(file, now=watch or Watch(), masker=Masker(key=b"k"), **given)
    made.open()
    return made


async def test_every_answer_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(3)
    found = lines(file)
    assert found[0]["kind"] == "session"
    assert found[0]["address"] == "https://shop.example"
    polls = [line for line in found if any(call["method"] == "Live.getCounters" for call in line.get("calls", ()))]
    assert len(polls) >= 4
    assert all(len(line["body"]) == len(line["calls"]) for line in polls)
    assert file.stat().st_mode & 0o777 == 0o600


async def test_no_ip_address_and_no_user_of_the_demo_is_in_the_file(tmp_path: Path) -> None:
    masked, personal = tmp_path / "masked.rec", tmp_path / "personal.rec"
    ips: dict[Path, set[str]] = {}
    for file in (masked, personal):
        async with recording_of_the_demo(file, personal=file is personal) as studio:
            await studio.polls(1)
            ips[file] = {visit.ip for visit in studio.snapshot.feed.visits}
    text = gzip.decompress(masked.read_bytes()).decode()
    assert len(ips[personal]) > 20
    assert [ip for ip in ips[personal] if ip in text] == []
    assert all(ip in gzip.decompress(personal.read_bytes()).decode() for ip in ips[personal])


@pytest.mark.parametrize("token", [TOKEN, 'ana:ab/c+d "e"ö&f=1'])
async def test_the_token_is_in_no_form_in_the_file(tmp_path: Path, token: str) -> None:
    file = tmp_path / "a.rec"
    secret = Secret(token)
    made = recorder(file)
    made.session("https://shop.example")
    forms = {
        token,
        quote(token, safe=""),
        quote_plus(token),
        json.dumps(token)[1:-1],
        f"token_auth={quote_plus(token)}",
    }
    value = {"nested": [{"title": form, form: "as a key"} for form in forms], "twice": json.dumps({"token": token})}
    made.answered(0, fields("Actions.getPageUrls", note=f"https://x/?a={token}"), answer(value, server=token))
    made.answered(0, fields("Live.getCounters"), Response(500, f"<p>{token}</p> {quote_plus(token)}".encode()))
    made.failed(0, fields("Live.getCounters"), Unreachable(f"no answer for {token}"))
    made.close()
    text = gzip.decompress(file.read_bytes()).decode()
    assert text.count("***") > len(forms)
    assert [form for form in forms | {token} if form in text] == []
    for line in lines(file):
        assert token not in str(line)
    assert secret  # held to the end: only secrets in use are known


def test_a_write_is_recorded_without_its_parameters_and_answer(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    made = recorder(file)
    made.session("https://shop.example")
    made.answered(
        0, fields("UsersManager.createAppSpecificTokenAuth", passwordConfirmation="pw"), answer({"value": TOKEN})
    )
    made.close()
    assert lines(file)[-1]["calls"] == [{"method": "UsersManager.createAppSpecificTokenAuth", "params": {}}]
    assert TOKEN not in str(lines(file))


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[" * 5000 + b"]" * 5000, b'{"a":' * 400 + b"1" + b"}" * 400, b"<p>", b"[" + b"9" * 400 + b"]"],
    ids=["empty", "bytes", "deep lists", "deep objects", "html", "big number"],
)
def test_any_answer_is_recorded(tmp_path: Path, body: bytes) -> None:
    made = recorder(tmp_path / "a.rec")
    made.session("https://shop.example")
    made.answered(0, fields("Live.getCounters", idSite="1"), Response(200, body))
    made.answered(0, fields("Live.getCounters", idSite="2"), answer([]))
    made.close()
    assert [line["calls"][0]["params"]["idSite"] for line in lines(tmp_path / "a.rec")[-2:]] == ["1", "2"]


REFUSED = {"result": "error", "message": "The database is locked."}


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        (b"<h1>Service Unavailable</h1>", True),
        (json.dumps(REFUSED).encode(), True),
        (json.dumps([REFUSED, REFUSED]).encode(), True),
        (json.dumps([REFUSED, []]).encode(), False),
        (b"[[], []]", False),
    ],
    ids=["page", "refused", "each refused", "one refused", "good"],
)
def test_a_poll_that_was_answered_by_an_error_has_failed(tmp_path: Path, body: bytes, failed: bool) -> None:
    made = recorder(tmp_path / "a.rec")
    made.session("https://shop.example")
    visits = "method=Live.getLastVisitsDetails&idSite=1&period=day&date=today"
    counters = "method=Live.getCounters&idSite=1&lastMinutes=30"
    made.answered(0, fields("API.getBulkRequest", **{"urls[0]": counters, "urls[1]": visits}), Response(200, body))
    made.close()
    recording = read_recording(tmp_path / "a.rec")
    assert (len(recording.polls), len(recording.failed_polls)) == (1, int(failed))


def test_an_earlier_recording_is_kept_and_another_file_is_never_touched(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    for _ in range(2):
        made = recorder(file)
        made.session("https://shop.example")
        made.close()
    assert older_files(file) == [tmp_path / "a.rec.1"]
    (tmp_path / "notes.txt").write_text("Not a recording, and dear to somebody.")
    for name, reason in (("notes.txt", "is not a recording"), ("none/a.rec", "No such file"), (".", "not a regular")):
        with pytest.raises(RecordingError, match=reason):
            recorder(tmp_path / name)
    assert (tmp_path / "notes.txt").read_text().startswith("Not a recording")


def test_two_programs_do_not_record_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    first = recorder(file)
    first.session("https://shop.example")
    first.flush()
    with pytest.raises(RecordingError, match="Another matomo-tui records to"):
        recorder(file)
    first.close()
    recorder(file).close()


def test_files_are_rotated_by_size_and_the_oldest_are_deleted(tmp_path: Path) -> None:
    file, watch = tmp_path / "a.rec", Watch()
    limits = Limits(size=8 * 65_536)
    made = recorder(file, watch, limits=limits)
    made.session("https://shop.example")
    made.answered(0, fields("SitesManager.getSiteFromId", idSite="1"), answer({"idsite": 1, "name": "Shop"}))
    for number in range(60):
        watch.at += 5
        made.answered(0, fields("Live.getCounters", idSite="1"), answer([os.urandom(12_000).hex(), number]))
    made.close()
    files = [file, *older_files(file)]
    assert 4 < len(files) <= 9
    assert sum(one.stat().st_size for one in files) <= limits.size
    for one in files:
        begun = lines(one)
        assert begun[0]["kind"] == "session"
        assert any(call["method"] == "SitesManager.getSiteFromId" for call in begun[1]["calls"])
    assert lines(file)[-1]["body"][1] == 59
    assert not (tmp_path / "a.rec.10").exists()


def test_files_are_rotated_and_deleted_by_age(tmp_path: Path) -> None:
    file, watch = tmp_path / "a.rec", Watch()
    made = recorder(file, watch, limits=Limits(age=8 * 3600.0))
    made.session("https://shop.example")
    for hour in range(6):
        made.answered(0, fields("Live.getCounters", idSite="1"), answer([hour]))
        made.flush()
        os.utime(file, (watch.at, watch.at))
        watch.at += 3601.0
    assert len(older_files(file)) == 5
    watch.at += 7 * 3600.0
    made.answered(0, fields("Live.getCounters", idSite="1"), answer(["new"]))
    made.close()
    assert len(older_files(file)) < 5


def test_a_file_that_was_moved_away_is_followed_by_a_new_one(tmp_path: Path) -> None:
    file, watch = tmp_path / "a.rec", Watch()
    made = recorder(file, watch, limits=Limits(age=8 * 3600.0))
    made.session("https://shop.example")
    for name in ("first", "second", "third"):
        made.answered(0, fields("Live.getCounters", idSite="1"), answer([name]))
        made.flush()
        if name == "first":
            file.rename(tmp_path / "moved.rec")
        watch.at += 3601.0
    made.close()
    assert made.problem == ""
    assert [lines(one)[-1]["body"] for one in (tmp_path / "moved.rec", file, *older_files(file))] == [
        ["first"],
        ["third"],
        ["second"],
    ]


def test_a_new_file_that_cannot_be_created_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, watch, out = tmp_path / "a.rec", Watch(), {"of handles": False}
    opened = os.open

    def failing(path: Any, *given: Any, **named: Any) -> int:
        if out["of handles"]:
            raise OSError(errno.EMFILE, "Too many open files")
        return opened(path, *given, **named)

    monkeypatch.setattr(os, "open", failing)
    made = recorder(file, watch, limits=Limits(age=8 * 3600.0))
    made.session("https://shop.example")
    for name in ("before", "lost", "after"):
        out["of handles"] = name == "lost"
        made.answered(0, fields("Live.getCounters", idSite="1"), answer([name]))
        made.flush()
        assert bool(made.problem) is (name == "lost")
        watch.at += 3601.0
    made.close()
    assert [lines(one)[-1]["body"] for one in (file, *older_files(file))] == [["after"], ["before"]]


def test_a_full_disk_is_said_and_the_file_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, watch, full = tmp_path / "a.rec", Watch(), {"disk": False}
    write = os.write

    def failing(descriptor: int, data: Any) -> int:
        if full["disk"]:
            write(descriptor, bytes(data)[:7])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", failing)
    made = recorder(file, watch)
    made.session("https://shop.example")
    made.answered(0, fields("Live.getCounters", idSite="1"), answer(["before"]))
    made.flush()
    assert made.problem == ""
    full["disk"] = True
    made.answered(0, fields("Live.getCounters", idSite="1"), answer(["lost"]))
    made.flush()
    assert made.problem == "Not recording: a.rec cannot be written (No space left on device). It is tried again."
    full["disk"] = False
    made.answered(0, fields("Live.getCounters", idSite="1"), answer(["too soon"]))
    made.flush()
    assert made.problem
    watch.at += RETRY + 1
    made.answered(0, fields("Live.getCounters", idSite="1"), answer(["after"]))
    made.close()
    assert made.problem == ""
    assert [line["body"] for line in lines(file) if line["kind"] == "answer"] == [["before"], ["after"]]


def test_the_summary_says_how_much_was_recorded(tmp_path: Path) -> None:
    made = recorder(tmp_path / "a.rec")
    made.session("https://shop.example")
    made.answered(0, fields("Live.getCounters", idSite="1"), answer([1]))
    made.close()
    size = (tmp_path / "a.rec").stat().st_size
    assert made.summary() == f"1 answer ({size} bytes) was recorded to {tmp_path / 'a.rec'}."


def test_headers_that_name_a_session_are_left_out(tmp_path: Path) -> None:
    made = recorder(tmp_path / "a.rec")
    made.session("https://shop.example")
    headers: Mapping[str, str] = {"set-cookie": "PIWIK_SESSID=x", "date": "Mon, 23 Nov 2026 12:31:04 GMT"}
    made.answered(0, fields("Live.getCounters"), Response(200, b"[]", headers))
    made.close()
    assert list(lines(tmp_path / "a.rec")[-1]["headers"]) == ["date"]


@pytest.mark.parametrize(("way", "renews"), [("bearer", True), ("post", False)])
def test_what_lies_above_sees_how_the_transport_below_sends_its_token(
    tmp_path: Path, way: Literal["bearer", "post"], renews: bool
) -> None:
    """The client's errors depend on it: a login is renewed, a token is not."""
    below = HttpTransport(
        Address.parse("https://shop.example"), Secret(TOKEN), auth=way, renewal=_renewal if renews else None
    )
    above = RecordingTransport(below, recorder(tmp_path / "a.rec"), "https://shop.example")
    assert (above.auth, above.renews) == (way, renews)


async def _renewal() -> Secret:
    return Secret(TOKEN)
