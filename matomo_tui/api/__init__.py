"""Matomo over HTTP as a typed asynchronous library. Knows nothing of the rooms above it."""
