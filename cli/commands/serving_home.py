"""What ``titlecert serve`` does with a home: worker, unlock service and desk beside page, API and publication.

serve(run, bind)
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from cli import desks
from cli.errors import explain, reported
from cli.framing import Run
from cli.opening import open_home
from cli.place import Place
from cli.service import listen
from cli.tool import Tool
from cli.unlocking import unlock_beside
from cli.working import worker_of
from credential.errors import CodedError
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.home.paths import Home
from issuer.worker import delivering, loop
from issuer.worker.beside import Beside
from issuer.worker.delivering import Delivered, DeliveryWords
from issuer.worker.worker import HeldBack, Published
from issuer.worker.workers import Workers
from verifier.imprint import read_imprint
from verifier.settings import Settings


def serve(run: Run, bind: str | None, *, clock_is_right: bool = False, workers: int = 0) -> None:
    """Serve a home's page, API and publication until Ctrl-C, and be its worker meanwhile.

    ``workers``: how many processes issue and make documents, so that this one publishes only; 0: this one does all.
    """
    with open_home(run) as opened:
        place = Place.of(opened.home.settings.origin, bind)
        place.require_free()
        machine.require_whole(opened.home)
        with _working(run.tool, opened, clock_is_right=clock_is_right, workers=workers):
            listen(run.tool, _settings(opened.home), place)


def _settings(home: Home) -> Settings:
    return Settings(
        publication=str(home.publication_folder),
        trust_root=home.trust_root.read_bytes(),
        origin=home.settings.origin,
        serve_publication=True,
        imprint=read_imprint(home.imprint_file) if home.imprint_file.is_file() else None,
    )


@contextmanager
def _working(tool: Tool, opened: Opened, *, clock_is_right: bool, workers: int) -> Iterator[None]:
    """Let a worker do pending work and renew the snapshot meanwhile; none when another process is the worker."""
    with worker_of(opened, clock_is_right=clock_is_right) as worker, ExitStack() as beside:
        if worker is None:
            tool.say("另一个进程正在后台办理，这里只提供查验。", "Another process is the worker; serving only.")
            yield
            return
        several = Beside(worker, Workers(opened, count=workers)) if workers else None
        stop = threading.Event()
        sending = {"say": _sayer(tool), "words": _delivery_words(tool)}

        def work() -> None:
            loop.serve(several or worker, stop.is_set, say=_sayer(tool), words=_words(tool))
            if several is not None:
                several.end()

        threads = (
            threading.Thread(target=work, name="worker"),
            threading.Thread(
                target=delivering.serve, args=(opened, os.environ, stop.is_set), kwargs=sending, name="delivering"
            ),
        )
        for thread in threads:
            thread.start()
        try:
            beside.enter_context(unlock_beside(tool, opened))
            beside.enter_context(desks.beside(tool, opened.home))
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _sayer(tool: Tool) -> Callable[[str], None]:
    return lambda sentence: tool.say(f"[后台] {sentence}", f"[worker] {sentence}")


def _words(tool: Tool) -> loop.Words:
    """The log in the console's language; an error in one line: the words that a command would have, and its code."""

    def failed(error: CodedError) -> str:
        lines = explain(error).text(tool.console.language).splitlines()
        told = " | ".join([f"[{error.code}]", *map(str.strip, lines)])
        return tool.pick(f"没有办成，稍后再试：{told}", f"the worker could not finish, and tries again: {told}")

    def published(made: Published) -> str:
        return tool.pick(
            f"已公布第 {made.sequence} 期，{made.records} 张证书",
            f"published snapshot {made.sequence}, {made.records} certificates",
        )

    def held_back(held: HeldBack) -> str:
        zh, en = reported(held.code, held.fields, held.message)
        return tool.pick(f"没有公布，或发现不符（{held.object}）：{zh}", f"held back {held.object}: {en}")

    return loop.Words(failed=failed, published=published, held_back=held_back)


def _delivery_words(tool: Tool) -> DeliveryWords:
    """What is said of claim codes and notices that are sent."""

    def failed(error: CodedError) -> str:
        zh, en = reported(error.code, error.fields, str(error))
        return tool.pick(
            f"领取码暂时不能寄送，稍后再试：{zh}", f"claim codes cannot be sent, and are tried again: {en}"
        )

    def sent(done: Delivered) -> str:
        return tool.pick(
            f"寄出领取码 {done.sent} 个，待重寄 {done.failed} 个，放弃 {done.given_up} 个",
            f"sent {done.sent} claim codes, {done.failed} wait, {done.given_up} were given up",
        )

    def told(done: Delivered) -> str:
        return tool.pick(
            f"告知通知书 {done.sent} 份，待重寄 {done.failed} 份，改为打印 {done.given_up} 份",
            f"told of {done.sent} notices, {done.failed} wait, {done.given_up} are to be printed",
        )

    return DeliveryWords(failed=failed, sent=sent, told=told)
