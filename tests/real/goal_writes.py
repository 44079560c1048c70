"""Writes of goals, annotations and saved segments of the temporary site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from matomo_tui.admin import goals as plans
from matomo_tui.admin.annotations import Annotator, NotWritten
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.api import annotations as notes
from matomo_tui.api import goals as calls
from matomo_tui.api import segment_editor, sites
from matomo_tui.api.errors import MatomoError
from tests.real.office import Office, chosen, wanted_text
from tests.real.rows import listed

_NAME = "5%+ “T”, a & b <ü> 🎉"
_PATTERN = r"^/a\d+(%2F)?\+[<>,]$"


async def _goals(office: Office) -> list[dict[str, Any]]:
    found = await office.raw.value("Goals.getGoals", idSite=office.site_id, filter_limit=-1)
    return sorted((dict(goal) for goal in listed(found) if goal), key=lambda goal: int(goal["idgoal"]))


async def _goal(office: Office, goal_id: int, wanted: dict[str, Any]) -> Any:
    found = [goal for goal in await _goals(office) if int(goal["idgoal"]) == goal_id]
    return chosen(found[0], wanted) if found else None


async def goals(office: Office) -> None:
    """Add, change and delete goals with plans, then in bulk requests; view and no access are refused."""
    draft = GoalDraft(name=_NAME, pattern=_PATTERN, pattern_type="regex", description=f"{_NAME} 2", revenue="1.5")
    plan = plans.plan_add(office.site_id, draft)
    for role in ("noaccess", "view"):
        before = await _goals(office)
        await office.refused(f"goals: add as {role}", await office.apply(role, plan), before, await _goals(office))
    wanted: dict[str, Any] = {
        "name": _NAME,
        "description": f"{_NAME} 2",
        "match_attribute": "url",
        "pattern": _PATTERN,
        "pattern_type": "regex",
        "revenue": 1.5,
    }
    outcome = await office.apply("write", plan)
    goal_id = outcome.created or 0
    await office.done("goals: add as write", outcome, await _goal(office, goal_id, wanted), wanted_text(wanted))
    opened = await office.client("write").call(calls.get_goal(office.site_id, goal_id))
    if opened is None:
        office.stage.judge.differs("write: goals: read the one that was added", None, await _goals(office))
        return
    changed = replace(
        GoalDraft.of(opened), name=f"{_NAME} 3", pattern="/x?a=1&b=%C3%BC", pattern_type="contains", allow_multiple=True
    )
    plan = plans.plan_update(opened, changed)
    before = await _goals(office)
    await office.refused("goals: change as view", await office.apply("view", plan), before, await _goals(office))
    wanted |= {"name": changed.name, "pattern": changed.pattern, "pattern_type": "contains", "allow_multiple": 1}
    outcome = await office.apply("write", plan)
    await office.done("goals: change as write", outcome, await _goal(office, goal_id, wanted), wanted_text(wanted))
    now = await office.client("write").call(calls.get_goal(office.site_id, goal_id))
    if now is not None:
        plan, before = plans.plan_delete(now), await _goals(office)
        await office.refused("goals: delete as view", await office.apply("view", plan), before, await _goals(office))
        await office.done("goals: delete as write", await office.apply("write", plan), await _goals(office), [])
    await _goals_in_bulk(office)


async def _goals_in_bulk(office: Office) -> None:
    wanted: dict[str, Any] = {
        "name": f"{_NAME} bulk",
        "pattern": _PATTERN,
        "pattern_type": "regex",
        "description": "a,b",
    }
    text: dict[str, Any] = dict(wanted)
    answer = await office.in_bulk("write", calls.add_goal(office.site_id, match_attribute="url", revenue=2, **text))
    goal_id = answer if isinstance(answer, int) else 0
    await office.done("goals: add within a bulk", answer, await _goal(office, goal_id, wanted), wanted_text(wanted))
    text["name"] = wanted["name"] = f"{_NAME} 100%2C"
    call = calls.update_goal(
        office.site_id,
        goal_id,
        match_attribute="title",
        case_sensitive=True,
        revenue=3.25,
        allow_multiple=False,
        event_value_as_revenue=False,
        **text,
    )
    wanted |= {"match_attribute": "title", "case_sensitive": 1, "revenue": 3.25}
    answer = await office.in_bulk("write", call)
    await office.done("goals: change within a bulk", answer, await _goal(office, goal_id, wanted), wanted_text(wanted))
    answer = await office.in_bulk("write", calls.delete_goal(office.site_id, goal_id))
    await office.done("goals: delete within a bulk", answer, await _goals(office), [])


async def _notes(office: Office) -> list[tuple[str, str]]:
    found = await office.raw.value("Annotations.getAll", idSite=office.site_id)
    by_site = list(found.values()) if type(found) is dict else found
    each = [note for site in by_site for note in (site if type(site) is list else [site])]
    return sorted((str(note["date"]), str(note["note"])) for note in each if type(note) is dict and "note" in note)


async def dated_notes(office: Office) -> None:
    """Write annotations with the program's annotator and in a bulk request; no access is refused."""
    day = datetime.fromtimestamp(office.stage.clock.now(), UTC).date()
    text = "100% & “ü”, a+b"
    for role in ("noaccess", "write"):
        client = office.client(role)
        site = await office.client("superuser").call(sites.get_site_from_id(office.site_id))
        before, problem = await _notes(office), ""
        try:
            await Annotator(client, office.log, now=office.stage.clock.now).write(site, day, text)
        except (NotWritten, MatomoError) as error:
            problem = str(error)
        after = await _notes(office)
        if role == "noaccess":
            await office.refused(
                "annotations: add as noaccess", MatomoError(problem) if problem else "done", before, after
            )
        else:
            await office.done("annotations: add as write", problem or "done", after, [(str(day), text)])
    answer = await office.in_bulk("write", notes.add(office.site_id, str(day), f"{text} 2", starred=True))
    wanted = [(str(day), text), (str(day), f"{text} 2")]
    await office.done("annotations: add within a bulk", answer, await _notes(office), wanted)


async def _segments(office: Office) -> list[tuple[str, str]]:
    """Saved segments of the temporary site. Each user sees only their own, so every user's list is requested."""
    found: set[tuple[str, str]] = set()
    for role in ("superuser", "write"):
        raw = office.raw if role == "superuser" else office.stage.raw_with(office.tokens[role])
        rows = listed(await raw.value("SegmentEditor.getAll", idSite=office.site_id))
        found |= {
            (str(row["name"]), str(row["definition"]))
            for row in rows
            if str(row.get("name", "")).startswith(office.name)
        }
    return sorted(found)


async def segments(office: Office) -> None:
    """Save segments, alone and in a bulk request; no access is refused. Then change, share and delete them."""
    definition = "countryCode==de;pageUrl=@%2Fa%2520b,deviceType==smartphone"
    call = segment_editor.add(office.site_id, f"{office.name} 5% & ü, x", definition)
    before = await _segments(office)
    refused = await office.in_bulk("noaccess", call)
    await office.refused("segments: add as noaccess", refused, before, await _segments(office))
    answer: Any
    try:
        answer = await office.client("write").call(call)
    except MatomoError as error:
        answer = error
    wanted = [(f"{office.name} 5% & ü, x", definition)]
    await office.done("segments: add as write", answer, await _segments(office), wanted)
    answer = await office.in_bulk("write", segment_editor.add(office.site_id, f"{office.name} bulk", definition))
    wanted = sorted([*wanted, (f"{office.name} bulk", definition)])
    await office.done("segments: add within a bulk", answer, await _segments(office), wanted)
    await _changed_segment(office, answer, wanted)


async def _changed_segment(office: Office, number: object, saved: list[tuple[str, str]]) -> None:
    """Change the segment ``number`` of ``saved``, share it, and delete all. A view user may do none of that."""
    if not isinstance(number, int):
        return
    name, definition = f"{office.name} bulk", "deviceType==tablet"
    change = segment_editor.update(number, office.site_id, name, definition, auto_archive=False, enable_all_users=False)
    share = segment_editor.update(number, office.site_id, name, definition, auto_archive=False, enable_all_users=True)
    before = await _segments(office)
    for what, call in (("update", change), ("delete", segment_editor.delete(number))):
        refused = await office.in_bulk("view", call)
        await office.refused(f"segments: {what} as view", refused, before, await _segments(office))
    wanted = sorted([*(one for one in saved if one[0] != name), (name, definition)])
    answer = await office.in_bulk("write", change)
    await office.done("segments: update as their owner", answer, await _segments(office), wanted)
    refused = await office.in_bulk("write", share)
    await office.refused("segments: share as write", refused, wanted, await _segments(office))
    answer = await office.in_bulk("superuser", share)
    await office.done("segments: share as superuser", answer, await _segments(office), wanted)
    for role in ("superuser", "write"):
        raw = office.raw if role == "superuser" else office.stage.raw_with(office.tokens[role])
        for row in listed(await raw.value("SegmentEditor.getAll", idSite=office.site_id)):
            if office.owns(row.get("name")):
                answer = await office.in_bulk("superuser", segment_editor.delete(int(row["idsegment"])))
    await office.done("segments: delete", answer, await _segments(office), [])
