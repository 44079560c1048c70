"""The export dialog: the visible rows or all rows of a report."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.export import (
    FORMATS,
    Format,
    Writer,
    as_records,
    batched,
    free_name,
    suggested_name,
    visible_records,
    visible_writer,
    write_records,
)
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.table import TableModel
from matomo_tui.reports.whole_levels import written_words
from matomo_tui.sanitize import sanitize
from matomo_tui.sizes import format_size
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.dialog import NEXT_FIELD, Dialog
from matomo_tui.ui.widgets.stepper import Stepper
from matomo_tui.ui.widgets.workers import deferred

_FORMATS: dict[Format, str] = {
    "csv": "CSV, for spreadsheets",
    "tsv": "TSV, tabs between cells",
    "json": "JSON, raw figures",
    "md": "Markdown, a table to paste",
}
_BAR = 30
_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
_REASONS = {
    errno.ENOENT: "no such folder",
    errno.ENOTDIR: "its folder is not a folder",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "the place is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "the file is too big",
    errno.ENAMETOOLONG: "the name is too long",
}


def why_not(error: OSError) -> str:
    """The reason why a file cannot be written, in a few words."""
    return _REASONS.get(error.errno or 0, error.strerror or "it cannot be written")


def _ending(path: Path) -> str:
    """The ending of a file's name as a format is named: ``json`` of ``mine.JSON``."""
    return path.suffix.removeprefix(".").lower()


def _here() -> Path:
    """The current folder, or the home folder if that no longer exists."""
    try:
        return Path.cwd()
    except OSError:
        return Path.home()


class ExportDialog(Dialog[Path | None]):
    """Dismisses with the path of the written file, or with ``None``. Never replaces a file unasked."""

    DEFAULT_CSS = """
    ExportDialog > .dialog--box { width: 80; max-width: 100%; padding: 1 0 0 0; }
    ExportDialog Horizontal { height: 1; margin: 0 2 1 2; }
    ExportDialog .export--label { width: 8; color: $text-muted; }
    ExportDialog .dialog--status { min-height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "write", "write", priority=True, tooltip="Write the file"),
        NEXT_FIELD,
        Binding("ctrl+w", "overwrite", "replace", priority=True, tooltip="Replace the existing file"),
        Binding("escape", "close", "close", priority=True, tooltip="Cancel the export, or close"),
    ]
    AUTO_FOCUS = "#what"

    def __init__(
        self, table: TableModel, loader: ReportLoader, folder: Path | None = None, *, whole: bool = True
    ) -> None:
        """``whole``: offer all rows besides the visible ones."""
        super().__init__(f"Export {sanitize(table.request.report.name, 50)}", " ")
        self._report = table
        self._loader = loader
        self._folder = folder or _here()
        lines = sum(1 for _ in table.loaded_lines())
        rows = "1 row" if lines == 1 else f"{lines:,} rows"
        total = f", {table.total:,} rows" if table.total is not None else ""
        alone = ", not compared" if table.request.query.before is not None else ""
        every = f"all rows{' of this level' if table.request.report.has_levels else ''}{total}{alone}"
        choices = [("seen", f"the visible rows, {rows}"), ("all", every)]
        self._what = Stepper(choices if whole else choices[:1], id="what")
        self._format = Stepper([(key, _FORMATS[key]) for key in FORMATS], id="format")
        self._chosen = self._format.value
        """The format for a name whose ending is that of none."""
        self._path = Input(compact=True, id="path")
        self._taken: Path | None = None
        self._writing: Worker[None] | None = None

    def compose_body(self) -> ComposeResult:
        for label, widget in (("Rows", self._what), ("Format", self._format), ("File", self._path)):
            with Horizontal():
                yield Static(label, classes="export--label", markup=False)
                yield widget

    def on_mount(self) -> None:
        self._suggest(self._folder / suggested_name(self._report.request, self._kind))

    @property
    def _kind(self) -> Format:
        return next(kind for kind in FORMATS if kind == self._format.value)

    def _suggest(self, path: Path) -> None:
        with self._path.prevent(Input.Changed):
            self._path.value = str(free_name(path))
        self._path.cursor_position = len(self._path.value)

    # Changing

    def on_stepper_changed(self, event: Stepper.Changed) -> None:
        """Give the file name the extension of the format."""
        event.stop()
        if event.choice is self._format:
            self._chosen = self._format.value
            path = Path(self._path.value.strip())
            if _ending(path) in FORMATS:
                self._suggest(path.with_suffix(f".{self._kind}"))
        self._reset()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take the format from the ending of the name, and drop the error about the name before. An ending that is only
        passed while another one is typed leaves the format that was chosen."""
        event.stop()
        ending = _ending(Path(event.value.strip()))
        self._format.choose(ending if ending in FORMATS else self._chosen)
        self._reset()

    def _reset(self) -> None:
        if self._writing is None:
            self._taken = None
            self.set_status("")
            self.refresh_bindings()

    # Writing

    def _start(self, *, overwrite: bool) -> None:
        if self._writing is not None:
            return
        text = self._path.value.strip()
        typed = Path(text)
        try:
            path = self._taken if overwrite else typed.expanduser()
            is_folder = path is not None and (path.is_dir() or (not overwrite and text.endswith(_SEPARATORS)))
        except (OSError, RuntimeError) as error:
            reason = why_not(error) if isinstance(error, OSError) else "no such user"
            self.set_status(f"{sanitize(str(typed))}: {reason}. Nothing was written.", error=True)
            return
        if path is None or not path.name:
            self.set_status("Give the file a name.", error=True)
        elif is_folder:
            verb = "names" if text.endswith(_SEPARATORS) else "is"
            self.set_status(f"{sanitize(str(path))} {verb} a folder: give the file a name in it.", error=True)
        else:
            self.set_status(f"Writing{glyphs_of(self).ellipsis}")
            self._writing = self.run_worker(deferred(self._write, path, overwrite), group="export")

    async def _write(self, path: Path, overwrite: bool) -> None:
        try:
            write = self._write_all if self._what.value == "all" else self._write_seen
            rows, size = await write(path, overwrite)
        except FileExistsError:
            self._offer_another(path)
        except MatomoError as error:
            self.set_status(f"{error} Nothing was written.", error=True)
        except OSError as error:
            self.set_status(f"{sanitize(str(path))}: {why_not(error)}. Nothing was written.", error=True)
        except asyncio.CancelledError:
            if self.is_attached:
                self.set_status("Cancelled: nothing was written.")
            raise
        else:
            what = f"{rows:,} row{'' if rows == 1 else 's'}, {format_size(size)},"
            cut = written_words(self._report.request, rows) if self._what.value == "all" else ""
            text = f"{what} written to {sanitize(str(path))}{f'; {cut}' if cut else ''}"
            self.app.notify(text, timeout=8, markup=False)
            self.dismiss(path)
        finally:
            self._writing = None

    async def _write_seen(self, path: Path, overwrite: bool) -> tuple[int, int]:
        # Here, where nothing else changes the table. Columns without a figure in any row are not to be seen either.
        columns = self._report.filled_columns
        records = list(visible_records(self._report, columns))
        writer = visible_writer(self._kind, self._report, records, columns)
        return await write_records(path, writer, batched(records), overwrite=overwrite)

    async def _write_all(self, path: Path, overwrite: bool) -> tuple[int, int]:
        table = self._report
        request = table.request
        if not overwrite and await asyncio.to_thread(path.exists):
            raise FileExistsError  # before the server is asked for everything
        total = table.total
        if total is None:
            self.set_status(f"Counting the rows{glyphs_of(self).ellipsis}")
            total = await self._loader.count_rows(request, table.loaded)
        currency, levels = request.query.site.currency, request.searches_levels
        writer = Writer(self._kind, table.columns, request.dimension, currency, levels=levels)
        self._progress(0, total)
        return await write_records(
            path,
            writer,
            as_records(self._loader.rows(request), writer.columns),
            progress=lambda written: self._progress(written, total),
            overwrite=overwrite,
        )

    def _progress(self, written: int, total: int) -> None:
        """The rows below found ones are written too, but not among the ``total`` that was counted."""
        glyphs = glyphs_of(self)
        done = min(1.0, written / total) if total else 1.0
        rows = f"{written:,} of {total:,} rows" if written <= total else f"{written:,} rows"
        filled = round(done * _BAR)
        bar = glyphs.rule_heavy * filled
        self.set_status(
            Content.assemble(
                (bar, "bold $accent"),
                (glyphs.rule * (_BAR - filled), "$text-muted"),
                Content(f"  {rows}, esc cancels"),
            )
        )

    def _offer_another(self, path: Path) -> None:
        self._taken = path
        self._suggest(path)
        name, other = sanitize(path.name, 80), sanitize(Path(self._path.value).name, 80)
        self.set_status(f"{name} already exists. Enter writes {other}, ctrl+w replaces {name}.", error=True)
        self.refresh_bindings()

    # Keys

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Only an existing file can be replaced."""
        return self._taken is not None if action == "overwrite" else True

    def action_write(self) -> None:
        """Write the file, unless one with its name exists."""
        self._start(overwrite=False)

    def action_overwrite(self) -> None:
        """Replace the existing file."""
        self._start(overwrite=True)

    def action_close(self) -> None:
        """Cancel the writing of all rows, or close. The visible rows are written at once and cannot be cancelled."""
        if self._writing is None:
            self.dismiss(None)
        elif self._what.value == "all":
            self._writing.cancel()
