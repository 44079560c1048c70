"""Every place of the program that asks Matomo for something: the keys that lead there, and those that ask again."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.program import Program

_REPORTS = ("7", "l")
_ADMIN = ("9", "l", "home")


@dataclass(frozen=True)
class Place:
    """``keys`` lead from the live screen to a screen, and ``opens`` from there to a dialog.

    A screen asks again with ``again``; a dialog is closed and opened again."""

    name: str
    keys: tuple[str, ...]
    opens: tuple[str, ...] = ()
    again: tuple[str, ...] = ("r",)
    seconds: float = 0.0
    """It asks by itself after so long, and not for a key."""
    rest: float = 0.0
    """After so long without a key it asks for what is in view."""
    polls: bool = False
    """What it shows grows with time."""
    of_today: bool = False
    """What it shows is of today, and so is another when it comes by itself after a while."""
    figures: str = ""
    """The pattern of what must stay, where other parts of the screen are of a Matomo without the fault."""
    whole_catalogue: bool = False
    """Each field of the list of reports is spoiled alone here."""
    unlocked: bool = False
    """Editing is unlocked. It locks when this computer's clock jumps, so that nothing is asked there."""
    matomos: int = 1
    """Tabs of several Matomos, of which the first one has the fault."""

    async def enter(self, on: Program) -> None:
        """Go there from the live screen; ``on.below`` is then the screen below the dialog."""
        await on.press(*self.keys)
        on.below = on.app.screen
        await on.press(*self.opens)
        await self._rested(on)
        if self.polls:
            await self.ask_again(on)  # the first poll asks for less

    async def ask_again(self, on: Program) -> None:
        """Ask for the same once more."""
        if self.seconds:
            await on.let_pass(self.seconds)
            return
        if not self.opens:
            await on.press(*self.again)
            await self._rested(on)
            return
        await self.leave_dialog(on)
        if on.app.sections is not None:
            on.app.sections.context.loader.forget()
            on.app.sections.context.catalogues._held.clear()
        if on.app.administration is not None:
            on.app.administration.context.samples.clear()
        await on.press(*self.opens)

    async def _rested(self, on: Program) -> None:
        if self.rest:
            await on.let_pass(self.rest)

    async def leave_dialog(self, on: Program) -> None:
        """Close what is above the screen."""
        for _ in range(6):
            if on.app.screen is on.below:
                return
            await on.press("escape")


def _report(*letters: str) -> tuple[str, ...]:
    """Keys that open the first report found by these letters."""
    return (*_REPORTS, "slash", *letters, "enter", "enter")


def _admin(part: int) -> tuple[str, ...]:
    return (*_ADMIN, *["down"] * part, "enter")


PLACES: tuple[Place, ...] = (
    Place("visits", ("2",), whole_catalogue=True),
    Place("pages", ("3",)),
    Place("referrers", ("4",)),
    Place("goals", ("5",)),
    Place("events", ("6",)),
    Place("all reports", ("7",), whole_catalogue=True),
    Place("site search", _report(*"site", "space", *"search")),
    Place("products", _report(*"product")),
    Place("countries", _report(*"country")),
    Place("all sites: cards", ("8",), rest=1.5, of_today=True),
    Place("all sites: table", ("8", "x"), rest=1.5, of_today=True),
    Place("wall", ("8", "space", "right", "space", "B"), seconds=65, polls=True),
    Place(
        "all Matomos", ("H",), seconds=75, polls=True, matomos=2, figures=r"test1 .*superuser( +\d+ +[\d,]+ +[\d,]+)"
    ),
    Place("a tab of two", ("3",), matomos=2),
    Place("what changed", ("0",)),
    Place("visit log", ("V",), of_today=True),
    Place("visit", ("enter",)),
    Place("row over time", ("3", "g")),
    Place("around a page", ("3", "down", "n")),
    Place("row details", ("3",), ("v",)),
    Place("segments", ("3",), ("S",)),
    Place("export of all rows", ("3",), ("e", "right", "enter")),
    Place("annotations", ("2", "tab"), ("a",)),
    Place("palette", ("1",), ("ctrl+p", *"lum")),
    Place("counters explained", ("1",), ("i",)),
    Place("site switcher", ("1",), ("s",)),
    Place("is tracking working", ("1",), ("T",)),
    Place("admin: goals", _admin(0)),
    Place("admin: sites", _admin(1)),
    Place("admin: users", _admin(2)),
    Place("admin: access", _admin(3)),
    Place("sites found", (*_admin(1), "slash", *"lum", "enter"), rest=1.0),
    Place("form of a goal", (*_admin(0), "ctrl+e"), ("enter",), unlocked=True),
    Place("form of a site", (*_admin(1), "ctrl+e"), ("enter",), unlocked=True),
    Place("site details", _admin(1), ("v",)),
    Place("tracking code", _admin(1), ("T",)),
)
