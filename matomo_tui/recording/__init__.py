"""Records the answers of a Matomo to a file, and plays them back as a transport."""
