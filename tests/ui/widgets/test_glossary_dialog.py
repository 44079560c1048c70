"""The dialog of terms."""

from __future__ import annotations

import pytest

from matomo_tui.ui.widgets.glossary_dialog import GlossaryDialog, Term
from tests.ui.host import Host


@pytest.mark.parametrize("terms", [1, 40])
async def test_the_status_line_is_seen_below_a_text_of_any_length(terms: int) -> None:
    host, dialog = Host(), GlossaryDialog("Terms")
    async with host.run_test(size=(80, 24)) as pilot:
        host.push_screen(dialog)
        await pilot.pause()
        dialog.show("What they mean", [Term(f"term {n}", "its meaning") for n in range(terms)])
        await pilot.pause()
        assert "\n".join(host.lines).count("esc close") == 2
        dialog.set_status("Matomo's documentation did not come.", error=True)
        await pilot.pause()
        await pilot.pause()
        shown = "\n".join(host.lines)
        assert "What they mean" in shown
        assert "Matomo's documentation did not come." in shown
        assert shown.count("esc close") == 2
