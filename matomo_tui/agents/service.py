"""Answers the calls of one agent: checks the arguments and the grants, logs the decision, bounds the answer."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from matomo_tui.admin.audit import AuditEntry
from matomo_tui.agents import live_tools, report_tools, site_tools, visit_tools, write_tools
from matomo_tui.agents.answers import WriteOutcome
from matomo_tui.agents.bounds import bounded
from matomo_tui.agents.call_record import CallRecord
from matomo_tui.agents.connection import AgentConnection, Desk
from matomo_tui.agents.grants import Decision, Grants
from matomo_tui.agents.masking import AgentMasker
from matomo_tui.agents.selection import SelectionArguments, decide_segment
from matomo_tui.agents.tool import Arguments, SiteArguments, Tool, ToolContext
from matomo_tui.agents.writing import NotConfirmed, Writing
from matomo_tui.api import sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.config.agent_settings import CAPABILITIES
from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize
from matomo_tui.session import choose_site

TOOLS: Mapping[str, Tool[Any]] = {
    tool.name: tool
    for tool in (
        *live_tools.TOOLS,
        *visit_tools.TOOLS,
        *report_tools.TOOLS,
        *site_tools.TOOLS,
        *write_tools.TOOLS,
    )
}
"""All tools by name."""

_MOST_SEARCHED = 1_000
_AT_ONCE = 4
"""Calls that read, and calls that write, that are answered at the same time; others wait."""
_SITE_ID = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """The answer to a call: an object, or an error as a sentence."""

    value: msgspec.Struct | None
    error: str = ""


class AgentService:
    """The tools of one agent over one connection.

    ``grants`` returns the grants of the moment, asked at each call. With ``read_only`` no tool that writes is offered.
    ``profile`` and ``server`` are for the audit log. ``now`` returns the UTC epoch in seconds.
    """

    def __init__(
        self,
        grants: Callable[[], Grants],
        connection: AgentConnection,
        writing: Writing,
        *,
        read_only: bool = False,
        profile: str = "",
        server: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.grants = grants()
        self._current_grants = grants
        self._read_only = read_only
        self._connection = connection
        self._writing = writing
        self._profile = profile
        self._server = server
        self._now = now
        self._key = secrets.token_bytes(32)
        self._reads = asyncio.Semaphore(_AT_ONCE)
        self._writes = asyncio.Semaphore(_AT_ONCE)

    def tools(self) -> tuple[Tool[Any], ...]:
        """The tools that the agent may call on at least one site."""
        self.grants = self._current_grants()
        offered = (tool for tool in TOOLS.values() if not (self._read_only and tool.is_write))
        return tuple(tool for tool in offered if self._decide_anywhere(tool).is_allowed)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Answer a call. Raises nothing but cancellation: an error is a sentence in the answer."""
        self.grants = self._current_grants()
        record = self._record(name)
        tool = TOOLS.get(name)
        if tool is None:
            offered = ", ".join(one.name for one in self.tools()) or "none"
            return ToolAnswer(None, record.denied(f"There is no tool {sanitize(name, 60)!r}. Tools: {offered}."))
        try:
            asked = msgspec.convert(dict(arguments), tool.arguments)
        except msgspec.ValidationError as error:
            return ToolAnswer(None, record.denied(f"The arguments are wrong: {_plain(str(error))}"))
        record.describe(_words(tool, asked))
        site_id = self._site_id(asked)
        if tool.is_about_site and site_id is not None:
            record.locate(site_id)
        early = self._decide_early(tool, site_id)
        if not early.is_allowed:
            return ToolAnswer(None, record.denied(early.sentence))
        # Writes wait for a person, minutes perhaps: reads go on meanwhile.
        async with self._writes if tool.is_write else self._reads:
            try:
                return await self._connection.use(lambda desk: self._answer(desk, tool, asked, record))
            except (MatomoError, NotConfirmed, ValueError) as error:
                return ToolAnswer(None, record.failed(shown(str(error), 1_000)))

    async def _answer(self, desk: Desk, tool: Tool[Any], asked: Arguments, record: CallRecord) -> ToolAnswer:
        """Decide with what the server says, and answer. Raises a ``MatomoError``, ``NotConfirmed`` or
        ``ValueError``."""
        site = await self._site(desk, tool, asked)
        if isinstance(site, Decision):
            return ToolAnswer(None, record.denied(site.sentence))
        masker = AgentMasker(reveal=self.grants.shows_personal_data(site.id), key=self._key)
        context = ToolContext(desk, self.grants, site, masker, self._writing)
        if tool.is_about_site:
            record.locate(site.id)
        decision = await self._decide(tool, asked, context)
        if not decision.is_allowed:
            return ToolAnswer(None, record.denied(decision.sentence))
        if trouble := record.allowed(decision.sentence):
            return ToolAnswer(None, f"Not answered, because the call could not be logged. {trouble}")
        answer = await tool.run(context, asked)
        if isinstance(answer, WriteOutcome):
            record.allowed(f"{decision.sentence} Confirmed by {answer.confirmed_by}. {answer.sentence}")
        return ToolAnswer(bounded(answer))

    async def _site(self, desk: Desk, tool: Tool[Any], asked: Arguments) -> Site | Decision:
        """The site of the call, or the denial if the agent may not know whether there is such a site."""
        site_id = self._site_id(asked)
        if not tool.is_about_site:
            return desk.session.site
        if site_id is None and isinstance(asked, SiteArguments) and isinstance(asked.site, str):
            return await self._named(desk, tool, asked.site)
        wanted = desk.session.site.id if site_id is None else site_id
        early = self._decide_early(tool, wanted)
        return await desk.site(wanted) if early.is_allowed else early

    async def _named(self, desk: Desk, tool: Tool[Any], name: str) -> Site | Decision:
        """The granted site with this name."""
        if not name.strip():
            raise ValueError("The name of the site is empty.")
        found = await desk.session.client.call(sites.get_pattern_match_sites(name, limit=_MOST_SEARCHED))
        granted = [site for site in found if self._decide_early(tool, site.id).is_allowed]
        if not granted:
            return Decision(False, f"No site named {sanitize(name, 60)!r} is granted for this.")
        return choose_site(name.strip(), granted)

    async def _decide(self, tool: Tool[Any], asked: Arguments, context: ToolContext) -> Decision:
        if tool.decide is not None:
            return await tool.decide(context, asked)
        segment = asked.segment if isinstance(asked, SelectionArguments) else ""
        return decide_segment(context, segment) or self._decide_early(
            tool, context.site.id if tool.is_about_site else None
        )

    def _decide_early(self, tool: Tool[Any], site_id: int | None) -> Decision:
        """Decide without the server. ``site_id`` is None if the site is not known yet or does not matter."""
        if site_id is None:
            return self._decide_anywhere(tool)
        if not tool.is_about_site:
            return self._decide_anywhere(tool)
        if tool.capability is not None:
            return self.grants.decide(tool.capability, tool.level, site_id)
        found = [self.grants.decide(one, tool.level, site_id) for one in CAPABILITIES]
        return next((one for one in found if one.is_allowed), found[0])

    def _decide_anywhere(self, tool: Tool[Any]) -> Decision:
        if tool.capability is not None:
            return self.grants.decide_anywhere(tool.capability, tool.level)
        found = [self.grants.decide_anywhere(one, tool.level) for one in CAPABILITIES]
        return next((one for one in found if one.is_allowed), found[0])

    def _site_id(self, asked: Arguments) -> int | None:
        """The id of the site if the arguments or the grants tell it."""
        wanted = asked.site if isinstance(asked, SiteArguments) else None
        if isinstance(wanted, str):
            return int(wanted) if _SITE_ID.fullmatch(wanted) else None
        return self.grants.only_site if wanted is None else wanted

    def _record(self, tool: str) -> CallRecord:
        name = sanitize(tool, 60)
        entry = AuditEntry(
            when="",
            method=f"mcp.{name}",
            what=f"Called {name}",
            outcome="",
            profile=self._profile,
            server=self._server,
            agent=self.grants.agent,
        )
        return CallRecord(self._writing.log, entry, self._now)


def _words(tool: Tool[Any], asked: Arguments) -> str:
    """What the call asks for, in plain English, without the site."""
    parts = [f"Asked {'to' if tool.is_write else 'for'} {tool.words(asked)}"]
    if isinstance(asked, SelectionArguments) and asked.segment:
        parts.append(f"with the segment {asked.segment}")
    offset = getattr(asked, "offset", 0)
    if offset:
        parts.append(f"from row {offset}")
    return shown(", ".join(parts), 400)


def _plain(message: str) -> str:
    """The sentence of a validation error: ``limit: Expected `int` <= 200.``"""
    text, _, path = message.partition(" - at `$.")
    where = path.rstrip("`")
    return f"{where}: {text}." if where else f"{text}."
