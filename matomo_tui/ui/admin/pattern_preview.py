"""Preview of a goal pattern's matches in the last days."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.patterns import VISITS, Trial, Tried, try_pattern
from matomo_tui.admin.recent_activity import Samples, gather
from matomo_tui.api.errors import MatomoError
from matomo_tui.page_url import before_token, mask_tokens, shown
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.drawing.formatting import number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.pane import Pane, PaneState
from matomo_tui.ui.widgets.table.columns import Column, Span
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (Column("text", "", 10, flex=1), Column("count", "", 7, align="right"))
MOST_SHOWN = 300


class PatternPreviewPane(Pane):
    """Matches first, what matched of each marked. The samples are asked for once a site, when a form first opens."""

    TITLE = "Would have matched"
    DEFAULT_CSS = """
    PatternPreviewPane > .trial--said { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self) -> None:
        super().__init__(id="trial")
        self.table: VirtualTable[int] = VirtualTable(COLUMNS)
        self._sentence = Static("", classes="trial--said", markup=False)
        self.trial: Trial | None = None
        self._draft: GoalDraft | None = None  # what waits for the samples

    def compose_content(self) -> ComposeResult:
        yield self._sentence
        yield self.table

    def try_pattern(self, desk: AdminContext, site_id: int, draft: GoalDraft) -> None:
        """Try a draft's pattern; one that was still being tried is no longer wanted."""
        samples = desk.samples.get(site_id)
        waiting, self._draft = self._draft is not None, draft
        if samples is not None:
            self._draft = None
            self.run_worker(deferred(self._try, samples, draft), group="try", exclusive=True, exit_on_error=False)
        elif not waiting:
            # Typing on does not ask again: what was typed last is tried once the samples are there.
            self.set_state(PaneState.LOADING)
            self.run_worker(deferred(self._gather, desk, site_id), group="samples", exit_on_error=False)

    async def _gather(self, desk: AdminContext, site_id: int) -> None:
        try:
            desk.samples[site_id] = await gather(desk.client, site_id)
        except MatomoError as error:
            self._draft = None
            self.set_state(PaneState.BROKEN, str(error))
            return
        draft, self._draft = self._draft, None
        if draft is not None:
            self.try_pattern(desk, site_id, draft)

    async def _try(self, samples: Samples, draft: GoalDraft) -> None:
        self._show(await try_pattern(draft, samples.samples), samples, draft)

    def _show(self, trial: Trial, samples: Samples, draft: GoalDraft) -> None:
        self.trial = trial
        words = samples.words_for(draft.match_attribute)
        if not trial.rows:
            self.set_title("")
            nothing = f"No such action in {words}."
            self.set_state(PaneState.EMPTY, trial.sentence or samples.trouble or nothing)
            return
        every = len(trial.rows) + trial.cut
        if draft.match_attribute in VISITS:
            tried, counted = words, f"{number(trial.hits)} of {words}"
        else:
            tried = f"{number(every)} in {words}"
            counted = f"{number(trial.matched)} of {number(every)}, {number(trial.hits)} times in {words}"
        is_tried = bool(draft.pattern) and not trial.sentence
        self.set_title(counted if is_tried else f"– of {tried}")
        self.set_state(PaneState.CONTENT)
        said = trial.sentence or ("" if draft.pattern else "Type a pattern to see its matches.")
        if not said and draft.pattern and not trial.matched and not trial.cut:
            said = f"Nothing in {words} matches."
        self._sentence.update(said)
        self._sentence.display = bool(said)
        sign = glyphs_of(self).chosen
        rows = [_row(at, row, sign) for at, row in enumerate(trial.rows[:MOST_SHOWN])]
        self.table.set_rows(ListRows(rows), keep_cursor=False)


def _row(at: int, row: Tried, sign: str) -> Row[int]:
    count: Span = (number(row.count), "" if row.matches else "muted")
    mark: Span = (sign, "good") if row.matches else ("", "")
    return Row(at, (_marked(row), (count,)), mark=mark)


def _marked(row: Tried) -> tuple[Span, ...]:
    """The text with what matched of it standing out. Each piece is cleaned by itself: the raw text is what was
    matched. Somebody's token is masked first, in the whole; what matched stands out only where all of it is before."""
    text, beginning = mask_tokens(row.text), before_token(row.text)
    hidden = beginning is not None and row.span is not None and row.span[1] > len(beginning)
    if row.span is None or row.span[0] >= row.span[1] or hidden or sanitize(text) != shown(text):
        return ((shown(row.text), "strong" if row.matches else "muted"),)
    start, stop = row.span
    pieces: tuple[Span, ...] = (
        (sanitize(text[:start]), ""),
        (sanitize(text[start:stop]), "accent"),
        (sanitize(text[stop:]), ""),
    )
    return tuple(piece for piece in pieces if piece[0])
