"""Matomo's reports: the list of them (``catalogue``), requests (``periods``, ``segments``, ``query``), loading
(``loader``) and presentation (``table``, ``values``, ``export``).

Independent of Textual: a report can be loaded, opened level by level and exported without a screen.
"""
