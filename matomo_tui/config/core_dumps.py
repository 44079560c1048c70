"""Keeps the memory of this process, which has tokens and passwords in it, out of files."""

from __future__ import annotations

from contextlib import suppress


def forbid_core_dumps() -> None:
    """Let no crash or SIGQUIT write the memory to a file, whatever the shell's ``ulimit -c`` is.

    Child processes inherit it, but may raise the limit again. Does nothing on Windows, which has no such limit.
    """
    try:
        import resource
    except ImportError:
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
