"""Decodes Matomo's loosely typed JSON into typed models.

Matomo sends the same figure as an int in one answer and as a string in the next, a rate as ``"38%"``, an empty value
as ``[]``, ``false`` or ``null``, and a list as an object if PHP removed one of its entries. This module converts each
value separately, so that an invalid value affects only its own field.

A reader converts one JSON value, or returns ``None`` if the value is invalid; the field then keeps its default. The
type of a field selects its reader, unless it is given explicitly: ``Annotated[float, fraction]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from matomo_tui.late_pattern import late_pattern

M = TypeVar("M", bound=msgspec.Struct)
R = TypeVar("R")

Reader = Callable[[Any], Any]

_LAST_INSTANT = 253_402_300_799  # 9999-12-31T23:59:59Z, the maximum of datetime
_BIGGEST = 2**63 - 1
_SMALLEST = 1e-30
"""Figures between it and 0 are read as 0. With both bounds no sum, product or share of figures is infinite."""
_DIGITS = late_pattern(r"[+-]?[0-9]{1,19}")
_NUMBER = late_pattern(r"[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?", re.ASCII)
_RATE = late_pattern(r"([+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?)\s*%")
PIECE = 128 * 1024
"""Bytes that are parsed at once."""
_LONE_SURROGATE = late_pattern(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def parse(body: bytes, kind: Any = Any) -> Any:
    """Parse JSON into ``kind``, any type that msgspec supports. Invalid UTF-8 and lone surrogates become U+FFFD.

    Raises ``ValueError`` or ``msgspec.MsgspecError`` if ``body`` is not JSON.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        mended = mend(body)
        if mended == body:
            raise
        return msgspec.json.decode(mended, type=kind)


def parse_in_pieces(body: bytes) -> Iterator[list[Any]]:
    """Yield the entries of a JSON list in pieces of about ``PIECE`` bytes.

    While one call parses, no other thread runs: a list of a hundred thousand entries would hold up every key. Raises
    what :func:`parse` raises.
    """
    start = body.index(b"[") + 1
    end = body.rindex(b"]")
    while start < end:
        cut, step, piece = start, PIECE, None
        while piece is None:
            cut = body.find(b"},{", cut + step, end)
            step *= 2
            last = cut < 0
            text = b"[%b]" % body[start : end if last else cut + 1]
            try:
                piece = parse(text) if last else msgspec.json.decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                # Within an entry or a text: the next one, further on. What cannot be read at all is mended as a whole.
                if last:
                    raise
        start = end if last else cut + 2
        yield piece


def mend(body: bytes) -> bytes:
    """Replace invalid UTF-8 and escaped lone surrogates by U+FFFD."""
    return _LONE_SURROGATE.sub(rb"\\ufffd", body.decode("utf-8", "replace").encode())


def integer(value: Any) -> int | None:
    """Read an integer of 64 bits from a number or its digits; fractions are truncated."""
    if type(value) is str and _DIGITS.fullmatch(value):
        value = int(value)
    if type(value) is int:
        return value if -_BIGGEST <= value <= _BIGGEST else None
    found = number(value)
    return None if found is None or abs(found) > _BIGGEST else int(found)


def count(value: Any) -> int | None:
    """Read a non-negative integer."""
    found = integer(value)
    return found if found is not None and found >= 0 else None


def amount(value: Any) -> float | None:
    """Read a non-negative number; see :func:`number`."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def number(value: Any) -> float | None:
    """Read a number of the size of a 64-bit integer at the most, from a number or its digits."""
    if type(value) is str:
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            return None
    elif type(value) not in (int, float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    size = abs(result)
    if not size <= _BIGGEST:  # also not a number
        return None
    return result if size >= _SMALLEST else 0.0


def share(value: Any) -> float | None:
    """Read a non-negative rate; see :func:`fraction`."""
    found = fraction(value)
    return found if found is not None and found >= 0 else None


def fraction(value: Any) -> float | None:
    """Read a rate as a fraction: 0.38 from ``0.38``, ``"0.38"``, ``"38%"`` or ``"38,0 %"``."""
    if type(value) is str and (rate := _RATE.fullmatch(value.strip())):
        return float(rate[1].replace(",", ".")) / 100
    return number(value)


def instant(value: Any) -> int | None:
    """Read a UTC epoch in seconds that ``datetime`` supports."""
    seconds = integer(value)
    return seconds if seconds is not None and 0 <= seconds <= _LAST_INSTANT else None


def text(value: Any) -> str | None:
    """Read a string, unsanitized, or a number's digits."""
    if type(value) is str:
        return value
    return str(value) if type(value) in (int, float) and number(value) is not None else None


def flag(value: Any) -> bool | None:
    """Read a boolean from ``true``, a number, or ``"1"``, ``"true"`` and ``"yes"``; other strings are False."""
    if type(value) is bool:
        return value
    if type(value) in (int, float):
        return bool(value)
    if type(value) is str:
        return value.strip().lower() in ("1", "true", "yes")
    return None


def entries(value: Any) -> list[Any]:
    """The entries of a list, or of an object with numeric keys that PHP made of a list; else an empty list."""
    if type(value) is list:
        return value
    if type(value) is dict and all(key.isdecimal() for key in value):
        return list(value.values())
    return []


def build(model: type[M], value: Mapping[str, Any]) -> M:
    """Convert ``value`` to a ``model``. Raises ``ValueError`` if a field without a default is missing or invalid."""
    plan = _plan(model)
    fields: dict[str, Any] = {}
    for key, raw in value.items():
        step = plan.get(key)
        if step is not None and (read := step[1](raw)) is not None:
            fields[step[0]] = read
    try:
        return model(**fields)
    except TypeError:
        raise ValueError(f"a {model.__name__} lacks a required field") from None


def build_each(model: type[M], value: Any) -> tuple[M, ...]:
    """Convert the entries of a list to ``model``; invalid entries are skipped."""
    built = []
    for entry in entries(value):
        if type(entry) is dict:
            try:
                built.append(build(model, entry))
            except ValueError:
                continue
    return tuple(built)


def record_or_none(model: type[M]) -> Callable[[bytes], M | None]:
    """A decoder for one object that returns ``None`` for ``[]``, ``{}``, ``false`` and ``null``.

    The decoder raises ``ValueError`` for anything else, including an object without any known key.
    """

    def decode(body: bytes) -> M | None:
        value = parse(body)
        if type(value) is list and len(value) == 1:
            value = value[0]
        if not value and type(value) in (list, dict, bool, NoneType):
            return None
        if type(value) is not dict or _plan(model).keys().isdisjoint(value):
            raise ValueError(f"not a {model.__name__}")
        return build(model, value)

    return decode


def record(model: type[M], *, figures: Sequence[str] = ()) -> Callable[[bytes], M]:
    """A decoder for one object; an empty answer (``[]``) becomes a model of defaults.

    The decoder raises ``ValueError`` for another shape, and if one of the keys in ``figures`` has an invalid value: its
    default of 0 would look like a real figure.
    """
    decode_or_none = record_or_none(model)

    def decode(body: bytes) -> M:
        found = decode_or_none(body)
        if found is None:
            return build(model, {})
        if figures:
            sent = parse(body)
            sent = sent[0] if type(sent) is list else sent
            unread = [key for key in figures if key in sent and _plan(model)[key][1](sent[key]) is None]
            if unread:
                raise ValueError(f"no figure: {', '.join(unread)}")
        return found

    return decode


def records(model: type[M]) -> Callable[[bytes], tuple[M, ...]]:
    """A decoder for a list of objects. It skips invalid entries, and raises ``ValueError`` if all are invalid."""

    def decode(body: bytes) -> tuple[M, ...]:
        value = parse(body)
        if not value and type(value) in (list, dict, bool, NoneType):
            return ()
        built = build_each(model, value)
        if not built:
            raise ValueError(f"not a list of {model.__name__}")
        return built

    return decode


def scalar(read: Callable[[Any], R | None]) -> Callable[[bytes], R]:
    """A decoder for ``{"value": …}``. It raises ``ValueError`` if the value is missing or invalid."""

    def decode(body: bytes) -> R:
        value = parse(body)
        found = read(value["value"]) if type(value) is dict and "value" in value else None
        if found is None:
            raise ValueError("no value")
        return found

    return decode


def list_of(read: Callable[[Any], R | None]) -> Callable[[bytes], tuple[R, ...]]:
    """A decoder for a list of plain values. It skips invalid entries, and raises ``ValueError`` for other shapes."""

    def decode(body: bytes) -> tuple[R, ...]:
        value = parse(body)
        if type(value) is not list and not (type(value) is dict and entries(value)):
            raise ValueError("not a list")
        return tuple(found for entry in entries(value) if (found := read(entry)) is not None)

    return decode


_READERS: Mapping[Any, Reader] = {int: integer, float: number, str: text, bool: flag}


@cache
def _plan(model: type[msgspec.Struct]) -> dict[str, tuple[str, Reader]]:
    """Map each JSON key to its field's name and reader."""
    return {field.encode_name: (field.name, _reader(field.type)) for field in msgspec.structs.fields(model)}


def _reader(kind: Any) -> Reader:
    if get_origin(kind) is Annotated:
        found: Reader = kind.__metadata__[0]
        return found
    if get_origin(kind) in (Union, UnionType):
        return _reader(next(part for part in get_args(kind) if part is not NoneType))
    if get_origin(kind) is tuple:
        model = get_args(kind)[0]
        return lambda value: build_each(model, value)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return lambda value: build(kind, value) if type(value) is dict else None
    return _READERS[kind]
