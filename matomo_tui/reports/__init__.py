"""Everything the server knows, as reports: what there is (``catalogue``), what is asked (``periods``, ``segments``,
``query``), how it is fetched (``loader``) and what is shown of it (``table``, ``values``, ``export``).

Knows no Textual: a report can be looked at, walked through and written to a file without a screen.
"""
