"""The live data of one site: the poller, the visit feed and the rankings."""
