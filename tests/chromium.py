"""A headless Chromium, driven over its debugging socket: what it is sent by a served dashboard, drawn as a screen."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pyte

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 60.0


def find_chromium() -> str | None:
    """The command of a Chromium on this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One page. ``text`` is the screen of the terminal in it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, columns: int = 300, lines: int = 120) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._size = columns, lines
        self._reader = asyncio.create_task(self._read())
        self.requests: list[str] = []
        """The addresses that the page asked for."""
        self.sockets = 0
        """Sockets that the page opened."""
        self._begin()

    def _begin(self) -> None:
        self._screen = pyte.Screen(*self._size)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer of a method of the DevTools protocol."""
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        return await asyncio.wait_for(self._waiting[number], _PATIENCE)

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds. Fails with the screen."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while not condition():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"the browser shows:\n{self.text}") from None

    async def press(self, key: str) -> None:
        """Press a key with a character."""
        code = ord(key.upper())
        common = {"key": key, "windowsVirtualKeyCode": code, "text": key}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **common)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def picture(self, file: Path) -> None:
        """Save a picture of the page."""
        answer = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(answer["data"]))

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            found = message.json()
            if "id" in found:
                self._waiting.pop(found["id"]).set_result(found.get("result", {"error": found.get("error")}))
            elif found["method"] == "Network.webSocketCreated":
                self.sockets += 1
                self._begin()
            elif found["method"] == "Network.requestWillBeSent":
                self.requests.append(found["params"]["request"]["url"])
            elif found["method"] == "Network.webSocketFrameReceived":
                frame = found["params"]["response"]
                if frame["opcode"] == 2:
                    self._stream.feed(base64.b64decode(frame["payloadData"]))

    async def aclose(self) -> None:
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader


@asynccontextmanager
async def browser(command: str, folder: Path, size: str = "1200,700") -> AsyncIterator[Page]:
    """A page of a new Chromium that keeps its files in ``folder``."""
    process = subprocess.Popen(
        [
            command,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--remote-debugging-port=0",
            f"--window-size={size}",
            f"--user-data-dir={folder}",
            "about:blank",
        ],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = await _port(folder / "DevToolsActivePort", process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                await page.call("Network.enable")
                await page.call("Page.enable")
                yield page
                await page.aclose()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def _port(file: Path, process: subprocess.Popen[bytes]) -> str:
    """The port of the debugging socket, which Chromium writes to a file in its folder."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            assert process.poll() is None, "Chromium ended"
            with suppress(OSError):
                if (text := file.read_text()) and "\n" in text:
                    return text.split("\n", 1)[0]
            await asyncio.sleep(0.05)
