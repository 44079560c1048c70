"""The live wing: who is on the site now, an opened visit, the site switcher."""
