"""Fields of a visit beyond Matomo's own: custom dimensions, custom variables, and what plug-ins add."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params, with_segment

_OWN = frozenset(
    {
        "actionDetails",
        "actions",
        "city",
        "crmLink",
        "events",
        "fingerprint",
        "firstActionTimestamp",
        "formConversions",
        "goalConversions",
        "idSite",
        "idVisit",
        "interactions",
        "latitude",
        "location",
        "longitude",
        "resolution",
        "searches",
        "siteName",
        "userId",
    }
)
_OWN_PREFIXES = (
    "browser",
    "continent",
    "country",
    "daysSince",
    "device",
    "language",
    "operatingSystem",
    "plugins",
    "provider",
    "referrer",
    "lastAction",
    "region",
    "secondsSince",
    "server",
    "siteCurrency",
    "totalAbandonedCarts",
    "totalEcommerce",
    "visit",
)
"""Beginnings of the names of Matomo's own fields, as 5.0.2 and 5.8.0 send them."""
_DIMENSION = re.compile(r"dimension(\d{1,6})")
_LONGEST = 200


class CustomDimension(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``CustomDimensions.getConfiguredCustomDimensions``. Its field in a visit is ``dimension<id>``."""

    id: int = msgspec.field(name="idcustomdimension")
    name: str = ""
    scope: str = ""
    """``visit`` or ``action``."""


@dataclass(frozen=True, slots=True)
class VisitField:
    """A field with its value, as sent: sanitize both before display."""

    name: str
    values: tuple[str, ...]
    """One value, or each different one of the visit's actions."""

    @property
    def dimension(self) -> int | None:
        """The id of the custom dimension; ``None`` for another field."""
        found = _DIMENSION.fullmatch(self.name)
        return int(found[1]) if found else None


def get_custom_dimensions(site_id: int) -> Call[tuple[CustomDimension, ...]]:
    """``CustomDimensions.getConfiguredCustomDimensions``: needs view access and the plug-in."""
    return Call(
        "CustomDimensions.getConfiguredCustomDimensions",
        {"idSite": site_id, **EVERY},
        json_decoding.records(CustomDimension),
    )


def get_visit_fields(site_id: int, id_visit: int) -> Call[tuple[VisitField, ...]]:
    """``Live.getLastVisitsDetails`` of one visit with all its columns; returns only the fields that are not Matomo's
    own. Empty if the visit is not stored any more."""
    params: Params = {"idSite": site_id, "filter_limit": 1}
    return Call("Live.getLastVisitsDetails", with_segment(params, f"visitId=={id_visit}"), _fields)


def _fields(body: bytes) -> tuple[VisitField, ...]:
    rows = [row for row in json_decoding.entries(json_decoding.parse(body)) if type(row) is dict]
    found: dict[str, list[str]] = {}
    for row in rows[:1]:
        for name, value in _pairs(row):
            found.setdefault(name, []).append(value)
        actions = (action for action in json_decoding.entries(row.get("actionDetails")) if type(action) is dict)
        for action in actions:
            kept = {key: value for key, value in action.items() if _DIMENSION.fullmatch(key) or key in _VARIABLES}
            for name, value in _pairs(kept):
                if value not in found.setdefault(name, []):
                    found[name].append(value)
    return tuple(VisitField(name, tuple(values)) for name, values in found.items())


_VARIABLES = frozenset({"customVariables"})


def _pairs(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if name in _VARIABLES:
            yield from _variables(value)
        elif name not in _OWN and not name.startswith(_OWN_PREFIXES) and value not in (None, False, "", [], {}):
            text = json_decoding.text(value)
            yield name, (json.dumps(value, ensure_ascii=False) if text is None else text)[:_LONGEST]


def _variables(value: Any) -> Iterator[tuple[str, str]]:
    """Yield name and value of each variable of ``{"1": {"customVariableName1": …, "customVariableValue1": …}}``."""
    for slot in json_decoding.entries(value):
        if type(slot) is not dict:
            continue
        texts = {key: json_decoding.text(one) or "" for key, one in slot.items()}
        name = next((one for key, one in texts.items() if "Name" in key), "")
        if name:
            yield name, next((one for key, one in texts.items() if "Value" in key), "")[:_LONGEST]
