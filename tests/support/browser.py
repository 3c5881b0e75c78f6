"""Chromium as a reader's browser, driven over a pipe with the DevTools protocol.

Rules: nothing but this machine can be reached (every other name resolves to nothing); each session has a profile of
its own that is thrown away; every request a page makes is recorded, so that a test can look at what leaves it.

    with open_browser(tmp_path) as page:
        page.open("http://127.0.0.1:8787/v/#1234")
        page.wait_for("document.querySelector('#verdict')")
        assert page.evaluate("document.title") == "..."
        assert not any("1234" in request.text for request in page.requests)
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support.tools import require_tool

PATIENCE_SECONDS = 30.0
"""Two cores, shared: starting takes seconds there."""

SWITCHES = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox does not start
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--accept-lang=zh-CN,zh",  # a browser in China; tests of other readers say so
    "--window-size=1000,1400",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)

# Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
ON_DESCRIPTORS_3_AND_4 = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(read, 3); os.dup2(write, 4); os.close(read); os.close(write)
os.execv(sys.argv[3], sys.argv[3:])
"""


class BrowserError(AssertionError):
    """The browser did not do what the test asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that the page made."""

    method: str
    url: str
    headers: str
    body: str

    @property
    def text(self) -> str:
        """Everything that left the page, to search in."""
        return "\n".join((self.method, self.url, self.headers, self.body))


class Page:
    """One page of a running browser."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        self._commands = commands
        self._answers = answers
        self._number = 0
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        """In the order in which they were sent, headers and bodies included."""
        self.errors: list[str] = []
        """Uncaught exceptions, refusals of the content security policy, failed loads: what the console shows in red."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded.

        Raises:
            BrowserError: nothing answers there.
        """
        self._events.clear()
        answer = self._call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise BrowserError(f"{url}: {answer['errorText']}")
        # Without a loader only the fragment changed, and nothing is loaded.
        if answer.get("loaderId"):
            self._wait_for_event("Page.loadEventFired")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited.

        Raises:
            BrowserError: the expression threw.
        """
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {_description(answer['exceptionDetails'])}")
        return answer["result"].get("value")

    def wait_for(self, condition: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until a JavaScript expression is true.

        Raises:
            BrowserError: it did not become true in time.
        """
        deadline = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise BrowserError(f"still not true after {seconds} s: {condition}; console: {self.errors}")
            time.sleep(0.05)

    def text(self) -> str:
        """The text a reader sees."""
        return str(self.evaluate("document.body.innerText"))

    def screenshot(self, path: Path) -> None:
        """Write a PNG picture of the whole page."""
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while True:
            received = self._receive()
            if received.get("id") == self._number:
                break
        if "error" in received:
            raise BrowserError(f"{method}: {received['error']['message']}")
        result: dict[str, Any] = received["result"]
        return result

    def _wait_for_event(self, method: str) -> None:
        while not any(event["method"] == method for event in self._events):
            self._receive()

    def _receive(self) -> dict[str, Any]:
        """The next message; events are noted on the way. A hang is ended by the test's own time limit."""
        collected = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            if not byte:
                raise BrowserError("the browser has ended")
            collected += byte
        message: dict[str, Any] = json.loads(collected)
        if "method" in message:
            self._note(message)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        parameters = event["params"]
        match event["method"]:
            case "Network.requestWillBeSent":
                self.requests.append(_request(parameters["request"]))
            case "Runtime.exceptionThrown":
                self.errors.append(_description(parameters["exceptionDetails"]))
            case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                self.errors.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}".strip())


def _request(sent: dict[str, Any]) -> Request:
    # Chromium reports the fragment beside the address because it never sends it.
    headers = "\n".join(f"{name}: {value}" for name, value in sent["headers"].items())
    return Request(method=sent["method"], url=sent["url"], headers=headers, body=sent.get("postData", ""))


def _description(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])


@contextlib.contextmanager
def open_browser(directory: Path) -> Iterator[Page]:
    """A fresh browser with one empty page; its profile lies in `directory`. Ended when the block is left."""
    chromium = require_tool("chromium")
    commands_out, commands_in = os.pipe()
    answers_out, answers_in = os.pipe()
    command = [sys.executable, "-c", ON_DESCRIPTORS_3_AND_4, str(commands_out), str(answers_in), chromium]
    command += [*SWITCHES, f"--user-data-dir={directory / 'profile'}", "about:blank"]
    with (
        (directory / "chromium.log").open("wb") as log,
        subprocess.Popen(command, pass_fds=(commands_out, answers_in), stdout=log, stderr=log) as process,
    ):
        os.close(commands_out)
        os.close(answers_in)
        with open(commands_in, "wb") as commands, open(answers_out, "rb") as answers:  # noqa: PTH123 (descriptors)
            try:
                yield Page(commands, answers)
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
