"""The base of the classes that the application is put together from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

    AppPart = App[int]
else:
    # At runtime only the application itself is one of Textual's classes: each of those costs a third of a millisecond
    # when it is made. Parts may have handlers and actions, but no bindings, reactives, styles or ``@on``.
    AppPart = object
