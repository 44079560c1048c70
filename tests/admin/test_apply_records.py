"""The records of an applied plan: audit lines, sentences, and the outcome of each step."""

from __future__ import annotations

import dataclasses

import pytest

from matomo_tui.admin import goals
from matomo_tui.admin.apply import Applier, CannotApply
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.lock import EditLock
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.api.errors import MatomoError, NoAccess, TimedOut, TokenRejected, Unreachable
from matomo_tui.api.secret import Secret
from tests.admin.matomo import FaultyMatomo, lines

DRAFT = GoalDraft(name="Signup", pattern="/signup")


def adding(*names: str) -> ChangePlan:
    """A plan that adds a goal for each name."""
    steps = [goals.plan_add(1, dataclasses.replace(DRAFT, name=name)).steps[0] for name in names]
    return ChangePlan(title="Add goals", steps=tuple(steps))


async def test_the_two_lines_of_a_write_share_an_id_and_name_profile_and_server(
    applier: Applier, log: AuditLog
) -> None:
    await applier.apply(adding("a", "b"))
    written = lines(log.file)
    assert [line["outcome"] for line in written] == ["sending", "done"] * 2
    assert {(line["profile"], line["server"]) for line in written} == {("work", "https://matomo.example")}
    first, second, third, fourth = (line["id"] for line in written)
    assert first
    assert first == second != third == fourth


async def test_the_tokens_owner_is_unknown_without_a_request(applier: Applier, log: AuditLog) -> None:
    await applier.apply(adding("a"))
    assert {line["login"] for line in lines(log.file)} == {""}


@pytest.mark.parametrize(
    ("error", "role_changed", "after_it"),
    [
        (NoAccess("This needs view on site 1.", "view", 1), True, "done"),
        (TokenRejected("Matomo does not accept the token."), False, "skipped"),
    ],
    ids=["no-access", "token-rejected"],
)
async def test_a_success_that_cannot_be_read_back_is_unknown_and_keeps_its_number(
    applier: Applier, matomo: FaultyMatomo, error: MatomoError, role_changed: bool, after_it: str
) -> None:
    def blind_after_the_first(method: str) -> None:
        if method == "Goals.addGoal" and not matomo.drop:
            matomo.drop["Goals.getGoals"] = error
        elif method == "Goals.getGoals" and len(matomo.methods()) > 3:
            matomo.drop.clear()
            matomo.interfere = lambda _: None

    matomo.interfere = blind_after_the_first
    first, second = (await applier.apply(adding("a", "b"))).outcomes
    assert (first.kind, first.created, first.role_changed) == ("unknown", 1, role_changed)
    assert first.step.call.params["name"] == "a"
    assert first.sentence == f"Matomo reports success; reading it back failed: {error}"
    assert second.kind == after_it
    assert second.sentence == ("Done." if after_it == "done" else f"Not sent. {error}")


async def test_reading_back_is_tried_again_where_it_failed(applier: Applier, matomo: FaultyMatomo) -> None:
    reads = 0

    def once_down(method: str) -> None:
        nonlocal reads
        matomo.drop.clear()
        if method == "Goals.getGoals":
            reads += 1
            if reads == 2:
                matomo.drop["Goals.getGoals"] = Unreachable("There is no network.")

    matomo.interfere = once_down
    matomo.lose["Goals.addGoal"] = TimedOut("No answer within 20 s.")
    (outcome,) = (await applier.apply(adding("a"))).outcomes
    assert (outcome.kind, outcome.created, reads) == ("done", 1, 4), "before, the failed one, the ids, the goal"
    assert "No answer within 20 s" in outcome.sentence
    assert ".." not in outcome.sentence


async def test_a_skipped_step_names_the_reason_and_the_failed_step(
    applier: Applier, matomo: FaultyMatomo, lock: EditLock
) -> None:
    def shut(method: str) -> None:
        if method == "Goals.addGoal":
            lock.lock()

    matomo.interfere = shut
    plan = adding("c", "d")
    done, skipped = (await applier.apply(plan)).outcomes
    assert [done.step, skipped.step] == list(plan.steps)
    assert skipped.sentence == "Not sent. Editing was locked before this step."


async def test_a_plan_that_cannot_be_applied_names_the_reason(
    applier: Applier, matomo: FaultyMatomo, lock: EditLock
) -> None:
    with pytest.raises(CannotApply, match=r"^Nothing would change\.$"):
        await applier.apply(ChangePlan(title="Nothing", steps=()))
    plan = adding("a")
    refused = dataclasses.replace(plan, refusals=("The name is empty.", "So is the pattern."))
    with pytest.raises(CannotApply, match=r"^The name is empty\. So is the pattern\.$"):
        await applier.apply(refused)
    step = dataclasses.replace(plan.steps[0], needs_own_password=True)
    with pytest.raises(CannotApply, match=r"^Matomo requires your own password for this\.$"):
        await applier.apply(dataclasses.replace(plan, steps=(step,)))
    lock.lock()
    with pytest.raises(CannotApply, match=r"^Editing is locked\.$"):
        await applier.apply(plan)
    assert matomo.sent == []


async def test_the_password_that_confirmed_a_step_is_not_kept_with_its_outcome(
    applier: Applier, matomo: FaultyMatomo, log: AuditLog
) -> None:
    plan = adding("a")
    plan = dataclasses.replace(plan, steps=(dataclasses.replace(plan.steps[0], needs_own_password=True),))
    (outcome,) = (await applier.apply(plan, own_password=Secret("own-password-1"))).outcomes
    assert matomo.writes()[0]["passwordConfirmation"] == "own-password-1"
    assert outcome.step is plan.steps[0]
    assert "own-password-1" not in log.file.read_text(encoding="utf-8")
