"""Whether a process runs."""

from __future__ import annotations

import psutil


def is_running(process: psutil.Process | int) -> bool:
    """Return whether ``process``, or the one with that number, runs.

    One that ended does not, also before the system has forgotten it: the new parent of an orphan may take seconds for
    that.
    """
    try:
        if isinstance(process, int):
            process = psutil.Process(process)
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
