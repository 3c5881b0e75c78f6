"""What ``titlecert serve`` does with a home: worker, unlock service and desk beside page, API and publication.

serve(run, bind)
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from cli import desks, logs
from cli.checker import check
from cli.errors import explain, reported
from cli.framing import Run
from cli.notifying import handed_sockets
from cli.opening import open_home
from cli.overseeing import LogForm, log_in
from cli.place import Place
from cli.service import listen
from cli.tool import Tool
from cli.unlocking import unlock_beside
from cli.working import worker_of
from credential.errors import CodedError
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.home.paths import Home
from issuer.services import backups
from issuer.standing.metrics import Beats, StandingCollector
from issuer.worker import delivering, journaling, loop
from issuer.worker.beside import Beside
from issuer.worker.delivering import Delivered, DeliveryWords
from issuer.worker.journaling import JournalWords
from issuer.worker.worker import HeldBack, Published
from issuer.worker.workers import Workers
from verifier.imprint import read_imprint
from verifier.settings import Settings

LONGEST_ROUND: Final = 2 * 3600.0
"""Seconds of one round of the worker: a large batch is issued and published in one."""


def serve(
    run: Run,
    bind: str | None,
    *,
    clock_is_right: bool = False,
    workers: int = 0,
    alone: bool = False,
    journal: Path | None = None,
    watch: Place | None = None,
    log: LogForm = LogForm.TEXT,
) -> None:
    """Serve a home's page, API and publication until Ctrl-C, and be its worker meanwhile.

    Args:
        run: of the command.
        bind: where to listen; None: where the home's origin says.
        clock_is_right: said once, after a pause.
        workers: how many processes issue and make documents, so that this one publishes only; 0: this one does all.
        alone: the unlock service and the desk run elsewhere.
        journal: the folder of the journal; None: that of the settings.
        watch: where those who watch are answered; None: nowhere.
        log: the form of the log.
    """
    with open_home(run) as opened, log_in(run.tool, log):
        place = Place.of(opened.home.settings.origin, bind)
        handed = handed_sockets(os.environ)
        if not handed:
            place.require_free()
        machine.require_whole(opened.home)
        folder = _journal_of(opened, journal)
        working = _working(
            run.tool, opened, clock_is_right=clock_is_right, workers=workers, alone=alone, journal=folder
        )
        with working as beats:
            listen(
                run.tool,
                _settings(opened.home),
                place,
                log=log,
                watch=watch,
                handed=handed,
                beside=(StandingCollector(opened, check, beats),),
                works=lambda: "worker_silent" if beats is not None and beats.age() > LONGEST_ROUND else "",
            )


def _settings(home: Home) -> Settings:
    return Settings(
        publication=str(home.publication_folder),
        trust_root=home.trust_root.read_bytes(),
        origin=home.settings.origin,
        serve_publication=True,
        imprint=read_imprint(home.imprint_file) if home.imprint_file.is_file() else None,
    )


@contextmanager
def _working(
    tool: Tool, opened: Opened, *, clock_is_right: bool, workers: int, alone: bool, journal: Path | None
) -> Iterator[Beats | None]:
    """Let a worker do pending work and renew the snapshot meanwhile; none when another process is the worker.

    Yields when its loop last went round.
    """
    with worker_of(opened, clock_is_right=clock_is_right) as worker, ExitStack() as beside:
        if worker is None:
            zh, en = "另一个进程正在后台办理，这里只提供查验。", "Another process is the worker; serving only."
            tool.log("not_the_worker", zh, en)
            yield None
            return
        several = Beside(worker, Workers(opened, count=workers)) if workers else None
        stop, beats = threading.Event(), Beats()
        sending = {"say": _sayer(tool), "words": _delivery_words(tool)}

        def stops() -> bool:
            beats.beat()  # it is asked after every round
            return stop.is_set()

        def work() -> None:
            worker.pieces.prepare()
            loop.serve(several or worker, stops, say=_sayer(tool), words=_words(tool))
            if several is not None:
                several.end()

        threads = [
            threading.Thread(target=work, name="worker"),
            threading.Thread(
                target=delivering.serve, args=(opened, os.environ, stop.is_set), kwargs=sending, name="delivering"
            ),
        ]
        if journal is not None:
            given = {"say": _sayer(tool), "words": _journal_words(tool)}
            threads.append(
                threading.Thread(
                    target=journaling.serve, args=(opened, journal, stop.is_set), kwargs=given, name="journal"
                )
            )
        for thread in threads:
            thread.start()
        try:
            if not alone:
                beside.enter_context(unlock_beside(tool, opened))
                beside.enter_context(desks.beside(tool, opened.home))
            yield beats
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _sayer(tool: Tool) -> Callable[[str], None]:
    """Say a sentence of the worker; in a log for machines, it is a line already."""

    def say(sentence: str) -> None:
        if tool.console.structured:
            logs.say(sentence)
        else:
            tool.say(f"[后台] {sentence}", f"[worker] {sentence}")

    return say


def _words(tool: Tool) -> loop.Words:
    """The log in the console's language; an error in one line: the words that a command would have, and its code."""
    if tool.console.structured:
        return loop.Words(failed=_failed_line, published=_published_line, held_back=_held_back_line)

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


def _failed_line(error: CodedError) -> str:
    return logs.line("failed", level="error", **logs.coded(error))


def _published_line(made: Published) -> str:
    return logs.line("published", sequence=made.sequence, certificates=made.records)


def _held_back_line(held: HeldBack) -> str:
    batch = {"batch": held.object} if logs.is_batch(held.object) else {}
    values = {name: value for name, value in held.fields.items() if name in logs.MAY_BE_SAID - logs.OWN}
    return logs.line("held_back", level="warning", **{**values, **batch, "code": held.code})


def _sent_line(done: Delivered) -> str:
    return logs.line("claims_sent", sent=done.sent, failed=done.failed, given_up=done.given_up)


def _journal_of(opened: Opened, journal: Path | None) -> Path | None:
    """The folder of the journal: what was said here, else what the settings say. Raises as ``key_of``."""
    named = opened.home.settings.journal
    folder = journal.expanduser() if journal is not None else Path(named) if named else None
    if folder is not None:
        backups.key_of(opened.home)  # whoever has no recovery key is told before anything is served
    return folder


def _journal_words(tool: Tool) -> JournalWords:
    """What is said of the journal."""
    if tool.console.structured:
        return JournalWords(
            began=lambda _: logs.line("journal_began"),
            failed=lambda error: logs.line("journal_failed", level="error", **logs.coded(error)),
            mended=lambda: logs.line("journal_mended"),
        )

    def began(folder: str) -> str:
        return tool.pick(
            f"日志从现在起写入 {folder}；它接着备份之后，请现在就做一次备份（titlecert backup）",
            f"a journal begins in {folder}; it goes on from a backup, so make one now (`titlecert backup`)",
        )

    def failed(error: CodedError) -> str:
        zh, en = reported(error.code, error.fields, str(error))
        return tool.pick(
            f"警告：日志写不进去，登记簿坏了就会丢失此后办理的内容；照常办理，过一会儿再试：{zh}",
            f"WARNING: the journal cannot be written: what is done from now on would be lost with the register. "
            f"Work goes on, and it is tried again: {en}",
        )

    def mended() -> str:
        return tool.pick("日志又可以写了，此前的内容已经补上", "the journal is written again, with everything since")

    return JournalWords(began=began, failed=failed, mended=mended)


def _delivery_words(tool: Tool) -> DeliveryWords:
    """What is said of claim codes and notices that are sent."""
    if tool.console.structured:
        return DeliveryWords(failed=_failed_line, sent=_sent_line)

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
