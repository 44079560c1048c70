"""Tests of the connect wing."""
