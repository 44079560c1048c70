"""Framed parts of a screen that show one thing of a snapshot."""
