"""Tests of the live wing."""
