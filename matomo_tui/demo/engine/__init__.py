"""Visits as columns of numbers, and the sums over them that reports are made of.

A report for any site, period and segment is one pass over columns of numbers instead of visits::

    traffic → visit_generator (eight hours of visits as columns) → selection (days; masks: a segment)
                                                                            │
    by_visit, by_action (sums per row, cached by archive) ← columns (and the dimensions derived from them)

Common parts are computed once: many visits have the same journey, whose contribution to a report is computed once
and multiplied. Long periods are processed in slices between which other tasks run, as the demo may share its event
loop with a user interface.
"""
