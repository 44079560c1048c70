"""Compares the program with a real Matomo. The reference values come from separate code."""
