"""Applying plans: each step is sent once and read back, whatever fails or changes in between."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from matomo_tui.admin import goals, sites
from matomo_tui.admin.apply import Applier, CannotApply
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.lock import IDLE, EditLock
from matomo_tui.admin.outcome import OutcomeKind
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    ConnectionLost,
    LockedOut,
    MatomoError,
    Redirected,
    ServerError,
    TimedOut,
    TLSFailed,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.goals import Goal
from matomo_tui.api.sites import SiteDetails
from matomo_tui.api.transport import Response
from tests.admin.conftest import Hands
from tests.admin.matomo import FaultyMatomo, lines, login_wall
from tests.recorded import html_response, json_response, refusal

ENTITIES = "C++ at 100% & <b>&amp;lt; &eacute;"
DRAFT = GoalDraft(name="Signup", pattern="/signup", revenue="19,90", description="C++ at 100% & <b>")


def refused(message: str) -> Response:
    return json_response(refusal(message))


def batch(*names: str) -> ChangePlan:
    """A plan that adds a goal for each name."""
    plans = [goals.plan_add(1, dataclasses.replace(DRAFT, name=name)) for name in names]
    return ChangePlan(title="Add goals", steps=tuple(step for plan in plans for step in plan.steps))


async def opened_goal(matomo: FaultyMatomo, draft: GoalDraft = DRAFT) -> Goal:
    """An existing goal, as opened in a form."""
    from matomo_tui.api import goals as api

    client = Client(matomo)
    number = await client.call(goals.plan_add(1, draft).steps[0].call)
    matomo.sent.clear()
    found = (await client.call(api.get_goals(1)))[-1]
    matomo.sent.clear()
    assert found.id == number
    return found


async def test_a_goal_is_added_and_read_back(applier: Applier, matomo: FaultyMatomo) -> None:
    result = await applier.apply(goals.plan_add(1, dataclasses.replace(DRAFT, description=ENTITIES)))
    (outcome,) = result.outcomes
    assert (outcome.kind, outcome.created, result.sentence) == ("done", 1, "Done.")
    assert outcome.stored is not None
    assert outcome.stored["description"] == matomo.goals[1][1]["description"] == ENTITIES
    assert matomo.goals[1][1]["revenue"] == 19.9
    assert matomo.methods() == ["Goals.getGoals", "Goals.addGoal", "Goals.getGoals"]


async def test_an_update_sends_every_field_and_changes_one(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)
    before = dict(matomo.goals[1][1])
    plan = goals.plan_update(opened, dataclasses.replace(GoalDraft.of(opened), name="Sign-up"))
    assert [(row.label, row.old, row.new) for row in plan.steps[0].differences] == [("Name", "Signup", "Sign-up")]
    result = await applier.apply(plan)
    assert result.ok
    assert matomo.goals[1][1] == {**before, "name": "Sign-up"}
    assert len(matomo.writes()) == 1


async def test_nothing_to_change_is_nothing_to_send(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)
    plan = goals.plan_update(opened, GoalDraft.of(opened))
    assert not plan.can_apply
    with pytest.raises(CannotApply):
        await applier.apply(plan)
    assert matomo.sent == []


@pytest.mark.parametrize("typed", ["", "signup", "Signup 2"])
async def test_a_deletion_wants_the_name(applier: Applier, matomo: FaultyMatomo, typed: str) -> None:
    plan = goals.plan_delete(await opened_goal(matomo))
    with pytest.raises(CannotApply, match="Signup"):
        await applier.apply(plan, typed=typed)
    assert matomo.goals[1]
    result = await applier.apply(plan, typed=" Signup ")
    assert result.ok
    assert matomo.goals[1] == {}


async def test_an_untypable_name_has_a_substitute(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo, dataclasses.replace(DRAFT, name="\u202eمرحبا 🎉 \u2066x"))
    plan = goals.plan_delete(opened)
    assert "\u202e" not in plan.confirm_text
    assert (await applier.apply(plan, typed="goal 1")).ok


async def test_a_locked_editor_sends_nothing(applier: Applier, matomo: FaultyMatomo, lock: EditLock) -> None:
    lock.lock()
    with pytest.raises(CannotApply, match="locked"):
        await applier.apply(goals.plan_add(1, DRAFT))
    assert matomo.sent == []


async def test_a_batch_stops_when_editing_is_locked_midway(
    applier: Applier, matomo: FaultyMatomo, lock: EditLock
) -> None:
    def after_the_first(method: str) -> None:
        if method == "Goals.addGoal":
            lock.lock()

    matomo.interfere = after_the_first
    result = await applier.apply(batch("Signup", "Other"))
    assert [outcome.kind for outcome in result.outcomes] == ["done", "skipped"]
    assert result.sentence == "1 of 2 are done; 1 skipped."
    assert len(matomo.writes()) == 1


LOST: list[MatomoError | Response] = [
    TimedOut("No answer within 20 s."),
    ConnectionLost("The connection broke."),
    ServerError("The server failed (502)", 502),
    html_response("502 Bad Gateway", status=502),
    login_wall(),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: type(fault).__name__)
async def test_a_lost_answer_after_the_effect_is_found_out(
    applier: Applier, matomo: FaultyMatomo, fault: MatomoError | Response
) -> None:
    matomo.lose["Goals.addGoal"] = fault
    (outcome,) = (await applier.apply(goals.plan_add(1, DRAFT))).outcomes
    assert outcome.kind == "done"
    assert "took effect" in outcome.sentence
    assert len(matomo.goals[1]) == 1
    assert len(matomo.writes()) == 1


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: type(fault).__name__)
async def test_a_lost_answer_without_effect_is_found_out_and_not_sent_again(
    applier: Applier, matomo: FaultyMatomo, hands: Hands, fault: MatomoError | Response
) -> None:
    opened = await opened_goal(matomo)
    matomo.drop["Goals.updateGoal"] = fault
    plan = goals.plan_update(opened, dataclasses.replace(GoalDraft.of(opened), name="Other"))
    (outcome,) = (await applier.apply(plan)).outcomes
    assert outcome.kind == "not done"
    assert "not sent again" in outcome.sentence
    assert matomo.goals[1][1]["name"] == "Signup"
    assert len(matomo.writes()) == 1
    assert sum(hands.slept) >= 5


async def test_a_slow_write_that_takes_effect_while_reading_back_is_done(
    applier: Applier, matomo: FaultyMatomo
) -> None:
    opened = await opened_goal(matomo)
    matomo.drop["Goals.updateGoal"] = TimedOut("No answer within 20 s.")
    looks: list[str] = []

    def later(method: str) -> None:
        looks.append(method)
        if looks.count("Goals.getGoals") == 3:
            matomo.goals[1][1]["name"] = "Other"

    matomo.interfere = later
    plan = goals.plan_update(opened, dataclasses.replace(GoalDraft.of(opened), name="Other"))
    (outcome,) = (await applier.apply(plan)).outcomes
    assert outcome.kind == "done"


async def test_a_lost_answer_that_cannot_be_read_back_is_unknown(applier: Applier, matomo: FaultyMatomo) -> None:
    def down(method: str) -> None:
        if method == "Goals.deleteGoal":
            matomo.drop["Goals.getGoals"] = Unreachable("There is no network.")

    opened = await opened_goal(matomo)
    matomo.interfere = down
    matomo.lose["Goals.deleteGoal"] = TimedOut("No answer within 20 s.")
    (outcome,) = (await applier.apply(goals.plan_delete(opened), typed="Signup")).outcomes
    assert outcome.kind == "unknown"
    assert "Check before retrying" in outcome.sentence
    assert len(matomo.writes()) == 1


async def test_a_lost_deletion_that_took_effect(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)
    matomo.lose["Goals.deleteGoal"] = ConnectionLost("The connection broke.")
    (outcome,) = (await applier.apply(goals.plan_delete(opened), typed="Signup")).outcomes
    assert (outcome.kind, outcome.stored, outcome.was_read) == ("done", None, True)


def _spoke_tls() -> TLSFailed:
    error = TLSFailed("It seems to speak https.")
    error.was_sent = True
    return error


@pytest.mark.parametrize("error", [_spoke_tls(), Redirected("no", "https://x.example")], ids=lambda e: type(e).__name__)
async def test_a_strange_answer_to_a_write_that_was_sent_is_read_back(
    applier: Applier, matomo: FaultyMatomo, error: MatomoError
) -> None:
    matomo.lose["Goals.addGoal"] = error
    (outcome,) = (await applier.apply(goals.plan_add(1, DRAFT))).outcomes
    assert outcome.kind == "done"
    assert len(matomo.writes()) == 1


@pytest.mark.parametrize("error", [Unreachable("no"), TLSFailed("no")], ids=lambda e: type(e).__name__)
async def test_a_lost_request_had_no_effect(applier: Applier, matomo: FaultyMatomo, error: MatomoError) -> None:
    matomo.drop["Goals.addGoal"] = error
    (outcome,) = (await applier.apply(goals.plan_add(1, DRAFT))).outcomes
    assert outcome.kind == "not done"
    assert matomo.methods().count("Goals.getGoals") == 1


async def test_another_users_goal_of_the_same_name_is_not_mistaken_for_ours(
    applier: Applier, matomo: FaultyMatomo
) -> None:
    await opened_goal(matomo)
    matomo.drop["Goals.addGoal"] = TimedOut("No answer within 20 s.")
    (outcome,) = (await applier.apply(goals.plan_add(1, DRAFT))).outcomes
    assert outcome.kind == "not done"


async def test_another_users_change_is_a_conflict_in_three_columns(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)
    matomo.goals[1][1] |= {"name": "Theirs", "allow_multiple": 1}
    draft = dataclasses.replace(GoalDraft.of(opened), name="Yours", revenue="5")
    (outcome,) = (await applier.apply(goals.plan_update(opened, draft))).outcomes
    assert outcome.kind == "conflict"
    assert [(row.label, row.opened, row.theirs, row.yours, row.clash) for row in outcome.three_way] == [
        ("Name", "Signup", "Theirs", "Yours", True),
        ("Several per visit", "no", "yes", "no", False),
        ("Revenue", "19.9", "19.9", "5", False),
    ]
    assert matomo.writes() == []
    assert matomo.goals[1][1]["name"] == "Theirs"


async def test_a_change_already_made_is_not_sent(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)
    matomo.goals[1][1]["name"] = "Same"
    plan = goals.plan_update(opened, dataclasses.replace(GoalDraft.of(opened), name="Same"))
    (outcome,) = (await applier.apply(plan)).outcomes
    assert outcome.kind == "already"
    assert outcome.ok
    assert matomo.writes() == []


@pytest.mark.parametrize("deleting", [True, False])
async def test_an_object_deleted_in_the_meantime(applier: Applier, matomo: FaultyMatomo, deleting: bool) -> None:
    opened = await opened_goal(matomo)
    matomo.goals[1].clear()
    change = goals.plan_update(opened, dataclasses.replace(GoalDraft.of(opened), name="X"))
    plan = goals.plan_delete(opened) if deleting else change
    (outcome,) = (await applier.apply(plan, typed="Signup")).outcomes
    assert outcome.kind == ("already" if deleting else "conflict")
    assert matomo.writes() == []


async def test_differing_stored_values_are_reported(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)

    def cut(method: str) -> None:
        if method == "Goals.getGoals" and "Goals.updateGoal" in matomo.methods():
            matomo.goals[1][1]["name"] = matomo.goals[1][1]["name"][:5]

    matomo.interfere = cut
    plan = goals.plan_update(opened, dataclasses.replace(GoalDraft.of(opened), name="Long name"))
    (outcome,) = (await applier.apply(plan)).outcomes
    assert outcome.kind == "differs"
    assert "Name is Long instead of Long name" in " ".join(outcome.sentence.split())
    assert [(row.field, row.wanted, row.stored) for row in outcome.differs] == [("name", "Long name", "Long ")]
    assert not outcome.ok


async def test_a_refusal_is_the_servers_own_words_and_the_role_is_asked_again(
    applier: Applier, matomo: FaultyMatomo
) -> None:
    access = "You can't access this resource as it requires 'write' access for the website id = 1."
    matomo.refuse["Goals.addGoal"] = access
    result = await applier.apply(goals.plan_add(1, DRAFT))
    assert result.outcomes[0].kind == "refused"
    assert "'write' access to site 1" in result.sentence
    assert result.role_changed
    matomo.refuse["Goals.addGoal"] = "Something &quot;else&quot; is wrong."
    result = await applier.apply(goals.plan_add(1, DRAFT))
    assert result.sentence == 'Matomo refused: Something "else" is wrong. It had no effect: nothing changed.'
    assert not result.role_changed


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (TokenRejected("no"), ["refused", "skipped", "skipped"]),
        (LockedOut("no"), ["refused", "skipped", "skipped"]),
        (Unreachable("no"), ["not done", "skipped", "skipped"]),
        (TimedOut("no"), ["not done", "skipped", "skipped"]),
        (ServerError("no"), ["not done", "not done", "not done"]),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_batch_goes_on_only_where_that_makes_sense(
    applier: Applier, matomo: FaultyMatomo, fault: MatomoError, kinds: list[OutcomeKind]
) -> None:
    matomo.drop["Goals.addGoal"] = fault
    plan = batch("a", "b", "c")
    heard: list[OutcomeKind] = []
    result = await applier.apply(plan, on_outcome=lambda outcome: heard.append(outcome.kind))
    assert [outcome.kind for outcome in result.outcomes] == kinds == heard


async def test_read_only_and_the_allow_list_hold_in_the_client(
    matomo: FaultyMatomo, log: AuditLog, lock: EditLock
) -> None:
    for client in (Client(matomo, read_only=True), Client(matomo, allow=("read", "sites"))):
        result = await Applier(client, log, lock).apply(goals.plan_add(1, DRAFT))
        assert result.outcomes[0].kind == "not sent"
    assert matomo.goals[1] == {}
    assert [line["outcome"] for line in lines(log.file)] == ["sending", "not sent"] * 2


async def test_a_write_that_cannot_be_logged_is_not_made(applier: Applier, matomo: FaultyMatomo, log: AuditLog) -> None:
    log.file.parent.mkdir()
    log.file.mkdir()
    (outcome,) = (await applier.apply(goals.plan_add(1, DRAFT))).outcomes
    assert outcome.kind == "not sent"
    assert "cannot be written" in outcome.sentence
    assert matomo.writes() == []


async def test_a_write_that_is_given_up_is_logged_as_unknown(
    applier: Applier, matomo: FaultyMatomo, log: AuditLog
) -> None:
    def give_up(method: str) -> None:
        if method == "Goals.addGoal":
            raise asyncio.CancelledError

    matomo.interfere = give_up
    with pytest.raises(asyncio.CancelledError):
        await applier.apply(goals.plan_add(1, DRAFT))
    entries, _ = log.read()
    assert [entry.outcome for entry in entries] == ["unknown"]


async def test_a_site_update_keeps_the_lists_that_matomo_would_empty(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.sites[1] |= {"excluded_ips": "10.0.0.1,10.0.0.2", "excluded_parameters": "sid"}
    from matomo_tui.api import sites as api

    client = Client(matomo)
    details, urls = await client.call(api.get_site_details(1)), await client.call(api.get_site_urls_from_id(1))
    before = dict(matomo.sites[1])
    draft = dataclasses.replace(SiteDraft.of(details, urls), name='Temp & Co "50%" <b> 🎉 ‏שלום')
    plan = sites.plan_update(details, urls, draft)
    result = await applier.apply(plan)
    assert result.ok
    assert matomo.sites[1] == {**before, "name": draft.name}
    call = matomo.writes()[0]
    assert "timezone" not in call
    assert not any(name.startswith("urls") for name in call)


async def test_a_site_is_added_with_its_urls(applier: Applier, matomo: FaultyMatomo, log: AuditLog) -> None:
    draft = SiteDraft(
        name="Temp & Co",
        urls="https://temp.example/a+b%20c/\nwww.temp.example",
        timezone="Asia/Tokyo",
        currency="JPY",
        ecommerce=True,
        excluded_ips="10.0.0.*, 10.0.0.1",
    )
    result = await applier.apply(sites.plan_add(draft))
    (outcome,) = result.outcomes
    assert (outcome.kind, outcome.created) == ("done", 2)
    assert matomo.urls[2] == ["https://temp.example/a+b%20c", "http://www.temp.example"]
    assert matomo.sites[2]["excluded_ips"] == "10.0.0.*,10.0.0.1"
    assert [line["site"] for line in lines(log.file)] == [None, 2]


async def test_a_site_that_was_added_though_the_answer_was_lost(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.lose["SitesManager.addSite"] = TimedOut("No answer within 20 s.")
    draft = SiteDraft(name="New", urls="https://new.example", timezone="UTC", currency="EUR")
    (outcome,) = (await applier.apply(sites.plan_add(draft))).outcomes
    assert outcome.kind == "done"
    assert len(matomo.writes()) == 1


async def test_a_deleted_site_is_gone_and_the_only_one_stays(applier: Applier, matomo: FaultyMatomo) -> None:
    from matomo_tui.api import sites as api

    client = Client(matomo)
    details, urls = await client.call(api.get_site_details(1)), await client.call(api.get_site_urls_from_id(1))
    assert sites.plan_delete(details, urls, sites_total=1).refusals
    with pytest.raises(CannotApply):
        await applier.apply(sites.plan_delete(details, urls, sites_total=1), typed="Shop")
    result = await applier.apply(sites.plan_delete(details, urls, sites_total=2), typed="Shop")
    assert result.ok
    assert matomo.sites == {}


def test_addresses_in_another_order_are_no_difference() -> None:
    urls = ("https://shop.example", "https://z.example", "https://a.example")
    opened = SiteDetails(id=1, name="Shop", main_url=urls[0])
    plan = sites.plan_update(opened, (urls[0], urls[2], urls[1]), SiteDraft.of(opened, urls))
    assert plan.steps == ()
    other_main = SiteDraft.of(opened, (urls[1], urls[0], urls[2]))
    assert [row.field for row in sites.plan_update(opened, urls, other_main).steps[0].differences] == ["urls"]


async def test_a_write_that_took_effect_despite_an_error_is_reported_as_done(
    applier: Applier, matomo: FaultyMatomo, log: AuditLog
) -> None:
    matomo.lose["Goals.addGoal"] = refused("Could not instantiate mail function.")
    result = await applier.apply(goals.plan_add(1, DRAFT))
    (outcome,) = result.outcomes
    assert (outcome.kind, outcome.created, outcome.ok, len(matomo.writes())) == ("done", 1, True, 1)
    assert "took effect" in outcome.sentence
    assert "Could not instantiate mail function" in outcome.sentence
    assert lines(log.file)[-1]["detail"] == outcome.sentence
    assert (lines(log.file)[-1]["outcome"], lines(log.file)[-1]["created"]) == ("done", 1)


async def test_an_error_after_half_a_change_says_which_half(applier: Applier, matomo: FaultyMatomo) -> None:
    opened = await opened_goal(matomo)

    def half(method: str) -> None:
        if method == "Goals.updateGoal":
            matomo.goals[1][1]["name"] = "Half"

    matomo.interfere = half
    matomo.refuse["Goals.updateGoal"] = "Disk full."
    draft = dataclasses.replace(GoalDraft.of(opened), name="Half", description="Whole")
    (outcome,) = (await applier.apply(goals.plan_update(opened, draft))).outcomes
    assert (outcome.kind, [row.field for row in outcome.differs]) == ("differs", ["description"])
    assert "Disk full" in outcome.sentence


async def test_an_error_that_cannot_be_looked_into_leaves_it_open(applier: Applier, matomo: FaultyMatomo) -> None:
    def gone(method: str) -> None:
        if method == "Goals.addGoal":
            matomo.drop["Goals.getGoals"] = Unreachable("No route.")

    matomo.interfere = gone
    matomo.refuse["Goals.addGoal"] = "Something broke."
    (outcome,) = (await applier.apply(goals.plan_add(1, DRAFT))).outcomes
    assert outcome.kind == "unknown"
    assert "Something broke" in outcome.sentence
    assert "Check before retrying" in outcome.sentence


async def test_a_missing_right_is_not_read_back(applier: Applier, matomo: FaultyMatomo) -> None:
    matomo.refuse["Goals.addGoal"] = (
        "You can't access this resource as it requires 'write' access for the website id = 1."
    )
    await applier.apply(goals.plan_add(1, DRAFT))
    assert matomo.methods() == ["Goals.getGoals", "Goals.addGoal"]


async def test_a_long_batch_does_not_lock_itself(
    applier: Applier, matomo: FaultyMatomo, lock: EditLock, hands: Hands
) -> None:
    def slowly(method: str) -> None:
        if method == "Goals.addGoal":
            hands.now += IDLE - 60

    matomo.interfere = slowly
    result = await applier.apply(batch("a", "b", "c", "d"))
    assert result.sentence == "All 4 are done."
    assert lock.is_open


async def test_the_log_says_whose_token_it_was(matomo: FaultyMatomo, log: AuditLog, lock: EditLock) -> None:
    asked: list[str] = []

    async def whose() -> str:
        asked.append("once a plan")
        return "alice"

    await Applier(Client(matomo), log, lock, read_login=whose).apply(goals.plan_add(1, DRAFT))
    assert [(line["login"], bool(line["user"])) for line in lines(log.file)] == [("alice", True)] * 2
    assert len(asked) == 1
