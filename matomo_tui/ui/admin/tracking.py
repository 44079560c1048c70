"""The tracking test pane: sends a hit, explains the answer, and waits for the hit in Live."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.admin.policy import Permission
from matomo_tui.admin.state import errors
from matomo_tui.admin.tracking_test import HitDraft, HitKind, Probe, Progress, Stage, prepare
from matomo_tui.api import goals, tracking
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.goals import Goal
from matomo_tui.api.tracking import TrackingFailure
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.widgets.form import ChoiceField, Field, Form, TextField, Value
from matomo_tui.ui.widgets.notices import Notice, Remarks, Tone

_KINDS: tuple[tuple[HitKind, str], ...] = (
    ("page view", "a page view"),
    ("event", "an event"),
    ("site search", "a site search"),
    ("goal", "a goal's conversion"),
    ("batch", "a batch of page views"),
)
_NO_GOALS_YET = (("", "none"),)
_FIELDS: tuple[Field, ...] = (
    ChoiceField("kind", "Send", _KINDS),
    TextField("url", "Page URL"),
    TextField("title", "Page title"),
    TextField("category", "Event category"),
    TextField("action", "Event action"),
    TextField("name", "Event name"),
    TextField("value", "Event value"),
    TextField("keyword", "Keyword"),
    ChoiceField("goal_id", "Goal", _NO_GOALS_YET),
    TextField("revenue", "Revenue", placeholder="the goal's own"),
    TextField("count", "Hits"),
    TextField("ip", "IP address", placeholder="this computer's"),
    TextField("when", "Time (UTC)", placeholder="now, or 2026-11-24 08:30:00"),
)
_OF_KIND: dict[str, tuple[str, ...]] = {
    "page view": ("title",),
    "event": ("category", "action", "name", "value"),
    "site search": ("keyword",),
    "goal": ("goal_id", "revenue"),
    "batch": ("title", "count"),
}
_TONES: dict[Stage, Tone] = {"arrived": "good", "answered": "good", "not arrived": "warning", "failed": "bad"}

_FAILURES_SHOWN = 8
_LONGEST_COUNT = 6
"""Digits of a number of hits that are read; Python refuses thousands of them."""


class TrackingPane(AdminPane):
    """Sends one hit or batch at a time. The token is sent only if the hit has its own time or IP address."""

    TITLE = "Tracking test"
    BY_SITE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("tracking")
    DEFAULT_CSS = """
    TrackingPane VerticalScroll { height: 1fr; scrollbar-size: 1 1; }
    TrackingPane .tracking--http { height: auto; padding: 1 0; color: $text-muted; }
    TrackingPane .tracking--refused { height: auto; padding: 1 0 0 0; color: $text-muted; }
    TrackingPane .tracking--closed { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
        self.form = Form(_FIELDS, self._beginning())
        self.progress: tuple[Progress, ...] = ()
        self._http = Static("", classes="tracking--http", markup=False)
        self._why = Static("", classes="tracking--closed", markup=False)
        self._found = Remarks()
        self._goals_of = 0
        """The site whose goals are offered."""
        self._site_id = context.site.id
        self._probe: Probe | None = None
        self._prepared: tuple[int, HitDraft] | None = None  # the site and draft of the probe
        self._kind = str(self.form.values["kind"])
        self._sending = self._sent = False
        self._refused = Static("", classes="tracking--refused", markup=False)

    def compose_content(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self._why
            yield self.form
            yield self._http
            yield self._found
            yield self._refused

    # For the screen

    def permission(self) -> Permission:
        return self.context.permissions.track()

    def focus_target(self) -> Widget | None:
        return self.form.editor("kind")

    async def load(self) -> None:
        """Load the goals, and the recent hits that the tracker refused."""
        site = self.context.site
        if site.id != self._site_id:
            self._site_id = site.id
            self.workers.cancel_group(self, "send")
            self.progress, self._goals_of = (), 0
            self.form.offer("goal_id", _NO_GOALS_YET)
            self.form.put(self._beginning())
            self._found.say([])
            self._refused.update("")
        found, refused = await self._ask(site.id)
        if site.id == self.context.site.id:
            if not isinstance(found, MatomoError):
                self._goals_of = site.id
                self._offer_goals([goal for goal in found if not goal.deleted])
            elif self._goals_of != site.id:  # those that are known stay
                self.form.offer(
                    "goal_id", [("", f"the goals could not be read: {bound_key(self, 'admin.reload')} tries again")]
                )
            self._refused.update(refused)
        self._update_form()

    def _offer_goals(self, found: Sequence[Goal]) -> None:
        """Offer the site's goals. The goal that was chosen, here or in an earlier pane, stays chosen; if it is gone,
        no other one takes its place."""
        chosen = str(self.form.values["goal_id"] or self._beginning()["goal_id"])
        options = [(str(goal.id), f"{sanitize(goal.name, 60)} ({goal.id})") for goal in found]
        if options and chosen and chosen not in dict(options):
            options.insert(0, ("", "the chosen one is gone"))
        self.form.offer("goal_id", options or [("", "this site has no goals")])
        self.form.put({"goal_id": chosen})

    async def _ask(self, site_id: int) -> tuple[Sequence[Goal] | MatomoError, str]:
        """The goals of the site or the error, which is not raised because other kinds of hits need no goals, and a text
        about the hits that the tracker refused, which only admins may read."""
        client = self.context.client
        if not self.context.access.somewhere("admin"):
            try:
                return await client.call(goals.get_goals(site_id)), ""
            except MatomoError as error:
                return error, ""
        try:
            found, failures = await client.gather(goals.get_goals(site_id), tracking.get_tracking_failures())
        except MatomoError as error:
            return error, f"The list of refused hits could not be read: {error}"
        if isinstance(failures, MatomoError):
            said = f"The list of refused hits could not be read: {failures}"
        else:
            said = failure_words(failures, site_id)
        return found, said

    def draw(self) -> None:
        """Show the fields for time and IP address if the token may set them."""
        permissions, site_id = self.context.permissions, self.context.site.id
        reason = permissions.track_with_time(site_id).reason if permissions.track().is_open else ""
        self._why.update(reason)
        self._why.display = bool(reason)
        self._update_form()

    # The hit

    def _beginning(self) -> dict[str, Value]:
        kept = self.context.drafts.get(self._about, dict)
        first = HitDraft(url=self.context.site.main_url.rstrip("/") + "/")
        values: dict[str, Value] = {field.name: str(getattr(first, field.name) or "") for field in _FIELDS}
        return {**values, "count": str(first.count), **(kept or {})}

    @property
    def _about(self) -> tuple[object, ...]:
        return self.context.draft_key("tracking", self.context.site.id)

    @property
    def draft(self) -> HitDraft:
        """The draft for the values of the fields, without those that this token may not use."""
        values = {name: str(value) for name, value in self.form.values.items()}
        count = values["count"].strip()
        own = self.context.permissions.track_with_time(self.context.site.id).is_open
        return HitDraft(
            kind=cast("HitKind", values["kind"]),
            url=values["url"].strip(),
            title=values["title"],
            category=values["category"],
            action=values["action"],
            name=values["name"],
            value=values["value"],
            keyword=values["keyword"],
            goal_id=int(values["goal_id"]) if values["goal_id"].isdecimal() else None,
            revenue=values["revenue"],
            count=int(count) if count.isdecimal() and len(count) <= _LONGEST_COUNT else 0,
            ip=values["ip"] if own else "",
            when=values["when"] if own else "",
        )

    def _shown(self) -> Sequence[str]:
        own = self.context.permissions.track_with_time(self.context.site.id).is_open
        kind = str(self.form.values["kind"])
        return ("kind", "url", *_OF_KIND[kind], *(("ip", "when") if own else ()))

    def on_form_edited(self, message: Form.Edited) -> None:
        """Keep the input, and show the request."""
        message.stop()
        self.context.lock.touch()
        kept = self.form.values
        kept["goal_id"] = kept["goal_id"] or self._beginning()["goal_id"]  # the goals may still be on their way
        self.context.drafts.keep(self._about, dict(kept), expendable=True)
        if self._kind != kept["kind"] and not self._sending:
            self._forget()
        self._kind = str(kept["kind"])
        self._update_form()

    def _forget(self) -> None:
        """Clear the progress of a hit of another kind."""
        self.progress = ()
        self._found.say([])

    def on_form_left(self, message: Form.Left) -> None:
        """Go from the last field to the first; sending has its own key."""
        message.stop()
        self.form.focus_field("kind")

    def _update_form(self) -> None:
        draft = self.draft
        problems = draft.problems()
        self.form.show_only(self._shown())
        self.form.say(problems)
        if errors(problems):
            self._probe = self._prepared = None
            self._http.update("")
        elif self._prepared != (self.context.site.id, draft):
            # Prepared again only after an edit, so that the request shown has the mark that is sent.
            self._prepare(draft)

    def _prepare(self, draft: HitDraft) -> Probe:
        probe = self._probe = prepare(self.context.site.id, draft)
        self._prepared = (self.context.site.id, draft)
        self._sent = False
        self._http.update(probe.http)
        return probe

    # Sending

    def action_send(self) -> None:
        """Send the hit, and wait for it in Live."""
        if self._sending or not self.may(self.permission()):
            return
        problems = errors(self.draft.problems())
        if problems or self._probe is None:
            self.form.focus_field(problems[0].field if problems else "")
            return
        # Each test has its own mark.
        probe = self._prepare(self.draft) if self._sent else self._probe
        self._sending = self._sent = True
        self.progress = ()
        self.refresh_bindings()
        self.work("send", self._send, probe)

    def go_back(self) -> bool:
        """Stop waiting. Returns False if nothing is being sent."""
        if not self._sending:
            return False
        self.workers.cancel_group(self, "send")
        return True

    async def _send(self, probe: Probe) -> None:
        """Send the probe, and show its progress while its site is selected. After a refusal, read the role again."""

        def show(progress: Progress) -> None:
            if self.is_attached and probe.site_id == self.context.site.id:
                self._show_progress(progress)

        try:
            last = await self.context.tracking.run(probe, show)
        except asyncio.CancelledError:
            show(Progress("not arrived", "Stopped waiting: it may still arrive."))
            raise
        finally:
            self._sending = False
            if self.is_attached:
                self.refresh_bindings()
        if last.stage == "failed" and probe.is_privileged:
            await self.context.refresh_access()
        self._update_form()

    def _show_progress(self, progress: Progress) -> None:
        """Show the progress. The answer stays; the waiting is replaced by its result."""
        kept = [one for one in self.progress if one.stage not in ("sending", "watching")]
        if kept and kept[-1].sentence == progress.sentence:
            kept.pop()
        self.progress = (*kept, progress)
        remarks = [Notice(_TONES.get(one.stage, "quiet"), _words(one)) for one in self.progress]
        self._found.say(remarks)
        self.call_after_refresh(self._found.scroll_visible, animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only one test at a time."""
        return not self._sending if action == "send" else True


def _words(progress: Progress) -> str:
    if progress.stage == "arrived" and progress.visit_id is not None:
        return f"{progress.sentence} Visit {progress.visit_id}: 1 shows it."
    return progress.sentence


def failure_words(failures: Sequence[TrackingFailure], site_id: int) -> str:
    """A text about the hits that the tracker refused recently, those of the site first."""
    if not failures:  # Matomo drops those that are older than two days
        return "The tracker refused no hits in the last two days."
    ordered = sorted(failures, key=lambda one: (one.site_id == site_id, one.when), reverse=True)
    count = f"{len(failures):,} {'kind of hit' if len(failures) == 1 else 'kinds of hits'}"
    lines = [f"The tracker refused {count} in the last days:"]
    for one in ordered[:_FAILURES_SHOWN]:
        where = f"site {one.site_id}" + (" (this one)" if one.site_id == site_id else "")
        lines.append(f"{one.when} UTC  {where}  {one.url}  {one.problem} {one.solution}".rstrip())
    if len(ordered) > _FAILURES_SHOWN:
        lines.append(f"and {len(ordered) - _FAILURES_SHOWN:,} more, older or of other sites.")
    return "\n".join(lines)
