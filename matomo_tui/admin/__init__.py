"""Administration of goals, sites and users, and the tracking test: drafts, plans with differences, and safe writes.

A draft holds the values of a form. Together with the state that was opened it makes a plan: steps, each with its
differences and its API call. The applier sends each step once, reads the stored state back and reports the outcome.
"""
