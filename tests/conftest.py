"""Fixtures and hooks for all tests."""

from __future__ import annotations

import gc
import os
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

# The suite runs in parallel on shared cores: how long one example takes says nothing about the code. Its examples are
# the same in every run, so that a run that is red is red again; HYPOTHESIS_RANDOM=1 looks for others, and for twice as
# many.
_random = bool(os.environ.get("HYPOTHESIS_RANDOM"))
settings.register_profile("suite", deadline=None, derandomize=not _random, max_examples=100 if _random else 50)
settings.load_profile("suite")


# Everything imported and collected stays until the end. Looking through it again and again, as each started application
# fills the young generation, took two fifths of the suite's time. Garbage is collected between tests, and within one
# only if it makes a great deal of it: a closed application is one large circle, which nothing but a collection frees.
gc.set_threshold(700_000, 1_000, 1_000)
_MUCH = 40_000
"""How many objects are made, beyond those freed, from one collection to the next: those of an application or a few,
which are still in the processor's cache."""

# Where bytecode is switched off (as in container images), each worker and each program that a test starts would compile
# everything anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Exclude existing objects from garbage collection."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish() -> None:
    """Free the closed applications, and exclude what has come to stay, such as imported modules and caches."""
    if gc.get_count()[0] > _MUCH:
        if (closing := sys.modules.get("tests.ui.closing")) is not None:
            closing.take_apart()
        gc.collect()
        gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """One more worker than cores, since some tests wait for a process or a thread."""
    return (os.cpu_count() or 1) + 1


_PLACES = {"CONFIG": ".config", "STATE": ".local/state", "CACHE": ".cache", "DATA": ".local/share"}
_homes = pytest.StashKey[Path]()
_numbers = count()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Files that a test creates (audit log, crash report, profile) are invisible to the developer and to other tests,
    and the developer's own settings to the tests. The home does not exist yet, as at a user's first start.

    Not a fixture: this one and the one that takes its settings back were a quarter of the time of a small test.
    """
    factory: pytest.TempPathFactory = item.config._tmp_path_factory  # type: ignore[attr-defined]  # the fixture's own
    if _homes not in item.config.stash:
        item.config.stash[_homes] = factory.mktemp("homes")
    home = f"{item.config.stash[_homes]}/{next(_numbers)}"
    os.environ["HOME"] = home
    for name, place in _PLACES.items():
        os.environ[f"XDG_{name}_HOME"] = f"{home}/{place}"
    for name in ("MATOMO_TUI_CONFIG_DIR", "MATOMO_TUI_STATE_DIR", "NO_COLOR"):
        os.environ.pop(name, None)
    # The program remembers a rejected token until it ends, and a server of one test may get the port of an earlier one.
    if (session := sys.modules.get("matomo_tui.session")) is not None:
        session._rejections.clear()
