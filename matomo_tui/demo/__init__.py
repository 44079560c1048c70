"""A small Matomo look-alike: seeded traffic, a store, answers computed from it, an ASGI application."""
