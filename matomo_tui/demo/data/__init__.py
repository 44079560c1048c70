"""The demo's tables and texts, as files in this folder, each read on first use."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def text(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


@cache
def load(name: str) -> Any:
    """The content of the JSON file ``name`` (without ``.json``); callers must not change it."""
    return json.loads(text(f"{name}.json"))
