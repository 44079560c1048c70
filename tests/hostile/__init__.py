"""Hostile text through every road of the program, checked on the bytes that leave it."""
