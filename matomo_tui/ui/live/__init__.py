"""The live wing: current visitors, an opened visit, the site switcher."""
