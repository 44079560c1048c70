"""Tools for what is set up: sites, goals, saved segments and users."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from matomo_tui.admin.goals import ATTRIBUTE_WORDS, PATTERN_WORDS
from matomo_tui.agents.answers import GoalLine, Listing, SegmentLine, SiteLine, TrackingCode, UserLine
from matomo_tui.agents.masking import HIDDEN
from matomo_tui.agents.selection import is_personal
from matomo_tui.agents.tool import PagedArguments, RangeArguments, SiteArguments, Tool, ToolContext, page_of, sentences
from matomo_tui.api import goals, segment_editor, sites, users
from matomo_tui.api.goals import Goal
from matomo_tui.api.site import Site
from matomo_tui.api.users import User
from matomo_tui.page_url import shown
from matomo_tui.reports import segments
from matomo_tui.sanitize import sanitize

_MOST_SEARCHED = 1_000
_MOST_LINES, _LONGEST_LINE = 100, 400
"""Lines of a tracking code, and characters of a line, at most."""


class SitesArguments(RangeArguments, frozen=True, kw_only=True):
    """Arguments of ``list_sites``."""

    search: Annotated[str, Meta(max_length=100, description="Words in the name, URL or group.")] = ""


class UsersArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments of ``list_users``."""

    search: Annotated[str, Meta(max_length=100, description="A part of the login. It needs personal_data.")] = ""


async def list_sites(context: ToolContext, arguments: SitesArguments) -> Listing[SiteLine]:
    """The sites on which ``sites`` is granted."""
    client = context.desk.session.client
    if arguments.search.strip():
        found = await client.call(sites.get_pattern_match_sites(arguments.search, limit=_MOST_SEARCHED))
    else:
        found = await client.call(sites.get_sites_with_at_least_view_access())
    rows = [_site_line(site, context) for site in found if context.grants.reads("sites", site.id)]
    return Listing[SiteLine](**page_of(rows, arguments))


async def list_goals(context: ToolContext, arguments: PagedArguments) -> Listing[GoalLine]:
    """The goals of a site."""
    found = await context.desk.session.client.call(goals.get_goals(context.site.id))
    rows = [_goal_line(goal) for goal in found if not goal.deleted]
    return Listing[GoalLine](site=context.site_ref, **page_of(rows, arguments))


async def list_segments(context: ToolContext, arguments: PagedArguments) -> Listing[SegmentLine]:
    """The saved segments of a site."""
    found = await context.desk.session.client.call(segment_editor.get_all(context.site.id))
    rows = []
    for one in found:
        masked = is_personal(one.definition) and not context.masker.reveal
        rows.append(
            SegmentLine(
                id=one.id,
                name=context.masker.text(one.name),
                definition=HIDDEN if masked else shown(one.definition, 2_000),
                words=HIDDEN if masked else _words(one.definition),
                for_all_sites=not one.only_site_id,
            )
        )
    page = page_of(rows, arguments)
    page["note"] = sentences(page["note"], context.masked)
    return Listing[SegmentLine](site=context.site_ref, **page)


async def list_users(context: ToolContext, arguments: UsersArguments) -> Listing[UserLine]:
    """The users with their roles on a site."""
    if arguments.search and not context.masker.reveal:
        raise ValueError("Logins are masked, so they cannot be searched: ask without search.")
    call = users.get_users_plus_role(
        context.site.id, limit=arguments.limit, offset=arguments.offset, search=arguments.search, access="some"
    )
    page = await context.desk.session.client.call(call)
    last = arguments.offset + len(page.users)
    more = page.total is not None and last < page.total
    return Listing[UserLine](
        site=context.site_ref,
        rows=tuple(_user_line(user, context) for user in page.users),
        offset=arguments.offset,
        next_offset=last if more else None,
        total=page.total,
        note=sentences(f"There are more users: ask with offset={last}." if more else "", context.masked),
    )


async def get_tracking_code(context: ToolContext, arguments: SiteArguments) -> TrackingCode:
    """The JavaScript to put on the pages of a site."""
    del arguments
    session = context.desk.session
    address = session.address.partition("://")[2]
    code = await session.client.call(sites.get_javascript_tag(context.site.id, address=address))
    return TrackingCode(
        site=context.site_ref,
        javascript="\n".join(shown(line, _LONGEST_LINE) for line in code.splitlines()[:_MOST_LINES]),
    )


def _site_line(site: Site, context: ToolContext) -> SiteLine:
    return SiteLine(
        id=site.id,
        name=site.name,
        url=site.main_url,
        timezone=site.timezone,
        currency=site.currency,
        ecommerce=site.ecommerce,
        group=site.group,
        role=context.desk.session.access.role(site.id),
    )


def _goal_line(goal: Goal) -> GoalLine:
    return GoalLine(
        id=goal.id,
        name=sanitize(goal.name),
        description=sanitize(goal.description),
        triggered_by=ATTRIBUTE_WORDS.get(goal.match_attribute, sanitize(goal.match_attribute, 60)),
        match=PATTERN_WORDS.get(goal.pattern_type, sanitize(goal.pattern_type, 60)),
        pattern=shown(goal.pattern),
        case_sensitive=goal.case_sensitive,
        several_per_visit=goal.allow_multiple,
        revenue=goal.revenue,
    )


def _user_line(user: User, context: ToolContext) -> UserLine:
    return UserLine(
        login=context.masker.pseudonym("user", user.login),
        email=context.masker.hide(user.email),
        role=user.role or ("superuser" if user.superuser_access else "noaccess"),
        last_seen=sanitize(user.last_seen, 60),
        invited=user.is_invited,
    )


def _words(definition: str) -> str:
    try:
        return segments.describe(definition)
    except ValueError:
        return ""


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "list_sites",
        "Sites",
        "The sites that may be read, with their ids.",
        SitesArguments,
        Listing[SiteLine],
        lambda asked: f"the list of sites{f' with “{asked.search}”' if asked.search else ''}",
        list_sites,
        "sites",
        is_about_site=False,
    ),
    Tool(
        "list_goals",
        "Goals",
        "The goals of a site: name, trigger, pattern and revenue.",
        PagedArguments,
        Listing[GoalLine],
        lambda _: "the goals",
        list_goals,
        "goals",
    ),
    Tool(
        "list_segments",
        "Saved segments",
        "The saved segments of a site, to use as the parameter segment of other tools.",
        PagedArguments,
        Listing[SegmentLine],
        lambda _: "the saved segments",
        list_segments,
        "visits",
    ),
    Tool(
        "list_users",
        "Users",
        "The users of this Matomo with their roles on a site. Without admin access only the token's own user.",
        UsersArguments,
        Listing[UserLine],
        lambda _: "the users and their roles",
        list_users,
        "users",
    ),
    Tool(
        "get_tracking_code",
        "Tracking code",
        "The JavaScript tracking code for the pages of a site.",
        SiteArguments,
        TrackingCode,
        lambda _: "the tracking code",
        get_tracking_code,
        "tracking",
    ),
)
