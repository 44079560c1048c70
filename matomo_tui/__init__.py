"""matomo-tui: the real-time terminal dashboard for Matomo web analytics."""

__version__ = "0.6.11"
