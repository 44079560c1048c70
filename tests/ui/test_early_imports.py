"""What sections need is imported after the first figures, one module after the other; a kiosk opens no section."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from matomo_tui.config.settings import Settings
from matomo_tui.ui import early_imports
from tests.ui import snapshots
from tests.ui.conftest import stage, until


@pytest.mark.parametrize("kiosk", [False, True])
async def test_modules_of_sections_are_imported_after_the_first_figures(
    monkeypatch: pytest.MonkeyPatch, kiosk: bool
) -> None:
    imported: list[str] = []
    monkeypatch.setattr("matomo_tui.ui.early_imports.import_module", imported.append)
    async with stage(snapshots.starting(), settings=Settings(profile="prod", kiosk=kiosk)) as on:
        await on.pilot.pause(2 * early_imports.AFTER)
        assert imported == []
        await on.publish(snapshots.busy())
        await on.publish(snapshots.quiet())
        await on.pilot.pause(2 * early_imports.AFTER)
        if not kiosk:
            await until(on.pilot, lambda: len(imported) == len(early_imports.MODULES))
        assert imported == ([] if kiosk else list(early_imports.MODULES))


def test_the_modules_are_there() -> None:
    assert all(find_spec(name) for name in early_imports.MODULES)
