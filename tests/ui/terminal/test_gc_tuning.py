"""The garbage collector at the start: off, and then without what was built by then."""

from __future__ import annotations

import gc

import pytest

from matomo_tui.ui.terminal import gc_tuning
from tests.ui.host import Host


@pytest.mark.parametrize("was_off", [True, False])
async def test_what_is_built_by_the_start_is_never_scanned(was_off: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "isenabled", lambda: not was_off)
    monkeypatch.setattr(gc, "collect", lambda: done.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(gc, "enable", lambda: done.append("enable"))
    app = Host()
    async with app.run_test() as pilot:
        gc_tuning.resume_gc_after_start(app)
        await pilot.pause()
        assert done == (["freeze"] if was_off else [])
        await pilot.pause(gc_tuning.STARTED_AFTER + 0.1)
    assert done == (["freeze", "collect", "freeze", "enable"] if was_off else [])
