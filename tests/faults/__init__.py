"""Faults of servers and networks against the whole program, over real sockets.

``python -m tests.faults`` runs the table on every screen and writes ``tests/FAULTS.md``.
"""
