"""Who is on the site now: the poller, the visit feed, and what is read from it."""
