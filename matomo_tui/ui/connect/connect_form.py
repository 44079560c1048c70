"""The connect form; its input is kept for its tab until the program ends."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from matomo_tui.api.secret import ANONYMOUS, Secret
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.profiles import Profiles
from matomo_tui.config.run_token import RunToken
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import (
    Settings,
    at_address,
    of_profile,
    same_or_upgraded,
    with_run_options,
    within_run,
)
from matomo_tui.ui.connect import connect_messages as words
from matomo_tui.ui.connect.connect_messages import ConnectionInput
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.secret_input import SecretInput
from matomo_tui.ui.widgets.stepper import Stepper

_AUTH = (("post", "token_auth in the body"), ("bearer", "Authorization: Bearer (OAuth 2.0)"))

_drafts: WeakKeyDictionary[object, ConnectionInput] = WeakKeyDictionary()
"""The last input of each owner, so that opening the demo, which closes the screen, loses nothing."""


class ConnectForm(Vertical):
    """The fields of a connection: profile, address, token, authentication and the profile name to save. The input is
    kept for ``owner``, the connection that the form was opened for, or else for the application."""

    class Edited(FieldMessage):
        """A field was edited."""

        entry: ConnectionInput

    class Entered(FieldMessage):
        """``enter`` was pressed in the field with the id ``field``."""

        field: str

    def __init__(
        self,
        settings: Settings,
        store: ProfileStore | None,
        profiles: Profiles,
        owner: object | None = None,
        run_token: RunToken | None = None,
    ) -> None:
        super().__init__()
        self._owner = owner
        self._run_token = run_token
        self._settings = settings
        self._store = store
        self._profiles = profiles
        self._entries: dict[str, ConnectionInput] = {}
        self._picked = ""
        self._suggested = ""

    def compose(self) -> ComposeResult:
        """One row a field, some with a hint below."""
        first = self._first_entry()
        self._picked = first.profile
        self._suggested = words.suggested_name(first.url) if not first.profile else first.name
        token = "" if first.token is None else first.token.reveal()
        self._address_field = Input(first.url, placeholder="https://matomo.example.org", compact=True, id="address")
        self._token_field = SecretInput(token, id="token")
        self._auth_choice = Stepper(_AUTH, first.auth, id="auth")
        self._name_field = Input(first.name, max_length=64, placeholder="not saved", compact=True, id="name")
        self._address_hint, self._token_hint = _hint(words.ADDRESS_HINT), _hint(words.WHERE_TOKENS_ARE)
        if self._profiles.by_name:
            options = [(name, name) for name in self._profiles.by_name]
            yield _row("Profile", Stepper([*options, ("", "a new profile")], first.profile, id="profile"))
            yield _hint("")
        yield _row("Address", self._address_field)
        yield self._address_hint
        yield _row("Token", self._token_field)
        yield self._token_hint
        yield _row("Sent as", self._auth_choice)
        yield _hint("")
        if self._store is not None:
            yield _row("Save as", self._name_field)
            yield _hint(words.NAME_HINT)

    def on_mount(self) -> None:
        """Set the hints for the initial input."""
        self._refresh_hints()

    @property
    def entry(self) -> ConnectionInput:
        """The present input."""
        typed = self._token_field.value.strip()
        return ConnectionInput(
            profile=self._picked,
            url=self._address_field.value.strip(),
            token=Secret(typed) if typed else None,
            auth="bearer" if self._auth_choice.value == "bearer" else "post",
            name=self._name_field.value.strip() if self._store is not None else "",
        )

    def has_token(self, entry: ConnectionInput) -> bool:
        """Whether there is a token to send: a typed one, that of the chosen profile, or that of the run."""
        source = self.source_of(entry)
        return entry.token is not None or (source is not None and source.may_find())

    def source_of(self, entry: ConnectionInput) -> TokenSource | None:
        """Where a token is found that was not typed; ``None`` if it was, and for a new profile without one."""
        if entry.token is not None:
            return None
        settings = self.settings_of(entry)
        given = self._run_token.source_for(settings) if self._run_token is not None else None
        if given is not None or self._store is None or not entry.profile:
            return given
        return self._store.token_source(settings)

    def withheld(self, entry: ConnectionInput) -> str:
        """The address of the chosen profile, if that has a token which is not sent to the present one; else ``""``."""
        own = self._address_of(entry.profile)
        if not own or same_or_upgraded(own, entry.url):
            return ""
        return own if self.has_token(replace(entry, url=own, token=None)) else ""

    def settings_of(self, entry: ConnectionInput) -> Settings:
        """The settings to connect with. The chosen profile's own apply if its address is unchanged. A new profile has
        nothing of the present one, even of the same address: what was tested is what is saved."""
        run, name = self._settings, entry.profile if entry.profile in self._profiles.by_name else ""
        base = within_run(of_profile(self._profiles.by_name.get(name, {}), name), run)
        base = replace(base, url=self._address_of(name))
        # What was given without an address is for the first one.
        if name in ("", run.profile) and (not run.url or same_or_upgraded(run.url, entry.url)):
            base = with_run_options(base, run)
        return at_address(base, entry.url, entry.auth)

    def _address_of(self, name: str) -> str:
        """The address of a saved profile, which that of the run may have from an option or a variable."""
        url: str = self._profiles.by_name.get(name, {}).get("url", "")
        return url or (self._settings.url if name and name == self._settings.profile else "")

    def change_address(self, url: str) -> None:
        """Replace the address."""
        self._address_field.value = url
        self._edited()

    def begin(self, *, at_address: bool) -> None:
        """Focus the address, or with ``at_address`` false the first field that still needs input."""
        skip = bool(self._address_field.value) and not at_address
        (self._token_field if skip else self._address_field).focus()

    def as_sent(self) -> ConnectionInput:
        """The present input as it is sent: without any token as ``anonymous``, which a public Matomo accepts. The field
        stays empty, for the token that may have to be typed next."""
        entry = self.entry
        return entry if self.has_token(entry) else replace(entry, token=Secret(ANONYMOUS))

    def focus_on(self, field: str) -> None:
        """Focus the field of this id, for other input. A token is replaced by the next one: behind its dots nobody sees
        what it is appended to. The answer that asks for the input comes into view, and not the field."""
        widget = self.query_one(f"#{field}")
        widget.focus(scroll_visible=False)
        if widget is self._token_field:
            self._token_field.select_all()

    def forget(self) -> None:
        """Drop the kept input, so that the form is empty the next time."""
        _drafts.pop(self._owner or self.app, None)

    def _first_entry(self) -> ConnectionInput:
        draft = _drafts.get(self._owner or self.app)
        if draft is not None and (not draft.profile or draft.profile in self._profiles.by_name):
            return draft
        if self._settings.profile in self._profiles.by_name:
            return self._entry_of(self._settings.profile)
        url = self._settings.url
        return ConnectionInput(url=url, auth=self._settings.auth, name=words.suggested_name(url))

    def _entry_of(self, name: str) -> ConnectionInput:
        auth = self._profiles.by_name.get(name, {}).get("auth", "post")
        if name and name == self._settings.profile:
            auth = dict(self._settings.run_options).get("auth", auth)
        return ConnectionInput(name, self._address_of(name), None, auth, name)

    def _show(self, entry: ConnectionInput) -> None:
        self._picked = entry.profile
        with self.prevent(Input.Changed):
            self._address_field.value = entry.url
            self._token_field.value = "" if entry.token is None else entry.token.reveal()
            self._name_field.value = entry.name
        self._auth_choice.choose(entry.auth)
        self._suggested = words.suggested_name(entry.url) if not entry.profile else entry.name

    def on_input_changed(self, event: Input.Changed) -> None:
        """Suggest a profile name until the user edits it."""
        event.stop()
        if event.input.id == "address" and not self._picked and self._name_field.value == self._suggested:
            self._suggested = words.suggested_name(event.value)
            self._name_field.value = self._suggested
        self._edited()

    def on_stepper_changed(self, event: Stepper.Changed) -> None:
        """Fill the form from the chosen profile, or with its earlier input."""
        event.stop()
        if event.choice.id == "profile":
            self._entries[self._picked] = self.entry
            self._show(self._entries.get(event.value) or self._entry_of(event.value))
        self._edited()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Highlight the label of the focused field."""
        for row in self.query(".row"):
            row.set_class(row is event.widget.parent, "-focused")

    def on_descendant_blur(self) -> None:
        self.query(".row").remove_class("-focused")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Post ``Entered``."""
        event.stop()
        self.post_message(self.Entered(event.input.id or ""))

    def on_stepper_submitted(self, event: Stepper.Submitted) -> None:
        """Move to the next field."""
        event.stop()
        self.screen.focus_next()

    def _edited(self) -> None:
        entry = self.entry
        _drafts[self._owner or self.app] = entry
        self._refresh_hints()
        self.post_message(self.Edited(entry))

    def _refresh_hints(self) -> None:
        entry = self.entry
        plain = words.plain_http(entry.url)
        self._address_hint.set_class(plain, "-warning")
        self._address_hint.update(words.PLAIN_HTTP if plain else words.ADDRESS_HINT)
        source = self.source_of(replace(entry, token=None))
        if source is not None and source.may_find():
            self._token_hint.update(words.what_empty_means(source.given))
        else:
            self._token_hint.update(words.WITHHELD if self.withheld(entry) else words.WHERE_TOKENS_ARE)


def _row(label: str, field: Input | Stepper) -> Horizontal:
    return Horizontal(Static(label, classes="label", markup=False), field, classes="row")


def _hint(text: str) -> Static:
    return Static(text, classes="hint" if text else "gap", markup=False)
