"""An answer that never came, to writes of every kind: reading back tells what became of it, nothing is sent again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle

import pytest

from matomo_tui.admin.audit import SENDING, AuditEntry, AuditLog
from matomo_tui.config.settings import Settings
from matomo_tui.demo.options import WriteFailure
from matomo_tui.ui.admin.admin_screen import AdminScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, office, quiet

UNSEEN = ("change a password", "invite a user again")
"""What nobody can see by reading back."""


TOOK_EFFECT = [
    steps.change_goal("Reached checkout", "other"),
    steps.add_site("Once"),
    steps.change_site("Field Notes", "Other"),
    steps.delete_site("Harbour Radio"),
    steps.invite_user("ivy.new"),
    steps.invite_again("old.intern"),
    steps.change_email("mara.lind", "other@example.org"),
    steps.change_password("jonas.weber", "another-password-1"),
    steps.superuser("yuki.sato", has=True),
    steps.superuser("yuki.sato", has=False),
    steps.delete_user("jonas.weber"),
    steps.set_access("carol", 2, "write"),
]
TOOK_NONE = [
    steps.delete_goal("Asked a question"),
    steps.change_site("Field Notes", "Other"),
    steps.add_user("zoe.new"),
    steps.change_password("jonas.weber", "another-password-1"),
    steps.superuser("yuki.sato", has=True),
    steps.delete_user("jonas.weber"),
    steps.set_access("carol", 2, "write"),
]


async def closed(on: Office) -> None:
    """Out of the dialog, and of the form below it."""
    while not isinstance(on.app.screen, AdminScreen):
        await on.press("escape")


async def over(on: Office, log: AuditLog, number: int) -> AuditEntry:
    """The line of a write, once it is known what became of it."""
    await on.until(lambda: [entry.outcome for entry in log.read()[0][number - 1 :]] not in ([], [SENDING]))
    return log.read()[0][number - 1]


@pytest.fixture(autouse=True)
def _reads_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matomo_tui.admin.read_back.READ_BACK_PAUSES", (0.0,))


async def test_what_took_effect_is_found_out(log: AuditLog) -> None:
    demo = quiet()
    failures: Iterable[WriteFailure] = cycle(("error-after", "error-after", "error-after", "timeout-after"))
    async with office(demo=demo, size=(80, 24), settings=Settings(url="http://127.0.0.1/", timeout=20.0)) as on:
        for write, failure in zip(TOOK_EFFECT, failures, strict=False):
            await write.show(on)
            demo.options.fail_writes, demo.options.fail_times = failure, 1
            await write.confirmed(on)
            unseen = write.name in UNSEEN
            if unseen:
                await on.sees("Unknown: ")
                await closed(on)
            await on.until(lambda: isinstance(on.app.screen, AdminScreen))
            assert await write.stored(on.superuser) == write.wanted, write.name
            entry = log.read()[0][-1]
            assert entry.outcome == ("unknown" if unseen else "done"), write.name
            assert unseen or "it took effect" in entry.detail
    assert len(log.read()[0]) == len(TOOK_EFFECT)


async def test_what_took_none_is_said_and_not_sent_again(log: AuditLog) -> None:
    demo = quiet()
    failures: Iterable[WriteFailure] = cycle(("error-before", "error-before", "timeout-before", "error-before"))
    async with office(demo=demo, size=(80, 24), settings=Settings(url="http://127.0.0.1/", timeout=20.0)) as on:
        for number, (write, failure) in enumerate(zip(TOOK_NONE, failures, strict=False), 1):
            before = await write.stored(on.superuser)
            await write.show(on)
            demo.options.fail_writes, demo.options.fail_times = failure, 1
            await write.confirmed(on)
            unseen = write.name in UNSEEN
            entry = await over(on, log, number)
            assert await write.stored(on.superuser) == before, write.name
            assert entry.outcome == ("unknown" if unseen else "not done"), write.name
            assert unseen or "It was not sent again." in entry.detail
            await closed(on)
    assert len(log.read()[0]) == len(TOOK_NONE)
