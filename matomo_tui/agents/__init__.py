"""Serves the live data to AI agents over the Model Context Protocol, as far as the configuration grants it."""
