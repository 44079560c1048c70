"""Derives the outcome of a step from the server's state before the write, after it, and after a lost answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from matomo_tui.admin.outcome import Outcome, StoredDifference, ThreeWay
from matomo_tui.admin.plan import WriteStep
from matomo_tui.admin.state import State, changed, same, shown_as
from matomo_tui.api.errors import MatomoError, NoAccess, WrongPassword


def not_looked(step: WriteStep, error: MatomoError) -> Outcome:
    if isinstance(error, NoAccess):
        return Outcome(step=step, kind="refused", sentence=f"Not sent: {error}", role_changed=True)
    sentence = f"Not sent, because the current state could not be read: {error}"
    return Outcome(step=step, kind="not sent", sentence=sentence)


def standing(step: WriteStep, now: State | None) -> Outcome | None:
    """The outcome where nothing is to be sent: it is so already, or somebody else changed it meanwhile."""
    opened, wanted = step.opened, step.wanted
    if now is None:
        if opened is None:
            return None
        if wanted is None:
            return Outcome(step=step, kind="already", sentence="Already deleted; nothing was sent.", was_read=True)
        sentence = "Not sent: someone else deleted it in the meantime."
        return Outcome(step=step, kind="conflict", sentence=sentence, was_read=True)
    if opened is None:
        sentence = "Not sent: that name already exists."
        return Outcome(
            step=step, kind="conflict", sentence=sentence, stored=now, was_read=True, three_way=_three_way(step, now)
        )
    if not changed(opened, now, step.entity.labels):
        return None
    if wanted is not None and not step.hidden and not _differing(wanted, now, step.entity.labels):
        sentence = "Someone else already made the same change; nothing was sent."
        return Outcome(step=step, kind="already", sentence=sentence, stored=now, was_read=True)
    sentence = "Not sent: someone else changed it since you opened it."
    return Outcome(
        step=step, kind="conflict", sentence=sentence, stored=now, was_read=True, three_way=_three_way(step, now)
    )


def _differing(wanted: State, stored: State, labels: Mapping[str, str]) -> tuple[StoredDifference, ...]:
    """What is stored otherwise than wanted; a field that cannot be read back is not held against it."""
    return tuple(
        StoredDifference(name, labels[name], shown_as(labels, name, wanted[name]), shown_as(labels, name, stored[name]))
        for name in changed(wanted, stored, labels)
    )


def compared(step: WriteStep, stored: State | None, created: int | None) -> Outcome:
    """The outcome of a write that Matomo says it did."""
    if step.wanted is None:
        if stored is None:
            return Outcome(step=step, kind="done", sentence="Deleted.", was_read=True)
        sentence = "Matomo reports it deleted, but it still exists."
        return Outcome(step=step, kind="differs", sentence=sentence, stored=stored, was_read=True)
    if stored is None:
        sentence = "Matomo reports success, but nothing was created."
        return Outcome(step=step, kind="differs", sentence=sentence, was_read=True, created=created)
    differs = _differing(step.wanted, stored, step.entity.labels)
    if differs:
        return Outcome(
            step=step,
            kind="differs",
            sentence=f"Done, but Matomo stored something else: {_words(differs)}.",
            stored=stored,
            was_read=True,
            differs=differs,
            created=created,
        )
    sentence = "Done." if not step.hidden else f"Done; {' and '.join(step.hidden)} cannot be read back."
    return Outcome(step=step, kind="done", sentence=sentence, stored=stored, was_read=True, created=created)


def after_loss(step: WriteStep, stored: State | None, said: str) -> Outcome:
    """The outcome of a write whose answer was lost (``said`` is how), by what is there now."""
    effect, differs = _effect(step, stored)
    if effect == "hidden":
        sentence = f"Unknown: {said}. {_hidden(step)} cannot be read back: test it before you repeat it."
        return Outcome(step=step, kind="unknown", sentence=sentence, stored=stored, was_read=True)
    if effect == "taken":
        sentence = f"{said}, but it took effect: it is stored as requested."
        return Outcome(step=step, kind="done", sentence=sentence, stored=stored, was_read=True)
    if effect == "none":
        sentence = f"{said}, and it has had no effect so far: nothing changed. It was not sent again."
        return Outcome(step=step, kind="not done", sentence=sentence, stored=stored, was_read=True)
    sentence = f"{said}. What is stored is neither the old nor the new: {_words(differs) or 'it is deleted'}."
    return Outcome(step=step, kind="differs", sentence=sentence, stored=stored, was_read=True, differs=differs)


def after_error(step: WriteStep, stored: State | None, error: MatomoError) -> Outcome:
    """The outcome of a write that Matomo answered with an error, by what is there now: an error may come after the
    change was made (a mail that could not be sent)."""
    said = str(error).rstrip(".")
    effect, differs = _effect(step, stored)
    outcome = Outcome(step=step, kind="refused", sentence="", stored=stored, was_read=True, error=said)
    if is_wrong_password(step, error):
        return replace(outcome, sentence=f"Matomo refused: {said}. Nothing changed.", wrong_password=True)
    if effect == "hidden":
        sentence = (
            f"Matomo answered with an error: {said}. It may have taken effect: "
            f"{_hidden(step).lower()} cannot be read back. Test it before you repeat it."
        )
        return replace(outcome, kind="unknown", sentence=sentence)
    if effect == "taken":
        unseen = f" {_hidden(step)} cannot be read back." if step.hidden else ""
        sentence = (
            f"Matomo answered with an error, but it took effect: it is stored as requested.{unseen} The error: {said}."
        )
        return replace(outcome, kind="done", sentence=sentence)
    if effect == "none":
        return replace(outcome, sentence=f"Matomo refused: {said}. It had no effect: nothing changed.")
    sentence = (
        f"Matomo answered with an error: {said}. It took effect in part: {_words(differs) or 'the old value is gone'}."
    )
    return replace(outcome, kind="differs", sentence=sentence, differs=differs)


def is_wrong_password(step: WriteStep, error: MatomoError) -> bool:
    """Whether what Matomo refused is the password of the token's owner, which it checks before anything else
    ("The current password you entered is not correct.")."""
    return step.needs_own_password and isinstance(error, WrongPassword)


Effect = Literal["taken", "none", "partly", "hidden"]


def _effect(step: WriteStep, stored: State | None) -> tuple[Effect, tuple[StoredDifference, ...]]:
    """What a write did by what is there now, and what differs from what was wanted. ``hidden``: what it changes cannot
    be read back."""
    differs: tuple[StoredDifference, ...] = ()
    if step.wanted is None:
        taken = stored is None
    elif stored is None:
        taken = False
    else:
        differs = _differing(step.wanted, stored, step.entity.labels)
        taken = not differs
    if step.opened is not None and step.wanted is not None:
        visible = bool(_differing(step.wanted, step.opened, step.entity.labels))
        if not visible and stored is not None:
            return "hidden", differs
    if taken:
        return "taken", differs
    untouched = stored is None if step.opened is None else stored is not None and _is_as_opened(step, stored)
    return ("none" if untouched else "partly"), differs


def _hidden(step: WriteStep) -> str:
    return (" and ".join(step.hidden) or "it").capitalize()


def _is_as_opened(step: WriteStep, stored: State) -> bool:
    return step.opened is not None and not changed(step.opened, stored, step.entity.labels)


def _words(differs: Sequence[StoredDifference]) -> str:
    return "; ".join(f"{row.label} is {row.stored} instead of {row.wanted}" for row in differs)


def _three_way(step: WriteStep, now: State) -> tuple[ThreeWay, ...]:
    rows = []
    opened, wanted = step.opened or {}, step.wanted or {}
    for name, label in step.entity.labels.items():
        columns = (opened.get(name), now.get(name), wanted.get(name))
        if all(same(columns[0], other) for other in columns[1:]):
            continue
        theirs_changed, yours_changed = not same(columns[0], columns[1]), not same(columns[0], columns[2])
        clash = theirs_changed and yours_changed and not same(columns[1], columns[2])
        opened_text, theirs_text, yours_text = (shown_as(step.entity.labels, name, value) for value in columns)
        rows.append(ThreeWay(name, label, opened_text, theirs_text, yours_text, clash))
    return tuple(rows)
