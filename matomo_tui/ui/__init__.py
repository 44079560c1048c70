"""The terminal program: application, screens, panes, widgets, themes."""
