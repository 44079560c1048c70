"""Scenes of the administration's screens and dialogs; they send no writes except those mentioned."""

from __future__ import annotations

from dataclasses import replace

from matomo_tui.admin.goals import GoalDraft
from matomo_tui.api.goals import get_goals, update_goal
from tests.screenshots.scenes import Drive, keys
from tests.screenshots.stage import Theatre

CHANGES = ("down", "down", "a", "down", "right", "w")
"""Bob as administrator of the first site, Carol writing on the second."""
PARTS = ("goals", "sites", "users", "access", "tracking", "audit")


def part(name: str, *then: str) -> Drive:
    """Open a part of the administration and press keys; ``=text`` is typed."""
    return keys("9", "l", "home", *["down"] * PARTS.index(name), "enter", *then)


async def plan(on: Theatre) -> None:
    """Change a goal, up to the difference."""
    await part("goals", "ctrl+e", "enter", *["enter"] * 7, "end", "ctrl+u", "=7", "ctrl+o")(on)


async def conflict(on: Theatre) -> None:
    """Change a goal that another user changed in the meantime."""
    await part("goals", "ctrl+e", "enter", *["enter"] * 7, "end", "ctrl+u", "=7")(on)
    goal = next(goal for goal in await on.superuser.call(get_goals(1)) if goal.id == 1)
    draft = replace(GoalDraft.of(goal), name="Newsletter", revenue="4")
    await on.superuser.call(update_goal(1, 1, **dict(draft.state())))  # type: ignore[arg-type]
    await on.press("ctrl+o", "y")


async def tracked(on: Theatre) -> None:
    """Send a page view and wait until it arrives."""
    await part("tracking", "ctrl+e", "ctrl+o")(on)
    for _ in range(3):
        await on.poll()


async def audit(on: Theatre) -> None:
    """Change a goal, do not confirm the deletion of another one, and open the log."""
    await plan(on)
    await on.press("y", "down", "X", "=Asked", "enter", "escape")
    await on.press("l", "end", "enter")


SCENES: dict[str, Drive] = {
    "admin-goals": part("goals"),
    "admin-goal": part("goals", "ctrl+e", "a", "=Looked at lamps", "enter", "enter", "enter", "enter", "=/lamps"),
    "admin-plan": plan,
    "admin-conflict": conflict,
    "admin-delete": part("goals", "ctrl+e", "X"),
    "admin-sites": part("sites"),
    "admin-site": part("sites", "ctrl+e", "enter"),
    "admin-site-details": part("sites", "v"),
    "admin-tracking-code": part("sites", "T"),
    "admin-users": part("users"),
    "admin-user": part("users", "ctrl+e", "a", "=ines", "enter", "=ines@lumen-oak.example", "enter", "left"),
    "admin-access": part("access", "ctrl+e", *CHANGES),
    "admin-access-plan": part("access", "ctrl+e", *CHANGES, "enter"),
    "admin-tracking": part("tracking"),
    "admin-tracked": tracked,
    "admin-audit": audit,
}
