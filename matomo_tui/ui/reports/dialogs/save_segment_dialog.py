"""The dialog that saves a segment: its name, and for superusers who sees it and where."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from matomo_tui.admin.saved_segments import NotSaved, SegmentDraft
from matomo_tui.api.segment_editor import SavedSegment
from matomo_tui.api.site import Site
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.saved_segments import SegmentService
from matomo_tui.ui.widgets.dialog import NEXT_FIELD, Dialog
from matomo_tui.ui.widgets.stepper import Stepper
from matomo_tui.ui.widgets.workers import deferred
from matomo_tui.ui.widgets.writing import WritingScreen, notify_of_write

_LONGEST_NAME = 255
_YES, _NO = "yes", "no"


class SaveSegmentDialog(WritingScreen, Dialog[SavedSegment | None]):
    """Dismisses with the segment as Matomo stored it, or with ``None``."""

    DEFAULT_CSS = """
    SaveSegmentDialog > .dialog--box { padding: 1 0 0 0; }
    SaveSegmentDialog Horizontal { height: 1; margin: 0 2 1 2; }
    SaveSegmentDialog .save--label { width: 10; color: $text-muted; }
    SaveSegmentDialog .save--words { height: auto; max-height: 4; margin: 0 2 1 2; color: $text-muted; }
    SaveSegmentDialog .dialog--status { margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "save", priority=True, tooltip="Save the segment in Matomo"),
        NEXT_FIELD,
    ]
    AUTO_FOCUS = "#name"

    def __init__(
        self,
        service: SegmentService,
        site: Site,
        definition: str,
        words: str,
        *,
        saved: SavedSegment | None = None,
        superuser: bool = False,
    ) -> None:
        """``words`` describe the definition; ``saved`` is the segment to change, if it is not a new one."""
        super().__init__("Save the segment" if saved is None else f"Change “{sanitize(saved.name, 50)}”")
        self._service = service
        self._site = site
        self._definition = definition
        self._words = words
        self._changed = saved
        self._superuser = superuser
        before = SegmentDraft.of(saved) if saved is not None else SegmentDraft("", definition)
        self._before = before
        self._name_field = Input(before.name, placeholder="its name", id="name", compact=True, select_on_focus=False)
        self._name_field.max_length = _LONGEST_NAME
        name = sanitize(saved.name, 40) if saved is not None else ""
        self._as = Stepper([(_NO, f"change “{name}”"), (_YES, "save as a new segment")], id="as")
        self._users = Stepper(
            [(_NO, "only its owner"), (_YES, "all users")], _YES if before.shared else _NO, id="users"
        )
        here = sanitize(site.name, 40) or f"site {site.id}"
        self._sites = Stepper([(_NO, here), (_YES, "all sites")], _YES if before.all_sites else _NO, id="sites")

    def compose_body(self) -> ComposeResult:
        yield Static(self._words, classes="save--words", markup=False)
        yield from self._row("Name", self._name_field)
        if self._changed is not None:
            yield from self._row("Save as", self._as)
        if self._superuser:
            yield from self._row("Seen by", self._users)
            yield from self._row("On", self._sites)

    @staticmethod
    def _row(label: str, field: Widget) -> ComposeResult:
        with Horizontal():
            yield Static(label, classes="save--label", markup=False)
            yield field

    @property
    def _draft(self) -> SegmentDraft:
        kept = self._before if self._is_change else SegmentDraft("", "")
        return SegmentDraft(
            name=self._name_field.value.strip(),
            definition=self._definition,
            all_sites=self._sites.value == _YES if self._superuser else kept.all_sites,
            shared=self._users.value == _YES if self._superuser else kept.shared,
            auto_archive=kept.auto_archive,
        )

    @property
    def _is_change(self) -> bool:
        return self._changed is not None and self._as.value == _NO

    def action_save(self) -> None:
        """Send the segment, once."""
        if self.is_writing:
            return
        if not self._name_field.value.strip():
            self.set_status("A saved segment needs a name.", error=True)
            self._name_field.focus()
            return
        self.begin_write()
        self.set_status(f"Saving{glyphs_of(self).ellipsis}")
        self.run_worker(deferred(self._send, self._draft), group="save")

    async def _send(self, draft: SegmentDraft) -> None:
        try:
            if self._is_change and self._changed is not None:
                stored = await self._service.update(self._site, self._changed, draft)
            else:
                stored = await self._service.add(self._site, draft)
        except (NotSaved, ValueError) as reason:
            self.end_write()
            self.set_status(sanitize(str(reason)), error=True)
            return
        self.dismiss(stored)

    def action_close(self) -> None:
        """Close. A write that was sent cannot be recalled: wait for its answer."""
        if self.is_writing:
            notify_of_write(self)
        else:
            self.dismiss(None)
