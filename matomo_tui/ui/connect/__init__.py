"""The connect wing: address, token, and what is wrong with them."""
