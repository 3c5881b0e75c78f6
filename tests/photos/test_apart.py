"""Photos are cleaned by a process of its own: the same answer, and one answer whatever the file does."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from issuer.photos import apart
from issuer.photos.apart import PhotoReader
from issuer.photos.clean import clean
from issuer.photos.model import PhotoError
from tests.support.pictures import picture, turned

MEGABYTE = 1 << 20


@pytest.fixture
def reader() -> Iterator[PhotoReader]:
    with PhotoReader() as made:
        yield made


def pid(reader: PhotoReader) -> int:
    assert reader._child is not None
    return reader._child._process.pid


def code(reader: PhotoReader, data: bytes) -> str:
    with pytest.raises(PhotoError) as caught:
        reader.clean(data)
    return caught.value.code


@pytest.mark.slow
def test_a_process_of_its_own_answers_the_same(reader: PhotoReader) -> None:
    for data in (turned(6), picture("PNG", (1200, 1600))):
        assert reader.clean(data) == clean(data)
    with pytest.raises(PhotoError) as caught:
        reader.clean(picture("GIF"))
    assert (caught.value.code, caught.value.fields["kind"]) == ("photo_kind", "GIF")


@pytest.mark.slow
def test_one_child_cleans_many_and_is_replaced_in_time(reader: PhotoReader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.clean(picture())
    first = pid(reader)
    assert code(reader, picture()[:300]) == "photo_damaged"
    reader.clean(picture())
    assert pid(reader) == first
    monkeypatch.setattr(apart, "MAX_PHOTOS_OF_A_CHILD", 3)
    reader.clean(picture())
    assert pid(reader) != first


@pytest.mark.slow
def test_what_takes_too_much_memory_is_refused_and_the_next_is_cleaned(
    reader: PhotoReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "PHOTO_MEMORY", 8 * MEGABYTE)
    assert code(reader, picture("PNG", (2000, 2000))) in {"photo_costly", "photo_damaged"}
    monkeypatch.undo()
    assert reader.clean(picture()).width == 413


@pytest.mark.slow
def test_what_takes_too_long_is_refused_and_the_next_is_cleaned(
    reader: PhotoReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "PHOTO_SECONDS", 0.001)
    assert code(reader, picture("PNG", (1200, 1600))) == "photo_costly"
    monkeypatch.undo()
    assert reader.clean(picture()).width == 413


@pytest.mark.slow
def test_a_child_that_dies_over_a_photo_costs_that_photo(reader: PhotoReader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.clean(picture())
    os.kill(pid(reader), signal.SIGSTOP)
    monkeypatch.setattr(apart, "PHOTO_SECONDS", 0.1)
    monkeypatch.setattr(apart, "PHOTO_START_SECONDS", 0.1)
    assert code(reader, picture()) == "photo_costly"
    monkeypatch.undo()
    assert reader.clean(picture()).width == 413


@pytest.mark.slow
def test_a_child_that_died_meanwhile_is_replaced(reader: PhotoReader) -> None:
    reader.clean(picture())
    first = pid(reader)
    os.kill(first, signal.SIGKILL)
    reader._child._process.wait()  # type: ignore[union-attr]
    assert reader.clean(picture()).width == 413
    assert pid(reader) != first


@pytest.mark.slow
def test_a_child_that_gives_back_more_than_a_picture_is_not_believed(
    reader: PhotoReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.clean(picture())
    first = pid(reader)
    told = {"photo": 1, "width": 413, "height": 579}
    monkeypatch.setattr(apart._Child, "_exchange", lambda _child, _data: (told, picture(comment=b"at home")))
    assert code(reader, picture()) == "photo_damaged"
    monkeypatch.undo()
    reader.clean(picture())
    assert pid(reader) != first


def test_no_child_is_left_behind() -> None:
    with PhotoReader() as reader:
        reader.clean(picture())
        left = reader._child
    assert left is not None
    assert left._process.returncode is not None
