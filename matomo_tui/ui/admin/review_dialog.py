"""The review dialog: shows a plan, asks for confirmation, and reports the outcome of each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from matomo_tui.admin.apply import CannotApply
from matomo_tui.admin.outcome import Outcome, OutcomeKind, Result
from matomo_tui.admin.plan import ChangePlan, WriteStep
from matomo_tui.admin.state import State
from matomo_tui.api.secret import Secret
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin import diff_text
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.notices import Notice, Remarks, Tone
from matomo_tui.ui.widgets.secret_input import SecretInput
from matomo_tui.ui.widgets.workers import deferred
from matomo_tui.ui.widgets.writing import WritingScreen, notify_of_write

Again = Callable[[State, State], ChangePlan]
"""Builds a plan from the state that another user stored to the intended one."""

Anyway = Callable[[State], ChangePlan]
"""Builds the same plan for the state that another user stored, such as a deletion."""

Stage = Literal["review", "writing", "over"]

_MARGINS = 4
"""Cells beside the columns of a conflict, as in the style sheet."""
_TONES: dict[OutcomeKind, Tone] = {"done": "good", "already": "good", "skipped": "quiet", "unknown": "warning"}


class Reviewed(Struct, frozen=True):
    """The result of the last plan that was sent."""

    result: Result
    theirs: State | None = None
    """The state that another user stored, if editing continues from it."""


class StepBlock(Vertical):
    """One step: heading, differences and request; after it ran, its outcome."""

    def __init__(self, step: WriteStep, *, heading: str) -> None:
        super().__init__(classes="plan--step")
        self.step = step
        self._heading = heading
        self._outcome: Outcome | None = None
        self._remark = Remarks()
        self._more = Static("", classes="plan--more", markup=False)
        self._more.display = False

    def compose(self) -> ComposeResult:
        glyphs = glyphs_of(self)
        if self._heading:
            yield Static(self._heading, classes="plan--what", markup=False)
        yield Static(diff_text.differences(self.step.differences, glyphs), classes="plan--difference", markup=False)
        yield Static(self.step.http, classes="plan--http", markup=False)
        yield self._remark
        yield self._more

    def show(self, outcome: Outcome) -> None:
        tone = "warning" if outcome.ok and outcome.error else _TONES.get(outcome.kind, "bad")
        self._remark.say([Notice(tone, outcome.sentence)])
        self._outcome = outcome
        self._draw_more()
        self.scroll_visible(animate=False)

    def on_resize(self) -> None:
        """Draw the columns for the new width."""
        self._draw_more()

    def _draw_more(self) -> None:
        outcome = self._outcome
        if outcome is None:
            return
        if outcome.three_way:
            more = diff_text.three_columns(outcome.three_way, self.size.width - _MARGINS)
        else:
            more = diff_text.stored(outcome.differs)
        self._more.update(more)
        self._more.display = bool(more)


class ReviewDialog(WritingScreen, Dialog[Reviewed | None]):
    """Dismisses with the result of the plan, or with ``None`` if nothing was sent.

    After a conflict ``again`` or ``anyway`` builds a new plan on top of the other user's change. The dialog closes by
    itself after a successful plan of one step.
    """

    CSS_PATH = "admin.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("plan")
    AUTO_FOCUS = ""

    def __init__(
        self,
        context: AdminContext,
        plan: ChangePlan,
        again: Again | None = None,
        *,
        anyway: Anyway | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        """``on_outcome`` is called after each step, also if the dialog was closed meanwhile."""
        super().__init__(plan.title)
        self.context = context
        self.plan = plan
        self.stage: Stage = "review"
        self.result: Result | None = None
        self._again = again
        self._anyway = anyway
        self._on_outcome = on_outcome
        self._scroll = VerticalScroll(id="steps")
        self._remarks = Remarks(id="said")
        self._blocks: list[StepBlock] = []
        self._drawn_as_open = False
        self._typed = Input(compact=True, id="name")
        self._password = SecretInput(id="password")
        self._ask_name = Static("", id="ask-name", markup=False)
        own = "Your own Matomo password (required for this):"
        self._ask_password = Static(own, id="ask-password", markup=False)
        self._asks = Vertical(self._ask_name, self._typed, self._ask_password, self._password, id="asks")

    def compose_body(self) -> ComposeResult:
        yield self._remarks
        yield self._scroll
        yield self._asks

    async def on_mount(self) -> None:
        await self._review(self.plan)

    async def _review(self, plan: ChangePlan) -> None:
        self.plan, self.stage = plan, "review"
        self.set_title(plan.title)
        await self._scroll.remove_children()
        self._blocks = [StepBlock(step, heading=_heading(plan, n)) for n, step in enumerate(plan.steps)]
        await self._scroll.mount_all(self._blocks)
        self._scroll.scroll_home(animate=False)
        self._draw_notices()
        asks_name, asks_password = bool(plan.confirm_text), plan.needs_own_password
        also = f" (or “{plan.confirm_also}”)" if plan.confirm_also and plan.confirm_also != plan.confirm_text else ""
        self._ask_name.update(f"Type “{plan.confirm_text}”{also} and press enter to confirm:")
        for widget, wanted in (
            (self._typed, asks_name),
            (self._ask_name, asks_name),
            (self._password, asks_password),
            (self._ask_password, asks_password),
            (self._asks, asks_name or asks_password),
        ):
            widget.display = wanted and plan.can_apply
        self._typed.value = self._password.value = ""
        self._focus_first()
        self.refresh_bindings()

    def _draw_notices(self) -> None:
        plan = self.plan
        notices = [Notice("bad", sentence) for sentence in plan.refusals]
        notices += [Notice("warning", sentence) for sentence in plan.warnings]
        if not plan.steps and not plan.refusals:
            notices.append(Notice("quiet", "Nothing would change."))
        self._drawn_as_open = self.context.lock.is_open
        if plan.can_apply and not self._drawn_as_open:
            notices.append(Notice("warning", self.context.locked))
        self._remarks.say(notices)

    def _focus_first(self) -> None:
        shown = next((one for one in (self._typed, self._password) if one.display), None)
        self.set_focus(shown if shown is not None else self._scroll)

    # Confirming

    @property
    def _is_typed(self) -> bool:
        """Returns True if confirmation requires typing a name or a password."""
        return bool(self.plan.confirm_text) or self.plan.needs_own_password

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Move on to the password, or write the changes."""
        event.stop()
        if event.input is self._typed and not self.plan.accepts(self._typed.value):
            self._draw_notices()
            mistyped = Notice("warning", f"That is not “{self.plan.confirm_text}”: nothing was sent.")
            self._remarks.say([*self._remarks.remarks, mistyped])
        elif event.input is self._typed and self._password.display and not self._password.value:
            self._password.focus()
        else:
            self._write()

    def action_confirm(self) -> None:
        self._write()

    def _write(self) -> None:
        if self.stage != "review" or not self.plan.can_apply:
            return
        if not self.context.lock.is_open:
            self._draw_notices()
            return
        password = Secret(self._password.value) if self._password.value else None
        self.stage = "writing"
        self.begin_write()
        self._asks.display = False
        self.set_subtitle(f"writing{glyphs_of(self).ellipsis}")
        self._remarks.say([])
        self.set_focus(self._scroll)
        self.refresh_bindings()
        # A worker of the application: it outlives this dialog.
        work = deferred(self._apply, self.plan, self._typed.value, password)
        self.app.run_worker(work, group="write", exit_on_error=False)

    async def _apply(self, plan: ChangePlan, typed: str, password: Secret | None) -> None:
        blocks = dict(zip(map(id, plan.steps), self._blocks, strict=True))

        def over(outcome: Outcome) -> None:
            at = len(outcomes)
            outcomes.append(outcome)
            if self._on_outcome is not None:
                self._on_outcome(outcome)
            if self.is_attached:
                blocks[id(plan.steps[at])].show(outcome)

        outcomes: list[Outcome] = []
        try:
            result = await self.context.applier.apply(plan, typed=typed, own_password=password, on_outcome=over)
        except CannotApply as reason:
            self.end_write()  # first: another may begin as soon as the plan is shown again
            if self.is_attached:
                await self._review(plan)
                self._remarks.say([Notice("bad", str(reason))])
            return
        self.end_write()
        if self.is_attached:
            self._over(result)
        else:
            self.app.notify(result.sentence, severity="information" if result.ok else "error", markup=False)
        if result.role_changed:
            was_open = self in self.app.screen_stack
            await self.context.refresh_access()
            if was_open and self not in self.app.screen_stack:  # closed with the administration, and what it says
                self.app.notify(result.sentence, severity="error", markup=False, timeout=10)

    def _over(self, result: Result) -> None:
        self.result, self.stage = result, "over"
        self.set_subtitle("")
        self._password.value = ""
        outcome = result.outcomes[0]
        if result.ok and len(result.outcomes) == 1 and not outcome.error:
            self.app.notify(f"{outcome.step.what}: {outcome.sentence}", markup=False)
            self._leave(Reviewed(result))
            return
        if outcome.wrong_password and len(result.outcomes) == 1:
            self._ask_password_again(outcome)
            return
        notices = [Notice("good" if result.ok else "bad", result.sentence)] if len(result.outcomes) > 1 else []
        if self._conflict is not None:
            notices.append(Notice("warning", "Someone else changed it since you opened it. Nothing was sent. Choose:"))
        self._remarks.say(notices)
        self.refresh_bindings()

    def _ask_password_again(self, outcome: Outcome) -> None:
        """Ask for the password again. Matomo checks it first, so nothing was changed; the typed name is kept."""
        self.stage = "review"
        self._draw_notices()
        again = Notice(
            "bad", f"{outcome.sentence} Type your own password again, or {bound_key(self, 'plan.close')} goes back."
        )
        self._remarks.say([*self._remarks.remarks, again])
        self._asks.display = True
        self.set_focus(self._password)
        self.refresh_bindings()

    # Conflicts

    @property
    def _conflict(self) -> Outcome | None:
        """The conflict that can be resolved here: in a plan of one step, about an object that still exists."""
        outcomes = self.result.outcomes if self.result is not None and self.stage == "over" else ()
        if len(outcomes) != 1 or (self._again is None and self._anyway is None):
            return None
        outcome = outcomes[0]
        settled = outcome.kind == "conflict" and outcome.stored is not None and outcome.step.opened is not None
        return outcome if settled else None

    async def action_mine(self) -> None:
        """Overwrite the other user's change, after a review of the difference to it."""
        outcome = self._conflict
        if outcome is None or outcome.stored is None:
            return
        if self._anyway is not None:
            await self._review(self._anyway(outcome.stored))
        elif self._again is not None and outcome.step.wanted is not None:
            await self._review(self._again(outcome.stored, outcome.step.wanted))

    async def action_both(self) -> None:
        """Merge: keep the stored version with the fields edited here."""
        outcome = self._conflict
        if outcome is None or outcome.stored is None or outcome.step.wanted is None or self._again is None:
            return
        opened, wanted = outcome.step.opened or {}, outcome.step.wanted
        mine = {name: value for name, value in wanted.items() if name not in opened or opened[name] != value}
        await self._review(self._again(outcome.stored, {**outcome.stored, **mine}))

    def action_theirs(self) -> None:
        """Keep the stored version, and continue editing from it."""
        outcome = self._conflict
        if outcome is not None and self.result is not None:
            self._leave(Reviewed(self.result, theirs=outcome.stored))

    # Leaving

    def action_close(self) -> None:
        """Close the dialog, unless a write is in progress."""
        if self.is_writing:
            notify_of_write(self)
        else:
            self._leave(None if self.result is None else Reviewed(self.result))

    def _leave(self, reviewed: Reviewed | None) -> None:
        if self.is_current:
            self.dismiss(reviewed)

    def lock_changed(self) -> None:
        """Update the warning after editing was locked or unlocked. Other notices stay."""
        if self.stage == "review" and self._drawn_as_open != self.context.lock.is_open:
            self._draw_notices()
        self.refresh_bindings()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Enable only the actions that are possible at this stage."""
        possible = {
            "confirm": self.stage == "review" and self.plan.can_apply and not self._is_typed,
            "mine": self._conflict is not None,
            "theirs": self._conflict is not None,
            "both": self._conflict is not None
            and self._again is not None
            and not any(row.clash for row in self._conflict.three_way),
        }
        return possible.get(action, True)


def _heading(plan: ChangePlan, place: int) -> str:
    """The heading of a step, numbered among several; empty if it equals the title."""
    what = plan.steps[place].what
    if len(plan.steps) > 1:
        return f"{place + 1}. {what}"
    return "" if what == plan.title else what
