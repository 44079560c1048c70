"""Matomo's reports, computed from the demo's own visits.

A report for any site, period and segment is one pass over columns of numbers, not over visits one by one::

    traffic → blocks (eight hours of visits as columns) → selection (days, segment) → tallies and folds
                                                                                          │
                         metadata, one module a module of Matomo's  ←  tables (rows, filters)

Long spans are computed in slices between which others run: the demo lives in the program's own event loop.
"""
