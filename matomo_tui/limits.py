"""Limits that the configuration checks and that other packages rely on."""

from __future__ import annotations

import re

MIN_INTERVAL = 2.0
"""The shortest interval between two polls, in seconds."""
MAX_INTERVAL = 3600.0
"""The longest interval between two polls, in seconds."""
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of an HTTP header: a token of RFC 9110."""
