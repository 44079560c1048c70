"""The administration wing: goals, sites, users, access, tracking test and audit log."""
