"""The tracking test: what it says of what was typed and chosen."""

from __future__ import annotations

import pytest

from matomo_tui.ui.admin.tracking import TrackingPane
from tests.ui.admin.administering import office
from tests.ui.admin.steps import open_part


@pytest.mark.parametrize("digits", [2, 5_000])
async def test_any_number_of_hits_may_be_typed(digits: int) -> None:
    async with office() as on:
        pane = await open_part(on, "tracking")
        assert isinstance(pane, TrackingPane)
        await on.press("left")
        pane.form.focus_field("count")
        await on.retype("9" * digits)
        await on.sees("A test batch has 1 to 50 hits.")
