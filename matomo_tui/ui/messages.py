"""The base class of messages with values, and the messages between wings, handled by the application."""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform

from textual.message import Message

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import VisitRow


@dataclass_transform()
class FieldMessage(Message):
    """A message whose annotated attributes are given by position or by name, as in a dataclass.

    Defining a dataclass takes twenty times as long, and some dozens of messages are defined before the first frame.
    """

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._fields = (*cls._fields, *cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__()
        for name, value in zip(self._fields, values, strict=False):
            setattr(self, name, value)
        for name, value in named.items():
            setattr(self, name, value)


class Reconnect(FieldMessage):
    """The user asked to connect with another token or address."""


class SwitchSite(FieldMessage):
    """Open the site switcher."""

    why: str = ""
    """A sentence in the switcher, if it opens without a key."""


class ChooseSegment(FieldMessage):
    """The user asked for another segment, on a screen that has no dialog of its own."""


class ExplainCounters(FieldMessage):
    """The user asked what the counters of the live screen mean."""


class OpenVisit(FieldMessage):
    """The user opened a visit of ``site``."""

    visit: VisitRow
    site: Site
