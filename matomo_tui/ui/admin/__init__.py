"""The administration on the screen: its parts, and what they share. ``matomo_tui.admin`` plans what they write."""
