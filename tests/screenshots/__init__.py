"""Renders ``screenshots/``: every screen and dialog in three sizes, from the demo."""
