"""A small Matomo look-alike: seeded traffic, a store, answers computed from it, an ASGI application.

It imports nothing else of the project, as a server would. How a request becomes an answer::

    app (ASGI, logins, bulk) → answers/ (one module for each of Matomo's) → store → traffic/ (visits drawn
                                                                                  │   from catalog/)
                                          └→ reports/ ↗     tracking (matomo.php) → tracked

Another topic of the API is another module in ``answers``, named in ``answers/__init__.py``.
"""
