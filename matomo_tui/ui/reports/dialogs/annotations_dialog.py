"""The dialogs that list annotations and write one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from matomo_tui.admin.annotations import NotWritten
from matomo_tui.api.annotations import Annotation
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import Site
from matomo_tui.reports import period_parser
from matomo_tui.reports.periods import Period
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.annotations import AnnotationService, day_of
from matomo_tui.ui.widgets.screens import ModalScreen
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (Column("date", "Date", 15), Column("note", "Annotation", 20, flex=3), Column("user", "By", 8, hides=1))


class NotesDialog(ModalScreen[bool]):
    """The annotations of a time, newest first. Dismisses with whether a person wants to write one; ``refusal`` says
    why that cannot be done, ``error`` why the annotations could not be read."""

    DEFAULT_CSS = """
    NotesDialog { align: center middle; }
    NotesDialog > Vertical {
        width: 84; max-width: 96%; height: 18; max-height: 90%; background: $background;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    NotesDialog .notes--full { height: auto; max-height: 5; padding: 0 2; color: $text; }
    NotesDialog .notes--said { height: auto; padding: 0 2; color: $text-muted; }
    NotesDialog .notes--said.-error { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("notes")]

    def __init__(self, notes: Sequence[Annotation], error: MatomoError | None = None, refusal: str = "") -> None:
        super().__init__()
        self._notes = list(reversed(notes))
        self._error = error
        self._refusal = refusal
        self._table: VirtualTable[int] = VirtualTable(COLUMNS, header=True, spacing=2)
        self._full = Static("", classes="notes--full", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = f"Annotations, {len(self._notes)}"
            yield self._table
            yield self._full
            said = str(self._error) if self._error is not None else self._refusal or "A writes one, esc closes"
            yield Static(said, classes="notes--said" + (" -error" if self._error is not None else ""), markup=False)

    def on_mount(self) -> None:
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
        """The whole text of the one under the cursor."""
        event.stop()
        self._full.update(sanitize(self._notes[event.key].note, 2000) if event.key is not None else "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Writing only where it is possible."""
        return not self._refusal if action == "annotate" else True

    def action_annotate(self) -> None:
        """Write one."""
        self.dismiss(True)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(False)


def _day(note: Annotation) -> str:
    """The day as it is written everywhere else."""
    day = day_of(note)
    return Period(day, day, "day").label() if day is not None else sanitize(note.date, 10)


class AnnotateDialog(ModalScreen[Annotation | None]):
    """A date and a text. Dismisses with the annotation that Matomo has now, or with ``None``."""

    DEFAULT_CSS = """
    AnnotateDialog { align: center middle; }
    AnnotateDialog > Vertical {
        width: 72; max-width: 96%; height: auto; background: $background; padding: 1 2;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    AnnotateDialog Horizontal { height: 1; margin: 0 0 1 0; }
    AnnotateDialog .annotate--label { width: 8; color: $text-muted; }
    AnnotateDialog Input { width: 1fr; height: 1; padding: 0 1; border: none; background: $surface; }
    AnnotateDialog Input:focus { background: $panel; }
    AnnotateDialog .annotate--said { height: auto; color: $text-muted; }
    AnnotateDialog .annotate--said.-error { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Write nothing"),
    ]
    AUTO_FOCUS = "#note"

    def __init__(self, notebook: AnnotationService, site: Site, day: date, today: date) -> None:
        super().__init__()
        self._notebook = notebook
        self._site = site
        self._today = today
        self._date = Input(str(day), id="date", compact=True)
        self._note = Input(placeholder="What happened?", id="note", compact=True, max_length=255)
        self._said = Static("Enter saves it for all users of the site, esc closes", markup=False)
        self._said.add_class("annotate--said")
        self._sending = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(f"Annotate {sanitize(self._site.name, 40)}")
            with Horizontal():
                yield Static("Date", classes="annotate--label", markup=False)
                yield self._date
            with Horizontal():
                yield Static("Note", classes="annotate--label", markup=False)
                yield self._note
            yield self._said

    def _say(self, text: str, *, error: bool = False) -> None:
        self._said.set_class(error, "-error")
        self._said.update(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the date on to the note; from the note: write."""
        event.stop()
        if event.input is self._date and not self._note.value.strip():
            self._note.focus()
        elif not self._sending:
            self._write()

    def _write(self) -> None:
        try:
            period = period_parser.parse(self._date.value, self._today)
            if period.days > 1:
                raise ValueError("An annotation needs one day: 2026-11-22, today or yesterday.")
            if not self._note.value.strip():
                raise ValueError("An annotation needs a text.")
        except ValueError as error:
            self._say(sanitize(str(error)), error=True)
            return
        self._sending = True
        self._say(f"Writing{glyphs_of(self).ellipsis}")
        self.run_worker(deferred(self._send, period.first, self._note.value.strip()), group="annotate")

    async def _send(self, day: date, note: str) -> None:
        try:
            written = await self._notebook.write(self._site, day, note)
        except NotWritten as reason:
            self._sending = False
            self._say(str(reason), error=True)
            return
        self.dismiss(written)

    def action_close(self) -> None:
        """Write nothing. What was sent is not taken back: its answer is waited for."""
        if self._sending:
            self.notify("The write is under way: please wait.", timeout=3, markup=False)
        else:
            self.dismiss(None)
