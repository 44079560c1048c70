"""Dialogs of the reports wing."""
