"""Serves the dashboard to browsers: one process of the dashboard for each open page."""
