"""Goals, sites, users and the tracking test: drafts, plans with their differences, and writing them with care.

A draft is what a form holds; with what was opened it makes a plan: steps, each with its difference and its call. The
applier sends each once, reads back what was stored, and says what became of it.
"""
