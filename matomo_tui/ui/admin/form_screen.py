"""Base class of the form screens: a persistent draft, validated while typing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll

from matomo_tui.admin.outcome import Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import Problem, State, errors
from matomo_tui.api.secret import Secret
from matomo_tui.live.snapshot import PollState
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_header import TITLE, lock_crumb
from matomo_tui.ui.admin.review_dialog import ReviewDialog, Reviewed
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, path_crumbs
from matomo_tui.ui.widgets.form import Field, Form, TextField, Value, Values
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.notices import Notice, Remarks
from matomo_tui.ui.widgets.screens import Breakpoints, ResponsiveScreen

WIDTHS: Breakpoints = [(0, "-narrow"), (110, "-wide")]
"""Wide: there is room for something beside the form."""

D = TypeVar("D")
O = TypeVar("O")  # noqa: E741 (what was opened)


@dataclass(frozen=True, slots=True)
class SavedForm:
    """A form as it was left, with what had been opened: what somebody else did since is told from one's own changes."""

    values: dict[str, Value | Secret]
    opened: object


class FormScreen(ResponsiveScreen[Result | None], Generic[D, O]):
    """Dismisses with what became of the last plan that was sent, with ``None`` where none was.

    ``about`` names what is edited, for its draft (``desk.about(…)``); ``names`` are the crumbs, below the ``site``
    where it belongs to one; ``opened`` is the thing as it was loaded (something new: what ``values_of`` begins with).
    """

    CSS_PATH = "admin.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    AUTO_FOCUS = ""

    def __init__(
        self, desk: AdminContext, about: tuple[object, ...], names: Sequence[str], opened: O, *, site: str = ""
    ) -> None:
        super().__init__()
        self.desk = desk
        self.about = about
        self.crumbs = [site, TITLE, *names] if site else [TITLE, *names]
        kept = desk.drafts.get(about, SavedForm)
        self.has_draft = kept is not None
        self.opened: O = opened if kept is None else kept.opened  # type: ignore[assignment]
        self._newest = opened
        values = (
            self.values_of(opened) if kept is None else {name: _plain(value) for name, value in kept.values.items()}
        )
        self.form = Form(self.fields(), values)
        self.remarks = Remarks(id="remarks")
        self._all_said = False
        self._asked = False
        self._result: Result | None = None

    # What a form is made of: for subclasses

    def gate(self) -> Permission:
        """What has to be open for this to be written."""
        raise NotImplementedError

    def fields(self) -> Sequence[Field]:
        """The fields, in their order."""
        raise NotImplementedError

    def values_of(self, opened: O) -> Values:
        """What stands in the fields at first."""
        raise NotImplementedError

    def draft_of(self, values: Values) -> D:
        """What the fields say."""
        raise NotImplementedError

    def problems(self, draft: D) -> Sequence[Problem]:
        """What is wrong with it."""
        raise NotImplementedError

    def plan(self, opened: O, draft: D) -> ChangePlan:
        """What would be written. The draft has no errors."""
        raise NotImplementedError

    def again(self, theirs: State, wanted: State) -> ChangePlan:
        """The plan that makes ``wanted`` of what somebody else made of it meanwhile."""
        raise NotImplementedError

    def as_opened(self, theirs: State) -> O | None:
        """What somebody else made of it, as if it had been opened now; ``None`` where that cannot be."""
        raise NotImplementedError

    def shown_fields(self, draft: D) -> Sequence[str]:
        """The fields that this draft needs."""
        del draft
        return [field.name for field in self.fields()]

    def edited(self, draft: D, field: str) -> None:
        """Something was typed or chosen; ``field`` is ``""`` for the beginning."""

    def compose_beside(self) -> ComposeResult:
        """What stands beside the form, or below it where there is no room."""
        yield from ()

    # What it does with that

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with Horizontal(id="edit"):
            with VerticalScroll(id="fields", can_focus=False):
                yield self.remarks
                yield self.form
            yield from self.compose_beside()
        yield KeyFooter(id="keys")

    def on_mount(self) -> None:
        """Into the first field."""
        if self.has_draft:
            self.remarks.say([Notice("quiet", "Your earlier input is still here. ctrl+r discards it.")])
        self._follow("")
        self._draw_crumbs()
        self.form.focus_field()

    @property
    def draft(self) -> D:
        """What the fields say now."""
        return self.draft_of(self.form.values)

    def on_form_edited(self, message: Form.Edited) -> None:
        """Keep what was typed, and say what is wrong with it."""
        message.stop()
        self.desk.lock.touch()
        self._asked = False
        self.keep()
        self._follow(message.field)

    def on_form_left(self, message: Form.Left) -> None:
        """``enter`` in the last field."""
        message.stop()
        self.action_review()

    def keep(self) -> None:
        """Remember what stands here; nothing where it is as it was opened."""
        values = self.form.values
        if values == dict(self.values_of(self.opened)) and not self.has_draft:
            return
        secret = {field.name for field in self.fields() if isinstance(field, TextField) and field.password}
        kept = {name: Secret(str(value)) if name in secret else value for name, value in values.items()}
        self.desk.drafts.keep(self.about, SavedForm(kept, self.opened))
        self.has_draft = True

    def _follow(self, field: str) -> None:
        draft = self.draft
        self.form.show_only(self.shown_fields(draft))
        self._say(draft)
        self.edited(draft, field)

    def _say(self, draft: D) -> None:
        """Nobody is told that a field is empty before they came to it."""
        problems = self.problems(draft)
        if not self._all_said:
            values = self.form.values
            problems = [problem for problem in problems if values.get(problem.field) != ""]
        self.form.say(problems)

    def action_review(self) -> None:
        """Show what would be written."""
        draft = self.draft
        self._all_said = True
        self._say(draft)
        wrong = errors(self.problems(draft))
        reason = self.desk.why_not(self.gate())
        if wrong:
            self.form.focus_field(wrong[0].field)
            count = "1 field is" if len(wrong) == 1 else f"{len(wrong)} fields are"
            self.remarks.say([Notice("bad", f"{count} invalid: {wrong[0].sentence}")])
        elif reason:
            self.remarks.say([Notice("warning", f"{reason} Your input is kept.")])
        else:
            self._review(self.plan(self.opened, draft))

    def _review(self, plan: ChangePlan) -> None:
        if not plan.steps and not plan.refusals:
            self.remarks.say([Notice("quiet", "Nothing would change.")])
            return
        self.remarks.say([])
        self.app.push_screen(ReviewDialog(self.desk, plan, self.again), self._reviewed)

    def _reviewed(self, reviewed: Reviewed | None) -> None:
        if reviewed is None:
            return
        self._result = reviewed.result
        if reviewed.result.ok or any(outcome.exists for outcome in reviewed.result.outcomes):
            # Also where what was added is not quite as wanted: it is there, and adding it once more would be wrong.
            self.desk.drafts.discard(self.about)
            self.dismiss(reviewed.result)
        elif reviewed.theirs is not None and (opened := self.as_opened(reviewed.theirs)) is not None:
            self._begin_with(opened)
        else:
            self.remarks.say([Notice("bad", reviewed.result.sentence), Notice("quiet", "Your input is kept.")])

    def _begin_with(self, opened: O) -> None:
        self.desk.drafts.discard(self.about)
        self.has_draft, self._all_said, self._asked = False, False, False
        self.opened = self._newest = opened
        self.form.put(self.values_of(opened))
        self.remarks.say([])
        self._follow("")
        self.form.focus_field()

    def action_start_over(self) -> None:
        """Discard your input, when asked for twice: the form as it was opened."""
        if self.asks_first("ctrl+r again discards your input."):
            return
        self._begin_with(self._newest)

    def asks_first(self, sentence: str) -> bool:
        """Whether what was typed here would be lost without a warning; then ``sentence`` is said, once until something
        else is typed."""
        if not self.has_draft or self._asked:
            return False
        self._asked = True
        self.notify(sentence, severity="warning", timeout=5, markup=False)
        return True

    def action_close(self) -> None:
        """Close; what was typed stays for the next time."""
        if self.has_draft:
            self.notify("Your input is kept until the program ends.", timeout=3, markup=False)
        self.dismiss(self._result)

    def lock_changed(self) -> None:
        """Editing was unlocked or locked."""
        self._draw_crumbs()
        self.refresh_bindings()

    def _draw_crumbs(self) -> None:
        if self.is_mounted:
            poll = self.app.live_view.snapshot.poll if isinstance(self.app, Shell) else PollState()
            crumbs = [*path_crumbs(self.crumbs), lock_crumb(self.desk)]
            for header in self.query(BreadcrumbHeader):  # gone already while the program ends
                header.show(crumbs, poll, demo=self.desk.session.settings.demo)

    def on_screen_resume(self) -> None:
        """Back from the plan."""
        self._draw_crumbs()


def _plain(value: Value | Secret) -> Value:
    return value.reveal() if isinstance(value, Secret) else value
