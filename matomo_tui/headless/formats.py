"""Formats the rows of answers as text: a table, JSON, NDJSON, CSV, TSV or Markdown, batch by batch.

All text of the server is made harmless here: tables, CSV, TSV and Markdown drop what a terminal could interpret, JSON
writes it as escapes. Values of ``token_auth`` in addresses are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Literal, get_args

import msgspec

from matomo_tui.api.errors import NotMatomo
from matomo_tui.headless.answer_rows import TOO_DEEP, RowGroup, columns_of, encoded, entries_of, flat_rows
from matomo_tui.headless.text_table import TextTable
from matomo_tui.page_url import mask_tokens
from matomo_tui.reports.export import delimited, harmless, markdown_row, plain_line
from matomo_tui.sanitize import escape_unprintable

OutputFormat = Literal["table", "json", "csv", "tsv", "ndjson", "markdown"]
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)

_LONGEST = 1_000_000
"""Characters of a cell of CSV and TSV: an entry of a visit log with its actions is a single cell."""
_DEEPEST = 200
_LONGEST_SHOWN = 2_000
"""Characters of a cell of a table."""


def json_text(value: Any) -> str:
    """Return ``value`` as JSON in one line: numbers stay numbers, and unprintable characters are escaped. Raises
    ``NotMatomo`` if it is nested too deeply."""
    return escape_unprintable(encoded(masked(value)))


def json_document(value: Any) -> str:
    """Return ``value`` as indented JSON with a line break at the end; see :func:`json_text`."""
    return escape_unprintable(msgspec.json.format(encoded(masked(value)), indent=2)) + "\n"


def masked(value: Any, depth: int = 0) -> Any:
    """Return ``value`` with every ``token_auth`` in its texts masked."""
    if type(value) is str:
        return mask_tokens(value)
    if type(value) not in (list, dict):
        return value
    if depth > _DEEPEST:
        raise NotMatomo(TOO_DEEP)
    if type(value) is list:
        return [masked(each, depth + 1) for each in value]
    return {mask_tokens(key): masked(each, depth + 1) for key, each in value.items()}


class JsonStream:
    """The rows of groups as one JSON document of the shape that a single answer would have, one row a line."""

    def __init__(self) -> None:
        self._open: tuple[str, ...] = ()
        self._started = False
        self._is_list = True
        self._rows = 0

    def value(self, keys: tuple[str, ...], value: Any) -> str:
        """The text of a group that is no list of rows, such as a single figure, and comes as a whole."""
        return self._enter(keys, is_list=False) + json_text(value)

    def rows(self, keys: tuple[str, ...], rows: Iterable[Any]) -> str:
        """The text of the next rows; ``keys`` are the answer's keys of the group that they belong to."""
        pieces = [] if self._started and keys == self._open else [self._enter(keys)]
        for row in rows:
            pieces.append(",\n" if self._rows else "\n")
            pieces.append(json_text(row))
            self._rows += 1
        return "".join(pieces)

    def end(self) -> str:
        """The text after the last row."""
        opening = "" if self._started else self._enter(())
        return f"{opening}{self._close_rows()}{'}' * len(self._open)}\n"

    def _enter(self, keys: tuple[str, ...], *, is_list: bool = True) -> str:
        same = 0
        while same < min(len(keys), len(self._open)) - 1 and keys[same] == self._open[same]:
            same += 1
        text = ""
        if self._started:
            text = self._close_rows() + "}" * (len(self._open) - 1 - same) + ",\n"
        for depth, key in enumerate(keys[same:], same):
            text += ("{" if depth > same or not self._started else "") + f"{json_text(key)}: "
        self._open, self._started, self._is_list, self._rows = keys, True, is_list, 0
        return text + ("[" if is_list else "")

    def _close_rows(self) -> str:
        if not self._is_list:
            return ""
        return "\n]" if self._rows else "]"


class FlatWriter:
    """Writes flat rows as a table, CSV, TSV or Markdown. The columns are those of the first batch, or ``columns``.

    ``width`` is the width of the terminal for a table; ``None`` for a pipe. ``emphasize`` marks the header of a table.
    """

    def __init__(
        self,
        kind: OutputFormat,
        *,
        columns: Sequence[str] = (),
        width: int | None = None,
        emphasize: Callable[[str], str] = str,
    ) -> None:
        self._kind = kind
        self._chosen = list(columns)
        self._columns: list[str] = list(columns)
        self._width = width
        self._emphasize = emphasize
        self._table: TextTable | None = None
        self._started = False
        self.missed: dict[str, None] = {}
        """Columns of later batches, which are left out."""
        self.unseen: dict[str, None] = dict.fromkeys(columns)
        """Chosen columns that no row has had so far."""

    @property
    def brief(self) -> bool:
        """True for a table on a terminal, where nested lists are only counted."""
        return self._width is not None

    @property
    def has_begun(self) -> bool:
        """True after the first row."""
        return self._started

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._columns

    @property
    def left_out(self) -> int:
        """The number of columns for which the terminal has no room."""
        return self._table.left_out if self._table is not None else 0

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """The text of a batch, with the header before the first one."""
        lines: list[str] = []
        if self.unseen:
            for name in columns_of(rows):
                self.unseen.pop(name, None)
        if not self._started:
            if not rows:
                return ""
            self._columns = self._chosen or columns_of(rows)
            self._started = True
            cells = [self._cells(row) for row in rows]
            lines.append(self._header(rows, cells))
        else:
            cells = [self._cells(row) for row in rows]
            if not self._chosen:
                self.missed |= dict.fromkeys(name for name in columns_of(rows) if name not in self._columns)
        lines += map(self._line, cells)
        return "".join(lines)

    def _header(self, rows: Sequence[Mapping[str, Any]], cells: Sequence[Sequence[str]]) -> str:
        names = [harmless(name) if self._kind in ("csv", "tsv") else plain_line(name) for name in self._columns]
        if self._kind == "markdown":
            rule = ["---:" if number else "---" for number in self._numeric(rows)]
            return markdown_row(names) + markdown_row(rule, escape=False)
        if self._kind in ("csv", "tsv"):
            return self._line(names)
        self._table = TextTable(names, cells, self._numeric(rows), self._width)
        return self._emphasize(self._table.header())

    def _numeric(self, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
        return [
            all(type(row.get(name)) in (int, float) or row.get(name) in (None, "") for row in rows)
            and any(type(row.get(name)) in (int, float) for row in rows)
            for name in self._columns
        ]

    def _cells(self, row: Mapping[str, Any]) -> list[str]:
        return [self._cell(row.get(name)) for name in self._columns]

    def _cell(self, value: Any) -> str:
        if type(value) is str:
            if self._kind in ("csv", "tsv"):
                return harmless(value, _LONGEST)
            return plain_line(value, _LONGEST if self._width is None else _LONGEST_SHOWN)
        return scalar_text(value)

    def _line(self, cells: Sequence[str]) -> str:
        if self._kind == "markdown":
            return markdown_row(cells)
        if self._kind == "csv":
            return delimited(cells, "csv", "\n")
        if self._kind == "tsv":
            return delimited(cells, "tsv", "\n")
        return self._table.line(cells) if self._table is not None else ""


def scalar_text(value: Any) -> str:
    """Return a number, boolean or ``None`` of an answer as the text of a cell."""
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float and not isfinite(value):
        return ""
    return value if type(value) is str else encoded(value)


def written_answer(groups: Sequence[RowGroup], kind: OutputFormat, writer: FlatWriter, *, levels: bool = False) -> str:
    """The text of a whole answer in any format but JSON.

    The table of a single object has a line for each of its values, and a single value is printed alone.
    """
    if kind == "ndjson":
        return "".join(json_line(group, entry) for group in groups for entry in group.entries)
    rows = [row for group in groups for row in flat_rows(group, levels=levels, brief=writer.brief)]
    if kind == "table" and len(groups) == 1 and len(rows) == 1 and type(groups[0].answer) is dict:
        if list(rows[0]) == ["value"]:
            return plain_line(scalar_text(rows[0]["value"]), _LONGEST) + "\n"
        if entries_of(groups[0].answer)[0] is groups[0].answer and not writer.columns:
            return writer.rows([{"name": name, "value": value} for name, value in rows[0].items()])
    return writer.rows(rows)


def json_line(group: RowGroup, entry: Any) -> str:
    """One row as a line of NDJSON, with the keys of its group first."""
    if group.keys:
        entry = {**dict(group.keys), **entry} if type(entry) is dict else {**dict(group.keys), "value": entry}
    return json_text(entry) + "\n"
