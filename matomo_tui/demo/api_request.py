"""One API call (user, parameters, time), and the registry of the methods that answer it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from matomo_tui.demo.engine.selection import compile_segment
from matomo_tui.demo.errors import found_or_refused, refusal, refuse_if
from matomo_tui.demo.formats import DemoPeriod, parse, today
from matomo_tui.demo.http import as_stored
from matomo_tui.demo.options import DemoOptions
from matomo_tui.demo.store import Accept, Store
from matomo_tui.demo.world import ANONYMOUS, RANK, SEEING, Role, StoredSite, StoredUser, World

Json = Any


_WHOLE = re.compile(r"\s*(-?[0-9]{1,15})\s*")


def whole_number(text: str) -> int:
    """Parse an integer as PHP does; anything else is 0."""
    match = _WHOLE.fullmatch(text)
    return int(match[1]) if match else 0


class ApiRequest(Struct, frozen=True):
    """A call; all methods raise ``ApiError``. ``headers`` go with the answer, ``wrong_password`` counts those."""

    params: Mapping[str, str]
    user: StoredUser
    store: Store
    now: float
    options: DemoOptions = field(default_factory=DemoOptions)
    headers: dict[str, str] = field(default_factory=dict)
    wrong_password: Callable[[], None] = field(default=lambda: None)

    @property
    def world(self) -> World:
        return self.store.world

    def text(self, name: str, default: str | None = None) -> str:
        """A parameter; required unless there is a default."""
        value = self.params.get(name, "")
        if value:
            return value
        if default is None:
            raise refusal("missing", name=name)
        return default

    def number(self, name: str, default: int | None = None) -> int:
        """An integer parameter, parsed as PHP does: anything else is 0."""
        return whole_number(self.text(name, None if default is None else str(default)))

    def flag(self, name: str) -> bool:
        """A boolean parameter: false if empty, 0 or ``false``."""
        return self.params.get(name, "").lower() not in ("", "0", "false")

    def typed(self, name: str, default: str | None = None, *, most: int = 65_535) -> str:
        """A text as it reads back from the database, truncated to the ``most`` characters of its column."""
        return as_stored(self.text(name, default), most)

    def several(self, name: str) -> list[str] | None:
        """A list parameter, sent as ``name[0]``, ``name[1]`` … or as one value, in order; ``None`` if missing."""
        listed = [value for key, value in self.params.items() if key.startswith(f"{name}[")]
        if listed:
            return listed
        return [self.params[name]] if name in self.params else None

    def site(self, role: Role = "view") -> StoredSite:
        """The site of ``idSite``, on which the user must have ``role``."""
        return self._allowed(self.number("idSite"), role)

    def sites(self, role: Role = "view") -> tuple[list[StoredSite], bool]:
        """The sites of ``idSite`` (a number, a list, ``all``), and whether the answer is keyed by site."""
        text = self.text("idSite")
        if text == "all":
            return list(self.visible_sites()), True
        # Anything but positive integers is skipped, unless nothing remains.
        numbers = [number for part in text.split(",") if (number := whole_number(part)) > 0] or [0]
        found = [self._allowed(number, role) for number in numbers]
        return found, len(numbers) > 1

    def _allowed(self, site_id: int, role: Role) -> StoredSite:
        site = self.world.site(site_id)
        if not self.user.superuser and (site is None or not self.user.at_least(role, site_id)):
            raise refusal("no access", role=role, site=site_id)
        return found_or_refused(site, "unknown site", site=site_id)

    def visible_sites(self) -> Iterator[StoredSite]:
        return self.world.sites_with(self.user, *SEEING)

    def sees_something(self) -> bool:
        return self.user.superuser or next(self.world.ids_with(self.user, *SEEING), None) is not None

    def known_user(self, login: str) -> StoredUser:
        return found_or_refused(self.world.user(login), "unknown user", login=login)

    def check_superuser(self) -> None:
        refuse_if(not self.user.superuser, "not superuser")

    def check_somewhere(self, role: Role) -> None:
        enough: list[Role] = [each for each, rank in RANK.items() if rank >= RANK[role]]
        if next(self.world.ids_with(self.user, *enough), None) is None and not self.user.superuser:
            raise refusal("no access anywhere", role=role)

    def check_oneself(self, login: str) -> None:
        refuse_if(not self.user.superuser and login != self.user.login, "not oneself", login=login)

    def check_signed_in(self) -> None:
        refuse_if(self.user.login == ANONYMOUS.login, "anonymous")

    def periods(self, site: StoredSite) -> tuple[list[DemoPeriod], bool]:
        """The requested periods in the site's time zone, and whether the answer is keyed by them."""
        return parse(self.text("period"), self.text("date"), today(self.now, site.timezone))

    @property
    def segment(self) -> str:
        """The segment expression, ``""`` for all visits."""
        return self.params.get("segment", "")

    def accept(self) -> Accept | None:
        """The segment as a predicate over visits; ``None`` for all visits."""
        return compile_segment(self.segment) if self.segment else None


Answer = Callable[[ApiRequest], Json]
"""Answers a call, with ``None`` for a bare success; reports return an awaitable."""


class Method(Struct, frozen=True):
    answer: Answer
    needs: Role | None = None
    """The role that the caller must have on some site, ``superuser`` a superuser's."""
    pages_itself: bool = False
    """It applies ``filter_limit`` and ``filter_offset`` itself."""
    writes: bool = False
    filters_itself: bool = False
    """It applies all filters of rows and columns itself."""
    is_table: bool = False
    """Its answer is filtered as a report, not as a plain list."""


_METHODS: dict[str, dict[str, Method]] = {}


def method(name: str, needs: Role | None = None, **flags: bool) -> Callable[[Answer], Answer]:
    """Register a function as the method ``name``; ``flags`` are fields of :class:`Method`."""
    module, _, action = name.partition(".")

    def put(function: Answer) -> Answer:
        _METHODS.setdefault(module, {})[action] = Method(function, needs, **flags)
        return function

    return put


def methods_of(module: str) -> Mapping[str, Method]:
    return _METHODS.get(module, {})
