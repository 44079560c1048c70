"""A running Matomo as judge: what the program shows beside what the server says, each asked for in its own way."""
