"""Exporting: what is seen or everything, cancelled, refused, and never over another file unasked."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from matomo_tui.reports.query import ReportRequest, Sort
from matomo_tui.reports.table import TableModel
from matomo_tui.ui.reports.dialogs.export_dialog import ExportDialog
from tests.recorded import refusal
from tests.reports.matomo import REPORT, ReportMatomo, loader, query
from tests.reports.test_atomic_file import full_from
from tests.ui.cases import case
from tests.ui.conftest import until
from tests.ui.reports.reporting import Look, look

ROWS = [{"label": f"/page-{n}", "nb_hits": 5000 - n, "bounce_rate": 0.25} for n in range(2500)]
METHOD = "Actions.getPageUrls"


@asynccontextmanager
async def exporting(
    folder: Path | None, rows: list[dict[str, Any]] | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Look, ReportMatomo]]:
    served = ReportMatomo({METHOD: ROWS if rows is None else rows})
    asked = loader(served)
    request = ReportRequest(query(), REPORT, sort=Sort("nb_hits"))
    table = TableModel(request)
    table.add(await asked.page(request))
    async with look(over=ExportDialog(table, asked, folder), size=size) as found:
        yield found, served


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_is_seen_is_written_under_a_name_of_its_own(tmp_path: Path, size: tuple[int, int]) -> None:
    async with exporting(tmp_path, size=size) as (found, served):
        assert "the visible rows, 100 rows" in found.text
        before = len(served.requests)
        await found.press("enter")
        (path,) = found.app.answers
        assert path == tmp_path / "Shop-Page-URLs-2026-11-22.csv"
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        assert rows[:2] == [["Page URL", "Pageviews", "Bounce Rate"], ["/page-0", "5000", "0.25"]]
        assert len(rows) == 101
        assert len(served.requests) == before


async def test_the_format_is_that_of_the_ending_typed(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, _):
        await found.press("tab", "tab")
        field = found.app.screen.query_one("#path", Input)
        field.value = str(tmp_path / "mine.JSON")
        await found.settle()
        assert "JSON, raw figures" in found.text
        await found.press("enter")
        assert len(json.loads((tmp_path / "mine.JSON").read_text())) == 100


@pytest.mark.parametrize(
    ("typed", "before", "after"),
    [
        ("a.json", "CSV,", "JSON,"),
        ("a.jsonl", "CSV,", "CSV,"),
        ("a.jsonl", "TSV,", "TSV,"),
        ("a.mdx", "CSV,", "CSV,"),
        ("a.csv.md", "TSV,", "Markdown,"),
    ],
)
async def test_an_ending_that_typing_passes_leaves_the_chosen_format(
    tmp_path: Path, typed: str, before: str, after: str
) -> None:
    async with exporting(tmp_path) as (found, _):
        await found.press("tab", *(["right"] if before == "TSV," else []), "tab")
        found.app.screen.query_one("#path", Input).value = ""
        await found.press(*("full_stop" if letter == "." else letter for letter in typed))
        assert found.line("Format").split()[3] == after, found.text


async def test_another_format_gives_its_ending_to_a_name_in_capitals_and_stays_chosen(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, _):
        await found.press("tab")
        field = found.app.screen.query_one("#path", Input)
        field.value = str(tmp_path / "mine.JSON")
        await found.settle()
        await found.press("right")
        assert field.value == str(tmp_path / "mine.md")
        field.value = str(tmp_path / "mine.txt")
        await found.settle()
        assert "Markdown, a table to paste" in found.text


async def test_a_path_that_ends_as_a_folder_does_is_no_file(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, _):
        found.app.screen.query_one("#path", Input).value = f"{tmp_path}/new/"
        await found.settle()
        await found.press("enter")
        assert "give the file a name in it" in " ".join(found.text.split())
        assert not found.app.answers
        assert written(tmp_path) == []


async def test_a_column_without_figures_is_not_seen_and_not_written(tmp_path: Path) -> None:
    rows = [{"label": f"/page-{n}", "nb_hits": n + 1} for n in range(3)]
    async with exporting(tmp_path, rows) as (found, _):
        await found.press("enter")
        (path,) = found.app.answers
        assert path.read_text(encoding="utf-8-sig").splitlines()[:2] == ["Page URL,Pageviews", "/page-2,3"]


async def test_all_rows_are_counted_and_fetched_page_by_page(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, _):
        await found.press("right", "tab", "right", "right", "enter")
        (path,) = found.app.answers
        assert path.name.endswith(".json")
        rows = json.loads(path.read_text())
        assert [row["label"] for row in rows] == [row["label"] for row in ROWS]


async def test_a_file_that_is_there_is_not_written_over_but_another_name_offered(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("precious")
    async with exporting(tmp_path) as (found, _):
        await found.press("tab", "tab")
        found.app.screen.query_one("#path").value = str(mine)  # type: ignore[attr-defined]
        await found.settle()
        await found.press("enter")
        assert "mine.csv already exists." in " ".join(found.text.split())
        assert mine.read_text() == "precious"
        assert not found.app.answers
        await found.press("enter")
        assert found.app.answers == [tmp_path / "mine-2.csv"]
        assert mine.read_text() == "precious"


async def test_it_is_replaced_only_when_asked_to(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("old")
    async with exporting(tmp_path) as (found, _):
        await found.press("right", "tab", "tab", "ctrl+w")
        found.app.screen.query_one("#path").value = str(mine)  # type: ignore[attr-defined]
        await found.settle()
        await found.press("enter")
        assert mine.read_text() == "old"
        await found.press("ctrl+w")
        assert found.app.answers == [mine]
        assert mine.read_text().startswith("Page URL")
        assert written(tmp_path) == ["mine.csv"]


async def test_a_second_export_takes_the_next_free_name(tmp_path: Path) -> None:
    (tmp_path / "Shop-Page-URLs-2026-11-22.csv").write_text("first")
    async with exporting(tmp_path) as (found, _):
        await found.press("enter")
        assert found.app.answers == [tmp_path / "Shop-Page-URLs-2026-11-22-2.csv"]


async def test_an_export_can_be_ended_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, served):
        await found.pilot.press("right")
        served.gate = asyncio.Event()
        await found.pilot.press("enter")
        await until(found.pilot, lambda: "Counting the rows" in found.text)  # a thread looks for the file first
        await found.press("escape")
        assert "nothing was written" in found.text
        assert written(tmp_path) == []
        served.gate = None
        await found.press("escape")
        assert found.app.answers == [None]


async def test_progress_is_a_bar_with_figures(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, served):
        gate = asyncio.Event()
        post = served.post

        async def slow(fields: Any, *, timeout: float | None = None) -> Any:
            if "1000" in [value for name, value in fields if name == "filter_offset"]:
                await gate.wait()
            return await post(fields, timeout=timeout)

        served.post = slow  # type: ignore[method-assign]
        await found.pilot.press("right", "enter")
        for _ in range(50):
            await found.pilot.pause(0.02)
            if "1,000 of 2,500 rows" in found.text:
                break
        assert "━━━" in found.line("1,000 of 2,500 rows, esc cancels")
        gate.set()
        await found.settle()
        assert len(found.app.answers) == 1


async def test_what_the_server_or_the_disk_refuses_is_said(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, served):
        served.tables.clear()
        served.answers[METHOD] = refusal("Not today.")
        await found.press("right", "enter")
        assert "Not today. Nothing was written." in found.text
        await found.press("left", "tab", "tab")
        found.app.screen.query_one("#path").value = str(tmp_path / "missing" / "x.csv")  # type: ignore[attr-defined]
        await found.settle()
        await found.press("enter")
        assert "no such folder. Nothing was written." in " ".join(found.text.replace("│", "").split())
        found.app.screen.query_one("#path").value = str(tmp_path)  # type: ignore[attr-defined]
        await found.settle()
        await found.press("enter")
        assert "is a folder: give the file a name in it." in " ".join(found.text.replace("│", "").split())
        assert written(tmp_path) == []
        await found.press("escape")
        assert found.app.answers == [None]


NO_NAMES = [
    ("~nobody-of-that-name/x.csv", "no such user."),
    (f"/{'x' * 300}.csv", "the name is too long."),
    ("/etc/passwd/x.csv", "its folder is not a folder."),
    ("", "Give the file a name."),
    ("..", "is a folder: give the file a name in it."),
]


@pytest.mark.parametrize("rows", ["seen", "all"])
async def test_a_name_that_no_file_can_have_is_said(tmp_path: Path, rows: str) -> None:
    async with exporting(tmp_path) as (found, _):
        await found.press(*(["right"] if rows == "all" else []), "tab")
        for name, why in NO_NAMES:
            with case(name):
                await found.press("tab")
                found.app.screen.query_one("#path", Input).value = name
                await found.settle()
                assert why not in found.text
                await found.press("enter")
                assert why in " ".join(found.text.replace("│", "").split())
                await found.press("shift+tab", "right")  # another ending for it
                assert found.app.answers == []


async def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, _):
        with full_from(1000):
            await found.press("enter")
        assert "the file is too big. Nothing was written." in " ".join(found.text.replace("│", "").split())
        assert written(tmp_path) == []


async def test_from_a_folder_that_is_gone_one_writes_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(gone)
    gone.rmdir()
    async with exporting(None) as (found, _):
        await found.press("enter")
        assert written(tmp_path) == ["Shop-Page-URLs-2026-11-22.csv"]


async def test_another_format_is_another_ending(tmp_path: Path) -> None:
    async with exporting(tmp_path) as (found, _):
        await found.press("tab", "left", "enter")
        assert written(tmp_path) == ["Shop-Page-URLs-2026-11-22.md"]
        assert "| /page-0 | 5,000 | 25 % |" in (tmp_path / written(tmp_path)[0]).read_text()


async def test_formulas_in_labels_are_harmless(tmp_path: Path) -> None:
    async with exporting(tmp_path, [{"label": '=HYPERLINK("x")', "nb_hits": 1, "bounce_rate": 0}]) as (found, _):
        await found.press("enter")
        assert "'=HYPERLINK" in (tmp_path / written(tmp_path)[0]).read_text()
