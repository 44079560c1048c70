"""The visits of one user on all devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.choice_dialog import ListDialog
from matomo_tui.ui.widgets.table.columns import Cell, Column


class UserVisitsDialog(ListDialog[int]):
    """Dismisses with the ``id_visit`` of the chosen visit, or with ``None``."""

    COLUMNS = (
        Column("day", "", 11),
        Column("time", "", 5),
        Column("sign", "", 1),
        Column("machine", "", 12, flex=2),
        Column("source", "", 8, flex=1, hides=1),
        Column("actions", "", 12, align="right"),
    )
    DEFAULT_CSS = "UserVisitsDialog > .dialog--box { width: 76; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open visit", tooltip="Open the visit under the cursor"),
    ]

    def __init__(
        self, user: str, visits: Sequence[VisitRow], current: int, site: Site, glyphs: Glyphs, *, has_more: bool = False
    ) -> None:
        """``has_more``: the user has older visits than these."""
        # With a user id, Matomo gives all devices one visitor id.
        devices = len({(v.visitor_id, v.device, v.operating_system.partition(" ")[0]) for v in visits})
        at = next((place for place, visit in enumerate(visits) if visit.id_visit == current), 0)
        count = f"{'the newest ' if has_more else ''}{formatting.plural(len(visits), 'visit')}"
        title = f"{sanitize(user, 40)}: {count} on {formatting.plural(devices, 'device')}"
        super().__init__(title, [(visit.id_visit, _cells(visit, current, site, glyphs)) for visit in visits], at)


def _cells(visit: VisitRow, current: int, site: Site, glyphs: Glyphs) -> Sequence[Cell]:
    here = visit.id_visit == current
    return (
        ((formatting.day(visit.last_action_at, site.timezone), "strong" if here else ""),),
        formatting.clock_time(visit.last_action_at, site.timezone, seconds=False),
        ((glyphs.device(visit.device), "muted"),),
        " ".join(filter(None, (visit.browser, visit.operating_system))),
        ((visit.source, "muted"),),
        formatting.plural(visit.actions, "action"),
    )
