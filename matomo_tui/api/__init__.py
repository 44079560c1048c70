"""Typed asynchronous client for Matomo's HTTP API.

Each Matomo module has a Python module (``live``, ``visits_summary``, ``goals``, ``sites``, ``users``, …) with one
function per API method. The function builds a :class:`Call`; :class:`Matomo` sends it, alone or together with others in
one request:

>>> from matomo_tui.api import Matomo, live, visits_summary
>>> async with Matomo("stats.example.org", token, read_only=True) as matomo:
...     counters = await matomo.call(live.get_counters(1, last_minutes=30))
...     totals, visits = await matomo.gather(
...         visits_summary.get(1, "day", "yesterday"),
...         live.get_last_visits_details(1, limit=20, period="day", date="today"),
...     )
>>> counters.visits > 0, totals.nb_visits > 0, len(visits)
(True, True, 20)

Every failure is a :class:`MatomoError`: its text is a sentence, and its ``method`` names the Matomo method that failed.
``gather`` and ``bulk`` return the error of a failed part in place of its answer. :func:`untyped` calls methods without
a function here. Texts in the models are as the server sent them: pass them through ``matomo_tui.sanitize.sanitize``
before printing them to a terminal.

Names are imported on first use, so importing this package is cheap.
"""

TYPE_CHECKING = False  # recognized by type checkers without importing typing
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
        tracking,
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
    "tracking",
    "transitions",
    "untyped",
    "users",
    "visits_summary",
]


def __dir__() -> list[str]:
    return __all__
