"""API calls as values: method, parameters and decoder.

Functions such as ``live.get_counters(…)`` build calls, and :class:`~matomo_tui.api.client.Client` sends them, alone or
many in one request. Since a call is a value, a bulk request is just a list of calls, and each answer keeps its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from matomo_tui.api import json_decoding
from matomo_tui.api.permissions import Area
from matomo_tui.api.secret import Secret
from matomo_tui.late_pattern import late_pattern

T_co = TypeVar("T_co", covariant=True)

Params = Mapping[str, str | int | Secret]
PeriodKind = Literal["day", "week", "month", "year", "range"]
"""Matomo's ``period`` parameter. ``date`` selects one of them: ``today``, ``2026-11-17``, or for a range both ends
(``2026-11-01,2026-11-17``) or ``last7``."""

EVERY: Params = {"filter_limit": -1}
"""Parameters for methods that return a plain list of sites, ids, goals or users. Without them Matomo silently returns
only the first 100 entries (observed on 5.0.2 and 5.8.0)."""
BARE: Mapping[str, int] = {"percent_of_total": 0}
"""Sent with every report: from Matomo 6.0 on, rows otherwise contain the percentage of every figure too."""

_AREA_OF_MODULE: Mapping[str, Area] = {
    "Goals": "goals",
    "SitesManager": "sites",
    "UsersManager": "users",
    "SegmentEditor": "segments",
    "Annotations": "annotations",
}
_WRITING = late_pattern(
    r"(?:add|update|delete|set|create|remove|invite|resend|rename|save|archive|invalidate|install|uninstall|activate"
    r"|deactivate|send|enable|disable|block|unblock|anonymize|expire|upload|star|unstar|import|copy|run|purge|clear)"
    r"(?=[A-Z_]|$)"
)


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One API method with its parameters; ``T_co`` is the type of its answer."""

    method: str
    """Matomo's name of the method, such as ``Live.getCounters``."""
    params: Params
    """Parameters by Matomo's names; a ``Secret`` among them is revealed only in the request itself."""
    decode: Callable[[bytes], T_co]
    """Converts the JSON of a successful answer; raises ``msgspec.MsgspecError`` or ``ValueError`` for another shape."""
    writes: bool = False
    """True if the method changes anything on the server."""
    timeout: float | None = field(default=None, compare=False)
    """Seconds for the whole answer, for slow methods; ``None`` uses the transport's timeout."""
    most: int | None = field(default=None, compare=False)
    """Upper bound of the decoded answer in bytes; ``None`` if unknown."""
    with_headers: Callable[[Any, Mapping[str, str]], Any] | None = field(default=None, compare=False)
    """Adds data from the HTTP headers (lower-case names) to the decoded answer; not used within a bulk request."""

    @property
    def is_write(self) -> bool:
        """True if ``writes`` is set, or if the method's name begins with a verb that changes something."""
        return self.writes or bool(_WRITING.match(self.method.partition(".")[2]))

    @property
    def area(self) -> Area:
        """The area that a profile's ``allow`` list must contain for this call."""
        return _AREA_OF_MODULE.get(self.method.partition(".")[0], "other") if self.is_write else "read"

    def shown_params(self) -> dict[str, str]:
        """Return the parameters for display and logs, with secrets as ``***``."""
        return {name: str(value) for name, value in self.params.items()}


def encode_param(value: str | int | Secret) -> str:
    """Return the value as sent in the request. This is the only place that reveals a secret parameter."""
    return value.reveal() if isinstance(value, Secret) else str(value)


def with_segment(params: Params, segment: str) -> Params:
    """Return ``params`` with a Matomo segment expression; ``""`` means all visits."""
    return {**params, "segment": segment} if segment else params


def untyped(method: str, params: Params, *, writes: bool = False) -> Call[Any]:
    """A call of any API method; its answer is plain parsed JSON. Set ``writes`` if the method changes anything.

    >>> await matomo.call(untyped("SitesManager.getSiteUrlsFromId", {"idSite": 1}))
    ['https://lumen-oak.example', 'https://www.lumen-oak.example']
    """
    return Call(method, params, json_decoding.parse, writes=writes)
