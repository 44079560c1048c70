"""Tools that change something. Each shows its plan to a person, who must confirm it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from matomo_tui.admin import goals as goal_plans
from matomo_tui.admin import sites as site_plans
from matomo_tui.admin import tracking_test
from matomo_tui.admin.access_matrix import plan_role
from matomo_tui.admin.goals import LONGEST, GoalDraft
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission, Permissions
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.admin.state import Problem, errors, excused
from matomo_tui.admin.tracking_test import HitDraft, Progress, TrackingTest
from matomo_tui.agents.answers import WriteOutcome
from matomo_tui.agents.tool import SiteArguments, Tool, ToolContext
from matomo_tui.agents.writing import Question, identity, login
from matomo_tui.api import goals, users
from matomo_tui.api.errors import BadRequest, NoAccess
from matomo_tui.api.goals import Goal, MatchAttribute, PatternType
from matomo_tui.api.users import SiteRole
from matomo_tui.sanitize import sanitize

_WATCHED = 20.0
"""Seconds to wait for a test hit in Live."""

Text = Annotated[str, Meta(max_length=500)]


class GoalArguments(SiteArguments, frozen=True, kw_only=True):
    """The fields of a goal; null leaves a field of an existing goal as it is."""

    name: Annotated[str, Meta(max_length=LONGEST["name"])] | None = None
    description: Annotated[str, Meta(max_length=LONGEST["description"])] | None = None
    match_attribute: Annotated[MatchAttribute | None, Meta(description="What triggers it.")] = None
    pattern_type: PatternType | None = None
    pattern: Annotated[str, Meta(max_length=LONGEST["pattern"])] | None = None
    case_sensitive: bool | None = None
    allow_multiple: Annotated[bool | None, Meta(description="Count several conversions per visit.")] = None
    revenue: Annotated[float, Meta(ge=0, description="Revenue of a conversion in the site's currency.")] | None = None


class NewGoalArguments(GoalArguments, frozen=True, kw_only=True):
    """Arguments of ``add_goal``."""

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST["name"])]


class ChangeGoalArguments(GoalArguments, frozen=True, kw_only=True):
    """Arguments of ``change_goal``."""

    goal: Annotated[int, Meta(ge=1, description="The id of the goal, from list_goals.")]


class DeleteGoalArguments(SiteArguments, frozen=True, kw_only=True):
    """Arguments of ``delete_goal``."""

    goal: Annotated[int, Meta(ge=1, description="The id of the goal, from list_goals.")]


class ChangeSiteArguments(SiteArguments, frozen=True, kw_only=True):
    """Arguments of ``change_site``; null leaves a field as it is."""

    name: Text | None = None
    urls: Annotated[tuple[Text, ...], Meta(max_length=100, description="All URLs, the main one first.")] | None = None
    timezone: Text | None = None
    currency: Annotated[str, Meta(max_length=3, description="ISO 4217 code.")] | None = None
    ecommerce: bool | None = None
    sitesearch: bool | None = None
    group: Text | None = None


class SetAccessArguments(SiteArguments, frozen=True, kw_only=True):
    """Arguments of ``set_access``."""

    login: Annotated[str, Meta(min_length=1, max_length=100, description="Login or pseudonym, from list_users.")]
    role: SiteRole


class HitArguments(SiteArguments, frozen=True, kw_only=True):
    """Arguments of ``send_test_hit``."""

    url: Annotated[str, Meta(min_length=1, max_length=1000, description="A page of the site.")]
    kind: Literal["page view", "event", "site search"] = "page view"
    title: Text = "Tracking test"
    event_category: Text = "Tracking test"
    event_action: Text = "try"
    keyword: Text = "tracking test"


async def add_goal(context: ToolContext, arguments: NewGoalArguments) -> WriteOutcome:
    """Add a goal."""
    _permit(_permissions(context).edit_goals(context.site.id))
    draft = _goal_draft(GoalDraft(), arguments)
    _check(draft.problems())
    return await _apply_to_goals(context, "add_goal", goal_plans.plan_add(context.site.id, draft))


async def change_goal(context: ToolContext, arguments: ChangeGoalArguments) -> WriteOutcome:
    """Change some fields of a goal."""
    _permit(_permissions(context).edit_goals(context.site.id))
    opened = await _goal(context, arguments.goal)
    before = GoalDraft.of(opened)
    draft = _goal_draft(before, arguments)
    _check(excused(draft.problems(), draft, before.problems(), before))
    return await _apply_to_goals(context, "change_goal", goal_plans.plan_update(opened, draft))


async def delete_goal(context: ToolContext, arguments: DeleteGoalArguments) -> WriteOutcome:
    """Delete a goal."""
    _permit(_permissions(context).edit_goals(context.site.id))
    return await _apply_to_goals(context, "delete_goal", goal_plans.plan_delete(await _goal(context, arguments.goal)))


async def change_site(context: ToolContext, arguments: ChangeSiteArguments) -> WriteOutcome:
    """Change some settings of a site."""
    session = context.desk.session
    _permit(_permissions(context).edit_site(context.site.id))
    opened, urls = await site_plans.read_site(session.client, context.site.id)
    changes = _given(arguments, ("name", "timezone", "currency", "ecommerce", "sitesearch", "group"))
    if arguments.urls is not None:
        changes["urls"] = "\n".join(arguments.urls)
    before = SiteDraft.of(opened, urls)
    draft, superuser = replace(before, **changes), session.access.superuser
    _check(excused(draft.problems(superuser=superuser), draft, before.problems(superuser=superuser), before))
    plan = site_plans.plan_update(opened, urls, draft, superuser=superuser)
    outcome = await context.writing.apply("change_site", plan, context.desk)
    context.desk.forget_site(context.site.id)
    return outcome


async def set_access(context: ToolContext, arguments: SetAccessArguments) -> WriteOutcome:
    """Set the role of a user on a site."""
    client, site = context.desk.session.client, context.site
    _permit(_permissions(context).set_access(site.id))
    mask = context.masker
    known = [user.login for user in await client.call(users.get_users())]
    name = next((one for one in known if arguments.login in (one, mask.pseudonym("user", one))), None)
    if name is None:
        raise BadRequest(f"There is no user {arguments.login!r} that this token can see: take it from list_users.")
    plan = await plan_role(client, name, site.id, site.name, arguments.role, await identity(context.desk))
    pseudonym = mask.pseudonym("user", name)
    plan = replace(plan, refusals=tuple(one.replace(sanitize(name), pseudonym) for one in plan.refusals))
    outcome = await context.writing.apply("set_access", plan, context.desk)
    return msgspec.structs.replace(outcome, sentence=outcome.sentence.replace(sanitize(name), pseudonym))


async def send_test_hit(context: ToolContext, arguments: HitArguments) -> WriteOutcome:
    """Send a hit with a mark, and wait for it in Live."""
    _permit(_permissions(context).track())
    draft = HitDraft(
        kind=arguments.kind,
        url=arguments.url,
        title=arguments.title,
        category=arguments.event_category,
        action=arguments.event_action,
        keyword=arguments.keyword,
    )
    _check(draft.problems())
    probe = tracking_test.prepare(context.site.id, draft)
    title = f"Send a test hit ({draft.kind}) to site {context.site.id}"
    _, by = await context.writing.confirm(Question("send_test_hit", title, (f"  {probe.http}",)))
    session = context.desk.session
    test = TrackingTest(
        session.client,
        context.writing.log,
        profile=session.settings.profile,
        server=session.address,
        agent=context.writing.agent,
        read_login=lambda: login(context.desk),
        sleep=context.desk.sleep,
        monotonic=context.desk.clock.monotonic,
        now=context.desk.clock.now,
    )
    progress: Progress = await test.run(probe, watched=_WATCHED)
    return WriteOutcome(outcome=progress.stage, sentence=progress.sentence, confirmed_by=by)


async def _apply_to_goals(context: ToolContext, tool: str, plan: ChangePlan) -> WriteOutcome:
    outcome = await context.writing.apply(tool, plan, context.desk)
    context.desk.catalogues.make_due(context.site.id)
    return outcome


async def _goal(context: ToolContext, goal_id: int) -> Goal:
    found = await context.desk.session.client.call(goals.get_goals(context.site.id))
    goal = next((one for one in found if one.id == goal_id), None)
    if goal is None:
        raise BadRequest(f"Site {context.site.id} has no goal {goal_id}: list_goals lists them.")
    return goal


def _goal_draft(draft: GoalDraft, arguments: GoalArguments) -> GoalDraft:
    names = ("name", "description", "match_attribute", "pattern_type", "pattern", "case_sensitive", "allow_multiple")
    changes = _given(arguments, names)
    if arguments.revenue is not None:
        changes["revenue"] = f"{arguments.revenue:.10f}".rstrip("0").rstrip(".")
    return replace(draft, **changes)


def _given(arguments: msgspec.Struct, names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def _permissions(context: ToolContext) -> Permissions:
    session = context.desk.session
    return Permissions.of(session.client, session.access, {context.site.id: context.site.name})


def _permit(permission: Permission) -> None:
    if not permission.is_open:
        raise NoAccess(permission.reason)


def _check(problems: Iterable[Problem]) -> None:
    if found := errors(problems):
        raise ValueError(" ".join(problem.sentence for problem in found))


_CONFIRMED = "A person must confirm it at the terminal of the server."

TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "add_goal",
        "Add a goal",
        f"Adds a goal to a site. {_CONFIRMED}",
        NewGoalArguments,
        WriteOutcome,
        lambda asked: f"add the goal “{sanitize(asked.name, 80)}”",
        add_goal,
        "goals",
        "full",
    ),
    Tool(
        "change_goal",
        "Change a goal",
        f"Changes the given fields of a goal. {_CONFIRMED}",
        ChangeGoalArguments,
        WriteOutcome,
        lambda asked: f"change goal {asked.goal}",
        change_goal,
        "goals",
        "full",
    ),
    Tool(
        "delete_goal",
        "Delete a goal",
        f"Deletes a goal and its conversions. {_CONFIRMED}",
        DeleteGoalArguments,
        WriteOutcome,
        lambda asked: f"delete goal {asked.goal}",
        delete_goal,
        "goals",
        "full",
    ),
    Tool(
        "change_site",
        "Change a site",
        f"Changes the given settings of a site. {_CONFIRMED}",
        ChangeSiteArguments,
        WriteOutcome,
        lambda _: "change the settings",
        change_site,
        "sites",
        "full",
    ),
    Tool(
        "set_access",
        "Set access",
        f"Sets the role of a user on a site. {_CONFIRMED}",
        SetAccessArguments,
        WriteOutcome,
        lambda asked: f"set the role of {sanitize(asked.login, 60)} to {asked.role}",
        set_access,
        "users",
        "full",
    ),
    Tool(
        "send_test_hit",
        "Send a test hit",
        f"Sends a hit to the tracker and waits for it in Live. {_CONFIRMED}",
        HitArguments,
        WriteOutcome,
        lambda asked: f"send a test hit ({asked.kind})",
        send_test_hit,
        "tracking",
        "full",
    ),
)
