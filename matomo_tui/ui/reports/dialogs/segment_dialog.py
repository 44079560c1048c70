"""The segment dialog: values found by any word, saved segments, conditions, or a typed expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static

from matomo_tui.admin.saved_segments import NotSaved
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.segment_editor import SavedSegment
from matomo_tui.reports import segments
from matomo_tui.reports.segment_values import FoundValue
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.dialogs import segment_choices
from matomo_tui.ui.reports.dialogs.conditions_dialog import NEW, ConditionsDialog
from matomo_tui.ui.reports.dialogs.save_segment_dialog import SaveSegmentDialog
from matomo_tui.ui.reports.dialogs.segment_choices import USE, SegmentChoice
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.widgets.choice_dialog import ConfirmationDialog
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.dialog import NEXT_FIELD
from matomo_tui.ui.widgets.table.rows import ListRows
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred
from matomo_tui.ui.widgets.writing import WritingScreen

PAUSE = 0.25
"""Seconds without a key before values are searched."""


class SegmentDialog(WritingScreen, ConditionsDialog):
    """A field that finds values, saved segments and dimensions by any word, above the conditions."""

    DEFAULT_CSS = """
    SegmentDialog > .dialog--box { width: 96; max-width: 100%; height: 24; max-height: 100%; }
    SegmentDialog .segment--now { height: auto; max-height: 3; color: $foreground; padding: 0 2; }
    SegmentDialog .segment--label { height: 1; color: $text-muted; padding: 0 2; }
    SegmentDialog #choices { height: 3fr; margin: 0 1; }
    SegmentDialog #conditions { height: 2fr; margin: 0 1; }
    SegmentDialog Input { margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("segment"), NEXT_FIELD]
    AUTO_FOCUS = "#find"

    def __init__(self, context: ReportContext) -> None:
        super().__init__(context, "Segment: which visits count")
        self._saved: tuple[SavedSegment, ...] = ()
        self._editing: SavedSegment | None = None
        self._values: tuple[FoundValue, ...] = ()
        self._values_of = ""
        self._choices_waiting = 0
        self._now = Static("", classes="segment--now", markup=False)
        self._find = Input(
            placeholder="Find: Germany, phones, Google, a page, a saved segment", id="find", compact=True
        )
        self._choices: VirtualTable[SegmentChoice] = VirtualTable(segment_choices.COLUMNS, id="choices")
        self._pause = Debouncer(self, PAUSE, self._search)

    def compose_body(self) -> ComposeResult:
        yield self._now
        yield self._find
        yield self._choices
        yield Static("Conditions", classes="segment--label", markup=False)
        yield self._conditions
        yield Static("Expression", classes="segment--label", markup=False)
        yield self._expression

    def on_mount(self) -> None:
        self._choices.can_focus = False
        with self._expression.prevent(Input.Changed):
            self._expression.value = self._query.segment
        self._read(self._query.segment)
        self._show_choices()
        self._show_now()
        self.run_worker(deferred(self._load), group="segments", exclusive=True)

    async def _load(self) -> None:
        try:
            self._dimensions = await self._report_context.dimensions()
            self._show_now()
            self._show_conditions()
        except MatomoError as error:
            self._say(str(error), error=True)
        try:
            self._saved = await self._service.read(self._query)
        except MatomoError as error:
            self._say(f"The saved segments cannot be read: {error}", error=True)
        self._show_choices()

    # Showing

    def _show_now(self) -> None:
        query = self._query
        name = sanitize(query.segment_name)
        words = segments.describe(query.segment, self._names) if query.segment else "all visits"
        self._now.update(f"Now: {name}, {words}" if name else f"Now: {words}")

    @property
    def _text(self) -> str:
        return self._find.value.strip()

    def _show_choices(self) -> None:
        """List what the text finds, or the saved segments without a text."""
        here, glyphs = self._query.segment, glyphs_of(self)
        if self._text:
            rows = segment_choices.found_rows(
                self._text, self._values, self._saved, self._dimensions, here, self._names, glyphs
            )
        else:
            changed = self._built() not in ("", here)
            rows = segment_choices.saved_rows(self._saved, here, self._names, glyphs, changed=changed)
        self._choices.set_empty_text(
            f"Searching{glyphs.ellipsis}" if self._values_of != self._text else "Nothing found; tab builds a condition"
        )
        self._choices.set_rows(ListRows(rows), keep_cursor=False)
        self.refresh_bindings()

    def conditions_changed(self) -> None:
        """Offer the changed conditions in the list, and wait for another word."""
        with self._find.prevent(Input.Changed):
            self._find.value = ""
        self._values, self._values_of = (), ""
        self._show_choices()

    def saved_name(self, expression: str) -> str:
        """The name of the saved segment with this expression."""
        return next((sanitize(saved.name, 80) for saved in self._saved if saved.definition == expression), "")

    # Finding values

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search the typed text, or parse the typed expression."""
        event.stop()
        if event.input is self._expression:
            if self._read(event.value):
                self._say("")
            self._show_choices()
            return
        self._choices_waiting = 0
        self._say("")
        self._values = self._service.kept_values(self._query, self._text)
        if self._text:
            self._pause.restart()
        else:
            self._pause.cancel()
            self._values_of = ""
        self._show_choices()

    def _search(self) -> None:
        self._pause.cancel()
        self._say(f"Searching{glyphs_of(self).ellipsis}")
        self.run_worker(deferred(self._load_values, self._text), group="values", exclusive=True)

    async def _load_values(self, text: str) -> None:
        try:
            found: Sequence[FoundValue] = await self._service.find_values(self._query, text)
            self._say("")
        except MatomoError as error:
            found = self._service.kept_values(self._query, text)
            self._say(f"Values cannot be searched: {error}", error=True)
        if text != self._text:
            return
        key = self._choices.cursor_key if self._choices.cursor else None
        self._values, self._values_of = tuple(found), text
        self._show_choices()
        index = self._choices.rows.index_of(key) if key is not None else None
        if index is not None:
            self._choices.move_cursor(index)
        waiting, self._choices_waiting = self._choices_waiting, 0
        for _ in range(waiting):
            if self.is_active:  # the choice before may have closed it
                self.action_choose()

    def _add_value(self, expression: str) -> None:
        """Add the conditions of a value. ``enter`` then uses the segment; another word narrows it further."""
        clauses = segments.parse(expression)
        label = next((value.label for value in self._values if value.expression == expression), "")
        if len(clauses) == len(clauses[0]) == 1:
            self._labels[clauses[0][0]] = label
        for clause in clauses:
            if list(clause) not in self._clauses:
                self._clauses.append(list(clause))
        self._write()
        self._say("enter uses the segment; type to narrow it further")

    # Choosing

    def action_move(self, by: int) -> None:
        """Move the cursor of the list while the text is typed."""
        self._choices.move_cursor(self._choices.cursor + by)
        self.refresh_bindings()

    def action_page(self, by: int) -> None:
        """Move that cursor by a page."""
        self.action_move(by * self._choices.page_size)

    def action_choose(self) -> None:
        """Take what is under the cursor: a saved segment, a value, a dimension, a condition."""
        if self._conditions.has_focus:
            self._edit(self._place)
        elif self._choices.cursor_key is not None:  # also during the search, which may put another row there
            self._take(self._choices.cursor_key)
        elif self._text and self._values_of != self._text:
            self._choices_waiting += 1
            if self._pause.is_pending:
                self._search()

    def _take(self, choice: SegmentChoice) -> None:
        saved = self._saved_one(choice)
        if choice == USE:
            self.action_use()
        elif choice.kind == "value":
            self._add_value(choice.key)
        elif choice.kind == "dimension":
            self._edit(NEW, dimension=choice.key)
        elif saved is not None:
            self.dismiss((saved.definition, sanitize(saved.name, 80)))
        else:
            self.dismiss(("", ""))

    def on_virtual_table_selected(self, event: VirtualTable.Selected[SegmentChoice]) -> None:
        """A click on a choice, or ``enter`` on a condition."""
        event.stop()
        if event.table is self._choices:
            self._take(event.key)
        else:
            self.action_choose()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[SegmentChoice]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._expression:
            self.action_use()
        else:
            self.action_choose()

    # Saved segments

    def _saved_one(self, choice: SegmentChoice | None) -> SavedSegment | None:
        if choice is None or choice.kind != "saved":
            return None
        return next((one for one in self._saved if str(one.id) == choice.key), None)

    @property
    def _highlighted(self) -> SavedSegment | None:
        """The saved segment under the cursor."""
        return self._saved_one(self._choices.cursor_key) if self._find.has_focus else None

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Conditions are added and removed in their list, saved segments changed in theirs."""
        if action in ("add", "remove"):
            return self._conditions.has_focus and (action == "add" or self._place != NEW)
        if action in ("change", "delete"):
            return self._highlighted is not None
        if action in ("move", "page"):
            return self._find.has_focus
        return True

    def action_save(self) -> None:
        """Save the conditions in Matomo: as a new segment, or in the one that is being changed."""
        expression = self._built()
        refusal = self._service.refusal(self._query.site, self._report_context.access)
        if refusal or not expression:
            self._say(refusal or "There is nothing to save: find a value or add a condition first.", error=True)
        elif self._read(expression):
            self._open_save(expression)

    def _open_save(self, expression: str) -> None:
        def stored(found: SavedSegment | None) -> None:
            if found is not None:
                self.notify(f"Saved: {sanitize(found.name, 60)}", timeout=3, markup=False)
                self.dismiss((found.definition, sanitize(found.name, 80)))

        words = segments.describe(expression, self._names)
        self.app.push_screen(
            SaveSegmentDialog(
                self._service,
                self._query.site,
                expression,
                words,
                saved=self._editing,
                superuser=self._report_context.access.superuser,
            ),
            stored,
        )

    def action_change(self) -> None:
        """Load the saved segment under the cursor into the conditions, to be changed and saved again."""
        saved = self._highlighted
        if saved is not None and not self.is_writing:
            self.run_worker(deferred(self._change, saved), group="save", exclusive=True)

    async def _change(self, saved: SavedSegment) -> None:
        refusal = await self._service.change_refusal(self._query.site, saved, self._report_context.access)
        if refusal:
            self._say(refusal, error=True)
            return
        if not self.is_active:
            return
        self._editing = saved
        self.set_title(f"Segment: change “{sanitize(saved.name, 50)}”")
        with self._expression.prevent(Input.Changed):
            self._expression.value = saved.definition
        if self._read(saved.definition):
            self._conditions.focus()
            self._conditions.move_cursor(0)
            self._show_choices()
            self._say("f2 saves it: under this name or another one")

    def action_delete(self) -> None:
        """Ask, then delete the saved segment under the cursor."""
        saved = self._highlighted
        if saved is not None and not self.is_writing:
            self.run_worker(deferred(self._ask_delete, saved), group="save", exclusive=True)

    async def _ask_delete(self, saved: SavedSegment) -> None:
        refusal = await self._service.change_refusal(self._query.site, saved, self._report_context.access)
        if refusal:
            self._say(refusal, error=True)
            return
        if not self.is_active or self._highlighted != saved:
            return
        name = sanitize(saved.name, 40)

        def answered(answer: str | None) -> None:
            if answer == "delete":
                self.run_worker(deferred(self._delete, saved), group="delete")

        choices = [("keep", "Keep it"), ("delete", f"Delete it{' for all users' if saved.enable_all_users else ''}")]
        self.app.push_screen(ConfirmationDialog(f"Delete the segment “{name}”?", choices, "keep"), answered)

    def action_close(self) -> None:
        """Close, unless a segment is being deleted."""
        if self.is_writing:
            self._say("It is being deleted")
        else:
            super().action_close()

    async def _delete(self, saved: SavedSegment) -> None:
        self.begin_write()
        try:
            await self._service.delete(self._query.site, saved)
            self._saved = await self._service.read(self._query)
        except (NotSaved, MatomoError) as reason:
            self._say(str(reason), error=True)
            return
        finally:
            self.end_write()
        self._show_choices()
        self._say(f"Deleted: {sanitize(saved.name, 60)}")
