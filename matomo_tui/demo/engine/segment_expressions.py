"""Segment expressions: ``deviceType==smartphone;countryCode==de`` as a predicate over visits, or as a mask over the
visits of a block.

How masks work: most conditions test a column of visits (place, device, source, journey …). Such a condition is
evaluated once per distinct number of the column, and the mask is read from that small table. Only conditions on
single visits (an IP address, a product, an order) need the visits themselves, and then only visits that meet the other
conditions are generated.

Measured: a month of 212,000 visits is masked by device and country in 0.1 s, visit by visit (by IP address) in 2.5 s.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.columns import SINGLE, VisitColumn
from matomo_tui.demo.engine.dimensions import Values, dimension_named
from matomo_tui.demo.engine.visit_generator import BlockPart, VisitBlock, VisitGenerator
from matomo_tui.demo.errors import ApiError, refusal, refuse_if
from matomo_tui.demo.traffic.daily_curve import SHIFT, SLOTS
from matomo_tui.demo.traffic.visit import SimulatedVisit

Accept = Callable[[SimulatedVisit], bool]

_KEPT = 240
_TERM = re.compile(r"([A-Za-z_]+)(==|!=|<=|>=|=@|!@|=\^|=\$|<|>)(.*)", re.DOTALL)
_ACTION_TYPES = {"pageviews": "action", "contents": "content", "sitesearches": "search"} | {
    f"{kind}s": kind for kind in ("event", "outlink", "download")
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, wanted: value == wanted,
    "=@": lambda value, wanted: wanted in value,
    "=^": lambda value, wanted: value.startswith(wanted),
    "=$": lambda value, wanted: value.endswith(wanted),
}
_OPPOSITES = {"!=": "==", "!@": "=@"}


def _number(text: object) -> float:
    """A number; of an IP address its value as one, for ranges of addresses; 0 for anything else."""
    try:
        return float(str(text))
    except ValueError:
        pass
    try:
        return float(int(ip_address(str(text))))
    except ValueError:
        return 0.0


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, wanted: value < wanted,
    ">": lambda value, wanted: value > wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">=": lambda value, wanted: value >= wanted,
}


def _text(values: Values, test: Callable[[str, str], bool], wanted: str, *, negative: bool) -> Callable[[Any], bool]:
    """Matomo decodes the whole expression and then each value, so single and double encoding are equivalent: reports
    encode titles twice in their segments, and names once.
    """
    again = unquote_plus(wanted).casefold()

    def accept(found: Any) -> bool:
        texts = [str(value).casefold() for value in values(found)]
        return any(test(text, wanted) or test(text, again) for text in texts) is not negative

    return accept


def _decoded(values: Values) -> Values:
    return lambda found: [unquote(str(value)) for value in values(found)]


class Term(NamedTuple):
    """One condition: the column, and the test that one of its values has to pass."""

    column: VisitColumn
    test: Callable[[Any], bool]

    def accept(self, visit: SimulatedVisit) -> bool:
        return self.test(self.column.of_visit(visit))


def _term(text: str) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise refusal("segment condition", text=text)
    name, operator, wanted = match[1], match[2], unquote_plus(match[3])
    dimension = dimension_named(name)
    column, values = dimension.column, dimension.values
    if name == "actionType":
        refuse_if(wanted not in _ACTION_TYPES, "segment action type", value=wanted)
        wanted = _ACTION_TYPES[wanted]
    if operator in _COMPARISONS:
        compare, limit = _COMPARISONS[operator], _number(wanted)
        return Term(column, lambda found: any(compare(_number(value), limit) for value in values(found)))
    test = _TESTS[_OPPOSITES.get(operator, operator)]
    if name.endswith("Url"):
        # The segments in reports are encoded once more, and URLs are themselves encoded.
        wanted, values = unquote(unquote(wanted)), _decoded(values)
    return Term(column, _text(values, test, wanted.casefold(), negative=operator in _OPPOSITES))


def terms_of(text: str) -> tuple[tuple[Term, ...], ...]:
    """The conditions of a segment in conjunctive form: ``;`` joins groups, ``,`` the alternatives in a group.

    The segment is decoded once more before it is parsed; if that is not valid, it is parsed undecoded. Raises
    ``ApiError`` for an unknown dimension or an invalid expression.
    """
    decoded = unquote_plus(text, errors="replace")
    if decoded != text:
        try:
            return _terms(decoded)
        except ApiError:
            pass
    return _terms(text)


@lru_cache(maxsize=64)
def _terms(text: str) -> tuple[tuple[Term, ...], ...]:
    return tuple(
        tuple(_term(term) for term in re.split(r"(?<!\\),", group)) for group in re.split(r"(?<!\\);", text) if group
    )


@lru_cache(maxsize=64)
def compile_segment(text: str) -> Accept:
    """The predicate of a segment; raises ``ApiError`` like :func:`terms_of`."""
    groups = [[term.accept for term in group] for group in terms_of(text)]
    return lambda visit: all(any(accept(visit) for accept in group) for group in groups)


class Masks:
    """The masks of one segment over the blocks of one site. Raises ``ApiError`` for an invalid segment."""

    def __init__(self, text: str, generator: VisitGenerator, yielder: Yielder) -> None:
        self._accept = compile_segment(text)
        self._generator = generator
        self._yielder = yielder
        self._made: OrderedDict[int, bytes] = OrderedDict()
        groups = terms_of(text)
        terms = [term for group in groups for term in group]
        self._historic = any(term.column.historic for term in terms)
        self._each = any(term.column is SINGLE for term in terms)
        self._groups = [group for group in groups if all(term.column is not SINGLE for term in group)]
        self._known: dict[Term, dict[int, int]] = {term: {} for term in terms}

    async def of(self, block: VisitBlock) -> bytes:
        """1 for each visit of the block in the segment, 0 for the others."""
        found = self._made.get(block.shift)
        if found is None:
            if self._historic:
                await self._generator.past.upto((block.shift + 1) * SHIFT - 1)
            found = await self._one_by_one(block) if self._each else self._by_columns(block)
            self._made[block.shift] = found
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
            await self._yielder.pause()
        return found

    def _by_columns(self, block: VisitBlock) -> bytes:
        part, count = BlockPart(self._generator, block, 0, len(block)), len(block)
        # Each mask is one long number, which Python combines with another one in C.
        found = int.from_bytes(b"\x01" * count, "little")
        for group in self._groups:
            either = 0
            for term in group:
                either |= int.from_bytes(self._mask(term, part), "little")
            found &= either
        return found.to_bytes(count, "little")

    def _mask(self, term: Term, part: BlockPart) -> bytes:
        known, numbers = self._known[term], term.column.numbers(part)
        for number in set(numbers) - known.keys():
            known[number] = int(term.test(term.column.value(self._generator, number)))
        return bytes([known[number] for number in numbers])

    async def _one_by_one(self, block: VisitBlock) -> bytes:
        """The mask for conditions on single visits; only visits that meet the other conditions are generated."""
        traffic = self._generator.traffic
        mask, maybe = bytearray(len(block)), self._by_columns(block)
        place = {mark: index for index, mark in enumerate(block.marks)}
        for within in range(SLOTS):
            for sketch in traffic.draw(block.shift * SLOTS + within):
                index = place[within << 8 | sketch.ordinal]
                mask[index] = maybe[index] and self._accept(traffic.visit(sketch, float("inf")))
            await self._yielder.pause()
        return bytes(mask)
