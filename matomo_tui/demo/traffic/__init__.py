"""Seeded traffic: who came, from where, and what they did, for any moment that is asked for."""
