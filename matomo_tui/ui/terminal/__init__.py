"""What stands between Textual and the terminal: signals, sanitizing, keys typed early, crash reports."""
