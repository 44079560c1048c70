"""All sites: as a table, as cards and as a wall."""
