"""What the program costs, measured: ``python -m tests.benchmarks``. One JSON line each, measured beside budget."""
