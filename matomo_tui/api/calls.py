"""A Matomo API call as a value: method, parameters and decoder.

Calls are made by the functions of the Matomo modules (``live.get_counters(…)``) and sent by
:class:`~matomo_tui.api.client.Client`, alone or many in one request. Because a call is a value, a bulk request
is nothing but a list of calls, and each part keeps its type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from matomo_tui.api import json_decoding
from matomo_tui.api.permissions import Area
from matomo_tui.api.secret import Secret

T_co = TypeVar("T_co", covariant=True)

Params = Mapping[str, str | int | Secret]
PeriodKind = Literal["day", "week", "month", "year", "range"]
"""What Matomo takes as ``period``; the ``date`` beside it says which: ``today``, ``2026-11-17``, and for a range both
ends (``2026-11-01,2026-11-17``) or ``last7``."""

EVERY: Params = {"filter_limit": -1}
"""What goes along to a method that answers a plain list of sites, ids, goals or users: without, Matomo stops at 100
entries and does not say so (seen on 5.0.2 and 5.8.0)."""
BARE: Mapping[str, int] = {"percent_of_total": 0}
"""Sent with every report: from 6.0 each row has the share of each of its figures beside it unless told otherwise."""

_AREA_OF_MODULE: Mapping[str, Area] = {
    "Goals": "goals",
    "SitesManager": "sites",
    "UsersManager": "users",
    "SegmentEditor": "segments",
    "Annotations": "annotations",
}
_WRITING = re.compile(
    r"(?:add|update|delete|set|create|remove|invite|resend|rename|save|archive|invalidate|install|uninstall|activate"
    r"|deactivate|send|enable|disable|block|unblock|anonymize|expire|upload|star|unstar|import|copy|run|purge|clear)"
    r"(?=[A-Z_]|$)"
)


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One API method with its parameters.

    ``method`` is Matomo's own name (``Live.getCounters``); ``params`` go out form-encoded; ``decode`` turns the
    JSON bytes of a successful answer into ``T_co`` and raises ``msgspec.MsgspecError`` or ``ValueError`` when they
    have another shape; ``writes`` marks what changes anything on the server; ``timeout`` (seconds) replaces the
    connection's own where a call is known to be slow; ``most`` bytes are all that its answer can have, decoded
    (``None``: nobody knows). ``with_headers`` adds to the answer what only the HTTP headers
    (lower-case names) tell; within a bulk request there are none, and it is not asked. A ``Secret`` among ``params``
    is revealed only in the request itself.
    """

    method: str
    params: Params
    decode: Callable[[bytes], T_co]
    writes: bool = False
    timeout: float | None = field(default=None, compare=False)
    most: int | None = field(default=None, compare=False)
    with_headers: Callable[[Any, Mapping[str, str]], Any] | None = field(default=None, compare=False)

    @property
    def is_write(self) -> bool:
        """Whether it changes anything, by its own mark or by the verb that its method begins with."""
        return self.writes or bool(_WRITING.match(self.method.partition(".")[2]))

    @property
    def area(self) -> Area:
        """What a profile's ``allow`` list has to name for this call to be sent."""
        return _AREA_OF_MODULE.get(self.method.partition(".")[0], "other") if self.is_write else "read"

    def shown_params(self) -> dict[str, str]:
        """The parameters as they may be shown and kept: secrets as ``***``."""
        return {name: str(value) for name, value in self.params.items()}


def encode_param(value: str | int | Secret) -> str:
    """A parameter's value as it goes into the request: the one place where a secret among them is revealed."""
    return value.reveal() if isinstance(value, Secret) else str(value)


def with_segment(params: Params, segment: str) -> Params:
    """``params`` narrowed to a Matomo segment expression; ``""`` is everybody."""
    return {**params, "segment": segment} if segment else params


def untyped(method: str, params: Params, *, writes: bool = False) -> Call[Any]:
    """Any method that the server has, answered as plain JSON; with ``writes`` where it changes anything.

    >>> await matomo.call(untyped("SitesManager.getSiteUrlsFromId", {"idSite": 1}))
    ['https://lumen-oak.example', 'https://www.lumen-oak.example']
    """
    return Call(method, params, json_decoding.parse, writes=writes)
