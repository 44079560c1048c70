"""Fixed-width formatting of figures, durations, money and times."""

from __future__ import annotations

from math import isfinite

from rich.cells import cell_len, set_cell_size

from matomo_tui.instants import local_time
from matomo_tui.live.timezones import zone
from matomo_tui.rounding import COINS, amount, tenths, whole, whole_percent

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "TRY": "₺", "UAH": "₴", "ILS": "₪"}
_IN_A_CELL = 4
"""Characters in a cell of sanitized text at the most: one, and three marks above or below it."""


def zone_label(name: str) -> str:
    """The short name shown beside a clock: ``Berlin`` of ``Europe/Berlin``."""
    return name.rsplit("/", 1)[-1].replace("_", " ") or "UTC"


def clock_time(epoch: float, zone_name: str, *, seconds: bool = True) -> str:
    """``14:02:09`` in the site's zone."""
    return local_time(epoch, zone(zone_name)).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(epoch: float, zone_name: str) -> str:
    """``04 Nov 2026`` in the site's zone."""
    return f"{local_time(epoch, zone(zone_name)):%d %b %Y}"


def as_of(epoch: float, now: float, zone_name: str) -> str:
    """``as of 23:58``, or ``as of 04 Nov`` if that was not on the day of ``now``, in the site's zone."""
    at = local_time(epoch, zone(zone_name))
    return f"as of {at:%H:%M}" if at.date() == local_time(now, zone(zone_name)).date() else f"as of {at:%d %b}"


def number(value: float | None, missing: str = "–") -> str:
    """``1,234``; ``missing`` for an unknown or infinite value."""
    return missing if value is None or not isfinite(value) else f"{value:,.0f}"


def short_number(value: float | None, missing: str = "–") -> str:
    """At most five characters: ``9,999``, ``12.3k``, ``1.24M``, ``>999T``."""
    if value is None or value != value:
        return missing
    if abs(value) < 9_999.5:
        return f"{value:,.0f}"
    for unit, size in (("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12)):
        scaled = value / size
        if abs(scaled) < 999.5:
            digits = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
            return f"{scaled:.{digits}f}{unit}"
    return ">999T" if value > 0 else "<-999T"


def percent(fraction: float | None, digits: int = 0, missing: str = "–") -> str:
    """``38 %`` of 0.38."""
    return missing if fraction is None or not isfinite(fraction) else f"{fraction * 100:.{digits}f} %"


def signed_percent(fraction: float) -> str:
    """A change in at most seven cells: ``+8 %``, ``-0.3 %``, ``+>999 %``."""
    size = tenths(fraction)
    if abs(size) >= 999.5:
        return "+>999 %" if size > 0 else "->999 %"
    return f"{whole_percent(fraction):+d} %" if abs(size) >= 1 else f"{size:+.1f} %"


def duration(seconds: float | None, missing: str = "–", *, hours: bool = False) -> str:
    """``0:07``, ``12:40``, ``1:02:33``; with ``hours`` also ``0:00:07``."""
    if seconds is None or not isfinite(seconds):
        return missing
    whole = max(0, int(seconds))
    full, rest = divmod(whole, 3600)
    return f"{full}:{rest // 60:02d}:{rest % 60:02d}" if full or hours else f"{rest // 60}:{rest % 60:02d}"


def format_age(seconds: float) -> str:
    """An age in at most four characters: ``2 s``, ``14 m``, ``3 h``, ``12 d``."""
    whole = max(0, int(seconds))
    for limit, size, unit in ((100, 1, "s"), (5_940, 60, "m"), (172_800, 3600, "h")):
        if whole < limit:
            return f"{whole // size} {unit}"
    return f"{whole // 86_400} d"


def money(value: float | None, currency: str, missing: str = "–", *, cents: bool | None = None) -> str:
    """``€ 1,204`` from 1,000 up, ``€ 20.50`` below, ``BTC 0.00412345``; the ISO code if the currency has no known
    sign. ``cents`` decides on the decimals for a column whose amounts look alike."""
    if value is None or not isfinite(value):
        return missing
    sign = _SYMBOLS.get(currency, currency)
    if cents is None:
        cents = abs(value) < 1000 and value != int(value)
    return f"{sign} {amount(value, currency, cents=cents)}".strip()


def start_of(text: str, width: int) -> str:
    """``text``, or of one that is longer than ``width`` cells a beginning that is longer too: what is never shown need
    not be measured, as that takes half a millisecond for some texts."""
    for most in (width + 1, _IN_A_CELL * (width + 1)):
        if len(text) > most > 0 and cell_len(text[:most]) > width:
            return text[:most]
    return text


def pad_or_truncate(text: str, width: int, *, ellipsis: str = "…", right: bool = False) -> str:
    """``text`` in exactly ``width`` terminal cells: padded, or cut at its end with ``ellipsis``.

    A wide character is never cut in half; a blank takes its remaining cell.
    """
    if width <= 0:
        return ""
    text = start_of(text, width)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - cell_len(ellipsis)) + ellipsis
    padding = " " * (width - length)
    return padding + text if right else text + padding


def split_at(text: str, cells: int) -> tuple[str, str]:
    """``text`` up to ``cells`` terminal cells, and the rest. A wide character at the edge is part of the first."""
    if text.isascii():
        return text[:cells], text[cells:]
    taken = 0
    for place, character in enumerate(text):
        width = cell_len(character)
        if taken >= cells and width:
            return text[:place], text[place:]
        taken += width
    return text, ""


def cut_middle(text: str, width: int, *, ellipsis: str = "…") -> str:
    """``text`` in at most ``width`` cells: of a longer text its beginning and more of its end."""
    if cell_len(start_of(text, width)) <= width:
        return text
    front = max(0, width - 1) * 2 // 5
    end, room = len(text), width - 1 - front
    while end and room >= (cells := cell_len(text[end - 1])):
        end, room = end - 1, room - cells
    while end < len(text) and not cell_len(text[end]):
        end += 1  # what belongs to a character that was cut off
    return f"{set_cell_size(start_of(text, front), front)}{ellipsis}{text[end:]}" if width > 0 else ""


def change(value: float | None, before: float | None, *, relative: bool) -> tuple[int, str]:
    """The direction (-1, 0, 1) and size of a change as text with its sign: ``+4``, ``-12``, ``+8 %``.

    ``(0, "")`` if either value is unknown, or for a percentage of zero.
    """
    if value is None or before is None or (relative and before == 0) or not (isfinite(value) and isfinite(before)):
        return 0, ""
    if relative:
        ratio = (value - before) / abs(before)
        if abs(ratio) < 0.005:
            return 0, "0 %"
        whole = whole_percent(ratio)
        direction = 1 if ratio > 0 else -1
        return direction, f"{whole:+d} %" if 0 < abs(whole) < 1000 else f"{'+' if ratio > 0 else '-'}>999 %"
    difference = value - before
    if abs(difference) < 0.5:
        return 0, "0"
    sign = "+" if difference > 0 else "-"
    size = abs(difference)
    short = f"{size:.0f}" if size < 999.5 else f"{size / 1000:.1f}k" if size < 9_950 else short_number(size)
    return (1 if difference > 0 else -1), sign + short


def money_short(value: float | None, currency: str, missing: str = "–") -> str:
    """``money`` in at most nine cells: ``€ 12.3k`` from ten thousand up."""
    if value is None or not abs(value) >= 9_999.5:
        return money(value, currency, missing)
    return f"{_SYMBOLS.get(currency, currency)} {short_number(value)}".strip()


def money_brief(value: float, currency: str) -> str:
    """``€ 60``, ``€ 2.50``: without cents from ten up."""
    return money_short(whole(value) if 10 <= abs(value) < 1e15 and currency not in COINS else value, currency)


def format_interval(seconds: float) -> str:
    """A readable interval: ``5 s``, ``2 min``, ``1 h``."""
    whole = round(seconds)
    if whole >= 3600 and whole % 3600 == 0:
        return f"{whole // 3600} h"
    if whole >= 120 or whole == 60:
        return f"{round(whole / 60)} min"
    return f"{whole} s"


def ascii_money(text: str) -> str:
    """``text`` with currency signs as their ISO codes, for terminals without them."""
    if text.isascii():
        return text
    for code, sign in _SYMBOLS.items():
        text = text.replace(sign, code)
    return text


def plural(count: int, word: str) -> str:
    """Return ``1 visit``, ``2,400 visits`` and so on."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
