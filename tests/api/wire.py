"""httpx's mock transport with answers that are read as those of a network are: raw, and once."""

from __future__ import annotations

import httpx


class Wire(httpx.MockTransport):
    """``httpx.Response(content=…)`` is decoded when it is made; here its bytes go out as they were given."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        made = await super().handle_async_request(request)
        return httpx.Response(made.status_code, headers=made.headers, stream=made.stream)
