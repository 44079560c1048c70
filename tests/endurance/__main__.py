"""``python -m tests.endurance [NAME…] [--quick]``: runs all subjects or those named; exits with 1 if a claim fails."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests.endurance import ends, hour, random_keys, secrets, slow_lines, text, truth, weeks
from tests.endurance.lines import Lines

SUBJECTS: dict[str, tuple[Callable[[Lines, int], None], int, int]] = {
    "weeks": (weeks.day, weeks.WHOLE_DAY, 3_600),
    "hour": (hour.hour, hour.WHOLE_HOUR, hour.WHOLE_HOUR // 2),
    "slow-lines": (slow_lines.all_lines, 60, 20),
    "truth": (truth.day, 6, 30),
    "ends": (ends.all_ends, 3, 1),
    "text": (text.all_roads, 4, 2),
    "random-keys": (random_keys.walks, 1_800, 120),
    "secrets": (secrets.all_subjects, 3, 1),
}
"""Name → what to run, with how many polls, seconds or rounds: thorough, and quick."""
MINUTES = {
    "weeks": "an hour",
    "hour": "two hours",
    "truth": "15 minutes",
    "ends": "20 minutes",
    "text": "an hour",
    "random-keys": "half an hour",
    "secrets": "25 minutes",
}
"""How long the thorough run of a subject takes on two cores, if it is more than ten minutes."""


def main() -> int:
    """Run the subjects one after another; each prints its own lines."""
    long = ", ".join(f"{name} takes {time}" for name, time in MINUTES.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.endurance", description=f"Figures beside goals, as JSON lines. Of the subjects {long}."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="minutes instead of an hour")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in SUBJECTS]
    if unknown:
        parser.error(f"no such subject: {', '.join(unknown)}")
    lines = Lines()
    for name, (run, thorough, quick) in SUBJECTS.items():
        if not arguments.names or name in arguments.names:
            run(lines, quick if arguments.quick else thorough)
    return 1 if lines.broken else 0


if __name__ == "__main__":
    sys.exit(main())
