"""Annotations that were asked for when their section was left, or loaded again in vain, are asked for once more."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from matomo_tui.api.errors import ServerError
from tests.reports.matomo import SITE
from tests.ui.conftest import until
from tests.ui.reports.holding import HoldingMatomo
from tests.ui.reports.sectioning import Reports, matomo, reports

LAUNCH: dict[str, Any] = {
    "date": "2026-11-20",
    "note": "Shop opens",
    "idNote": 0,
    "starred": 0,
    "user": "ann",
    "canEditOrDelete": False,
}


def annotated(*notes: dict[str, Any]) -> HoldingMatomo:
    """A Matomo that keeps the annotations waiting."""
    served = HoldingMatomo(matomo())
    served.answers["Annotations.getAll"] = lambda call: {call["idSite"]: list(notes)}
    served.holds = lambda call: call["method"] == "Annotations.getAll"
    return served


async def held(stage: Reports, transport: HoldingMatomo) -> None:
    """Wait until the annotations are asked for."""
    await until(stage.pilot, lambda: any(method == "Annotations.getAll" for method, _ in transport.held))


async def leave_and_return(stage: Reports, transport: HoldingMatomo) -> None:
    """Leave the section while the annotations load, come back once they are answered, and open their list."""
    await held(stage, transport)
    await stage.pilot.press("3")
    await until(stage.pilot, lambda: not transport.held)
    transport.let_go()
    await stage.settle()
    await stage.press("2")
    await stage.press("a")


async def test_annotations_left_while_they_loaded_come_when_the_section_is_shown_again() -> None:
    transport = annotated(LAUNCH)
    async with reports(transport, section="", size=(120, 40), live=True) as stage:
        await stage.pilot.press("2")
        await leave_and_return(stage, transport)
        assert "Shop opens" in stage.text


async def test_an_annotation_just_written_is_read_when_the_section_was_left_before_it_came() -> None:
    notes: list[dict[str, Any]] = []

    def add(_call: dict[str, str]) -> dict[str, Any]:
        notes.append(LAUNCH)
        return LAUNCH

    transport = annotated()
    transport.answers["Annotations.getAll"] = lambda call: {call["idSite"]: list(notes)}
    transport.answers["Annotations.add"] = add
    transport.holds = None
    async with reports(transport, section="2", size=(120, 40), live=True, site=replace(SITE, id=2)) as stage:
        await stage.press("A", "h", "i")
        transport.holds = lambda call: call["method"] == "Annotations.getAll" and call.get("period") == "range"
        await stage.pilot.press("enter")
        await leave_and_return(stage, transport)
        assert "Shop opens" in stage.text


async def test_annotations_are_not_loading_for_ever_after_the_figures_failed_to_load_again() -> None:
    transport = annotated(LAUNCH)
    async with reports(transport, section="", size=(120, 40), live=True) as stage:
        await stage.pilot.press("2")
        await held(stage, transport)
        await stage.pilot.press("r")
        await stage.pilot.pause()
        transport.fail(ServerError("The server failed (503)."))
        await stage.settle()
        await stage.press("a")
        assert "still loading" not in stage.text
        assert "The server failed (503)." in stage.text
