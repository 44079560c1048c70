"""Matomo's reports from the engine's sums: rows, columns, filters, and report metadata."""
