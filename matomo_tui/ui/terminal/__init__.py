"""Between Textual and the terminal: signals, sanitizing, type-ahead, crash reports."""
