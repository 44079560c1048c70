"""The history of alerts: kept over restarts, bounded, and robust against any content of its file."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.alerts import history
from matomo_tui.alerts.evaluation import UntoldEnd
from matomo_tui.alerts.history import AlertHistory, AlertRecord

FIRED = AlertRecord(1_795_437_064.0, "fired", "work", "Rush", 1, "Shop", "Rush: Shop: 612 visits.")


def test_records_are_kept_in_a_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    AlertHistory(folder).add(FIRED)
    AlertHistory(folder).add(replace(FIRED, state="ended", delivered=False))
    assert [record.state for record in AlertHistory(folder).records()] == ["fired", "ended"]
    assert AlertHistory(folder).records()[0] == FIRED
    assert stat.S_IMODE((folder / history.FILE).stat().st_mode) == 0o600


def test_without_a_folder_it_is_kept_in_memory() -> None:
    kept = AlertHistory(None)
    kept.add(FIRED)
    assert kept.records() == (FIRED,)


@pytest.mark.parametrize("on_disk", [True, False])
def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_disk: bool) -> None:
    monkeypatch.setattr(history, "MOST_RECORDS", 10)
    kept = AlertHistory(tmp_path if on_disk else None)
    for number in range(95):
        kept.add(replace(FIRED, site_id=number))
    assert kept.records()[-1].site_id == 94
    assert len(kept.records()) <= 20
    if on_disk:
        assert AlertHistory(tmp_path).records() == kept.records()


def test_what_fired_and_did_not_end_lasts(tmp_path: Path) -> None:
    kept = AlertHistory(tmp_path)
    for record in (FIRED, replace(FIRED, site_id=2), replace(FIRED, site_id=2, state="ended")):
        kept.add(record)
    kept.add(replace(FIRED, profile="other", site_id=3))
    kept.add(replace(FIRED, state="failed", site_id=4))
    assert list(AlertHistory(tmp_path).lasting("work")) == [("Rush", 1)]
    assert AlertHistory(tmp_path).lasting("work")["Rush", 1].fired_at == FIRED.at


def test_an_alert_that_was_delivered_after_quiet_hours_is_delivered(tmp_path: Path) -> None:
    kept = AlertHistory(tmp_path)
    kept.add(replace(FIRED, delivered=False))
    assert not AlertHistory(tmp_path).lasting("work")["Rush", 1].is_delivered, "as in files of earlier versions"
    kept.add(replace(FIRED, state="sent", at=FIRED.at + 600))
    state = AlertHistory(tmp_path).lasting("work")["Rush", 1]
    assert (state.fired_at, state.is_delivered) == (FIRED.at, True)
    kept.add(replace(FIRED, state="ended", at=FIRED.at + 700))
    kept.add(replace(FIRED, state="sent", at=FIRED.at + 800))
    assert AlertHistory(tmp_path).lasting("work") == {}


def test_an_end_in_quiet_hours_is_to_be_told_until_it_was(tmp_path: Path) -> None:
    kept = AlertHistory(tmp_path)
    kept.add(FIRED)
    kept.add(replace(FIRED, state="ended", at=FIRED.at + 600, delivered=False))
    (state,) = AlertHistory(tmp_path).lasting("work").values()
    assert (state.fired_at, state.untold_end) == (None, UntoldEnd(FIRED.at, FIRED.at + 600))
    assert AlertHistory(tmp_path).lasting("work", untold_since=FIRED.at + 601) == {}
    kept.add(replace(FIRED, at=FIRED.at + 700, delivered=False))
    (state,) = AlertHistory(tmp_path).lasting("work").values()
    assert (state.fired_at, state.untold_end) == (FIRED.at + 700, UntoldEnd(FIRED.at, FIRED.at + 600))
    kept.add(replace(FIRED, state="ended", at=FIRED.at + 800, delivered=False))
    kept.add(replace(FIRED, state="sent", at=FIRED.at + 900))
    assert AlertHistory(tmp_path).lasting("work") == {}


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_content_is_read_without_an_error(content: bytes) -> None:
    assert list(history._read(None)) == []
    for line in content.split(b"\n"):
        assert history._record(line) is None or line


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{}",
        '{"at": "x"}',
        '{"at": 1e999, "site_id": 1, "state": "", "profile": "", "rule": "", "site": "", "message": ""}',
        '{"at": 1, "site_id": "1", "state": "", "profile": "", "rule": "", "site": "", "message": ""}',
        "[" * 100_000,
    ],
)
def test_broken_lines_are_left_out(tmp_path: Path, line: str) -> None:
    AlertHistory(tmp_path).add(FIRED)
    with (tmp_path / history.FILE).open("a") as stream:
        stream.write(line + "\n")
    AlertHistory(tmp_path).add(replace(FIRED, site_id=2))
    assert [record.site_id for record in AlertHistory(tmp_path).records()] == [1, 2]


def test_a_file_that_others_wrote_cannot_reach_the_terminal(tmp_path: Path) -> None:
    AlertHistory(tmp_path).add(replace(FIRED, message="\x1b]0;pwned\x07hello"))
    assert AlertHistory(tmp_path).records()[0].message == "]0;pwnedhello"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    kept = AlertHistory(tmp_path / "state")
    kept.add(FIRED)
    assert kept.records() == (FIRED,)
