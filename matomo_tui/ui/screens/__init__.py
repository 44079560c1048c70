"""Whole screens and modal screens, one a file."""
