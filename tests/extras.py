"""Tests that need an optional package. Every worker imports all test files: it imports such a package only when it runs
one of these tests."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


def needs(package: str) -> pytest.MarkDecorator:
    """Mark tests that are skipped where ``package`` is not installed."""
    return pytest.mark.skipif(find_spec(package) is None, reason=f"needs {package}")
