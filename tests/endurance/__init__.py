"""Long runs of the program against its goals: ``python -m tests.endurance``."""
