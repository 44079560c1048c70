"""Matomo over HTTP as a typed asynchronous library. Imports nothing from the layers above it.

One module for each Matomo module (``live``, ``visits_summary``, ``goals``, ``sites``, ``users``, ``server``), with its
methods as functions that return calls; a client sends one call, or many in one request::

    transport = HttpTransport(Address.parse("stats.example.org"), Secret(token))
    client = Client(transport, read_only=True)
    counters = await client.call(live.get_counters(1, 30))
    totals, visits = await client.gather(
        visits_summary.get(1, "day", "today"),
        live.get_last_visits_details(1, limit=20, period="day", date="today"),
    )

Everything that goes wrong is a ``MatomoError`` (``errors``); in a request of many, each failing part is its own. Texts
in the models are what the server sent: whatever is shown goes through ``matomo_tui.sanitize.sanitize`` first.
"""
