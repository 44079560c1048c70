"""Patterns of Matomo's ``filter_pattern`` that find ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def one_of(ids: Collection[int]) -> str:
    """Return the pattern of the ``ids``."""
    return f"^{_any(map(str, ids))}$"


def none_of(ids: Collection[int]) -> str:
    """Return the pattern of all texts but the ``ids``."""
    return f"^(?!{_any(map(str, ids))}$)"


def _any(texts: Iterable[str]) -> str:
    """Return an expression for ``texts`` in which equal beginnings stand once: ids of one time have most digits in
    common."""
    by_first: dict[str, list[str]] = {}
    for text in sorted(set(texts)):
        by_first.setdefault(text[:1], []).append(text[1:])
    if list(by_first) == [""]:
        return ""
    last = "".join(first for first, rest in by_first.items() if rest == [""])
    if len(last) == len(by_first):
        is_range = len(last) > 3 and int(last[-1]) - int(last[0]) == len(last) - 1
        return last if len(last) == 1 else f"[{last[0]}-{last[-1]}]" if is_range else f"[{last}]"
    parts = [first + _any(rest) if first else "" for first, rest in by_first.items()]
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"
