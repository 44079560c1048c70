"""The demo against the exchanges of a real Matomo's wire, of both versions: the same request, byte for byte but for
what names the other's own data, comes back in the same shape, with the same emptiness and the same status."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from matomo_tui.demo.version import V5_0, V5_8
from tests.demo.asking import Asker, Reply, reader
from tests.wire import Wired, every_exchange

AT = 1_795_906_800.0  # 28 November 2026, 23:00 UTC, when they were recorded
MATOMO = {"5.0.2": V5_0, "5.8.0": V5_8}

# Rows that only the recorded Matomo has: the same question about some of the demo's own.
OWN = {
    "launch": "oak-table",
    "https://shop.example/faults-before": "https://lumen-oak.example/never",
}


def own_request(asker: Asker, exchange: Wired) -> list[tuple[str, str]]:
    """The recorded fields with the demo's token, times and rows in place of the recorded ones."""
    fields = []
    for name, value in exchange.fields:
        value = value.replace("{token}", asker.demo.tokens.get(exchange.role, ""))
        value = re.sub(r"(?<=minTimestamp=)\d+", str(int(asker.at) - 600), value)
        fields.append((name, OWN.get(value, value)))
    return fields


async def send(asker: Asker, exchange: Wired) -> Reply:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if exchange.auth in ("header", "both"):
        # Another one than in the body, as it was recorded: the same twice is no conflict.
        role = "view" if exchange.auth == "both" else exchange.role
        headers["authorization"] = f"Bearer {asker.demo.tokens[role]}"
    body = urlencode(own_request(asker, exchange)).encode()
    return await asker.http("POST", "/index.php", body, headers=headers)


@pytest.mark.parametrize("exchange", every_exchange(), ids=lambda exchange: exchange.name)
async def test_the_wire_is_answered_as_by_the_real_one(exchange: Wired) -> None:
    asker = reader(MATOMO[exchange.version], AT)
    reply = await send(asker, exchange)
    assert reply.status == exchange.status
    assert reply.headers["content-type"] == exchange.content_type
    if exchange.json is None:
        return
