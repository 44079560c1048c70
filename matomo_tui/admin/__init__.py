"""Administration of goals, sites and users, and the tracking test: drafts, plans with differences, and safe writes.

A draft is what a form holds; with what was opened it makes a plan: steps, each with its difference and its call. The
applier sends each once, reads back what was stored, and says what became of it.
"""
