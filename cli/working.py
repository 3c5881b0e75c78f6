"""Signing and publishing from a command: as the worker when nobody else is, else by leaving the work and waiting.

Rules: a change that is recorded stays recorded. Where it could not be published, the error says that and the reason,
and never that nothing was done. Who waits takes the worker's place when it is free.

with worker_of(opened) as worker:
    if worker is None: ...                 # another process is the worker
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cli import exits
from cli.checker import check
from cli.errors import RecordedError, RefusedError, debugging, explain, noted, reported
from cli.opening import local_actor
from cli.tool import Tool
from credential.errors import CodedError
from issuer.home.opened import Opened
from issuer.services import batches, looking, work
from issuer.services import certificates as services_certificates
from issuer.worker.worker import HeldBack, Published, Report, Worker, WorkerRunningError

if TYPE_CHECKING:  # a service shows no bars
    from cli.progress import Step

Result = TypeVar("Result")

WAIT_SECONDS: Final = 120.0
"""How long a running worker may do nothing of what is waited for: far longer than one chunk takes."""
EACH_SECONDS: Final = 0.02
"""A certificate more that goes out in one publication; it takes a fifth of that."""

_FOUND: Final = frozenset(
    {
        "audit_altered",
        "document_waits",
        "head_not_written",
        "head_unproven",
        "hidden_change",
        "integrity_missing",
        "integrity_unproven",
        "no_event",
        "seal_ends",
        "state_differs",
        "status_differs",
        "trust_list_ends",
    }
)
"""Codes of what a worker finds that holds up no other publication."""


@contextmanager
def worker_of(opened: Opened, *, clock_is_right: bool = False) -> Iterator[Worker | None]:
    """Yield the worker, this process holding the home's lock; None when another process is the worker.

    ``clock_is_right``: the person who runs the command says so, for the audit.
    """
    try:
        worker = Worker.open(opened, check, clock_is_right=local_actor() if clock_is_right else None)
    except WorkerRunningError:
        yield None
        return
    with worker:
        yield worker


def wait_for_batch(tool: Tool, opened: Opened, batch: str, *, documents: bool, step: Step) -> Report | None:
    """Wait until the running worker has issued a batch, and made its ``documents``, or do it when it has ended.

    Args:
        tool: says what it waits for.
        opened: the home.
        batch: the batch.
        documents: whether they were asked for too.
        step: told how many rows are issued, of how many.

    Returns:
        The report, where this process did it.

    Raises:
        RefusedError: ``worker_slow``.
    """
    done: list[Report] = []

    def be_worker(worker: Worker) -> None:
        with recorded_of_batch(opened, batch):
            done.append(worker.issue(batch, step, with_documents=documents))

    def look(reason: str) -> None:
        found = batches.shown(opened, batch)
        step(found.rows_issued, found.rows_total - found.rows_rejected)
        waiting.look(reason)

    waiting = _Waiting(tool, opened, be_worker)
    if not work.wait_for_batch(opened, batch, seconds=WAIT_SECONDS, look=look):
        raise _slow(waiting.reason)
    return done[0] if done else None


def make_documents(tool: Tool, opened: Opened, object: str, make: Callable[[Worker], Result]) -> Result | None:
    """Make what was asked for of a batch or a number, or wait until the running worker has.

    Returns:
        What ``make`` returned; None where the running worker did it.

    Raises:
        RefusedError: ``worker_slow``.
    """
    done: list[Result] = []
    waiting = _Waiting(tool, opened, lambda worker: done.append(make(worker)))
    if not waiting.turn() and not work.wait_for_documents(opened, object, seconds=WAIT_SECONDS, look=waiting.look):
        raise _slow(waiting.reason)
    return done[0] if done else None


def make_document(tool: Tool, opened: Opened, number: str) -> Path:
    """Make the document of a certificate, here or by the running worker, and return where it is.

    Raises:
        NotFoundError: ``no_certificate``.
        RefusedError: ``worker_slow``; ``no_document``: the running worker could not make it.
    """
    work.request_document(opened, local_actor(), number)
    made = make_documents(tool, opened, number, lambda worker: worker.make_document(number))
    path = made or services_certificates.document(opened, local_actor(), number)
    if path is None:
        raise no_documents(number, 1)
    return path


def no_documents(object: str, count: int) -> RefusedError:
    """The error that the running worker could not make so many documents."""
    return RefusedError(
        "no_document",
        f"后台服务没能制作 {object} 的 {count} 份 PDF，原因在后台服务的记录里",
        f"the running worker could not make {count} documents of {object}; its log says why",
    )


def paused(batch: str, missing: int) -> RefusedError:
    """The error that somebody paused a batch before all its documents were made."""
    return RefusedError(
        "documents_paused",
        f"批次 {batch} 已暂停，还有 {missing} 份 PDF 没有制作",
        f"batch {batch} is paused, and {missing} of its documents are not made",
    )


def publish_changes(tool: Tool, opened: Opened, certificates: Sequence[str]) -> dict[str, Any]:
    """Publish what was recorded about certificates (their ids), look at it, and return what there is to say of it.

    Raises:
        RecordedError: ``recorded_not_public``, with the reason, whatever it is: the change stays recorded.
        TamperedError: ``reader_disagrees``.
    """
    made: list[Published | None] = []

    def be_worker(worker: Worker) -> None:
        done = worker.publish_changes()
        say_held_back(tool, (*done.held_back, *worker.make_notices()))
        made.append(done.published)
        if (left := work.waiting(opened, certificates)).count:
            reason = noted(left.reason) if left.reason else ("后台没有写明原因", "no reason was noted")
            raise RecordedError(reason, cause=None, count=len(certificates), exit_code=exits.FAILED)

    with recorded(len(certificates)):
        waiting = _Waiting(tool, opened, be_worker)
        if not waiting.turn() and not work.wait_for_publication(
            opened, certificates, seconds=WAIT_SECONDS + EACH_SECONDS * len(certificates), look=waiting.look
        ):
            raise _slow(waiting.reason)
    said = {"published": snapshot(made[0])} if made else {"published": None, "handed_over": True}
    return said | {"checked": look(opened, certificates)}


def look(opened: Opened, certificates: Sequence[str]) -> dict[str, Any]:
    """Read the publication as a stranger does, and return what there is to say of it. Raises as ``looking.look``."""
    found = looking.look(opened, check, certificates)
    return {"certificate": found.number, "outcome": found.outcome}


@contextmanager
def recorded(count: int) -> Iterator[None]:
    """Say of whatever ends the block early that what was asked for is recorded and not public.

    Args:
        count: how many certificates it is about.

    Raises:
        RecordedError: in the place of any other error, and of an interruption.
    """
    try:
        yield
    except RecordedError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if debugging() and not isinstance(error, KeyboardInterrupt | CodedError):
            raise
        raise _not_public(error, count) from error


@contextmanager
def recorded_of_batch(opened: Opened, batch: str) -> Iterator[None]:
    """As ``recorded``, where certificates of a batch were signed before an error; else the error itself."""
    try:
        yield
    except Exception as error:
        count = 0
        with suppress(Exception):  # the register may be what failed; then the first error is told
            count = work.unpublished_of_batch(opened, batch)
        if not count:
            raise
        raise _not_public(error, count) from error


def _not_public(error: BaseException, count: int) -> RecordedError:
    if isinstance(error, KeyboardInterrupt):
        reason = ("公布时中断", "publishing was interrupted")
        return RecordedError(reason, cause=None, count=count, exit_code=exits.INTERRUPTED)
    told = explain(error)
    zh = "：".join(filter(None, (told.headline[0], told.detail_zh)))
    en = ": ".join(filter(None, (told.headline[1], told.detail)))
    return RecordedError((zh, en), cause=told.code, count=count, exit_code=exits.FAILED)


class _Waiting:
    """Waiting beside a running worker: its reasons are shown, and its place is taken when it is free."""

    def __init__(self, tool: Tool, opened: Opened, be_worker: Callable[[Worker], None]) -> None:
        self._tool = tool
        self._opened = opened
        self._be_worker = be_worker
        self._said = False
        self.reason = ""

    def look(self, reason: str) -> None:
        """Say that another process has the work, and why it is not done, once each; do it when that one has ended."""
        if not self._said:
            self._said = True
            self._tool.say(
                "后台服务正在运行，已交给它办理，请稍候……", "A worker is running; it has the work, waiting ..."
            )
        if reason and reason != self.reason:
            self.reason = reason
            zh, en = noted(reason)
            self._tool.say(f"后台还没有办成：{zh}", f"The worker could not do it yet: {en}")
        self.turn()

    def turn(self) -> bool:
        """Do the work as the worker, where nobody else is; whether it was done."""
        with worker_of(self._opened) as worker:
            if worker is not None:
                self._be_worker(worker)
            return worker is not None


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
        zh, en = reported(each.code, each.fields, each.message)
        if each.code in _FOUND:
            tool.say(f"注意（{each.object}），{zh}", f"Beware, {en}")
        else:
            tool.say(f"没有公布 {each.object}：{zh}", f"Held back {each.object}: {en}")


def _slow(reason: str) -> RefusedError:
    zh, en = noted(reason) if reason else ("", "")
    return RefusedError(
        "worker_slow",
        f"已交给后台服务，但它还没有办完；不会丢失，稍后会办{'：' + zh if zh else ''}",
        f"the work was handed over and is not done yet; it is not lost{': ' + en if en else ''}",
    )
