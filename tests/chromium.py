"""A headless Chromium, driven over its debugging socket: what a served dashboard sends it, drawn as a screen."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyte

if TYPE_CHECKING:
    import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 25.0


def find_chromium() -> str | None:
    """The command of a Chromium on this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium(command: str, folder: Path) -> Iterator[str]:
    """A Chromium that keeps its files in ``folder``; yields the address of its debugging interface."""
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += ["--disable-background-networking", "--remote-debugging-port=0", "--window-size=1200,700"]
    process = subprocess.Popen(
        [command, *options, f"--user-data-dir={folder}", "about:blank"],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + _PATIENCE
        file, text = folder / "DevToolsActivePort", ""
        while "\n" not in text:
            assert process.poll() is None, "Chromium ended"
            assert time.monotonic() < deadline, "Chromium does not listen"
            time.sleep(0.05)
            with suppress(OSError):
                text = file.read_text()
        yield f"http://127.0.0.1:{text.splitlines()[0]}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Page]:
    """The page of a Chromium with this debugging address."""
    import aiohttp

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/json/list") as answer:
            pages = [one for one in await answer.json() if one["type"] == "page"]
        async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            await page.call("Network.enable")
            await page.call("Page.enable")
            await page.call("Emulation.setFocusEmulationEnabled", enabled=True)  # a window manager gives none here
            yield page
            await page.aclose()


class Page:
    """One page. ``text`` is the screen of the terminal in it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())
        self._news = asyncio.Event()
        self.requests: list[str] = []
        """The addresses that the page asked for."""
        self.statuses: dict[str, int] = {}
        """The status of each answer, by address."""
        self.sockets = 0
        """Sockets that the page opened."""
        self._begin()

    def _begin(self) -> None:
        self._screen = pyte.Screen(300, 120)
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

    async def go_to(self, address: str) -> None:
        """Open an address."""
        await self.call("Page.navigate", url=address)

    async def wait_for(self, condition: Callable[[Page], bool]) -> None:
        """Wait until ``condition`` holds for the page. Fails with its screen."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while not condition(self):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"the browser shows:\n{self.text}\n{self.statuses}") from None

    async def wait_for_focus(self, element: str) -> None:
        """Wait until an element of this kind, such as ``TEXTAREA``, has the keys."""
        for _ in range(600):
            found = await self.call("Runtime.evaluate", expression="document.activeElement.tagName")
            if found["result"]["value"] == element:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"the keys go to {found}")

    async def press(self, key: str) -> None:
        """Press a key with a character."""
        code = ord(key.upper())
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, text=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def press_until(self, key: str, condition: Callable[[Page], bool]) -> None:
        """Press a key that may be pressed again without harm until ``condition`` holds: Chromium may drop the first
        one after a page has loaded."""
        for _ in range(20):
            await self.press(key)
            with suppress(TimeoutError):
                async with asyncio.timeout(1.5):
                    await self.wait_for(condition)
                    return
        await self.wait_for(condition)

    async def picture(self) -> bytes:
        """A picture of the page, as PNG."""
        answer = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    async def _read(self) -> None:
        import aiohttp

        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            found = message.json()
            if "id" in found:
                self._waiting.pop(found["id"]).set_result(found.get("result", {"error": found.get("error")}))
            else:
                self._event(found["method"], found["params"])
                self._news.set()

    def _event(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.webSocketCreated":
            self.sockets += 1
            self._begin()
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.responseReceived":
            self.statuses[params["response"]["url"]] = params["response"]["status"]
        elif method == "Network.webSocketFrameReceived" and params["response"]["opcode"] == 2:
            self._stream.feed(base64.b64decode(params["response"]["payloadData"]))

    async def aclose(self) -> None:
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
