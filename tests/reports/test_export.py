"""Exports: exactly what is seen, or everything; harmless to spreadsheets, terminals and other files."""

from __future__ import annotations

import asyncio
import csv
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.errors import TimedOut
from matomo_tui.api.reports import ReportRow
from matomo_tui.api.site import Site
from matomo_tui.reports import computed_metrics, export
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.export import FORMATS, Format, Record, Writer
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, OpenedRow, ReportRequest
from matomo_tui.reports.table import TableModel
from tests.reports.matomo import NOW, REPORT, ReportMatomo, loader, query
from tests.reports.test_table import opened, page, row

COLUMNS = (
    ReportColumn("nb_visits", "Visits", "number"),
    ReportColumn("rate", "Rate", "percent"),
    ReportColumn("code", "Code", "text"),
)
REQUEST = ReportRequest(query(), REPORT)


def text_of(kind: Format, *records: Record, levels: bool = False) -> str:
    writer = Writer(kind, COLUMNS, "Page\tURL", "EUR", levels=levels)
    return writer.header() + "".join(writer.records(records)) + writer.footer()


def read(path: Path) -> bytes:
    return path.read_bytes()


async def seen_bytes(table: TableModel, kind: Format, folder: Path) -> bytes:
    """What is seen, written; byte by byte."""
    records = list(export.visible_records(table))
    path = folder / f"seen.{kind}"
    writer = export.visible_writer(kind, table, records)
    written, size = await export.write_records(path, writer, export.batched(records))
    found = read(path)
    assert (written, size) == (len(records), len(found))
    return found


SAMPLE = (Record("docs", (1234, 0.38, "de")), Record(' a|b, "c"', (-3.5, None, "=1+1"), 1))


def test_csv() -> None:
    assert list(csv.reader(text_of("csv", *SAMPLE).splitlines())) == [
        ["Page URL", "Visits", "Rate", "Code"],
        ["docs", "1234", "0.38", "de"],
        [' a|b, "c"', "-3.5", "", "'=1+1"],
    ]


def test_rows_of_an_opened_tree_say_how_deep_they_lie() -> None:
    cells = list(csv.reader(text_of("csv", *SAMPLE, levels=True).splitlines()))
    assert [line[:3] for line in cells] == [
        ["Page URL", "Level", "Visits"],
        ["docs", "1", "1234"],
        [' a|b, "c"', "2", "-3.5"],
    ]
    assert [record["level"] for record in json.loads(text_of("json", *SAMPLE, levels=True))] == [1, 2]


async def test_what_is_compared_is_written_with_its_changes(tmp_path: Path) -> None:
    request = ReportRequest(query(comparison=Comparison.PREVIOUS), REPORT)
    table = TableModel(request)
    rows = [row("/a", 6), row("/b", 3)]
    table.add(page(request, rows, asked_at=NOW, before={"/a": row("/a", 4)}, before_complete=True))
    text = (await seen_bytes(table, "csv", tmp_path)).decode()
    cells = [line[:5] for line in csv.reader(text.splitlines())]
    assert cells == [
        [
            "Page URL",
            "Pageviews",
            "Pageviews, Sat 21 Nov 2026",
            "Pageviews, change",
            "Pageviews, relative change",
        ],
        ["/a", "6", "4", "2", "0.5"],
        ["/b", "3", "0", "3", ""],
    ]


def test_tsv() -> None:
    assert text_of("tsv", SAMPLE[0]) == "Page URL\tVisits\tRate\tCode\r\ndocs\t1234\t0.38\tde\r\n"


def test_json() -> None:
    assert json.loads(text_of("json", *SAMPLE)) == [
        {"label": "docs", "nb_visits": 1234, "rate": 0.38, "code": "de"},
        {"label": ' a|b, "c"', "nb_visits": -3.5, "rate": None, "code": "=1+1"},
    ]
    assert json.loads(text_of("json")) == []


def test_markdown_is_for_reading() -> None:
    assert text_of("md", *SAMPLE).splitlines() == [
        "| Page URL | Visits | Rate | Code |",
        "| --- | ---: | ---: | --- |",
        "| docs | 1,234 | 38 % | de |",
        '| \u2003a\\|b, "c" | -3.5 |  | =1+1 |',
    ]


@pytest.mark.parametrize(
    "label",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\x00=1", "\u200b=1", "=HYPERLINK(1)", "-", "－1+1"],
)
@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_no_spreadsheet_takes_a_label_for_a_formula(label: str, kind: Format) -> None:
    line = text_of(kind, Record(label, (1, 1, label))).splitlines()[1]
    cells = next(csv.reader([line], delimiter="\t" if kind == "tsv" else ","))
    assert cells[0].startswith("'")
    assert cells[3].startswith("'")


@pytest.mark.parametrize("label", ["-12", "-0.5", "3", "/page", "a=b", "-1e5"])
def test_numbers_and_plain_texts_stay_as_they_are(label: str) -> None:
    assert text_of("csv", Record(label, (1, 1, ""))).splitlines()[1].startswith(f"{label},1,1")


@given(st.text(max_size=40), st.sampled_from(FORMATS))
def test_no_label_breaks_a_file(label: str, kind: Format) -> None:
    text = text_of(kind, Record(label, (1, 0.5, label)), Record("end", (2, None, "")))
    assert not any(character in text for character in "\x00\x07\x08\x1b\x7f\x9b\u202e\u2028")
    if kind == "json":
        assert [entry["nb_visits"] for entry in json.loads(text)] == [1, 2]
    elif kind == "md":
        assert len(text.splitlines()) == 4
    else:
        read = list(csv.reader(text.splitlines(keepends=True), delimiter="\t" if kind == "tsv" else ","))
        assert [len(cells) for cells in read] == [4, 4, 4]
        assert not read[1][0].startswith(("=", "+", "@", "\t", "\r"))


async def test_exactly_what_is_seen(tmp_path: Path) -> None:
    table = opened()
    table.filter("inst")
    assert await seen_bytes(table, "csv", tmp_path) == (
        b"Page URL,Level,Pageviews,Bounce Rate\r\ndocs,1,6,\r\n/install,2,2,\r\n"
    )
    table.filter("")
    assert await seen_bytes(table, "json", tmp_path) == (
        b"[\n"
        b'{"label": "docs", "level": 1, "nb_hits": 6, "bounce_rate": null},\n'
        b'{"label": "api", "level": 2, "nb_hits": 4, "bounce_rate": null},\n'
        b'{"label": "/install", "level": 2, "nb_hits": 2, "bounce_rate": null},\n'
        b'{"label": "products", "level": 1, "nb_hits": 3, "bounce_rate": null}\n'
        b"]\n"
    )


HOSTILE = [
    {"label": '=HYPERLINK("http://x";"y")', "nb_hits": 5, "bounce_rate": 0.25},
    {"label": "a;=1+1,\t\x1b[31m|b\u202e\nc", "nb_hits": 4, "bounce_rate": "n/a"},
    {"label": "größe 地図 \ud800", "nb_hits": -3, "bounce_rate": 1e-7},
    {"label": "", "nb_hits": 2},
]
AS_BYTES: dict[Format, str] = {
    "csv": (
        "Page URL,Pageviews,Bounce Rate\r\n"
        '"\'=HYPERLINK(""http://x"";""y"")",5,0.25\r\n'
        '"a;\'=1+1, [31m|b c",4,n/a\r\n'
        ",2,\r\n"
        "größe 地図 \ufffd,-3,1e-07\r\n"
    ),
    "tsv": (
        "Page URL\tPageviews\tBounce Rate\r\n"
        '"\'=HYPERLINK(""http://x"";""y"")"\t5\t0.25\r\n'
        '"a;\'=1+1, [31m|b c"\t4\tn/a\r\n'
        "\t2\t\r\n"
        "größe 地図 \ufffd\t-3\t1e-07\r\n"
    ),
    "json": (
        "[\n"
        '{"label": "=HYPERLINK(\\"http://x\\";\\"y\\")", "nb_hits": 5, "bounce_rate": 0.25},\n'
        '{"label": "a;=1+1, [31m|b c", "nb_hits": 4, "bounce_rate": "n/a"},\n'
        '{"label": "", "nb_hits": 2, "bounce_rate": null},\n'
        '{"label": "größe 地図 \ufffd", "nb_hits": -3, "bounce_rate": 1e-07}\n'
        "]\n"
    ),
    "md": (
        "| Page URL | Pageviews | Bounce Rate |\n"
        "| --- | ---: | ---: |\n"
        '| =HYPERLINK("http://x";"y") | 5 | 25 % |\n'
        "| a;=1+1, \\[31m\\|b c | 4 | n/a |\n"
        "|  | 2 |  |\n"
        "| größe 地図 \ufffd | -3 | 0 % |\n"
    ),
}


@pytest.mark.parametrize("kind", FORMATS)
async def test_all_rows_byte_by_byte(tmp_path: Path, kind: Format) -> None:
    request = ReportRequest(query(), REPORT)
    served = ReportMatomo({"Actions.getPageUrls": HOSTILE})
    writer = Writer(kind, request.shown_columns, REPORT.dimension, "EUR")
    batches = export.as_records(loader(served).rows(request), writer.columns)
    await export.write_records(tmp_path / "all", writer, batches)
    assert read(tmp_path / "all").decode() == AS_BYTES[kind]


@pytest.mark.parametrize("separator", [";", ","])
def test_no_part_of_a_text_is_a_formula_where_another_character_separates_cells(separator: str) -> None:
    line = text_of("csv", Record(f"a{separator}=1+1", (1, 1, f"b{separator}@c"))).splitlines()[1]
    for other in (";", ","):
        assert not [cell for cell in next(csv.reader([line], delimiter=other)) if cell.startswith(("=", "@"))]
    assert next(csv.reader([line]))[0] == f"a{separator}'=1+1"


def test_a_figure_beyond_all_numbers_is_none() -> None:
    record = Record("a", (float("inf"), float("nan"), ""))
    assert json.loads(text_of("json", record)) == [{"label": "a", "nb_visits": None, "rate": None, "code": ""}]
    assert text_of("csv", record).splitlines()[1] == "a,,,"
    vast = ReportRow(values={"bounce_count": 1e300, "nb_visits": 1e-300})
    assert computed_metrics.value(vast, "bounce_rate") is None


async def all_rows(matomo: ReportMatomo, path: Path, done: list[int]) -> int:
    request = ReportRequest(query(), REPORT)
    writer = Writer("csv", request.shown_columns, REPORT.dimension)
    batches = export.as_records(loader(matomo).rows(request), writer.columns)
    written, size = await export.write_records(path, writer, batches, progress=done.append)
    assert size == len(read(path))
    return written


async def test_all_rows_with_progress(tmp_path: Path) -> None:
    matomo = ReportMatomo({"Actions.getPageUrls": [{"label": f"/{n}", "nb_hits": n} for n in range(2300)]})
    done: list[int] = []
    assert await all_rows(matomo, tmp_path / "all.csv", done) == 2300
    assert done == [1000, 2000, 2300]
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 2301
    assert os.listdir(tmp_path) == ["all.csv"]


async def test_cancelled_nothing_is_left_behind(tmp_path: Path) -> None:
    matomo = ReportMatomo({"Actions.getPageUrls": [{"label": "a", "nb_hits": 1}]})
    matomo.gate = asyncio.Event()
    task = asyncio.create_task(all_rows(matomo, tmp_path / "all.csv", []))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(os.listdir(tmp_path)) == 1  # what is written so far, under another name
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.listdir(tmp_path) == []
    assert matomo.cancelled == 1


@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_cancelled_whenever_it_is_the_file_is_whole_or_not_there(tmp_path: Path, turns: int) -> None:
    matomo = ReportMatomo({"Actions.getPageUrls": [{"label": f"/{n}", "nb_hits": n} for n in range(1500)]})
    task = asyncio.create_task(all_rows(matomo, tmp_path / "all.csv", []))
    for _ in range(turns):
        await asyncio.sleep(0.0002)
    task.cancel()
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(outcome, asyncio.CancelledError):
        assert os.listdir(tmp_path) == []
    else:
        assert outcome == 1500
        assert len((tmp_path / "all.csv").read_text().splitlines()) == 1501


async def test_an_error_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[list[Record]]:
        yield [Record("a", ())]
        raise TimedOut("slow")

    with pytest.raises(TimedOut):
        await export.write_records(tmp_path / "a.csv", Writer("csv", (), "x"), broken())
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (REQUEST, "Shop-Page-URLs-2026-11-22.csv"),
        (REQUEST.below(OpenedRow(" ../../etc/passwd", 1)), "Shop-Page-URLs-etc-passwd-2026-11-22.csv"),
        (
            replace(REQUEST, query=query(period=Period.containing("week", date(2026, 11, 22)))),
            "Shop-Page-URLs-week-2026-11-16.csv",
        ),
        (
            replace(REQUEST, query=query(period=Period.days_between(date(2026, 11, 1), date(2026, 11, 9)))),
            "Shop-Page-URLs-2026-11-01_2026-11-09.csv",
        ),
        (replace(REQUEST, query=query(site=Site(id=9, name="日本"))), "Page-URLs-2026-11-22.csv"),
    ],
)
def test_a_name_is_suggested(request_: ReportRequest, name: str) -> None:
    assert export.suggested_name(request_, "csv") == name


@given(st.text(max_size=200))
def test_no_site_name_leads_out_of_the_folder(name: str) -> None:
    found = export.suggested_name(replace(REQUEST, query=query(site=Site(id=1, name=name))), "tsv")
    assert found == Path(found).name
    assert not found.startswith(".")
    assert len(found) < 130


def test_a_free_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert export.free_name(path) == path
    for name in ("a.csv", "a-2.csv"):
        (tmp_path / name).write_text("")
    assert export.free_name(path) == tmp_path / "a-3.csv"


def test_an_expanded_answer_is_written_with_its_levels() -> None:
    tree = ReportRow(label="docs", values={"nb_hits": 3}, rows=(row("/install", 2),))
    found = list(export.records([tree], REPORT.columns[:1]))
    assert [(record.label, record.indent, record.values) for record in found] == [
        ("docs", 0, (3,)),
        ("/install", 1, (2,)),
    ]
    table = TableModel(REQUEST)
    table.add(page(REQUEST, [tree], asked_at=NOW))
    assert [record.label for record in export.visible_records(table)] == ["docs"]
