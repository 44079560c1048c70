"""Compares each call of ``matomo_tui.api``, alone and in a bulk request, with the raw answer, for every role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from matomo_tui.api import responses
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Counters
from tests.real import rows
from tests.real.call_table import READS, SLOW, Example
from tests.real.counting import zone_of
from tests.real.raw import Raw, Refused, Reply, bare
from tests.real.stage import Stage

AT_ONCE = 10
"""Calls in one bulk: as many as any server takes of any token."""
ATTEMPTS = 4
"""How often a call is tried whose answer may have changed meanwhile."""

GROWING = ("Live.getCounters", "Live.getMostRecentVisitorId")
"""Methods whose answer may be another one a second later."""


@dataclass(frozen=True)
class Answer:
    """Result of a call: a value, or the class and sentence of an error."""

    value: Any = None
    error: str = ""
    said: str = ""

    def equals(self, other: Answer) -> bool:
        """Return True for equal values, or errors of the same class."""
        return (self.error, self.value) == (other.error, other.value)

    def resembles(self, other: Answer) -> bool:
        """Return True for values that changed in the meantime no more than a few seconds explain."""
        if isinstance(self.value, Counters) and isinstance(other.value, Counters):
            counts = [(each.visits or 0, each.actions or 0) for each in (self.value, other.value)]
            pairs = list(zip(*counts, strict=True))
            return all(abs(one - another) <= 5 + max(one, another) // 20 for one, another in pairs)
        return self.equals(other) or (
            isinstance(self.value, str) and isinstance(other.value, str) and bool(self.value) == bool(other.value)
        )

    def agrees_with(self, server: Answer) -> bool:
        """Return True for equal values, or if both were refused."""
        return bool(self.error) == bool(server.error) and (bool(self.error) or self.value == server.value)

    @property
    def shown(self) -> Any:
        """Format the answer for a line of output."""
        return f"{self.error}: {self.said}" if self.error else self.value


async def check(stage: Stage) -> None:
    """Compare all calls as each role; slow ones only as the highest and the lowest role."""
    example = await example_of(stage)
    made = [
        (f"{name}{'' if index == 0 else f' ({index + 1})'}", make(example))
        for name, makes in READS.items()
        for index, make in enumerate(makes)
    ]
    for role in stage.tokens.roles:
        outermost = role in (stage.best, stage.tokens.roles[-1])
        asked = [(name, call) for name, call in made if outermost or name not in SLOW]
        for start in range(0, len(asked), AT_ONCE):
            await _some(stage, role, asked[start : start + AT_ONCE])


async def _some(stage: Stage, role: str, made: Sequence[tuple[str, Call[Any]]]) -> None:
    client = stage.client(role)
    together = await client.bulk([call for _, call in made])
    for (name, call), part in zip(made, together, strict=True):
        await _one(stage, role, f"call: {role}: {name}", call, _answer(part))


async def _one(stage: Stage, role: str, what: str, call: Call[Any], bulk: Answer) -> None:
    """Send one call alone and in a bulk request as any role; as the highest role, compare it with the raw answer."""
    client, raw, judge = stage.client(role), stage.raw(role), stage.judge
    for attempt in range(ATTEMPTS):
        if attempt:
            bulk = _answer((await client.bulk([call, call]))[1])
        alone = await _alone(client, call)
        server = read_raw(call, await raw.ask(call.method, _params(call))) if role == stage.best else None
        if alone.equals(bulk) and (server is None or alone.agrees_with(server)):
            judge.ok(what, alone.error)
            return
        if call.method in GROWING and alone.resembles(bulk) and (server is None or alone.resembles(server)):
            judge.ok(what, "as near as the traffic lets it be")
            return
        if attempt:
            # The server itself may answer differently in a bulk request, where it unescapes texts once too often.
            own = read_raw(call, await raw.ask(call.method, _params(call)))
            own_bulk = read_raw(call, await raw.in_bulk(call.method, _params(call)))
            if alone.agrees_with(own) and bulk.agrees_with(own_bulk):
                judge.ok(what, "the server itself answers otherwise within a bulk")
                return
    if server is not None and not alone.agrees_with(server):
        judge.differs(f"{what}: alone", alone.shown, server.shown)
    else:
        judge.differs(f"{what}: within a bulk", bulk.shown, alone.shown)


def _params(call: Call[Any]) -> dict[str, str]:
    return {name: str(value) for name, value in call.params.items()}


async def _alone(client: Client, call: Call[Any]) -> Answer:
    try:
        return _answer(await client.call(call))
    except MatomoError as error:
        if error.stops_polling:
            raise
        return _answer(error)


def read_raw(call: Call[Any], reply: Reply) -> Answer:
    """Request the raw answer to the same parameters, encoded by separate code."""
    if reply.refusal is not None:
        return Answer(error="error", said=reply.refusal)
    try:
        return _answer(call.decode(responses.part_of(reply.body.strip())))
    except (msgspec.MsgspecError, ValueError):
        return Answer(error="unreadable", said=str(reply.value)[:200])


def _answer(value: Any) -> Answer:
    if isinstance(value, MatomoError):
        return Answer(error=type(value).__name__, said=str(value))
    if isinstance(value, msgspec.Struct) and hasattr(value, "total"):
        # The total is in the headers, which a bulk request's parts do not have.
        value = msgspec.structs.replace(value, total=None)
    return Answer(value)


async def example_of(stage: Stage) -> Example:
    """Build an example with objects that exist on this server."""
    raw, site_id = stage.raw(), await stage.choose_site()
    site = await raw.value("SitesManager.getSiteFromId", idSite=site_id)
    today = datetime.fromtimestamp(stage.clock.now(), UTC).astimezone(zone_of(str(site["timezone"]))).date()
    day = str(today - timedelta(days=1))
    example = Example(site_id, day, site_name=str(site["name"])[:4])
    when = {"idSite": site_id, "period": "day", "date": day}
    visits = rows.listed(await _or_none(raw, "Live.getLastVisitsDetails", when | {"filter_limit": 20}))
    for visit in visits:
        pages = [one for one in visit.get("actionDetails") or () if one.get("type") == "action" and one.get("url")]
        if pages and visit.get("visitorId"):
            page = pages[0]
            title = str(page.get("pageTitle") or example.page_title)
            example = replace(example, visitor_id=str(visit["visitorId"]), page_url=str(page["url"]), page_title=title)
            break
    tree = rows.listed(await _or_none(raw, "Actions.getPageUrls", when))
    below = next((int(row["idsubdatatable"]) for row in tree if row.get("idsubdatatable")), None)
    kinds = rows.listed(await _or_none(raw, "Referrers.getReferrerType", when))
    goals = rows.listed(await _or_none(raw, "Goals.getGoals", {"idSite": site_id}))
    access = bare(await _or_none(raw, "UsersManager.getUsersAccessFromSite", {"idSite": site_id}))
    logins = sorted(access) if type(access) is dict else []
    if type(access) is list and access and type(access[0]) is dict:
        logins = sorted(access[0])
    return replace(
        example,
        subtable=below or example.subtable,
        label=str(kinds[0]["label"]) if kinds else example.label,
        goal_id=int(goals[0]["idgoal"]) if goals else example.goal_id,
        login=next((login for login in logins if login != "anonymous"), example.login),
    )


async def _or_none(raw: Raw, method: str, params: dict[str, Any]) -> Any:
    try:
        return await raw.value(method, params)
    except Refused:
        return None
