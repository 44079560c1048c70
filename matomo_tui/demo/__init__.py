"""A small Matomo look-alike: seeded traffic, a store, answers computed from it, an ASGI application.

It imports nothing else of the project, as a server would. How a request becomes an answer::

    app (ASGI, logins, bulk) → answers/ (modules by topics of the API) → store → traffic/ (visits drawn from catalog)
                                       └→ reports/ → engine/ ↗        tracking (matomo.php) ↗

Its tables are files in ``data/``: the dimensions and the reports by them (``dimensions.txt``, ``reports.txt``), the
columns of reports and of other answers, refusals, sites with their pages, accounts, places, devices. Another dimension,
report or refusal is another line there; another topic of the API is another module in ``answers``, named in
``tables.json``.
"""
