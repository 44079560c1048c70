"""The connect screen: test an address and a token, save them as a profile, or open the demo."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import AwaitMount
from textual.widgets import Button, Static

from matomo_tui.api.address import Address
from matomo_tui.api.errors import MatomoError, NoAccess, SiteNotFound, TokenRejected
from matomo_tui.config.profile_store import ProfileChanged, ProfileStore
from matomo_tui.config.profiles import Profiles
from matomo_tui.config.run_token import RunToken
from matomo_tui.config.secrets import MissingToken, SecretError, TokenSource, checked
from matomo_tui.config.settings import Settings, without_connection
from matomo_tui.config.validation import ConfigError
from matomo_tui.live.trial import try_live
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Connector, Reconnecting, Session
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.connect import connect_messages as words
from matomo_tui.ui.connect.answer_view import scroll_to_answer
from matomo_tui.ui.connect.connect_form import ConnectForm
from matomo_tui.ui.connect.connect_messages import ConnectionInput
from matomo_tui.ui.connect.profile_saving import save_profile
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.notices import Notice, Remarks, Tone
from matomo_tui.ui.widgets.screens import CachedStyleScreen

AIRY_FROM = 24
ROOMY_FROM = (90, 32)


class ConnectScreen(CachedStyleScreen[Session]):
    """Dismisses with a session of the chosen Matomo or the demo, or with ``None``.

    ``settings`` are those of the run; ``notice`` is a sentence at the top, the reason for opening the screen. Without
    ``can_go_back`` there is nothing to return to, and ``esc`` says so. ``owner`` is what the input is kept for,
    ``run_token`` the token that the run was given.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("connect")]
    CSS_PATH = "connect.tcss"
    AUTO_FOCUS = ""

    def __init__(
        self,
        settings: Settings,
        connector: Connector,
        profiles: ProfileStore | None,
        notice: str = "",
        *,
        can_go_back: bool = True,
        owner: object | None = None,
        run_token: RunToken | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._connector = connector
        self._store = profiles
        self._notice = sanitize(notice)
        self._can_go_back = can_go_back
        self._profiles, self._trouble = _read(profiles)
        self._shown_profiles = self._profiles
        """The profiles as the form shows them; another program may change them meanwhile."""
        self._run_token = run_token
        self._form = ConnectForm(settings, profiles, self._profiles, owner, run_token)
        self._tested: tuple[ConnectionInput, Session] | None = None
        self._rejected: set[object] = set()
        self._siteless: set[object] = set()
        """The connections whose site was not found, which are tried without it then."""
        self._asked_of: ConnectionInput | None = None
        self._asked: set[str] = set()
        """The warnings about the input ``_asked_of``, each of which repeating the key confirms."""
        self._upgrade = ""
        self._busy = False
        self._frame = VerticalScroll(id="connect", can_focus=False)
        self._open_button = Button("Save and open", compact=True, id="open")
        self._upgrade_button = Button("Use it", compact=True, id="upgrade")
        self._remarks = Remarks(id="result")

    def compose(self) -> ComposeResult:
        """Notice, form, buttons, and the result of a test."""
        with self._frame:
            if self._notice:
                yield Static(self._notice, id="notice", markup=False)
            yield self._form
            with Horizontal(id="buttons"):
                yield Button("Test", compact=True, id="test")
                yield self._open_button
                yield Button("Open the demo", compact=True, id="demo")
            yield self._remarks
            yield self._upgrade_button
        keys = KeyFooter()
        if not self._can_go_back:
            keys.hidden, keys.first = ("screen.go_back",), ("app.quit",)
        yield keys

    def on_mount(self) -> None:
        """Focus the first field that needs input."""
        self._frame.border_title = "Connect to a Matomo"
        self._upgrade_button.display = False
        self._name_buttons()
        self._form.begin(at_address=self._can_go_back)
        if self._trouble:
            self._say("bad", self._trouble)

    def on_resize(self, event: events.Resize) -> None:
        """Add blank lines and width if there is room."""
        self.set_class(event.size.height >= AIRY_FROM, "-airy")
        self.set_class(event.size.width >= ROOMY_FROM[0] and event.size.height >= ROOMY_FROM[1], "-roomy")

    async def on_unmount(self) -> None:
        """Close a connection that was only tested."""
        await self._forget_tested()

    def on_connect_form_edited(self, event: ConnectForm.Edited) -> None:
        """Update the labels of the buttons, and show the field again where an answer has taken its place."""
        event.stop()
        self._name_buttons()
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)

    def on_connect_form_entered(self, event: ConnectForm.Entered) -> None:
        """Move on: from the address to the token, then to the test; from the name to the live screen."""
        event.stop()
        if event.field == "address" and not self._form.has_token(self._form.entry):
            self.query_one("#token").focus()
        elif event.field == "name":
            self.action_save_and_open()
        else:
            self.action_test()

    def _name_buttons(self) -> None:
        self._open_button.label = "Save and open" if self._form.entry.name else "Open"
        self._open_button.refresh(layout=True)

    # Keys and buttons

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run the action of the button."""
        event.stop()
        actions = {
            "test": self.action_test,
            "open": self.action_save_and_open,
            "demo": self.action_look_at_demo,
            "upgrade": self._use_offer,
        }
        actions[event.button.id or "test"]()

    def action_test(self) -> None:
        """Test the connection."""
        entry = self._ready_to_send()
        if entry is not None:
            self._begin(self._test(entry), entry)

    def action_save_and_open(self) -> None:
        """Save the profile and open the live screen. An untested connection is tested first."""
        entry = self._form.entry
        if self._busy or not self._address_is_fine(entry) or not self._name_is_fine(entry):
            return
        sent = self._form.as_sent()
        if self._tested is not None and self._tested[0].connection == sent.connection:
            self._begin(self._open(sent, self._tested[1]), sent)
            return
        ready = self._ready_to_send()
        if ready is not None:
            self._begin(self._test_and_open(ready), ready)

    def action_look_at_demo(self) -> None:
        """Open the demo. The input is kept."""
        if not self._busy:
            self._begin(self._demo(), ConnectionInput())

    def action_go_back(self) -> None:
        """Cancel the running attempt, or go back. Never quits."""
        if self._busy:
            self.workers.cancel_group(self, "connect")
            self._busy = False
            self._say("quiet", "Cancelled before an answer came.")
        elif self._can_go_back:
            self.dismiss(None)
        else:
            self._say("quiet", with_keys(self, "Nothing to go back to. {app.quit} quits."))

    def _use_offer(self) -> None:
        if self._upgrade and not self._busy:
            self._form.change_address(self._upgrade)
            self.action_test()

    # What may be sent

    def _ready_to_send(self) -> ConnectionInput | None:
        """The input, or ``None`` after a message if it cannot be sent now."""
        if self._busy:
            return None
        entry = self._form.entry
        if not self._address_is_fine(entry):
            return None
        sent = self._form.as_sent()
        if sent != entry:
            own = self._form.withheld(entry)
            why = f"{words.withheld_from(entry.profile, own)} " if own else ""
            if self._asks_first(entry, "token", why + words.WITHOUT_A_KEY):
                return None
        if sent.connection in self._rejected and self._asks_first(entry, "token", words.REJECTED_BEFORE):
            return None
        return sent

    def _address_is_fine(self, entry: ConnectionInput) -> bool:
        try:
            Address.parse(entry.url)
        except ValueError as error:
            self._refuse("address", str(error))
            return False
        return True

    def _name_is_fine(self, entry: ConnectionInput) -> bool:
        if not entry.name or self._store is None:
            return True
        try:
            self._store.check_name(entry.name)
            self._profiles = self._store.read()  # another program may have saved some
            with_token = self._form.as_sent().token is not None or self._is_saved_anew(entry)
            removed = self._store.removed_by_saving(entry.name, entry.url, with_token=with_token)
        except ConfigError as error:
            self._refuse("name", str(error))
            return False
        taken = entry.name in self._profiles.by_name and entry.name != entry.profile
        change = self._change_elsewhere(entry.name) if entry.name == entry.profile else ""
        question = words.question_before_saving(entry.name, removed, is_new=taken, change=change)
        return not (question and self._asks_first(entry, "name", question))

    def _is_saved_anew(self, entry: ConnectionInput) -> bool:
        """Whether the profile has no token for the address that the form shows: it is another one than the chosen one,
        or another program has given it another address."""
        shown, now = (profiles.by_name.get(entry.name, {}) for profiles in (self._shown_profiles, self._profiles))
        return entry.name != entry.profile or shown.get("url") != now.get("url")

    def _change_elsewhere(self, name: str) -> str:
        """What another program did to a profile since the form was filled from it; ``""`` for nothing."""
        before, now = (profiles.by_name.get(name) for profiles in (self._shown_profiles, self._profiles))
        if before is None or before == now:
            return ""
        return "removed" if now is None else "changed"

    def _asks_first(self, entry: ConnectionInput, field: str, sentence: str) -> bool:
        """Returns True, and shows ``sentence``, unless it was shown for this input before."""
        if entry != self._asked_of:
            self._asked_of, self._asked = entry, set()
        if sentence in self._asked:
            return False
        self._asked.add(sentence)
        self._refuse(field, sentence)
        return True

    # Connecting

    def _begin(self, work: Coroutine[Any, Any, None], entry: ConnectionInput) -> None:
        self._busy = True
        self._upgrade_button.display = False
        self.query("#notice").remove()  # it has done its work, and its lines are wanted
        self.run_worker(self._guarded(work, entry), group="connect", exclusive=True, exit_on_error=False)

    async def _guarded(self, work: Coroutine[Any, Any, None], entry: ConnectionInput) -> None:
        try:
            await work
        except MatomoError as error:
            if isinstance(error, TokenRejected):
                self._rejected.add(entry.connection)
                self._asked.discard(words.REJECTED_BEFORE)
            if isinstance(error, SiteNotFound):
                self._siteless.add(entry.connection)
            offered = replace(entry, url=words.offer(error, entry.url) or entry.url)
            self._failed(error, words.problem(error, entry, withholds=self._withholds(offered)), entry.url)
        except ProfileChanged:
            self._asked.clear()  # about what it was before
            self._name_is_fine(self._form.entry)  # asks if it is to be replaced
        except (SecretError, ConfigError) as error:
            self._failed(error, [Notice("bad", sanitize(str(error)))], entry.url)
        self._busy = False

    def _withholds(self, entry: ConnectionInput) -> bool:
        """Whether there is no token to send for this input, but one of the chosen profile for another address."""
        return not self._form.has_token(entry) and bool(self._form.withheld(entry))

    def _failed(self, error: Exception, remarks: list[Notice], url: str) -> None:
        self._upgrade = words.offer(error, url)
        self._answer(remarks)
        if self._upgrade:
            self._upgrade_button.label = f"Use {sanitize(self._upgrade, 60)}"
            self._upgrade_button.display = True
            self._upgrade_button.focus(scroll_visible=False)
        else:
            self._form.focus_on(words.field_at_fault(error))

    async def _test(self, entry: ConnectionInput) -> None:
        session = await self._connect(entry)
        self._answer(words.found(session, await try_live(session.client, session.site)))
        self._open_button.focus(scroll_visible=False)

    async def _test_and_open(self, entry: ConnectionInput) -> None:
        await self._open(entry, await self._connect(entry))

    async def _connect(self, entry: ConnectionInput) -> Session:
        settings = self._form.settings_of(entry)
        if entry.connection in self._siteless:
            settings = replace(settings, site="")
        self._say("quiet", f"Connecting to {Address.parse(entry.url).host}{glyphs_of(self).ellipsis}")
        await self._forget_tested()
        source = self._form.source_of(entry)
        if source is None:
            token = checked(entry.token.reveal(), "the field") if entry.token is not None else None
            session = await self._connector(settings, token)
        else:
            try:
                found = await source.fetch()
            except MissingToken:
                raise SecretError(source.missing(typed_here=True)) from None
            try:
                session = await Reconnecting(source, self._connector)(settings, found)
            except (NoAccess, SiteNotFound):
                self._token_taken(source, settings)  # only the site is missing
                raise
            self._token_taken(source, settings)
        self._tested = entry, session
        return session

    def _token_taken(self, source: TokenSource, settings: Settings) -> None:
        if self._run_token is not None and source is self._run_token.source_for(settings):
            self._run_token.taken(settings)

    async def _open(self, entry: ConnectionInput, session: Session) -> None:
        """Save the profile if it has a name, and dismiss with the session."""
        if entry.name and self._store is not None:
            anew = self._is_saved_anew(entry)
            saved, session = await save_profile(self._store, self._profiles.by_name, entry, session, with_token=anew)
            kept = f"; the token is in {saved.token_place}" if saved.token_place else ""
            self.app.notify(sanitize(f"Saved as profile {entry.name}{kept}."), markup=False)
        self._tested = entry, session
        self._form.forget()
        self.dismiss(session)

    async def _demo(self) -> None:
        self._say("quiet", f"Opening the demo{glyphs_of(self).ellipsis}")
        settings = replace(without_connection(self._settings), demo=True)
        session = await self._connector(settings, None)
        await self._forget_tested()
        self._tested = ConnectionInput(), session
        self.dismiss(session)

    def dismiss(self, result: Session | None = None) -> AwaitComplete:
        """Close the screen with a session, which remains open then, or once it is on top."""
        if result is not None and self.is_active:
            self._tested = None
        return super().dismiss(result)

    async def _forget_tested(self) -> None:
        tested, self._tested = self._tested, None
        if tested is not None:
            with suppress(MatomoError, OSError):
                await tested[1].client.aclose()

    # What it says

    def _refuse(self, field: str, sentence: str) -> None:
        self._upgrade_button.display = False  # it is about what was typed before
        self._say("warning", sentence)
        self._form.focus_on(field)

    def _say(self, tone: Tone, sentence: str) -> None:
        self._answer([Notice(tone, sentence)])

    def _answer(self, remarks: list[Notice]) -> None:
        self.call_later(self._show, self._remarks.say(remarks))

    async def _show(self, answer: AwaitMount) -> None:
        await answer
        self.call_after_refresh(self._scroll_to_answer)

    def _scroll_to_answer(self) -> None:
        answer, offered = self._remarks.region, self._upgrade_button
        if offered.display:
            answer = answer.union(offered.region)
        scroll_to_answer(self._frame, answer, self.focused, is_part=self.focused is offered)


def _read(store: ProfileStore | None) -> tuple[Profiles, str]:
    """The saved profiles, and the error in their file."""
    if store is None:
        return Profiles(), ""
    try:
        return store.read(), ""
    except ConfigError as error:
        return Profiles(), sanitize(str(error))
