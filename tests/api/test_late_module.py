"""Modules that are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from matomo_tui.api.late_module import LateModule
from matomo_tui.api.http import _skip_imports
_skip_imports()
import httpx
assert isinstance(sys.modules["idna"], LateModule)
assert httpx.URL("http://matomo.example/").raw_host == b"matomo.example"
assert "idna.core" not in sys.modules
assert httpx.URL("http://b\\u00fccher.example/").raw_host == b"xn--bcher-kva.example"
try:
    httpx.URL("http://ex\\u2024\\u2024ample.org/")
except httpx.InvalidURL as error:
    print(error)
import idna
print(type(idna).__name__, idna.encode("b\\u00fccher.example").decode())
"""


def test_the_tables_of_idna_are_read_for_the_first_name_that_needs_them() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "Invalid IDNA hostname: 'ex\u2024\u2024ample.org'",
        "module xn--bcher-kva.example",
    ]
