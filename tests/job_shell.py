"""A shell with job control, for tests: ``job_shell PROGRAM ARGUMENT…``.

Runs the program below a parent of its own in the terminal's foreground, and takes the terminal back when that parent
ends, as interactive shells do. It then waits for its input to end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys


def main() -> None:
    """Run the job, and wait."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    parent = os.fork()
    if parent == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        sys.exit(subprocess.call(sys.argv[1:]))
    os.waitpid(parent, 0)
    os.tcsetpgrp(0, os.getpgrp())
    os.write(1, b"TAKEN BACK")
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    main()
