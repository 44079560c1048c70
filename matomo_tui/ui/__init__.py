"""The terminal program: application, wings, widgets, themes."""
