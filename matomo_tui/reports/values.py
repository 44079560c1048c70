"""Value types of report figures: formatting, and whether more is better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from matomo_tui.page_url import shown
from matomo_tui.rounding import amount, hundredths
from matomo_tui.sanitize import sanitize

if TYPE_CHECKING:
    from matomo_tui.api.reports import Value

ColumnType = Literal["number", "percent", "money", "duration_s", "duration_ms", "byte", "text"]

_TYPES: dict[str, ColumnType] = {
    "number": "number",
    "percent": "percent",
    "money": "money",
    "duration_s": "duration_s",
    "duration_ms": "duration_ms",
    "byte": "byte",
    "bytes": "byte",
    "float": "number",
    "text": "text",
    "url": "text",
    "dimension": "text",
    "enum": "text",
    "binary": "text",
    "date": "text",
    "datetime": "text",
    "timestamp": "text",
    "bool": "text",
}
_LESS_IS_BETTER = ("bounce_rate", "bounce_count", "exit_rate", "avg_page_load_time", "avg_time_generation")
_LESS_IS_BETTER_STARTS = (
    "avg_time_network",
    "avg_time_server",
    "avg_time_transfer",
    "avg_time_dom_",
    "avg_time_on_load",
)
_WHOLE_PERCENT = ("bounce_rate", "exit_rate")
"""Rates that Matomo rounds to two decimals of a fraction, also those of new visits and the like."""
_HIGHEST_RATE = 1e15
"""Limit for the difference of two rates, which can exceed the range of a float."""
_NEITHER_IS_BETTER = ("avg_time_on_page", "min_", "max_", "exit_nb", "revenue_tax", "revenue_discount")


def column_type(server_type: str, column: str = "") -> ColumnType:
    """The type from the metadata (``metricTypes``), or if that is unknown, by the column's name."""
    if server_type in _TYPES:
        return _TYPES[server_type]
    if column.endswith(("_rate", "_percentage", "_percent", "_evolution")):
        return "percent"
    if "revenue" in column or column.endswith("_price") or column == "price":
        return "money"
    if column.startswith("avg_time") or column.endswith(("_length", "_time_spent")):
        return "duration_s"
    return "number"


def better(column: str) -> int:
    """1 if more is better, -1 if less is (bounce rate, load times), 0 if neither."""
    if column.startswith(_LESS_IS_BETTER) or column.startswith(_LESS_IS_BETTER_STARTS):
        return -1
    return 0 if column.startswith(_NEITHER_IS_BETTER) else 1


def is_whole_percent(column: str) -> bool:
    """Returns True for rates that Matomo rounds to whole percent. It sends some of them rounded and leaves others to
    be computed; with a decimal the same rate would read differently in two places."""
    return column.startswith(_WHOLE_PERCENT)


def is_count(column: str) -> bool:
    """True for counts and sums, of which there are none where Matomo has no row; not for rates, averages and
    extremes."""
    if column_type("", column) == "percent" or "_per_" in column or column.endswith("price"):
        return False
    return not column.startswith(("avg_", "min_", "max_"))


def over_time(column: str, found: Sequence[Value], is_empty: Sequence[bool]) -> tuple[Value, ...]:
    """The values of ``column`` over several periods, with 0 for a count in those that Matomo answered with no row: it
    leaves out what had no visits, and its own minimum is 0 then.

    If no period has a value, none is made up: the row does not exist, or Matomo does not count this for such
    periods."""
    if not is_count(column) or all(value is None for value in found):
        return tuple(found)
    return tuple(0 if empty else value for value, empty in zip(found, is_empty, strict=True))


class Change(Struct, frozen=True):
    """A change of a figure from ``before`` to ``after``."""

    before: float
    after: float
    good: int
    """1 for a change to the better, -1 to the worse, 0 if neither direction is better."""
    is_whole_percent: bool = False
    """True for a change of a rate that Matomo rounds to whole percent."""

    @property
    def difference(self) -> float:
        return self.after - self.before

    @property
    def ratio(self) -> float | None:
        """The difference as a fraction of ``before``: 0.08 for +8 %; ``None`` if that is 0."""
        return (self.after - self.before) / abs(self.before) if self.before else None

    @property
    def direction(self) -> int:
        """1 for more, -1 for less, 0 for the same."""
        return (self.after > self.before) - (self.after < self.before)


def change(column: str, after: Value, before: Value) -> Change | None:
    """The change of ``column``; ``None`` if either value is unknown or a text."""
    if after is None or before is None or isinstance(after, str) or isinstance(before, str):
        return None
    direction = (after > before) - (after < before)
    return Change(before, after, direction * better(column), is_whole_percent(column))


def points(change: Change, digits: int) -> float:
    """The percentage points between two rates as they are written: in whole percent, or with ``digits`` decimals. Taken
    from all their digits, the difference could be another one than that of the figures beside it."""
    if change.is_whole_percent:
        return float(hundredths(change.after) - hundredths(change.before))
    after, before = (
        round(max(-_HIGHEST_RATE, min(rate, _HIGHEST_RATE)) * 100, digits) for rate in (change.after, change.before)
    )
    return round(after - before, digits)


def points_written(change: Change) -> str:
    """The percentage points between two rates as :func:`written` writes them: ``-0.67 pp``, ``0 pp``."""
    return f"{_number(points(change, 2))} pp"


def numeric(found: Iterable[Value]) -> tuple[float | None, ...]:
    """The numbers among ``found``; ``None`` in place of texts and unknown values."""
    return tuple(value if isinstance(value, int | float) else None for value in found)


def is_figure(value: Value) -> bool:
    """Returns True if the value can be written. Sums and quotients of large figures may be infinite."""
    return value is not None and (isinstance(value, str) or isfinite(value))


def written(value: Value, kind: ColumnType, currency: str = "", missing: str = "", *, column: str = "") -> str:
    """``value`` of ``column`` (the key) formatted and sanitized: ``1,234``, ``3.5``, ``38 %``, ``EUR 20.50``,
    ``0:01:17``, ``350 ms``, ``1.2 MB``."""
    if value is None or not is_figure(value):
        return missing
    if isinstance(value, str):
        return shown(value)
    if kind == "percent" and is_whole_percent(column):
        return f"{hundredths(value):,} %"
    if kind == "percent":
        return f"{value * 100:,.2f}".rstrip("0").rstrip(".") + " %"
    if kind == "money":
        digits = amount(value, currency)
        return f"{sanitize(currency)} {digits}" if currency else digits
    if kind == "duration_s":
        return _duration(value)
    if kind == "duration_ms":
        return f"{value:,.0f} ms"
    if kind == "byte":
        return _bytes(value)
    return _number(value)


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _duration(seconds: float) -> str:
    if abs(seconds) < 10 and seconds != int(seconds):
        return f"{seconds:.2f} s"
    sign, whole = ("-", -round(seconds)) if seconds < 0 else ("", round(seconds))
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
