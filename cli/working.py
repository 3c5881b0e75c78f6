"""Signing and publishing from a command: as the worker when nobody else is, else by leaving the work and waiting.

with worker_of(opened) as worker:
    if worker is None: ...                 # another process is the worker
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from cli.errors import RefusedError
from cli.opening import OpenOffice

if TYPE_CHECKING:
    from issuer.publishing.publisher import Published
    from issuer.worker.run import HeldBack, Worker

WAIT_SECONDS: Final = 120.0
"""A batch of a thousand, its documents included, takes a running worker less."""
_RUNNING: Final = "worker_running"


@contextmanager
def worker_of(opened: OpenOffice) -> Iterator[Worker | None]:
    """Yield the worker, this process holding the home's lock; None when another process is the worker."""
    from issuer.errors import ConflictError  # noqa: PLC0415
    from issuer.worker.run import Worker  # noqa: PLC0415

    try:
        worker = Worker.open(opened.office, opened.service)
    except ConflictError as error:
        if error.code != _RUNNING:
            raise
        yield None
        return
    with worker:
        yield worker


def wait_for_worker(opened: OpenOffice, topic: str, objects: Sequence[str]) -> None:
    """Wait until the running worker has done its work on these objects. Raises RefusedError ``worker_slow``."""
    from issuer.worker.run import wait_for  # noqa: PLC0415

    opened.tool.say("后台服务正在运行，已交给它办理，请稍候……", "A worker is running; it has the work, waiting ...")
    if not wait_for(opened.office, topic, objects, seconds=WAIT_SECONDS):
        raise RefusedError(
            "worker_slow",
            "已交给后台服务，但它还没有办完；不会丢失，稍后会办",
            "the work was handed over and is not done yet; it is not lost",
        )


def publish_changes(opened: OpenOffice, certificates: Sequence[str]) -> dict[str, Any]:
    """Publish what changed about certificates (their ids). Returns what is told of it."""
    from issuer.issuing.service import TOPIC  # noqa: PLC0415

    with worker_of(opened) as worker:
        if worker is not None:
            done = worker.publish_changes()
            tell_held_back(opened, done.held_back)
            return {"published": snapshot(done.published)}
    wait_for_worker(opened, TOPIC, certificates)
    return {"published": None, "handed_over": True}


def snapshot(published: Published | None) -> dict[str, Any] | None:
    """Return what is told of a snapshot."""
    if published is None:
        return None
    return {
        "sequence": published.sequence,
        "expires": published.expires.isoformat(),
        "records": published.records,
        "files": published.files,
    }


def tell_held_back(opened: OpenOffice, held: Sequence[HeldBack]) -> None:
    """Tell what the worker refused to sign."""
    for each in held:
        opened.tool.say(f"没有公布 {each.object}：{each.message}", f"Held back {each.object}: {each.message}")
