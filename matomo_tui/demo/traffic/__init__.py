"""Seeded traffic for any moment: visitors, their sources, and their actions."""
