"""Base class of the lists whose entries can be added, changed and deleted: goals, sites and users."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable
from typing import Any, ClassVar, TypeVar, cast

from matomo_tui.admin.entity import Entity
from matomo_tui.admin.outcome import Outcome, Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import State, with_state
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.paged_pane import PagedPane
from matomo_tui.ui.widgets.pane import PaneState

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 (an item as it was loaded to be changed)


class CrudPane(PagedPane[K, T]):
    """A list of items ``T`` with keys ``K``.

    A key checks the permission and the lock, then opens a form or a review. After a write the list shows what was read
    back, loads again, and moves the cursor to the item that was added.
    """

    NEED_ROWS: ClassVar[tuple[str, ...]] = ("edit", "delete")
    """Actions that need a list with rows."""

    # For subclasses

    @abstractmethod
    def permission_to_add(self) -> Permission: ...

    @abstractmethod
    def permission_to_edit(self, item: T) -> Permission: ...

    @abstractmethod
    def permission_to_delete(self, item: T) -> Permission: ...

    @abstractmethod
    def open_form(self, item: T | None) -> None:
        """Open the form of ``item``, or of a new item (None), with ``push_form``."""

    @abstractmethod
    def open_deletion(self, item: T) -> None:
        """Open the review of the deletion of ``item``, with ``review_item``."""

    def changed_item(self, item: T, stored: State) -> T:
        """``item`` with the fields that were read back."""
        return with_state(item, stored)

    def index_of(self, key: K) -> int | None:
        """The row of the item with this key, None if it is not loaded."""
        return self.rows.index_of(key)

    def keys(self) -> set[K]:
        """The keys of all items that the server has, to find the one that was added without an answer."""
        return set()

    def added_key(self, outcome: Outcome) -> K | None:
        """The key of the item that a write added."""
        key = outcome.created if outcome.created is not None else outcome.step.entity.key
        return cast("K", key) if outcome.exists else None

    def after_write(self, result: Result) -> None:
        """Called after each write, before the list is loaded again."""
        del result

    def update_row(self, entity: Entity, stored: State | None) -> None:
        """Show what was read back after a write, None if ``entity`` does not exist."""
        key = cast("K | None", entity.key)
        index = self.rows.index_of(key) if key is not None else None
        if key is None or index is None or not self._loaded:  # the list of another site is still to come
            return
        if stored is None:
            self.remove_item(key)
        else:
            self.replace_item(self.changed_item(self.rows.items[index], stored))

    async def load_after_write(self) -> None:
        """Load the list again."""
        await self._load()

    @property
    def has_rows(self) -> bool:
        """True if the list shows items or the result of a search."""
        return self.state in (PaneState.CONTENT, PaneState.STALE)

    # Keys

    def action_add(self) -> None:
        """Open the form of a new item."""
        if self.may(self.permission_to_add()):
            self.open_form(None)

    def action_edit(self) -> None:
        """Open the form of the item under the cursor."""
        item = self.under_cursor
        if item is not None and self.may(self.permission_to_edit(item)):
            self.open_form(item)

    def action_delete(self) -> None:
        """Open the review of the deletion of the item under the cursor."""
        item = self.under_cursor
        if item is not None and self.may(self.permission_to_delete(item)):
            self.open_deletion(item)

    def on_virtual_table_selected(self, event: Any) -> None:
        event.stop()
        self.action_edit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """What is not permitted can be tried, and gives the reason."""
        return self.has_rows if action in self.NEED_ROWS else True

    # Writing

    def push_form(self, form: FormScreen[Any, Any]) -> None:
        """Show a form whose result updates the list."""
        self.open_screen(form, self.written)

    def review_item(
        self, item: I, plan: Callable[[I], ChangePlan], changed: Callable[[I, State], I] = with_state
    ) -> None:
        """Show the plan for ``item``. If somebody else changes the item meanwhile, the plan can be made for the result:
        ``changed`` applies their state to the item."""
        self.review(plan(item), self.written, anyway=lambda theirs: plan(changed(item, theirs)))

    def written(self, result: Result | None) -> None:
        """Show what was read back at once, because a key may come before the list is loaded again."""
        if result is None:
            return
        before = self.keys()
        for outcome in result.outcomes:
            if outcome.was_read:
                self.update_row(outcome.step.entity, outcome.stored)
        self.after_write(result)
        added = next((key for key in map(self.added_key, result.outcomes) if key is not None), None)
        self.work("load", self._load_and_go_to, added, before)

    async def _load_and_go_to(self, added: K | None, before: set[K]) -> None:
        await self.load_after_write()
        new = self.keys() - before
        if added is None and len(new) == 1:
            (added,) = new
        index = self.index_of(added) if added is not None else None
        if index is not None:
            self.table.move_cursor(index)
