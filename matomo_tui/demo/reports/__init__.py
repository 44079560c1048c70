"""Matomo's reports, computed from the demo's own visits.

A report for any site, period and segment is one pass over columns of numbers, not over visits one by one::

    traffic → blocks (eight hours of visits as columns) → selection (days; masks: a segment)
                                                              │
              by_visit, pages, by_action … (folds into tallies, kept by archive) ← groupings
                                                              │
              answers/ (a module for each of Matomo's) → rows (sorted, searched, cut) → JSON

What visits have in common is counted and not looked at again: a journey is taken by many, and what it adds to a
report is worked out once. Long spans are folded in pieces between which others run, as the demo may share its event
loop with a screen. ``metadata`` describes all reports; ``imported`` is a site with very many pages.
"""
