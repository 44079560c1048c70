"""The recorded Matomo with an additional report of very many pages."""

from __future__ import annotations

import time
from typing import Any

from tests.benchmarks.recorded_matomo import RecordedMatomo, Row
from tests.recorded import Fields, load

PAGES = "Actions.getPageUrls"


class BigMatomo(RecordedMatomo):
    """``Actions.getPageUrls`` has ``rows`` rows with the figures of a recorded one. With ``at_once`` every answer has
    all rows, whatever its limit.

    Each label of an answer contains its number ``answers``. ``answered`` is the time at which the last answer was ready
    (monotonic seconds). ``asked`` counts all requests for rows, including those that only count them.
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
        """The first row's label in the last answer."""
        return self.label(self.answers, 0).encode()

    @property
    def next_label(self) -> bytes:
        """The first row's label in the next answer."""
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
        kept = set(filter(None, call.get("showColumns", "").split(",")))
        row = {name: value for name, value in self._row.items() if not kept or name in kept}
        return [{**row, "label": self.label(self.answers, number)} for number in range(first, last)]
