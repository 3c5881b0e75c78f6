"""The unlock service, run by a command: in this process, or in one of its own beside what ``titlecert serve`` runs.

Rules: a process of its own is given what opens the register's secrets through a pipe. It ends with this one, and is
started anew when it ends by itself, after pauses that grow. What it ends with is told once. Page and worker go on
without it.

    with unlock_beside(tool, opened): ...
    serve_here(run)
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from cli.errors import reported
from cli.framing import Run
from cli.notifying import listens
from cli.opening import open_home
from cli.overseeing import LogForm, overseen
from cli.tool import Tool
from issuer.home.holders import read_settings, socket_of
from issuer.home.opened import Opened
from issuer.unlock.running import listening
from issuer.unlock.starting import child_command

_FIRST_PAUSE: Final = 1.0
"""Seconds until it is started anew; twice as long each time that it does not begin to listen."""
_LONGEST_PAUSE: Final = 60.0
_END_SECONDS: Final = 10.0


def serve_here(run: Run, log: LogForm = LogForm.TEXT) -> None:
    """Be the unlock service of a home until Ctrl-C."""
    tool = run.tool
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as around:
        opened = around.enter_context(open_home(run))
        server = around.enter_context(listening(opened))
        place = socket_of(opened.home, read_settings(opened.home))
        around.enter_context(overseen(tool, log, alive=lambda: listens(place)))
        zh, en = f"开锁服务在 {place}　按 Ctrl-C 停止。", f"The unlock service is at {place}  Ctrl-C stops."
        tool.log("listening", zh, en)
        tool.finish({"socket": str(place), "pid": os.getpid()}, "")
        with suppress(KeyboardInterrupt):
            server.serve_forever()
        tool.log("stopped", "已停止。", "Stopped.")


@contextmanager
def unlock_beside(tool: Tool, opened: Opened) -> Iterator[None]:
    """Run the unlock service of a home in a process of its own meanwhile."""
    handed = opened.custody.handed_on()
    if handed is None:
        tool.log(
            "no_unlock_beside",
            "[开锁] 这里的密钥不能交给另一个进程；请单独运行 titlecert serve unlock。",
            "[unlock] these keys cannot be handed to another process; run `titlecert serve unlock` beside.",
        )
        yield
        return
    beside = _Beside(tool, {"home": str(opened.home.directory), "handed": handed.hex()})
    try:
        beside.thread.start()
        yield
    finally:
        beside.end()


class _Beside:
    """Keeps the process running, in the thread that starts it: the system ends it with that thread."""

    def __init__(self, tool: Tool, first: Mapping[str, str]) -> None:
        self._tool = tool
        self._first = json.dumps(first).encode() + b"\n"
        self._stop = threading.Event()
        self._told = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._keep, name="unlock")

    def end(self) -> None:
        """End the process and wait for it."""
        self._stop.set()
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        if self.thread.ident is not None:
            self.thread.join()

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            if self._run():
                pause = _FIRST_PAUSE
            if self._stop.wait(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _run(self) -> bool:
        """Start the process and wait for its end; whether it listened."""
        # S603: it is this interpreter, with a file of this program.
        with subprocess.Popen(child_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
            self._process = process
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                with suppress(BrokenPipeError):
                    process.stdin.write(self._first)
                    process.stdin.flush()
                if self._stop.is_set():  # it was ended before it was known here
                    process.stdin.close()
                began = self._listens(process.stdout.readline())
                process.stdout.read()  # until it ends
                process.wait(_END_SECONDS)
            finally:
                process.kill()
                self._process = None
        if began and not self._stop.is_set():
            zh, en = "[开锁] 进程意外结束，重新启动。", "[unlock] the process ended by itself; it is started anew."
            self._tool.log("unlock_ended", zh, en)
        return began

    def _listens(self, line: bytes) -> bool:
        said: dict[str, Any] = json.loads(line) if line else {}
        if said.get("ready"):
            self._told = ""
            return True
        if said and said["code"] != self._told:
            self._told = said["code"]
            zh, en = reported(said["code"], said["fields"], said["message"])
            self._tool.log(
                "unlock_failed",
                f"[开锁] 没有运行，稍后再试：{zh}",
                f"[unlock] is not running, and is tried again: {en}",
                code=said["code"],
            )
        return False
