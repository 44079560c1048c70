"""The web server: a page, its static files and a socket for each dashboard."""

from __future__ import annotations

import asyncio
import html
import json
import re
import socket
from collections.abc import Callable
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import WSMsgType, web
from textual_serve.server import Server

from matomo_tui.config.secrets import SecretError
from matomo_tui.web.gatekeeper import Gatekeeper
from matomo_tui.web.served_process import Launch, ServedProcess, bounded_size

MOST_PAGES = 8
"""Dashboards at the same time: each is a process of some 90 MB."""
_BIGGEST_MESSAGE = 64 * 1024
_HEARTBEAT = 15.0
_PATIENCE = 0.2
"""Seconds for requests under way to be answered, and for dashboards to end by themselves, when the server ends."""

_ELSEWHERE = re.compile(r"<link\b[^>]*fonts\.googleapis\.com[^>]*>", re.DOTALL)
"""A font that the template would load from Google. The terminal has the same as a file of its own."""

_SCRIPT = """<script>
(function () {
  const seen = {};
  const terminal = document.querySelector("#terminal").dataset;
  if (new URL(terminal.sessionWebsocketUrl).host !== location.host) {  // the page was opened past the proxy
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    terminal.sessionWebsocketUrl = scheme + "://" + location.host + "/ws";
  }
  function once(name, act) {
    if (!seen[name] && document.body.classList.contains(name)) { seen[name] = true; act(); }
  }
  async function comeBack() {
    try {
      const answer = await fetch("/", { method: "HEAD", cache: "no-store" });
      if (answer.ok) { location.reload(); return; }
    } catch (error) { /* the server is down: try again */ }
    setTimeout(comeBack, 5000);
  }
  new MutationObserver(function () {
    once("-first-byte", function () { TAKES_INPUT && document.querySelector("textarea").focus(); });
    once("-closed", function () { COMES_BACK && setTimeout(comeBack, 3000); });
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
})();
</script>
</body>"""
"""Gives the keys to the terminal at once; when the dashboard has ended, starts over once the server answers again."""

_FULL = f"{MOST_PAGES} pages are open already: close one."
_FULL_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<title>TITLE</title>
<style>
body { margin: 0; height: 100vh; display: grid; place-content: center; text-align: center;
       background: #0c181f; color: #ddd; font: 1.2rem monospace; }
</style>
</head>
<body><p>SENTENCE<br>This one goes on by itself then.</p></body>
</html>
"""
"""The page for which there is no room. It asks again: a page that is loaded anew still has its socket for a moment."""


class DashboardServer:
    """Serves dashboards.

    ``takes_input`` lets keys and the mouse through; ``comes_back`` starts a page over when its dashboard has ended.
    ``report`` gets sentences for the person who runs the server.
    """

    def __init__(
        self,
        launch: Launch,
        gatekeeper: Gatekeeper,
        *,
        title: str,
        takes_input: bool,
        comes_back: bool,
        report: Callable[[str], None],
    ) -> None:
        self._launch = launch
        self._gatekeeper = gatekeeper
        self._title = title
        self._takes_input = takes_input
        self._comes_back = comes_back
        self._report = report
        self._files = Server(launch.words[0])
        self._sockets: set[web.WebSocketResponse] = set()
        self._processes: set[ServedProcess] = set()
        self._dashboards: set[asyncio.Task[Any]] = set()
        """What runs behind each page: ends its process when it is cancelled."""
        self._is_ending = False
        self._told_full = False
        """Whether it was reported that there is no room, since there was some."""

    def application(self) -> web.Application:
        """The application to run."""
        app = web.Application(middlewares=[self._gatekeeper.middleware])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self._files.templates_path))
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/ws", self._socket),
                web.get("/download/{key}", self._files.handle_download),
                web.static("/static", self._files.statics_path),
            ]
        )
        app.on_shutdown.append(self._close_all)
        return app

    async def serve(self, listening: socket.socket) -> None:
        """Serve on a listening socket until it is cancelled; then end the dashboards and close the pages."""
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=_PATIENCE)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
            if self._dashboards:  # the runner does not wait until they have ended their processes
                await asyncio.wait(self._dashboards, timeout=3 * _PATIENCE)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        is_full = self._is_full()
        if is_full and not self._told_full:
            self._report(_FULL)
        self._told_full = is_full
        if is_full:
            text = _FULL_PAGE.replace("TITLE", html.escape(self._title)).replace("SENTENCE", _FULL)
            return web.Response(text=text, content_type="text/html")
        size = request.query.get("fontsize", "")
        context = {
            "font_size": int(size)
            if size.isascii() and size.isdecimal() and len(size) <= 2 and 6 <= int(size) <= 64
            else 16,
            "app_websocket_url": self._gatekeeper.socket_address(request),
            "config": {"static": {"url": "/static/"}},
            "application": {"name": self._title},
        }
        response = aiohttp_jinja2.render_template("app_index.html", request, context)
        script = _SCRIPT.replace("TAKES_INPUT", json.dumps(self._takes_input))
        script = script.replace("COMES_BACK", json.dumps(self._comes_back))
        response.text = _ELSEWHERE.sub("", response.text or "").replace("</body>", script)
        return response

    def _is_full(self) -> bool:
        return len(self._sockets) >= MOST_PAGES

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._is_full():
            return web.Response(status=503, text=f"{_FULL}\n")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_BIGGEST_MESSAGE)
        self._sockets.add(socket)
        try:
            await socket.prepare(request)
            await self._dashboard(request, socket)
        finally:
            self._sockets.discard(socket)
        return socket

    async def _close_all(self, _: web.Application) -> None:
        self._is_ending = True
        await asyncio.gather(*(process.stop(_PATIENCE) for process in self._processes))
        await asyncio.gather(*(socket.close() for socket in self._sockets))

    async def _dashboard(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        process = ServedProcess(
            self._launch,
            write_bytes=_unless_closed(socket.send_bytes),
            write_str=_unless_closed(socket.send_str),
            close=_closing(socket),
            downloads=self._files.download_manager,
            report=self._report,
        )
        self._processes.add(process)
        if (dashboard := asyncio.current_task()) is not None:
            self._dashboards.add(dashboard)
            dashboard.add_done_callback(self._dashboards.discard)
        try:
            await process.start(_number(request.query.get("width"), 80), _number(request.query.get("height"), 24))
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await self._message(message.data, socket, process)
        except OSError as error:
            self._report(f"The dashboard could not be started: {error.strerror or error}.")
        except SecretError as error:
            self._report(f"The dashboard could not be started: {error}")
        finally:
            # One that was being started when the others were ended.
            await (process.stop(_PATIENCE) if self._is_ending else process.stop())
            self._processes.discard(process)
            await socket.close()

    async def _message(self, text: str, socket: web.WebSocketResponse, process: ServedProcess) -> None:
        """Handle a message of the page; one that it would not send is dropped."""
        try:
            kind, *rest = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            return
        data = rest[0] if rest else None
        if kind == "stdin" and isinstance(data, str) and self._takes_input:
            await process.send_bytes(data.encode("utf-8", "replace"))
        elif kind == "resize" and isinstance(data, dict):
            width, height = _number(data.get("width"), 80), _number(data.get("height"), 24)
            await process.set_terminal_size(*bounded_size(width, height))
        elif kind == "ping":
            await socket.send_json(["pong", data])
        elif kind == "blur":
            await process.blur()
        elif kind == "focus":
            await process.focus()


def _number(value: Any, default: int) -> int:
    if isinstance(value, bool):
        return default
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _unless_closed(send: Callable[[Any], Any]) -> Callable[[Any], Any]:
    async def attempt(data: Any) -> None:
        try:
            await send(data)
        except ConnectionError:
            await asyncio.sleep(0)  # the page was closed: the process ends soon

    return attempt


def _closing(socket: web.WebSocketResponse) -> Callable[[], Any]:
    async def close() -> None:
        await socket.close()

    return close
