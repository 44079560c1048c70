"""Measures speed and memory: ``python -m tests.benchmarks``. Prints JSON lines of results and budgets."""
