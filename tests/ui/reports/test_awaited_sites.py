"""What all sites say of live figures that were asked for and have not come yet."""

from __future__ import annotations

import pytest

from matomo_tui.api.errors import Unreachable
from matomo_tui.api.reports import ReportRow
from matomo_tui.live.site_activity import SiteNow
from matomo_tui.ui.drawing.glyphs import UNICODE
from matomo_tui.ui.reports.sites.site_cards import site_card
from matomo_tui.ui.reports.sites.site_rows import SiteLook, site_row

ROW = ReportRow(label="Shop", values={"idsite": 1, "nb_visits": 12})


@pytest.mark.parametrize(
    ("now", "card", "cells"),
    [
        (SiteNow(), ("loading", ""), ("…", "…")),
        (SiteNow(asked_at=1.0), ("– in 30 min", "last hit –"), ("–", "–")),
        (SiteNow(asked_at=1.0, visits_30=0, is_silent=True), ("0 in 30 min", "last hit none"), ("0", "none")),
        (SiteNow(error=Unreachable("No.")), ("– in 30 min", "last hit ■"), ("–", "■")),
    ],
)
def test_figures_of_now_are_awaited_until_they_come(
    now: SiteNow, card: tuple[str, str], cells: tuple[str, str]
) -> None:
    look = SiteLook(now=now)
    figures = site_card(ROW, look, UNICODE).figures
    assert tuple("".join(text for text, _ in right) for _, right in figures[:2]) == card
    drawn = site_row(ROW, look, UNICODE).cells[1:3]
    assert tuple("".join(span[0] for span in cell) for cell in drawn if not callable(cell)) == cells
