"""Regular expressions that are compiled when they are first used.

Compiling the patterns for errors, headers and configuration files would take a tenth of the time until the first frame,
and most runs need none of them.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _LatePattern:
    """Stands for a compiled pattern, whose methods become its own at their first use."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self._pattern, self._flags), name)
        setattr(self, name, value)
        return value


def late_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """``re.compile``, at the first use. A wrong pattern raises ``re.error`` only then."""
    return cast("re.Pattern[AnyStr]", _LatePattern(pattern, flags))
