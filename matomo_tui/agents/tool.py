"""One tool: its typed arguments, the grant that it needs, and the function that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from matomo_tui.agents.answers import SiteRef
from matomo_tui.agents.connection import Desk
from matomo_tui.agents.grants import Decision, Grants
from matomo_tui.agents.masking import AgentMasker
from matomo_tui.agents.writing import Writing
from matomo_tui.api.site import Site
from matomo_tui.config.agent_settings import Capability, GrantLevel
from matomo_tui.instants import local_time

MOST_ROWS = 200
"""Rows of an answer at most, whatever ``limit`` says."""

T = TypeVar("T")


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a tool."""


class SiteArguments(Arguments, frozen=True, kw_only=True):
    """Arguments with a site."""

    site: Annotated[
        int | str | None, Meta(description="Id or name of the site. Default: the only granted one, else the profile's.")
    ] = None


_Limit = Annotated[int, Meta(ge=1, le=MOST_ROWS, description="Rows at most.")]
_Offset = Annotated[int, Meta(ge=0, le=1_000_000, description="Rows to skip: next_offset of the last answer.")]


class RangeArguments(Arguments, frozen=True, kw_only=True):
    """Arguments with a range of rows that are of no single site."""

    limit: _Limit = 25
    offset: _Offset = 0


class PagedArguments(SiteArguments, frozen=True, kw_only=True):
    """Arguments with a site and a range of rows."""

    limit: _Limit = 25
    offset: _Offset = 0


A = TypeVar("A", bound=Arguments, contravariant=True)


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Everything that a tool needs for one call."""

    desk: Desk
    grants: Grants
    site: Site
    """The site of the call; the session's for tools that concern no single site."""
    masker: AgentMasker
    writing: Writing

    def reads(self, capability: Capability) -> bool:
        """True if the agent may read ``capability`` on the site."""
        return self.grants.reads(capability, self.site.id)

    @property
    def site_ref(self) -> SiteRef:
        """The site, for an answer."""
        site = self.site
        return SiteRef(site.id, site.name, site.timezone, site.currency)

    def withheld(self, *capabilities: Capability) -> str:
        """A sentence about the ``capabilities`` whose fields are null because they are not granted."""
        missing = [one for one in capabilities if not self.reads(one)]
        return f"Withheld for lack of grants: {', '.join(missing)}." if missing else ""

    @property
    def masked(self) -> str:
        """A sentence about masking."""
        return "" if self.masker.reveal else "Personal data is masked: ids are pseudonyms."


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool."""

    name: str
    title: str
    description: str
    arguments: type[A]
    answer: type[msgspec.Struct]
    words: Callable[[A], str]
    """What the call asks for, to follow "Asked for" or, with ``full``, "Asked to": ``the visits of today``."""
    run: Callable[[ToolContext, A], Awaitable[msgspec.Struct]]
    capability: Capability | None = None
    """The grant that it needs; None if ``decide`` tells."""
    level: GrantLevel = "read"
    is_about_site: bool = True
    """False if it concerns no single site."""
    decide: Callable[[ToolContext, A], Awaitable[Decision]] | None = None
    """Decides where ``capability`` alone does not. Raises a ``MatomoError`` or a ``ValueError`` with a sentence."""

    @property
    def is_write(self) -> bool:
        """True if it changes something."""
        return self.level == "full"


def sentences(*parts: str) -> str:
    """The non-empty parts, joined."""
    return " ".join(part for part in parts if part)


def iso(epoch: float) -> str:
    """An epoch as ISO 8601 in UTC; ``""`` for 0."""
    return local_time(epoch).strftime("%Y-%m-%dT%H:%M:%SZ") if epoch > 0 else ""


def page_of(rows: Sequence[T], arguments: PagedArguments | RangeArguments) -> dict[str, Any]:
    """The fields of a ``Listing`` for the rows that ``arguments`` select of all ``rows``."""
    first, last = arguments.offset, arguments.offset + arguments.limit
    more = last < len(rows)
    note = f"{len(rows) - last:,} more rows: ask with offset={last}." if more else ""
    return {
        "rows": tuple(rows[first:last]),
        "offset": first,
        "next_offset": last if more else None,
        "total": len(rows),
        "note": note,
    }
