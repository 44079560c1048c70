"""The connect wing: address, token and connection errors."""
