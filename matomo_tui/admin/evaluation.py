"""Derives the outcome of a step from the states before and after the write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from matomo_tui.admin.outcome import Outcome, OutcomeKind, StoredDifference, ThreeWay
from matomo_tui.admin.plan import WriteStep
from matomo_tui.admin.state import State, changed, equal_once_stored, shown_as
from matomo_tui.api.errors import MatomoError, NoAccess, WrongPassword


def state_unreadable(step: WriteStep, error: MatomoError) -> Outcome:
    if isinstance(error, NoAccess):
        return Outcome(step=step, kind="refused", sentence=f"Not sent: {error}", role_changed=True)
    sentence = f"Not sent, because the current state could not be read: {error}"
    return Outcome(step=step, kind="not sent", sentence=sentence)


def before_write(step: WriteStep, now: State | None) -> Outcome | None:
    """The outcome if the step must not be sent, because the entity has the wanted state already or somebody else
    changed it since it was opened; otherwise None."""
    opened, wanted = step.opened, step.wanted
    if now is None:
        if opened is None:
            return None
        if wanted is None:
            return _read(step, now, "already", "Already deleted; nothing was sent.")
        return _read(step, now, "conflict", "Not sent: someone else deleted it in the meantime.")
    if opened is None:
        return _read(step, now, "conflict", "Not sent: that name already exists.", three_way=_three_way(step, now))
    if not changed(opened, now, step.entity.labels):
        return None
    if wanted is not None and not step.hidden and not _differing(wanted, now, step.entity.labels):
        return _read(step, now, "already", "Someone else already made the same change; nothing was sent.")
    sentence = "Not sent: someone else changed it since you opened it."
    return _read(step, now, "conflict", sentence, three_way=_three_way(step, now))


def _read(step: WriteStep, stored: State | None, kind: OutcomeKind, sentence: str, **fields: Any) -> Outcome:
    """An outcome after reading the state ``stored``."""
    return Outcome(step=step, kind=kind, sentence=sentence, stored=stored, was_read=True, **fields)


def _differing(wanted: State, stored: State, labels: Mapping[str, str]) -> tuple[StoredDifference, ...]:
    """The fields that are stored differently from ``wanted``. Fields that cannot be read back are ignored."""
    return tuple(
        StoredDifference(name, labels[name], shown_as(labels, name, wanted[name]), shown_as(labels, name, stored[name]))
        for name in changed(wanted, stored, labels)
    )


def after_success(step: WriteStep, stored: State | None, created: int | None) -> Outcome:
    """The outcome of a write that Matomo reported as successful."""
    if step.wanted is None:
        if stored is None:
            return _read(step, stored, "done", "Deleted.")
        return _read(step, stored, "differs", "Matomo reports it deleted, but it still exists.")
    if stored is None:
        return _read(step, stored, "differs", "Matomo reports success, but nothing was created.", created=created)
    differs = _differing(step.wanted, stored, step.entity.labels)
    if differs:
        sentence = f"Done, but Matomo stored something else: {_words(differs)}."
        return _read(step, stored, "differs", sentence, differs=differs, created=created)
    sentence = "Done." if not step.hidden else f"Done; {' and '.join(step.hidden)} cannot be read back."
    return _read(step, stored, "done", sentence, created=created)


def after_loss(step: WriteStep, stored: State | None, reason: str) -> Outcome:
    """The outcome of a write whose answer was lost for ``reason``."""
    effect, differs = _effect(step, stored)
    if effect == "hidden":
        sentence = f"Unknown: {reason}. {_hidden(step)} cannot be read back: test it before you repeat it."
        return _read(step, stored, "unknown", sentence)
    if effect == "taken":
        sentence = f"{reason}, but it took effect: it is stored as requested."
        return _read(step, stored, "done", sentence)
    if effect == "none":
        sentence = f"{reason}, and it has had no effect so far: nothing changed. It was not sent again."
        return _read(step, stored, "not done", sentence)
    sentence = f"{reason}. What is stored is neither the old nor the new: {_words(differs) or 'it is deleted'}."
    return _read(step, stored, "differs", sentence, differs=differs)


def after_error(step: WriteStep, stored: State | None, error: MatomoError) -> Outcome:
    """The outcome of a write that Matomo answered with an error. The change may have been made before the error (an
    e-mail that could not be sent)."""
    cause = str(error).rstrip(".")
    effect, differs = _effect(step, stored)
    outcome = _read(step, stored, "refused", "", error=cause)
    if is_wrong_password(step, error):
        return replace(outcome, sentence=f"Matomo refused: {cause}. Nothing changed.", wrong_password=True)
    if effect == "hidden":
        sentence = (
            f"Matomo answered with an error: {cause}. It may have taken effect: "
            f"{_hidden(step).lower()} cannot be read back. Test it before you repeat it."
        )
        return replace(outcome, kind="unknown", sentence=sentence)
    if effect == "taken":
        unseen = f" {_hidden(step)} cannot be read back." if step.hidden else ""
        sentence = (
            f"Matomo answered with an error, but it took effect: it is stored as requested.{unseen} The error: {cause}."
        )
        return replace(outcome, kind="done", sentence=sentence)
    if effect == "none":
        return replace(outcome, sentence=f"Matomo refused: {cause}. It had no effect: nothing changed.")
    sentence = (
        f"Matomo answered with an error: {cause}. It took effect in part: {_words(differs) or 'the old value is gone'}."
    )
    return replace(outcome, kind="differs", sentence=sentence, differs=differs)


def is_wrong_password(step: WriteStep, error: MatomoError) -> bool:
    """True if Matomo refused the password of the token's owner, which it checks before anything else."""
    return step.needs_own_password and isinstance(error, WrongPassword)


Effect = Literal["taken", "none", "partly", "hidden"]


def _effect(step: WriteStep, stored: State | None) -> tuple[Effect, tuple[StoredDifference, ...]]:
    """The effect of a write, and the fields that differ from the wanted ones. ``hidden``: the changed fields cannot be
    read back."""
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
        theirs_changed = not equal_once_stored(columns[0], columns[1])
        yours_changed = not equal_once_stored(columns[0], columns[2])
        if theirs_changed or yours_changed:
            clash = theirs_changed and yours_changed and not equal_once_stored(columns[1], columns[2])
            opened_text, theirs, yours = (shown_as(step.entity.labels, name, value) for value in columns)
            rows.append(ThreeWay(name, label, opened_text, theirs, yours, clash))
    return tuple(rows)
