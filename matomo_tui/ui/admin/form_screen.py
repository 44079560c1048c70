"""Base class of the form screens: a draft that survives closing, validated while typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll

from matomo_tui.admin.outcome import Result
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import Problem, State, errors, excused, with_state
from matomo_tui.api.secret import Secret
from matomo_tui.live.snapshot import PollState
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_header import TITLE, lock_crumb
from matomo_tui.ui.admin.review_dialog import ReviewDialog, Reviewed
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, path_crumbs
from matomo_tui.ui.widgets.form import Field, Form, TextField, Value, Values
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.notices import Notice, Remarks
from matomo_tui.ui.widgets.screens import Breakpoints, ResponsiveScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs

WIDTHS: Breakpoints = [(0, "-narrow"), (110, "-wide")]
"""Wide: there is room beside the form."""
_STILL_HERE = "Your earlier input is still here. {form.start_over} discards it."

D = TypeVar("D")
O = TypeVar("O")  # noqa: E741 (the opened object)


class SavedForm(Struct, frozen=True):
    """The values of a closed form, with the object as it was opened, so that later changes by others are recognized as
    conflicts."""

    values: dict[str, Value | Secret]
    opened: object


class FormScreen(ResponsiveScreen[Result | None], Generic[D, O]):
    """Dismisses with the result of the last plan that was sent, None if none was.

    ``D`` is the draft, ``O`` the object that is edited.
    """

    CSS_PATH = "admin.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    AUTO_FOCUS = ""

    def __init__(
        self, context: AdminContext, about: tuple[object, ...], names: Sequence[str], opened: O, *, site: str = ""
    ) -> None:
        """``about`` is the key of the draft (``context.draft_key``). ``names`` are the breadcrumbs, below ``site`` if
        the object belongs to one. ``opened`` is the object as it was loaded, None for a new one."""
        super().__init__()
        self.context = context
        self.about = about
        self.crumbs = [site, TITLE, *names] if site else [TITLE, *names]
        kept = context.drafts.get(about, SavedForm)
        self.has_draft = kept is not None
        self.opened: O = opened if kept is None else kept.opened  # type: ignore[assignment]
        self._newest = opened
        # Of fields that the form did not have when it was kept, such as those of a superuser, the opened values.
        values = dict(self.values_of(self.opened))
        if kept is not None:
            values |= {name: _plain(value) for name, value in kept.values.items()}
        self.form = Form(self.fields(), values)
        self._is_gone = False
        """True if the object was deleted meanwhile: no list leads back to its draft."""
        self.remarks = Remarks(id="remarks")
        self._reviewed_once = False
        self._warned = False
        self._result: Result | None = None

    # For subclasses

    def permission(self) -> Permission:
        """The permission that the write needs."""
        raise NotImplementedError

    def fields(self) -> Sequence[Field]:
        """The fields of the form, in their order."""
        raise NotImplementedError

    def values_of(self, opened: O) -> Values:
        """The values of the fields for the opened object."""
        raise NotImplementedError

    def draft_of(self, values: Values) -> D:
        """The draft for the values of the fields."""
        raise NotImplementedError

    def problems(self, draft: D) -> Sequence[Problem]:
        """The errors and warnings of a draft."""
        raise NotImplementedError

    def plan(self, opened: O, draft: D) -> ChangePlan:
        """The plan that writes the draft, which has no errors."""
        raise NotImplementedError

    def reopened(self, state: State) -> O:
        """The opened object with another state, such as the one that somebody else stored meanwhile."""
        return self.opened if self.opened is None else with_state(self.opened, state)

    def plan_over(self, theirs: State, wanted: State) -> ChangePlan:
        """The plan that changes ``theirs``, the state that somebody else stored meanwhile, into ``wanted``."""
        return self.plan(self.reopened(theirs), self.draft_of(self.values_of(self.reopened(wanted))))

    def shown_fields(self, draft: D) -> Sequence[str]:
        """The names of the fields that are visible for this draft."""
        del draft
        return [field.name for field in self.fields()]

    def edited(self, draft: D, field: str) -> None:
        """Called after a field changed, and once at the beginning (``""``)."""

    def compose_beside(self) -> ComposeResult:
        """Widgets beside the form, or below it on a narrow screen."""
        yield from ()

    # Editing

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with Horizontal(id="edit"):
            with VerticalScroll(id="fields", can_focus=False):
                yield self.remarks
                yield self.form
            yield from self.compose_beside()
        yield SectionTabs("admin")
        yield KeyFooter(id="keys")

    def on_mount(self) -> None:
        """Focus the first field."""
        if self.has_draft:
            self.remarks.say([Notice("quiet", with_keys(self, _STILL_HERE))])
        self._update("")
        self._draw_crumbs()
        self.form.focus_field()

    @property
    def draft(self) -> D:
        """The draft for the current values."""
        return self.draft_of(self.form.values)

    def on_form_edited(self, message: Form.Edited) -> None:
        """Keep the input and validate it."""
        message.stop()
        self.context.lock.touch()
        self._warned = False
        self.keep()
        self._update(message.field)

    def on_form_left(self, message: Form.Left) -> None:
        """Review after ``enter`` in the last field."""
        message.stop()
        self.action_review()

    def keep(self) -> None:
        """Keep the input as a draft, unless it equals the opened object."""
        values = self.form.values
        if self._is_gone:
            return
        if values == dict(self.values_of(self.opened)) and not self.has_draft:
            return
        secret = {field.name for field in self.fields() if isinstance(field, TextField) and field.password}
        kept = {name: Secret(str(value)) if name in secret else value for name, value in values.items()}
        self.context.drafts.keep(self.about, SavedForm(kept, self.opened))
        self.has_draft = True

    def _update(self, field: str) -> None:
        draft = self.draft
        self.form.show_only(self.shown_fields(draft))
        self._show_problems(draft)
        self.edited(draft, field)

    def _problems(self, draft: D) -> Sequence[Problem]:
        """The problems of a draft; of a field that is as it was opened they are only warnings."""
        found = self.problems(draft)
        if self.opened is None or not errors(found):
            return found
        as_opened = self.draft_of(self.values_of(self.opened))
        return excused(found, draft, self.problems(as_opened), as_opened)

    def _show_problems(self, draft: D) -> None:
        """Show the problems. Until the first review, empty fields are not reported."""
        problems = self._problems(draft)
        if not self._reviewed_once:
            values = self.form.values
            problems = [problem for problem in problems if values.get(problem.field) != ""]
        self.form.say(problems)

    def action_review(self) -> None:
        """Validate the input and show the plan."""
        draft = self.draft
        self._reviewed_once = True
        self._show_problems(draft)
        wrong = errors(self._problems(draft))
        reason = self.context.why_not(self.permission())
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
        self.app.push_screen(ReviewDialog(self.context, plan, self.plan_over), self._reviewed)

    def _reviewed(self, reviewed: Reviewed | None) -> None:
        if reviewed is None:
            return
        self._result = reviewed.result
        if reviewed.result.ok or any(outcome.exists for outcome in reviewed.result.outcomes):
            # Also if the new object is not stored as wanted: it exists, and must not be added a second time.
            self.context.drafts.discard(self.about)
            self.dismiss(reviewed.result)
        elif reviewed.theirs is not None and (opened := self.reopened(reviewed.theirs)) is not None:
            self._begin_with(opened)
        else:
            self._failed(reviewed.result)

    def _failed(self, result: Result) -> None:
        kept = "Your input is kept."
        for outcome in result.outcomes:
            if not outcome.was_read or outcome.step.opened is None:
                continue
            if outcome.stored is not None:
                self._newest = self.reopened(outcome.stored)
            else:
                self.context.drafts.discard(self.about)
                self.has_draft, self._is_gone = False, True
                kept = "Your input is here until you close this form."
        self.remarks.say([Notice("bad", result.sentence), Notice("quiet", kept)])

    def _begin_with(self, opened: O) -> None:
        self.context.drafts.discard(self.about)
        self.has_draft, self._reviewed_once, self._warned = False, False, False
        self.opened = self._newest = opened
        self.form.put(self.values_of(opened))
        self.remarks.say([])
        self._update("")
        self.form.focus_field()

    def action_start_over(self) -> None:
        """Discard the input on the second press since the last edit."""
        if self.has_draft and not self._warned:
            self._warned = True
            self.notify(
                with_keys(self, "{form.start_over} again discards your input."),
                severity="warning",
                timeout=5,
                markup=False,
            )
            return
        self._begin_with(self._newest)

    def action_close(self) -> None:
        """Close the form and keep the draft."""
        if self.has_draft:
            self.notify("Your input is kept until the program ends.", timeout=3, markup=False)
        self.dismiss(self._result)

    def lock_changed(self) -> None:
        """Update after editing was unlocked or locked."""
        self._draw_crumbs()
        self.refresh_bindings()

    def _draw_crumbs(self) -> None:
        if self.is_mounted:
            poll = self.app.live_view.snapshot.poll if isinstance(self.app, Shell) else PollState()
            crumbs = [*path_crumbs(self.crumbs), lock_crumb(self.context)]
            for header in self.query(BreadcrumbHeader):  # none while the program ends
                header.show(crumbs, poll, demo=self.context.session.settings.demo)

    def on_screen_resume(self) -> None:
        """Update the header after the review dialog closed."""
        self._draw_crumbs()


def _plain(value: Value | Secret) -> Value:
    return value.reveal() if isinstance(value, Secret) else value
