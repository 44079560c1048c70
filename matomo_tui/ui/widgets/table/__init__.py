"""The virtual table: draws only visible rows, and only what changed."""
