"""The objects that a write changes: how each is read before the write, and found and read after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from matomo_tui.admin.input_parsing import same_name
from matomo_tui.admin.state import State
from matomo_tui.api.client import Client
from matomo_tui.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of an object on the server at one moment."""

    state: State | None
    """Its fields; None if it does not exist."""
    known: frozenset[int] = frozenset()
    """Before something is created: the ids that exist already."""
    id: int | None = None
    """After something was created: its id."""


class Entity(ABC):
    """One object on the server, or one to be created. Subclasses are frozen dataclasses."""

    __slots__ = ()
    labels: ClassVar[Mapping[str, str]]
    """The labels of its fields, in the order of its form."""

    @property
    @abstractmethod
    def key(self) -> int | str | None:
        """The key of its row in a list; None if it has no id yet."""

    def site_id_of(self, created: int | None) -> int | None:
        """The id of the site that it belongs to, for the audit log. ``created`` is the id of the new object, if this
        is one and Matomo has answered."""
        del created
        return None

    def confirmation(self, opened: State) -> tuple[str, str]:
        """The text to type before it is deleted, and an alternative that is easy to type (``""``: none)."""
        raise NotImplementedError

    @abstractmethod
    async def read(self, client: Client) -> Reading:
        """Its state before the write. Raises a ``MatomoError``."""

    async def read_after(self, client: Client, before: Reading, answer: Any, wanted: State | None) -> Reading:
        """Its state after the write that should have made it ``wanted`` (None: deleted).

        ``answer`` is the decoded answer of the write, None if that was lost: a new object is then searched among those
        that did not exist ``before``. Raises a ``MatomoError``.
        """
        del before, answer, wanted
        return await self.read(client)


class NumberedEntity(Entity):
    """An object whose id Matomo assigns when it is created; until then ``id`` is None."""

    __slots__ = ()
    noun: ClassVar[str]
    """``goal`` or ``site``; with the id it stands in for a name that is hard to type."""

    @property
    @abstractmethod
    def id(self) -> int | None: ...

    @property
    def key(self) -> int | None:
        return self.id

    @abstractmethod
    async def read_ids(self, client: Client) -> Collection[int]:
        """The ids of all objects of this kind. Raises a ``MatomoError``."""

    @abstractmethod
    async def read_state(self, client: Client, entity_id: int) -> State | None:
        """The state of one of them, None if it does not exist. Raises a ``MatomoError``."""

    def as_wanted(self, stored: State, wanted: State) -> State:
        """``stored``, with the values of ``wanted`` for fields that read differently from how they are stored."""
        del wanted
        return stored

    def confirmation(self, opened: State) -> tuple[str, str]:
        reference = f"{self.noun} {self.id}"
        return typed_name(str(opened["name"])) or reference, reference

    async def read(self, client: Client) -> Reading:
        if self.id is None:
            return Reading(None, frozenset(await self.read_ids(client)))
        return Reading(await self.read_state(client, self.id))

    async def read_after(self, client: Client, before: Reading, answer: Any, wanted: State | None) -> Reading:
        if self.id is not None:
            stored = await self.read_state(client, self.id)
            return Reading(self.as_wanted(stored, wanted) if stored is not None and wanted is not None else stored)
        answered = isinstance(answer, int)
        ids = [answer] if answered else sorted(set(await self.read_ids(client)) - before.known, reverse=True)
        for entity_id in ids:
            stored = await self.read_state(client, entity_id)
            if stored is None or wanted is None:
                continue
            stored = self.as_wanted(stored, wanted)
            if answered or same_name(str(stored["name"]), str(wanted["name"])):
                return Reading(stored, id=entity_id)
        return Reading(None)


def typed_name(name: str) -> str:
    """A name as a user has to type it: its visible characters."""
    return " ".join(sanitize(name, 200).split())
