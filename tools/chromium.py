"""A headless Chromium that takes pictures. It is spoken to over a pipe, so nothing has to be installed beside it.

The flags are pinned: with the same fonts, two launches give the same bytes.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)


class NoChromium(Exception):
    """There is no Chromium on this machine."""


class Chromium:
    """One browser with one page: `with Chromium() as browser: browser.visit(url); browser.picture(path)`."""

    def __init__(self) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            raise NoChromium("Pictures need Chromium. On Debian: apt install chromium fonts-noto-cjk")
        self._profile = tempfile.TemporaryDirectory(prefix="chengyun-chromium-", ignore_cleanup_errors=True)
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        # Chromium reads commands from its descriptor 3 and answers on 4; the shell puts our pipes there.
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "sh", program, *FLAGS,
             f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._from = os.fdopen(self._read, "rb", buffering=0)
        self._rest = b""

    def __enter__(self) -> Self:
        pages = [t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        page = (
            pages[0]["targetId"] if pages else self.ask("Target.createTarget", url="about:blank")["targetId"]
        )
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.ask("Page.enable")
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._from.close()
        os.close(self._write)
        self._profile.cleanup()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol and its answer. Raises RuntimeError where it was refused."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = self._from.read(1 << 16)
            if not chunk:
                raise RuntimeError("Chromium has gone away")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def look(self, *, width: int, height: int, dark: bool = False) -> None:
        """The size of the window in CSS pixels, and which colours the visitor prefers."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def cookie(self, url: str, name: str, value: str) -> None:
        self.ask("Network.setCookie", url=url, name=name, value=value)

    def visit(self, url: str) -> None:
        """Open an address and wait until everything on the page is there."""
        self._events.clear()
        self.ask("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())
        self.run("document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => done(1))))")

    def run(self, script: str) -> Any:
        """The value of a script in the page; promises are awaited."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    def picture(self, path: Path) -> None:
        """What the window shows, as PNG."""
        data = self.ask("Page.captureScreenshot", format="png", optimizeForSpeed=False)["data"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))
