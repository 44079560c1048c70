"""Preview of a goal pattern's matches in the last days."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.patterns import VISITS, PatternTrial, TriedText, try_pattern
from matomo_tui.admin.recent_activity import RecentActivity, gather
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
KEPT = 300.0
"""Seconds after which another form requests the samples again."""


class PatternPreviewPane(Pane):
    """Lists the matches first, with the matching characters marked. The samples of a site are requested when a form is
    opened, and kept for others for some minutes if all could be loaded."""

    TITLE = "Would have matched"
    DEFAULT_CSS = """
    PatternPreviewPane > .trial--said { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self) -> None:
        super().__init__(id="trial")
        self.table: VirtualTable[int] = VirtualTable(COLUMNS)
        self._sentence = Static("", classes="trial--said", markup=False)
        self.trial: PatternTrial | None = None
        self._samples: RecentActivity | None = None
        self._draft: GoalDraft | None = None  # waits for the samples

    def compose_content(self) -> ComposeResult:
        yield self._sentence
        yield self.table

    def try_pattern(self, context: AdminContext, site_id: int, draft: GoalDraft) -> None:
        """Test a draft's pattern; it replaces a running test."""
        if self._samples is None:
            at, kept = context.samples.get(site_id, (0.0, None))
            self._samples = kept if context.clock.monotonic() < at + KEPT else None
        samples = self._samples
        waiting, self._draft = self._draft is not None, draft
        if samples is not None:
            self._draft = None
            self.run_worker(deferred(self._try, samples, draft), group="try", exclusive=True, exit_on_error=False)
        elif not waiting:
            # The samples are requested once; the last draft is tested when they arrive.
            self.set_state(PaneState.LOADING)
            self.run_worker(deferred(self._gather, context, site_id), group="samples", exit_on_error=False)

    async def _gather(self, context: AdminContext, site_id: int) -> None:
        try:
            self._samples = samples = await gather(context.client, site_id)
        except MatomoError as error:
            self._draft = None
            self.set_state(PaneState.BROKEN, f"{error} The next change of the goal tries again.")
            return
        if not samples.trouble:
            context.samples[site_id] = context.clock.monotonic(), samples
        draft, self._draft = self._draft, None
        if draft is not None:
            self.try_pattern(context, site_id, draft)

    async def _try(self, samples: RecentActivity, draft: GoalDraft) -> None:
        self._show(await try_pattern(draft, samples.samples), samples, draft)

    def _show(self, trial: PatternTrial, samples: RecentActivity, draft: GoalDraft) -> None:
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


def _row(at: int, row: TriedText, sign: str) -> Row[int]:
    count: Span = (number(row.count), "" if row.matches else "muted")
    mark: Span = (sign, "good") if row.matches else ("", "")
    return Row(at, (_marked(row), (count,)), mark=mark)


def _marked(row: TriedText) -> tuple[Span, ...]:
    """The text with the matching characters highlighted. The raw text was matched, so each piece is sanitized alone.
    Tokens are masked in the whole text first; a match is highlighted only if it ends before the token."""
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
