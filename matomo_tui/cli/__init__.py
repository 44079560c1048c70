"""Commands: one file a command; the dashboard is the default one."""
