"""The commands, one file each; the dashboard is the default."""
