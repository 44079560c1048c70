"""The columns of the feed: those of a fresh start, and those that the user chose."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from matomo_tui.ui.widgets.table.columns import Column

FIXED = (Column("time", "Time", 8), Column("here", "", 1))
"""The first columns of every choice."""
USUAL = (
    Column("country", "", 2),
    Column("returning", "Nth", 4, align="right", hides=5),
    Column("device", "", 1, hides=6),
    Column("source", "Source", 10, flex=6, most=34, first=(17, 7)),
    Column("actions", "Act.", 4, align="right", hides=1),
    Column("spent", "Spent", 7, align="right", hides=2),
    Column("page", "Page", 24, flex=4),
    Column("title", "Title", 18, flex=4, hides=7),
    Column("who", "Visitor", 20, flex=1, most=24, hides=9),
    Column("place", "Place", 20, flex=1, most=24, hides=8),
    Column("badges", "", 11, flex=2, most=30, hides=3),
)
"""On narrower terminals columns are hidden in this order: visitor, place, title, device, visit count, badges, time
spent, actions."""
COLUMNS = (*FIXED, *USUAL)
MORE = (
    Column("ip", "IP", 15, flex=1, most=39),
    Column("user", "User id", 12, flex=1, most=30),
    Column("country_name", "Country", 12, flex=1, most=24),
    Column("keyword", "Keyword", 12, flex=1, most=30),
    Column("referrer", "Referrer", 16, flex=2, most=60),
    Column("browser", "Browser", 10, flex=1, most=20),
    Column("system", "System", 10, flex=1, most=20),
    Column("device_name", "Device", 10, flex=1, most=20),
    Column("revenue", "Revenue", 9, align="right"),
    Column("visit", "Visit", 8, align="right"),
)
"""Columns that are shown only if the user chooses them."""
NAMES = {
    "country": "Country code",
    "returning": "Number of the visit",
    "device": "Device, as a sign",
    "source": "Source",
    "actions": "Actions",
    "spent": "Time spent",
    "page": "Page",
    "title": "Page title",
    "who": "Visitor: user id or IP",
    "place": "City and country",
    "badges": "Goals, orders, carts, searches, events",
    "ip": "IP address",
    "user": "User id",
    "country_name": "Country",
    "keyword": "Keyword",
    "referrer": "Referring address",
    "browser": "Browser",
    "system": "Operating system",
    "device_name": "Device",
    "revenue": "Revenue of the visit",
    "visit": "Id of the visit",
}
"""The columns to choose from by key."""
DEFAULT = tuple(column.key for column in USUAL)
_BY_KEY = {column.key: column for column in (*USUAL, *MORE)}


def columns_of(keys: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns for a choice of ``keys`` in order; unknown keys are left out, and no key is the usual choice.

    On narrower terminals, of chosen columns the last ones are hidden first.
    """
    known = [key for key in dict.fromkeys(keys) if key in _BY_KEY]
    if not known or tuple(known) == DEFAULT:
        return COLUMNS
    return (*FIXED, *(replace(_BY_KEY[key], hides=place) for place, key in enumerate(known)))
