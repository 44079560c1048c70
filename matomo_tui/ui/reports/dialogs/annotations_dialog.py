"""The dialogs that list annotations and write one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from matomo_tui.admin.annotations import NotWritten
from matomo_tui.api.annotations import Annotation
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.reports import period_parser
from matomo_tui.reports.periods import Period
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.annotations import AnnotationService, day_of
from matomo_tui.ui.widgets.dialog import NEXT_FIELD, Dialog
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred
from matomo_tui.ui.widgets.writing import WritingScreen, notify_of_write

COLUMNS = (Column("date", "Date", 15), Column("note", "Annotation", 20, flex=3), Column("user", "By", 8, hides=1))


class NotesDialog(Dialog[bool | None]):
    """The annotations of a period, newest first. Dismisses with ``True`` to write one.

    ``refusal`` is the reason why none can be written, ``error`` why the annotations could not be read.
    """

    DEFAULT_CSS = """
    NotesDialog > .dialog--box { width: 84; height: 18; }
    NotesDialog .notes--full { height: auto; max-height: 5; padding: 0 2; color: $text; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("notes")]

    def __init__(self, notes: Sequence[Annotation], error: MatomoError | None = None, refusal: str = "") -> None:
        super().__init__(f"Annotations, {len(notes)}")
        self._notes = list(reversed(notes))
        self._error = error
        self._refusal = refusal
        self._table: VirtualTable[int] = VirtualTable(COLUMNS, header=True, spacing=2)
        self._full = Static("", classes="notes--full", markup=False)

    def compose_body(self) -> ComposeResult:
        yield self._table
        yield self._full

    def on_mount(self) -> None:
        self.set_status(self._refusal if self._error is None else str(self._error), error=self._error is not None)
        glyphs = glyphs_of(self)
        rows = [
            Row(
                place,
                (((_day(note), "muted"),), sanitize(note.note), ((sanitize(note.user, 40), "muted"),)),
                mark=(glyphs.note, "warn") if note.starred else ("", ""),
            )
            for place, note in enumerate(self._notes)
        ]
        self._table.set_empty_text("No annotations in this period")
        self._table.set_rows(ListRows(rows))
        self._table.focus()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        """Show the whole text of the annotation under the cursor."""
        event.stop()
        self._full.update(sanitize(self._notes[event.key].note, 2000) if event.key is not None else "")

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be written after a refusal."""
        return not self._refusal if action == "annotate" else True

    def action_annotate(self) -> None:
        """Dismiss with ``True``."""
        self.dismiss(True)


def _day(note: Annotation) -> str:
    """The day of an annotation, in the program's format."""
    day = day_of(note)
    return Period(day, day, "day").label() if day is not None else sanitize(note.date, 10)


class AnnotateDialog(WritingScreen, Dialog[Annotation | None]):
    """A date and a text. Dismisses with the annotation as Matomo stored it, or with ``None``."""

    DEFAULT_CSS = """
    AnnotateDialog > .dialog--box { padding: 1 0 0 0; }
    AnnotateDialog Horizontal { height: 1; margin: 0 2 1 2; }
    AnnotateDialog .annotate--label { width: 8; color: $text-muted; }
    AnnotateDialog .dialog--status { margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "save", priority=True, tooltip="Save the annotation for all users of the site"),
        NEXT_FIELD,
    ]
    AUTO_FOCUS = "#note"

    def __init__(self, notebook: AnnotationService, site: Site, day: date, today: date) -> None:
        super().__init__(f"Annotate {sanitize(site.name, 40)}", "All users of the site will see it.")
        self._notebook = notebook
        self._site = site
        self._today = today
        self._date = Input(str(day), id="date", compact=True)
        self._note = Input(placeholder="What happened?", id="note", compact=True, max_length=255)

    def compose_body(self) -> ComposeResult:
        with Horizontal():
            yield Static("Date", classes="annotate--label", markup=False)
            yield self._date
        with Horizontal():
            yield Static("Note", classes="annotate--label", markup=False)
            yield self._note

    def action_save(self) -> None:
        """Save the annotation. From the date, go to a note that is still empty."""
        if self._date.has_focus and not self._note.value.strip():
            self._note.focus()
        elif not self.is_writing:
            self._write()

    def _write(self) -> None:
        try:
            period = period_parser.parse(self._date.value, self._today)
            if period.days > 1:
                raise ValueError("An annotation needs one day: 2026-11-22, today or yesterday.")
            if not self._note.value.strip():
                raise ValueError("An annotation needs a text.")
        except ValueError as error:
            self.set_status(sanitize(str(error)), error=True)
            return
        self.begin_write()
        self.set_status(f"Writing{glyphs_of(self).ellipsis}")
        self.run_worker(deferred(self._send, period.first, self._note.value.strip()), group="annotate")

    async def _send(self, day: date, note: str) -> None:
        try:
            written = await self._notebook.write(self._site, day, note)
        except NotWritten as reason:
            self.end_write()
            self.set_status(str(reason), error=True)
            return
        self.dismiss(written)

    def action_close(self) -> None:
        """Close. An annotation that was sent cannot be recalled: wait for its answer."""
        if self.is_writing:
            notify_of_write(self)
        else:
            self.dismiss(None)
