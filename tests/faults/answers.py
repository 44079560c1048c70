"""Wrong values in every field of every answer that a place is made of, generated from the good answers.

The models are tried too, but a report has the columns of its server, which no model names.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from matomo_tui.api.answers import decode
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from tests.faults.fields import WRONG
from tests.faults.raw_server import RawServer, Script, Sent, Wire, as_http
from tests.faults.table import Fault

BULK = "API.getBulkRequest"
MOST_ROUNDS = 5
"""Times that a field is tried on the screen which occurs in one row only, each time with another wrong value. Reading
it is tried with all of them."""
_NAMED_BY_DATA = re.compile(r"\d|=")
"""Keys that are dates, ids or goals: one kind of field, not one for each."""


@dataclass(frozen=True)
class Spoiling:
    """In answers to ``method`` the fields with one of ``names`` have wrong values, the first one that at ``offset``."""

    method: str
    names: frozenset[str]
    offset: int

    def apply(self, answer: Any) -> Any:
        """The spoiled answer."""
        values = islice(cycle(WRONG), self.offset % len(WRONG), None)

        def walk(node: Any) -> Any:
            if isinstance(node, dict):
                return {key: next(values) if _kind(key) in self.names else walk(inner) for key, inner in node.items()}
            return [walk(inner) for inner in node] if isinstance(node, list) else node

        return walk(answer)


def _kind(key: str) -> str:
    return "*" if _NAMED_BY_DATA.search(key) else key


def fields_of(answer: Any) -> Counter[str]:
    """How often each field occurs, at any depth."""
    found: Counter[str] = Counter()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(_kind(key) for key in node)
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(inner)

    walk(answer)
    return found


def good_answers(server: RawServer, requests: Sequence[Sent]) -> dict[str, Any]:
    """The good answers to ``requests``, by method; of several of the same method the last one."""
    found: dict[str, Any] = {}
    for sent in requests:
        answer = json.loads(server.good(sent)[2])
        if sent.methods[:1] == [BULK]:
            found |= zip(sent.methods[1:], answer, strict=True)
        elif sent.methods:
            found[sent.methods[0]] = answer
    return found


def spoilings(answers: Mapping[str, Any], together: Mapping[str, int] | None = None) -> Iterator[list[Spoiling]]:
    """Rounds in which each of the methods has one field spoiled; together all fields of all methods.

    ``together`` has methods of which so many fields are spoiled at once: their answers are the same everywhere, and
    are tried field by field in one place."""
    counts = together or {}
    queues = [
        list(_by_the_dozen(method, answer, counts[method]) if method in counts else _of_method(method, answer))
        for method, answer in sorted(answers.items())
    ]
    for number in range(max(map(len, queues), default=0)):
        yield [queue[number] for queue in queues if number < len(queue)]


def _of_method(method: str, answer: Any) -> Iterator[Spoiling]:
    for place, (name, count) in enumerate(sorted(fields_of(answer).items())):
        for number in range(min(MOST_ROUNDS, -(-len(WRONG) // count))):
            yield Spoiling(method, frozenset((name,)), place + number * (len(WRONG) // MOST_ROUNDS))


def _by_the_dozen(method: str, answer: Any, count: int) -> Iterator[Spoiling]:
    names = sorted(fields_of(answer))
    for place in range(0, len(names), count):
        yield Spoiling(method, frozenset(names[place : place + count]), place)


def fault_of(spoiled: Sequence[Spoiling]) -> Fault:
    """Answers with these fields spoiled, all others good."""
    changes = {one.method: one for one in spoiled}
    told = (f"{one.method} {' '.join(sorted(one.names))}" for one in spoiled)
    return Fault("wrong fields", ", ".join(told), _script(changes), "")


def _script(changes: Mapping[str, Spoiling]) -> Script:
    def act(wire: Wire, sent: Sent) -> None:
        status, headers, body = wire.server.good(sent)
        answer = json.loads(body)
        if sent.methods[:1] == [BULK]:
            parts = zip(sent.methods[1:], answer, strict=True)
            answer = [changes[method].apply(part) if method in changes else part for method, part in parts]
        elif sent.methods and sent.methods[0] in changes:
            answer = changes[sent.methods[0]].apply(answer)
        body = json.dumps(answer).encode()
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        wire.send(as_http(status, [*kept, ("Content-Length", str(len(body)))], body))

    return act


def misread(calls: Mapping[str, Call[Any]], answers: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Read each answer with every wrong value in every field. Returns how many were tried, and those that raised
    something else than a ``MatomoError``."""
    tried, found = 0, []
    for method, answer in sorted(answers.items()):
        if method not in calls:
            continue
        for name in sorted(fields_of(answer)):
            for offset, value in enumerate(WRONG):
                tried += 1
                body = json.dumps(Spoiling(method, frozenset((name,)), offset).apply(answer)).encode()
                try:
                    decode(calls[method], body)
                except MatomoError:
                    pass
                except Exception as error:  # noqa: BLE001 (whatever it is, it would end the program)
                    found.append(f"{method} {name} = {value!r:.30}: {error!r}")
    return tried, found
