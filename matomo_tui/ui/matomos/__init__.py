"""Several Matomos at once."""
