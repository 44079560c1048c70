"""Rules over what is happening on a site, when they fire, and where an alert goes."""
