"""What people hand in: texts, pictures, files."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from credential.outcomes import InputNote, Outcome, Reason, Source
from tests.support.files import CHILDREN
from tests.support.world import NOW, World
from tests.verifier.pictures import on_nothing, picture
from verifier.errors import SourceError
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.sources import child
from verifier.sources.image import MAX_IMAGE_BYTES, MAX_PIXELS, read_qr_texts
from verifier.sources.recognise import (
    MAX_FILE_BYTES,
    Kind,
    recognise,
    recognise_argument,
    recognise_text,
)
from verifier.sources.sealed import MAX_PDF_BYTES
from verifier.verifying import verify_found

WORLD = World()
CERTIFICATE, OTHER = WORLD.issue(), WORLD.issue()
FILES = WORLD.publish()


def reader() -> PublicationReader:
    return PublicationReader(MemoryFetcher(FILES), WORLD.pinned_root, store=MemoryStore())


@pytest.mark.parametrize(
    ("sentence", "data"),
    [
        ("a PNG", picture(CERTIFICATE.qr_text)),
        ("a JPEG", picture(CERTIFICATE.qr_text, kind="JPEG")),
        ("in colour", picture(CERTIFICATE.qr_text, mode="RGB")),
        ("with transparency", picture(CERTIFICATE.qr_text, mode="RGBA")),
        ("black and white", picture(CERTIFICATE.qr_text, mode="1")),
        ("a WebP", picture(CERTIFICATE.qr_text, kind="WEBP", mode="RGB")),
        ("a WebP with transparency", picture(CERTIFICATE.qr_text, kind="WEBP", mode="RGBA")),
        ("a GIF", picture(CERTIFICATE.qr_text, kind="GIF", mode="P")),
        ("a BMP", picture(CERTIFICATE.qr_text, kind="BMP")),
        ("a TIFF", picture(CERTIFICATE.qr_text, kind="TIFF")),
        ("a fax", picture(CERTIFICATE.qr_text, kind="TIFF", mode="1")),
        ("a photograph with a grey scale of 4 bytes", picture(CERTIFICATE.qr_text, kind="JPEG", mode="CMYK")),
        ("black on nothing", on_nothing(CERTIFICATE.qr_text, "RGBA")),
        ("black on nothing, in two values", on_nothing(CERTIFICATE.qr_text, "LA")),
        ("black on nothing, in colours of a table", on_nothing(CERTIFICATE.qr_text, "P")),
        ("lying on its side", picture(CERTIFICATE.qr_text, turn=90)),
        ("somewhat crooked", picture(CERTIFICATE.qr_text, turn=7)),
        ("beside somebody else's code", picture("https://example.org/", CERTIFICATE.qr_text)),
    ],
)
def test_a_code_is_read_from_a_picture(sentence: str, data: bytes) -> None:
    (found,) = recognise(data, CHILDREN)
    assert found.text == CERTIFICATE.qr_text, sentence
    verdict = verify_found(found, reader(), CHILDREN, now=NOW)
    assert (verdict.outcome, verdict.source) == (Outcome.VALID, Source.PICTURE)


def test_a_code_with_parameters_in_a_picture_is_a_certificates() -> None:
    text = CERTIFICATE.qr_text.replace("/v/#", "/v/?from=chat#")
    (found,) = recognise(picture(text), CHILDREN)
    verdict = verify_found(found, reader(), CHILDREN, now=NOW)
    assert (verdict.outcome, verdict.input_notes) == (Outcome.VALID, (InputNote.QUERY_IGNORED,))


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (CERTIFICATE.qr_text.encode(), Source.QR_TEXT),
        (CERTIFICATE.check_code.encode(), Source.CHECK_CODE),
        (CERTIFICATE.credential, Source.CREDENTIAL_FILE),
        (b"%PDF-1.7", Source.UNSEALED_PDF),
    ],
)
def test_a_verdict_says_what_was_read(data: bytes, source: Source) -> None:
    (found,) = recognise(data, CHILDREN)
    assert verify_found(found, reader(), CHILDREN, now=NOW).source is source


def test_several_certificates_on_one_picture_are_all_found_once() -> None:
    found = recognise(picture(CERTIFICATE.qr_text, OTHER.qr_text, CERTIFICATE.qr_text), CHILDREN)
    assert sorted(each.text for each in found) == sorted([CERTIFICATE.qr_text, OTHER.qr_text])


def _huge() -> bytes:
    stream = BytesIO()
    Image.new("1", (MAX_PIXELS // 5000 + 1, 5000)).save(stream, "PNG")
    return stream.getvalue()


def _bomb() -> bytes:
    """A PNG that says it has 100,000 x 100,000 pixels."""
    data = bytearray(picture("x"))
    data[16:24] = (100_000).to_bytes(4) * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("sentence", "data", "code"),
    [
        ("no code at all", picture(), "no_code"),
        ("only somebody else's code", picture("https://example.org/"), "other_code"),
        ("half a picture", picture(CERTIFICATE.qr_text)[:200], "bad_image"),
        ("a JPEG in name only", b"\xff\xd8\xff" + bytes(100), "bad_image"),
        ("more pixels than any camera", _huge(), "too_large"),
        ("more bytes than any camera", picture("x") + bytes(MAX_IMAGE_BYTES), "too_large"),
    ],
)
def test_a_picture_is_refused_with(sentence: str, data: bytes, code: str) -> None:
    with pytest.raises(SourceError) as refusal:
        read_qr_texts(data)
    assert refusal.value.code == code, sentence


def test_a_large_honest_picture_is_searched_as_a_small_one_is() -> None:
    stream = BytesIO()
    with Image.open(BytesIO(picture(CERTIFICATE.qr_text))) as small:
        small.convert("L").resize((2400, 2400)).save(stream, "PNG")
    assert CHILDREN.qr_texts(stream.getvalue()) == (CERTIFICATE.qr_text,)


def test_a_picture_that_lies_about_its_size_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(SourceError) as refusal:
        read_qr_texts(_bomb())
    assert refusal.value.code in {"too_large", "bad_image"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CERTIFICATE.qr_text, Kind.QR_TEXT),
        (f"  {CERTIFICATE.qr_text}\n", Kind.QR_TEXT),
        (CERTIFICATE.grouped_code, Kind.CHECK_CODE),
        (CERTIFICATE.check_code.lower(), Kind.CHECK_CODE),
        (CERTIFICATE.check_code[:-1], Kind.CHECK_CODE),
        ("王䶮", Kind.QR_TEXT),
        ("https://zc.example/", Kind.QR_TEXT),
    ],
)
def test_a_text_is_recognised(text: str, kind: Kind) -> None:
    assert recognise_text(text).kind is kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (CERTIFICATE.credential, Kind.CREDENTIAL),
        (CERTIFICATE.qr_text.encode(), Kind.QR_TEXT),
        (CERTIFICATE.grouped_code.encode() + b"\n", Kind.CHECK_CODE),
        (b"%PDF-1.7\n", Kind.DOCUMENT),
        (b"\xef\xbb\xbf\n%PDF-1.7\n", Kind.DOCUMENT),
    ],
)
def test_a_file_is_recognised_by_its_bytes(data: bytes, kind: Kind) -> None:
    (found,) = recognise(data, CHILDREN)
    assert found.kind is kind


@pytest.mark.parametrize("data", [b"", b" \n", b"BM" + bytes(50), b"PK\x03\x04\xff\xfe", "长".encode() * 3000])
def test_a_file_that_is_none_of_these(data: bytes) -> None:
    with pytest.raises(SourceError) as refusal:
        recognise(data, CHILDREN)
    assert refusal.value.code == "not_recognised"


def test_a_file_without_end_is_not_looked_into() -> None:
    with pytest.raises(SourceError) as refusal:
        recognise(bytes(MAX_FILE_BYTES + 1), CHILDREN)
    assert refusal.value.code == "too_large"


def test_an_argument_is_a_file_if_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "code.txt"
    file.write_text(CERTIFICATE.grouped_code)
    assert recognise_argument(str(file), CHILDREN)[0].kind is Kind.CHECK_CODE
    assert recognise_argument(CERTIFICATE.qr_text, CHILDREN)[0].kind is Kind.QR_TEXT
    assert recognise_argument(str(tmp_path / "none.png"), CHILDREN)[0].kind is Kind.QR_TEXT


@pytest.mark.parametrize(
    "found", [recognise_text(CERTIFICATE.check_code), *recognise(CERTIFICATE.credential, CHILDREN)]
)
def test_what_was_recognised_is_verified(found: object) -> None:
    assert verify_found(found, reader(), CHILDREN, now=NOW).reason is Reason.IN_FORCE  # type: ignore[arg-type]


def test_without_the_library_for_documents_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "verifier.sources.pdf", None)
    assert child.load(child.DOCUMENT) is child.document
    assert child.answer(child.document, b"%PDF-1.7")["error"] == "missing"


@pytest.mark.parametrize(
    "data",
    [
        picture(CERTIFICATE.qr_text) + b"%PDF-1.7\n%%EOF\n",
        picture(CERTIFICATE.qr_text)[:33] + b"%PDF-1.4\n" + picture(CERTIFICATE.qr_text)[33:],
        picture(CERTIFICATE.qr_text, kind="JPEG") + bytes(100_000) + b"%PDF-2.0",
        b"\xff\xd8\xff%PDF-",
    ],
)
@pytest.mark.parametrize("called_pdf", [True, False])
def test_a_picture_that_is_a_pdf_too_is_refused(data: bytes, called_pdf: bool) -> None:
    with pytest.raises(SourceError) as refusal:
        recognise(data, CHILDREN, called_pdf=called_pdf)
    assert refusal.value.code == "several_kinds"


@pytest.mark.parametrize("name", ["certificate.pdf", "证书.PDF"])
def test_a_file_that_is_called_a_pdf_and_is_none_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    for data in (picture(CERTIFICATE.qr_text), CERTIFICATE.qr_text.encode(), CERTIFICATE.credential, b"", b"x"):
        file.write_bytes(data)
        with pytest.raises(SourceError) as refusal:
            recognise_argument(str(file), CHILDREN)
        assert refusal.value.code == "not_a_pdf"


def test_a_pdf_beyond_its_cap_is_not_looked_into() -> None:
    with pytest.raises(SourceError) as refusal:
        recognise(b"%PDF-1.7\n" + bytes(MAX_PDF_BYTES), CHILDREN)
    assert refusal.value.code == "too_large"
