"""Signing and publishing from a command: as the worker when nobody else is, else by leaving the work and waiting.

with worker_of(opened) as worker:
    if worker is None: ...                 # another process is the worker
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from cli import hints
from cli.checker import check
from cli.errors import RefusedError
from cli.tool import Tool
from credential.errors import CodedError
from issuer.home.opened import Opened
from issuer.services import looking, work
from issuer.worker.worker import HeldBack, Outcome, Published, Worker, WorkerRunningError

WAIT_SECONDS: Final = 120.0
"""A batch of a thousand, its documents included, takes a running worker less."""

_FOUND: Final = {
    "audit_altered": ("审计记录与留存的不一致", "the audit differs from what is kept"),
    "head_unproven": ("留存的链头不能证实", "a kept head of the audit proves nothing"),
    "head_not_written": ("今天的审计链头没有写成", "the day's head of the audit was not written"),
    "integrity_missing": ("诚信记录缺失或被改动", "an integrity record is gone or was changed"),
    "integrity_unproven": ("诚信记录没有签字作为依据", "no statement stands behind an integrity record"),
}
"""What a worker finds that holds up no publication, by its code."""


@contextmanager
def worker_of(opened: Opened) -> Iterator[Worker | None]:
    """Yield the worker, this process holding the home's lock; None when another process is the worker."""
    try:
        worker = Worker.open(opened, check)
    except WorkerRunningError:
        yield None
        return
    with worker:
        yield worker


def wait_for_batch(tool: Tool, opened: Opened, batch: str) -> None:
    """Wait until the running worker has issued a batch and made its documents. Raises RefusedError ``worker_slow``."""
    _say_waiting(tool)
    if not work.wait_for_batch(opened, batch, seconds=WAIT_SECONDS):
        raise _slow()


def publish_changes(tool: Tool, opened: Opened, certificates: Sequence[str]) -> dict[str, Any]:
    """Publish what was recorded about certificates (their ids), look at it, and return what there is to say of it.

    Raises:
        RefusedError: ``not_published``: it stays recorded, and the next publication has it; ``worker_slow``.
        TamperedError: ``reader_disagrees``.
    """
    try:
        with worker_of(opened) as worker:
            done = None if worker is None else worker.publish_changes()
    except CodedError as error:
        raise _not_published(hints.headline(error.code, type(error)), error.code, str(error)) from error
    if done is not None:
        say_held_back(tool, done.held_back)
        _require_published(done, certificates)
        return {"published": snapshot(done.published), "checked": look(opened, certificates)}
    _say_waiting(tool)
    if not work.wait_for_publication(opened, certificates, seconds=WAIT_SECONDS):
        raise _slow()
    return {"published": None, "handed_over": True, "checked": look(opened, certificates)}


def _require_published(done: Outcome, certificates: Sequence[str]) -> None:
    """Refuse to call done what the worker held back. Raises RefusedError ``not_published``."""
    for each in done.held_back:
        if each.object in certificates and each.object in done.refused:
            raise _not_published(hints.headline(each.code, CodedError), each.code, each.message)


def _not_published(headline: tuple[str, str], code: str, message: str) -> RefusedError:
    zh, en = headline
    return RefusedError(
        "not_published",
        f"已登记，但还没有公布：{zh}（{message}）",
        f"it is recorded, but not published yet: {en} ({message})",
        because=code,
    )


def look(opened: Opened, certificates: Sequence[str]) -> dict[str, Any]:
    """Read the publication as a stranger does, and return what there is to say of it. Raises as ``looking.look``."""
    found = looking.look(opened, check, certificates)
    return {"certificate": found.number, "outcome": found.outcome}


def snapshot(published: Published | None) -> dict[str, Any] | None:
    """Return what there is to say of a snapshot."""
    if published is None:
        return None
    return {
        "sequence": published.sequence,
        "expires": published.expires.isoformat(),
        "records": published.records,
        "files": published.files,
    }


def say_held_back(tool: Tool, held: Sequence[HeldBack]) -> None:
    """Say what the worker refused to sign, and what it found wrong."""
    for each in held:
        found = _FOUND.get(each.code)
        if found is None:
            tool.say(f"没有公布 {each.object}：{each.message}", f"Held back {each.object}: {each.message}")
        else:
            tool.say(f"注意，{found[0]}：{each.message}", f"Beware, {found[1]}: {each.message}")


def _say_waiting(tool: Tool) -> None:
    tool.say("后台服务正在运行，已交给它办理，请稍候……", "A worker is running; it has the work, waiting ...")


def _slow() -> RefusedError:
    return RefusedError(
        "worker_slow",
        "已交给后台服务，但它还没有办完；不会丢失，稍后会办",
        "the work was handed over and is not done yet; it is not lost",
    )
