"""A site's settings and its tracking code, read-only."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from matomo_tui.admin.sites import LABELS, state_of
from matomo_tui.admin.state import shown, shown_as
from matomo_tui.api import sites
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.site_form import OpenedSite
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.terminal.clipboard import LONGEST
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.form import ChoiceField, FlagField, Form
from matomo_tui.ui.widgets.workers import deferred

_WIDEST = 28


class SiteCard(Dialog[None]):
    """All settings of a site, not truncated."""

    DEFAULT_CSS = """
    SiteCard > .dialog--box { width: 96; max-height: 92%; }
    SiteCard VerticalScroll { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("card")

    def __init__(self, site: OpenedSite, role: str) -> None:
        super().__init__(sanitize(site.details.name, 60) or f"site {site.details.id}")
        self._lines = card_lines(site, role)

    def compose_body(self) -> ComposeResult:
        pairs = [
            Content.assemble((f"{pad_or_truncate(label, _WIDEST)} ", "$text-muted"), value)
            for label, value in self._lines
        ]
        with VerticalScroll():
            yield Static(Content("\n").join(pairs), markup=False)

    def action_copy(self) -> None:
        """Copy all settings, one per line."""
        if isinstance(self.app, Shell):
            self.app.copy("\n".join(f"{label}: {value}" for label, value in self._lines), lines=True)


def card_lines(site: OpenedSite, role: str) -> list[tuple[str, str]]:
    """Sanitized labels and values; the labels of further URLs are empty."""
    details = site.details
    state = state_of(details, site.urls)
    found = [("Id", str(details.id))]
    for name, label in LABELS.items():
        if name == "urls":
            found += [(label if not n else "", sanitize(url)) for n, url in enumerate(site.urls)]
        elif name in state:
            found.append((label, shown_as(LABELS, name, state[name])))
    found += [("Type", shown(details.type)), ("Created", shown(details.ts_created))]
    if details.creator_login:
        found.append(("Created by", shown(details.creator_login)))
    return [*found, ("This token's role", role)]


_OPTIONS = (
    FlagField("merge_subdomains", "All subdomains"),
    FlagField("cross_domain", "Across domains"),
    FlagField("track_no_script", "Without JavaScript"),
    FlagField("do_not_track", "Heed Do Not Track"),
    FlagField("disable_cookies", "Without cookies"),
)


class TrackingCodeDialog(Dialog[None]):
    """The tracking code of a site, as Matomo generates it for the chosen options."""

    DEFAULT_CSS = """
    TrackingCodeDialog > .dialog--box { width: 96; max-height: 92%; }
    TrackingCodeDialog Form, TrackingCodeDialog VerticalScroll { padding: 0 1; }
    TrackingCodeDialog .code--code { height: auto; margin-top: 1; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("code")
    AUTO_FOCUS = ""

    def __init__(self, client: Client, site_id: int, name: str, address: str) -> None:
        super().__init__(f"Tracking code of {name}")
        self._client = client
        self._site_id = site_id
        self._address = address.partition("://")[2].rstrip("/")
        kinds = (("javascript", "JavaScript"), ("image", "an image, without JavaScript"))
        values: dict[str, str | bool] = {"kind": "javascript", **{option.name: False for option in _OPTIONS}}
        self._form = Form((ChoiceField("kind", "Code", kinds), *_OPTIONS), values)
        self._code = Static("", classes="code--code", markup=False)
        self.code = ""

    def compose_body(self) -> ComposeResult:
        yield self._form
        with VerticalScroll():
            yield self._code

    def on_mount(self) -> None:
        self._form.focus_field()
        self._reload()

    def on_form_edited(self, message: Form.Edited) -> None:
        """Load the code for the new options."""
        message.stop()
        image = self._form.values["kind"] == "image"
        self._form.show_only(["kind"] if image else ["kind", *(option.name for option in _OPTIONS)])
        self._reload()

    def on_form_left(self, message: Form.Left) -> None:
        message.stop()
        self._form.focus_field()

    def _reload(self) -> None:
        self.code = ""  # that of the options before must not be copied
        self._code.update(f"Asking Matomo{glyphs_of(self).ellipsis}")
        self.run_worker(deferred(self._load), group="code", exclusive=True)

    async def _load(self) -> None:
        values = self._form.values
        if values["kind"] == "image":
            call = sites.get_image_tracking_code(self._site_id, address=self._address)
        else:
            call = sites.get_javascript_tag(
                self._site_id,
                merge_subdomains=bool(values["merge_subdomains"]),
                cross_domain=bool(values["cross_domain"]),
                do_not_track=bool(values["do_not_track"]),
                disable_cookies=bool(values["disable_cookies"]),
                track_no_script=bool(values["track_no_script"]),
                address=self._address,
            )
        try:
            code = await self._client.call(call)
        except MatomoError as error:
            self._code.update(str(error))
            return
        self.code = code
        self._code.update("\n".join(sanitize(line, LONGEST) for line in code.expandtabs(2).splitlines()))

    def action_copy(self) -> None:
        """Copy the code as Matomo sent it. What would be cut is not copied: the script would not run."""
        if not self.code:
            self.notify("There is no code to copy yet.", severity="warning", markup=False)
        elif len(self.code) > LONGEST:
            self.notify(
                f"The code is too long to be copied: {len(self.code):,} characters, and terminals take {LONGEST:,}.",
                severity="warning",
                markup=False,
            )
        elif isinstance(self.app, Shell):
            self.app.copy(self.code, lines=True)
