"""Matomo over HTTP as a typed asynchronous library. Imports nothing from the layers above it.

A module for each module of Matomo (``live``, ``visits_summary``, ``goals``, ``sites``, ``users``, …) has its methods as
functions that return calls; :class:`Matomo` sends those, alone or many in one request:

>>> from matomo_tui.api import Matomo, live, visits_summary
>>> async with Matomo("stats.example.org", token, read_only=True) as matomo:
...     counters = await matomo.call(live.get_counters(1, last_minutes=30))
...     totals, visits = await matomo.gather(
...         visits_summary.get(1, "day", "yesterday"),
...         live.get_last_visits_details(1, limit=20, period="day", date="today"),
...     )
>>> counters.visits > 0, totals.nb_visits > 0, len(visits)
(True, True, 20)

Everything that goes wrong is a :class:`MatomoError`, whose text is a sentence and whose ``method`` says which call it
was; in a request of many, each failing part is its own, returned in the answer's place. A method that has no function
here is called with :func:`untyped`. Texts in the models are what the server sent: clean them with
``matomo_tui.sanitize.sanitize`` before they reach a terminal.

The names below are loaded when they are first used: importing this package costs nothing.
"""

TYPE_CHECKING = False  # as type checkers know it, without importing typing for it
if TYPE_CHECKING:
    from matomo_tui.api import (
        annotations,
        errors,
        goals,
        insights,
        live,
        metadata,
        multi_sites,
        reports,
        row_evolution,
        segment_editor,
        server,
        sites,
        transitions,
        users,
        visits_summary,
    )
    from matomo_tui.api.address import Address
    from matomo_tui.api.calls import Call, PeriodKind, untyped
    from matomo_tui.api.client import Client
    from matomo_tui.api.errors import MatomoError
    from matomo_tui.api.http import HttpTransport
    from matomo_tui.api.matomo import Matomo
    from matomo_tui.api.secret import Secret
else:

    def __getattr__(name: str) -> object:
        import importlib

        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = _HOMES.get(name)
        if home is None:
            return importlib.import_module(f"{__name__}.{name}")
        return getattr(importlib.import_module(f"{__name__}.{home}"), name)


_HOMES = {
    "Address": "address",
    "Call": "calls",
    "Client": "client",
    "HttpTransport": "http",
    "Matomo": "matomo",
    "MatomoError": "errors",
    "PeriodKind": "calls",
    "Secret": "secret",
    "untyped": "calls",
}

__all__ = [
    "Address",
    "Call",
    "Client",
    "HttpTransport",
    "Matomo",
    "MatomoError",
    "PeriodKind",
    "Secret",
    "annotations",
    "errors",
    "goals",
    "insights",
    "live",
    "metadata",
    "multi_sites",
    "reports",
    "row_evolution",
    "segment_editor",
    "server",
    "sites",
    "transitions",
    "untyped",
    "users",
    "visits_summary",
]


def __dir__() -> list[str]:
    return __all__
