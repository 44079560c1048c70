"""The recorded session with a report of very many pages beside it."""

from __future__ import annotations

import time
from typing import Any

from tests.benchmarks.recorded_matomo import RecordedMatomo, Row
from tests.recorded import Fields, load

PAGES = "Actions.getPageUrls"


class BigMatomo(RecordedMatomo):
    """Page URLs have ``rows`` rows, each with what a recorded one has. ``at_once``: all of them come in one answer,
    whatever is asked for.

    The labels of each answer from the first row on begin with its number, ``answers``; it was ready at ``answered``
    (monotonic seconds). ``asked`` counts the requests for rows, those that count them included.
    """

    def __init__(self, rows: int, *, at_once: bool = False) -> None:
        super().__init__(quiet=True)
        self.rows = rows
        self.answers = self.asked = 0
        self.answered = 0.0
        self._at_once = at_once
        (metadata,) = load("metadata")
        self._metadata = metadata.json
        exchange = next(e for e in load("actions") if e.method == PAGES and "filter_limit" in e.params)
        self._row: Row = next(row for row in exchange.json if "url" in row)

    @property
    def first_label(self) -> bytes:
        """The label of the first row of the answer last given."""
        return self.label(self.answers, 0).encode()

    @property
    def next_label(self) -> bytes:
        """The same of the next answer."""
        return self.label(self.answers + 1, 0).encode()

    def label(self, answer: int, number: int) -> str:
        """The label of a row."""
        return f"/{answer}-{number:06d}"

    def _body(self, fields: Fields) -> bytes:
        before = self.answers
        body = super()._body(fields)
        if self.answers != before:
            self.answered = time.monotonic()
        return body

    def _answer(self, call: dict[str, str]) -> Any:
        method = call.get("method", "")
        if method == "API.getReportMetadata":
            return self._metadata
        return self._pages(call) if method == PAGES else super()._answer(call)

    def _pages(self, call: dict[str, str]) -> list[Row]:
        self.asked += 1
        first, limit = int(call.get("filter_offset", 0)), int(call["filter_limit"])
        last = self.rows if self._at_once else min(self.rows, first + limit)
        if not first:
            self.answers += 1
        kept = set(call["showColumns"].split(","))
        row = {name: value for name, value in self._row.items() if name in kept}
        return [{**row, "label": self.label(self.answers, number)} for number in range(first, last)]
