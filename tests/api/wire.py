"""httpx's mock transport with answers that are read as from a network: raw and once."""

from __future__ import annotations

import httpx


class Wire(httpx.MockTransport):
    """``httpx.Response(content=…)`` is decoded at once; this sends its bytes unchanged."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        made = await super().handle_async_request(request)
        return httpx.Response(made.status_code, headers=made.headers, stream=made.stream)
