"""Reading files costs bounded memory and time, whatever the files are, and takes nothing from other checks."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from credential.errors import CredentialError
from tests.documents.samples import CREDENTIAL, sealed
from tests.verifier.pictures import corners, picture
from verifier.errors import SourceError
from verifier.sources import children
from verifier.sources.children import LARGE, SMALL, Children
from verifier.sources.formats import pixels
from verifier.sources.pdf import read_pdf

TEXT = "https://zc.example/v/#1234567890"
LIBRARIES = 150 << 20
"""What a child takes before it reads anything, with room."""


@pytest.fixture
def readers() -> Iterator[Children]:
    with Children() as made:
        yield made


def _flat(side: int, mode: str = "RGBA") -> bytes:
    """A picture of few bytes and many pixels."""
    out = io.BytesIO()
    Image.new(mode, (side, side)).save(out, "PNG")
    return out.getvalue()


def _peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) << 10


def _refusal(readers: Children, data: bytes) -> str:
    with pytest.raises((SourceError, CredentialError)) as caught:
        (readers.sealed if data.startswith(b"%PDF") else readers.qr_texts)(data)
    return caught.value.code


@pytest.mark.slow
def test_a_document_read_by_a_child_says_what_it_says(readers: Children) -> None:
    assert readers.sealed(sealed()) == read_pdf(sealed())


@pytest.mark.slow
def test_an_error_of_a_child_is_the_readers_own(readers: Children) -> None:
    begin = sealed().index(b"06082A8648CE3D040302", sealed().index(b"/ByteRange") - 4000)
    changed = sealed()[:begin] + b"06082A8648CE3D04037F" + sealed()[begin + 20 :]
    for data in (changed, sealed() + b"x", b"%PDF-", b"%PDF-1.7\n" + bytes(100)):
        with pytest.raises(CredentialError) as ours:
            read_pdf(data)
        with pytest.raises(CredentialError) as theirs:
            readers.sealed(data)
        assert (theirs.value.code, str(theirs.value)) == (ours.value.code, str(ours.value))
        assert dict(theirs.value.fields) == dict(ours.value.fields)
        assert {type(theirs.value), *type(theirs.value).__mro__} & set(type(ours.value).__mro__[:-4])


def test_a_child_is_used_again(readers: Children) -> None:
    for _ in range(3):
        assert readers.qr_texts(picture(TEXT)) == (TEXT,)
    assert len(readers.idle) == 1


@pytest.mark.slow
def test_a_child_that_ended_while_it_waited_is_replaced(readers: Children) -> None:
    readers.qr_texts(picture(TEXT))
    (pid,) = readers.idle
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert readers.qr_texts(picture(TEXT)) == (TEXT,)
    assert pid not in readers.idle


@pytest.mark.slow
def test_a_child_is_replaced_after_so_many_files(readers: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "MAX_JOBS", 2)
    used: set[int] = set()
    for _ in range(3):
        readers.qr_texts(picture(TEXT))
        used.update(readers.idle)
    assert len(used) == 2


@pytest.mark.slow
def test_a_picture_that_would_be_searched_for_minutes_is_given_up() -> None:
    """Forty kilobytes that keep the decoder busy for five minutes."""
    with Children(small=replace(SMALL, seconds=0.5), large=replace(LARGE, seconds=1.0)) as readers:
        begun = time.process_time()
        assert _refusal(readers, corners(2000)) == "too_dense"
        assert readers.idle == ()
        assert time.process_time() - begun < 1
        assert readers.qr_texts(picture(TEXT)) == (TEXT,)


@pytest.mark.slow
def test_a_small_picture_that_takes_long_is_asked_again_among_the_large() -> None:
    with Children(small=replace(SMALL, seconds=0.01)) as readers:
        assert readers.qr_texts(picture(TEXT)) == (TEXT,)
        assert len(readers.idle) == 1


@pytest.mark.slow
@pytest.mark.parametrize("memory", [32 << 20, 16 << 20])
def test_a_picture_that_takes_more_memory_than_is_given_is_refused(memory: int) -> None:
    """The libraries say so, or break where there is not even enough for that."""
    with Children(small=replace(SMALL, memory=memory, seconds=20.0)) as readers:
        assert _refusal(readers, _flat(2200)) in {"too_large", "bad_image"}
        assert readers.idle == ()
    with Children() as readers:
        assert readers.qr_texts(picture(TEXT)) == (TEXT,)


@pytest.mark.slow
def test_the_largest_pictures_stay_within_the_memory_given(readers: Children) -> None:
    assert _refusal(readers, _flat(7071)) == "no_code"
    (pid,) = readers.idle
    assert _peak(pid) < LIBRARIES + LARGE.memory


def _long_string(digits: int) -> bytes:
    """A PDF whose identifier, which stands in no gap, has so many hexadecimal digits."""
    head = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % head.index(b"1 0 obj")
    return (
        head
        + table
        + b"trailer\n<</Size 2/Root 1 0 R/ID[<%s>]>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            b"0" * digits,
            len(head),
        )
    )


@pytest.mark.slow
def test_a_document_that_takes_more_than_a_document_does_is_too_large() -> None:
    """Ten megabytes of digits took 930 MB and six seconds."""
    with Children(large=replace(LARGE, memory=48 << 20, seconds=60.0)) as readers:
        assert _refusal(readers, _long_string(1_200_000)) == "pdf_too_large"
        assert readers.idle == ()
        assert readers.sealed(sealed()).credential == CREDENTIAL


@pytest.mark.slow
def test_a_document_that_takes_too_long_is_too_large() -> None:
    with Children(small=replace(SMALL, seconds=0.05)) as readers:
        assert _refusal(readers, _long_string(900_000)) == "pdf_too_large"
        assert readers.idle == ()


@pytest.mark.slow
def test_a_large_document_does_not_get_the_time_of_a_picture() -> None:
    with Children(large=replace(LARGE, memory=4 << 30, seconds=60.0)) as readers:
        begun = time.monotonic()
        assert _refusal(readers, _long_string(9_000_000)) == "pdf_too_large"
        assert time.monotonic() - begun < 30


@pytest.mark.slow
def test_so_many_files_are_read_at_once_and_no_more() -> None:
    """A file whose turn does not come is told so."""
    bounds = replace(SMALL, children=1, seconds=20.0, waiting=0.1)
    with Children(small=bounds) as readers:
        readers.qr_texts(picture(TEXT))
        (pid,) = readers.idle
        os.kill(pid, signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(readers.qr_texts, picture(TEXT))
            while readers.idle:
                time.sleep(0.001)
            assert _refusal(readers, picture(TEXT)) == "busy"
            assert _refusal(readers, sealed()) == "busy"
            os.kill(pid, signal.SIGCONT)
            assert first.result() == (TEXT,)


def test_whoever_comes_last_is_next() -> None:
    """A pile of files keeps nobody waiting but itself."""
    turns = children._Turns(1)
    order: list[str] = []
    assert turns.take(0)

    def wait(name: str) -> None:
        assert turns.take(20)
        order.append(name)
        turns.give_back()

    with ThreadPoolExecutor(3) as pool:
        for number, name in enumerate(("first", "second", "third"), start=1):
            pool.submit(wait, name)
            while len(turns._waiting) < number:
                time.sleep(0.001)
        assert not turns.take(0.01)
        assert len(turns._waiting) == 3
        turns.give_back()
    assert order == ["third", "second", "first"]
    assert turns.take(0)


def _stopped_over(readers: Children, data: bytes, *, then: signal.Signals) -> tuple[str, ...] | str:
    """What comes of a file whose child, used before, gets a signal while it reads."""
    readers.qr_texts(picture(TEXT))
    (pid,) = readers.idle
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(readers.qr_texts, data)
        while readers.idle:
            time.sleep(0.001)
        time.sleep(0.2)  # it is asked
        os.kill(pid, then)
        os.kill(pid, signal.SIGCONT)
        return answer.result()


@pytest.mark.slow
def test_a_child_that_crashes_by_no_fault_of_the_file_costs_nothing(readers: Children) -> None:
    assert _stopped_over(readers, picture(TEXT), then=signal.SIGSEGV) == (TEXT,)
    assert len(readers.idle) == 1


@pytest.mark.slow
def test_a_child_that_crashes_over_a_file_refuses_it(readers: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_path", list)  # it finds no reader
    assert _refusal(readers, picture(TEXT)) == "bad_image"
    assert _refusal(readers, sealed()) == "pdf_malformed"
    monkeypatch.undo()
    assert readers.qr_texts(picture(TEXT)) == (TEXT,)


@pytest.mark.slow
def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "START_SECONDS", 0.2)
    with Children(small=replace(SMALL, seconds=5.0), large=replace(LARGE, seconds=5.0)) as readers:
        readers.sealed(sealed())
        (pid,) = readers.idle
        child = readers._small._idle[0]
        child._patience = 0.2
        os.kill(pid, signal.SIGSTOP)
        assert _refusal(readers, sealed()) == "pdf_too_large"
        assert not Path(f"/proc/{pid}").exists()


def _open() -> tuple[int, int]:
    """How many descriptors and threads this process has."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


@pytest.mark.slow
def test_nothing_is_left_behind() -> None:
    """Neither processes nor descriptors nor threads, however the children ended."""
    before = _open()
    seen: set[int] = set()
    for bounds in (SMALL, replace(SMALL, seconds=0.05), replace(SMALL, memory=1 << 20)):
        with Children(small=bounds) as readers:
            for data in (picture(TEXT), _long_string(300_000)):
                with suppress(SourceError, CredentialError):
                    (readers.sealed if data.startswith(b"%PDF") else readers.qr_texts)(data)
                seen.update(readers.idle)
    assert seen
    assert not [pid for pid in seen if Path(f"/proc/{pid}").exists()]
    assert _open() == before


def test_children_end_with_whoever_made_them() -> None:
    readers = Children()
    readers.qr_texts(picture(TEXT))
    (pid,) = readers.idle
    del readers
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (_flat(30), 900),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), None),
        (b"\xff\xd8\xff", None),
        (b"\xff\xd8\xff\xe0\x00\x00" + bytes(20), None),
        (b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xc0\x00\x0b\x08\x00\x07\x00\x09\x01", 63),
        (b"\xff\xd8\xff\xc4\x00\x02\xff\xc2\x00\x0b\x08\x01\x00\x01\x00\x01", 65536),
    ],
)
def test_a_pictures_size_is_told_without_decoding(data: bytes, size: int | None) -> None:
    assert pixels(data) == size
