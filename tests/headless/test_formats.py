"""Formats of printed rows: quoting, escaping, widths, and hostile text in each of them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.errors import NotMatomo
from matomo_tui.headless.answer_rows import RowGroup, groups_of
from matomo_tui.headless.formats import (
    OUTPUT_FORMATS,
    FlatWriter,
    JsonStream,
    OutputFormat,
    json_document,
    json_text,
    written_answer,
)
from matomo_tui.headless.text_table import TextTable, cell_width

HOSTILE = "\x1b[2J\x1b]0;pwned\x07 \x9b31m a\u202eb\u2066c\r\nd\te \U000e0041"
DANGEROUS = "\x00\x07\x08\x0b\x0c\r\x1b\x7f\x85\x9b\u200b\u2028\u202e\u2066\U000e0041"


def written(rows: Any, kind: OutputFormat, **options: Any) -> str:
    groups = list(groups_of(rows, by_date=True))
    return written_answer(groups, kind, FlatWriter(kind, **options))


def test_json_is_the_answer_with_its_types() -> None:
    answer = [{"n": 1, "f": 0.38, "big": 12345678901234567890, "s": "23", "u": "Zürich ☃", "none": None, "t": True}]
    text = json_document(answer)
    assert json.loads(text) == answer
    assert "Zürich ☃" in text
    assert text.endswith("]\n")
    assert not text.endswith("\n\n")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_json_loses_nothing_and_holds_nothing_dangerous(value: Any) -> None:
    try:
        text = json_document(value)
    except UnicodeEncodeError:
        return  # a lone surrogate, which the decoder never lets in
    assert not set(text) & set(DANGEROUS)
    if "token_auth" not in text.lower() and "%" not in text:
        assert json.loads(text) == value


@pytest.mark.parametrize("kind", OUTPUT_FORMATS)
def test_no_format_lets_a_control_character_through(kind: OutputFormat) -> None:
    rows = [{"label": HOSTILE, HOSTILE: 1, "nested": {HOSTILE: [HOSTILE, {"x": HOSTILE}]}}]
    text = json_document(rows) if kind == "json" else written(rows, kind)
    assert not set(text) & set(DANGEROUS)
    for width in (None, 20, 200):
        if kind == "table":
            assert not set(written(rows, kind, width=width)) & set(DANGEROUS)


@pytest.mark.parametrize("kind", OUTPUT_FORMATS)
def test_tokens_in_addresses_are_masked(kind: OutputFormat) -> None:
    rows = [{"url": "https://x.example/?token_auth=0123456789abcdef&a=1"}, {"url": "b"}]
    text = json_document(rows) if kind == "json" else written(rows, kind)
    assert "0123456789abcdef" not in text
    assert "token_auth" in text.replace("\\", "")


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(NotMatomo, match="nested too deeply"):
        json_document(deep)


def test_csv_is_quoted_and_no_formula() -> None:
    rows = [{"label": 'a,"b";c', "n": -3, "f": 0.5, "x": "=1+1", "none": None, "t": True}]
    text = written(rows, "csv")
    assert list(csv.reader(io.StringIO(text))) == [
        ["label", "n", "f", "x", "none", "t"],
        ['a,"b";c', "-3", "0.5", "'=1+1", "", "true"],
    ]
    assert "\r" not in text


def test_tsv_has_one_tab_between_cells() -> None:
    assert written([{"a": "x\ty", "b": 2}], "tsv") == "a\tb\nx y\t2\n"


def test_markdown_is_escaped_and_aligned() -> None:
    text = written([{"name": "a|b <b>*", "n": 1}], "markdown")
    assert text == "| name | n |\n| --- | ---: |\n| a\\|b \\<b\\>\\* | 1 |\n"


def test_ndjson_has_a_line_for_each_row_with_its_date() -> None:
    text = written({"2026-11-17": [{"a": [1]}], "2026-11-18": {"b": 2}}, "ndjson")
    assert [json.loads(line) for line in text.splitlines()] == [
        {"date": "2026-11-17", "a": [1]},
        {"date": "2026-11-18", "b": 2},
    ]


def test_a_table_in_a_pipe_has_tabs_and_whole_cells() -> None:
    assert written([{"a": "x" * 300, "b": 1}, {"a": "y", "b": 2}], "table") == f"a\tb\n{'x' * 300}\t1\ny\t2\n"


def test_a_single_object_is_listed_and_a_value_stands_alone() -> None:
    assert written({"nb_visits": 12, "rate": 0.5}, "table") == "name\tvalue\nnb_visits\t12\nrate\t0.5\n"
    assert written({"value": "5.8.0"}, "table") == "5.8.0\n"
    assert written({"value": True}, "table") == "true\n"
    assert written({"value": 3}, "csv") == "value\n3\n"


def test_chosen_columns_are_in_their_order_and_may_be_missing() -> None:
    assert written([{"a": 1, "b": 2}, {"a": 3}], "csv", columns=["b", "a", "zzz"]) == "b,a,zzz\n2,1,\n,3,\n"


def test_columns_of_later_batches_are_reported() -> None:
    writer = FlatWriter("csv")
    assert writer.rows([]) == ""
    assert writer.rows([{"a": 1}]) == "a\n1\n"
    assert writer.rows([{"b": 2, "a": 3}]) == "3\n"
    assert list(writer.missed) == ["b"]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_table_fits_the_terminal(width: int) -> None:
    rows = [{"label": "日本語のページ" * 9, "n": 1234567, "url": "https://shop.example/" * 5, "m": 5} for _ in range(3)]
    writer = FlatWriter("table", width=width)
    lines = writer.rows(rows).splitlines()
    assert max(map(cell_width, lines)) <= width
    assert len(lines) == 4
    assert (writer.left_out > 0) == (width < 40)
    if width >= 40:
        assert all(line.split()[-1] == "5" and "1234567" in line for line in lines[1:])


def test_wide_and_combining_characters_are_aligned() -> None:
    table = TextTable(["a", "n"], [["日本", "1"], ["e\u0301", "22"]], [False, True], 80)
    assert table.line(["日本", "1"]) == "日本   1\n"
    assert table.line(["e\u0301", "22"]) == "e\u0301     22\n"
    assert table.line(["日本語", "333"]) == "日…   3…\n"


def stream(*pages: tuple[tuple[str, ...], list[Any]]) -> Any:
    out = JsonStream()
    return json.loads("".join(out.rows(keys, rows) for keys, rows in pages) + out.end())


def test_a_stream_of_pages_is_one_document() -> None:
    assert stream() == []
    assert stream(((), [1, 2]), ((), [{"a": 3}])) == [1, 2, {"a": 3}]
    assert stream(((), []), ((), [1])) == [1]
    assert stream((("d1",), [1]), (("d1",), [2]), (("d2",), []), (("d3",), [4])) == {"d1": [1, 2], "d2": [], "d3": [4]}
    assert stream((("1", "d1"), [1]), (("1", "d2"), [2]), (("2", "d1"), [3])) == {
        "1": {"d1": [1], "d2": [2]},
        "2": {"d1": [3]},
    }


def test_a_stream_has_one_row_a_line() -> None:
    out = JsonStream()
    assert out.rows((), [{"a": 1}, {"a": 2}]) + out.end() == '[\n{"a":1},\n{"a":2}\n]\n'
    assert json_text("\x9b") == '"\\u009b"'
    assert RowGroup((("date", "x"),), []).entries == []
