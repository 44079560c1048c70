"""The visits of the demo as columns of numbers, and what reports count of them.

A report for any site, period and segment is one pass over columns of numbers, not over visits one by one::

    traffic → blocks (eight hours of visits as columns) → selection (days; masks: a segment)
                                                              │
              by_visit, pages, by_action … (sums per row, kept by archive) ← columns

What visits have in common is computed once: many visits take the same journey, and its share in a report is worked out
once and multiplied. Long spans are summed up in pieces between which other tasks run, as the demo may share its event
loop with a screen.
"""
