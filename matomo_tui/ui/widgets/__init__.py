"""Widgets that know nothing of Matomo."""
