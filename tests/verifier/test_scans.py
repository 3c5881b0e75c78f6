"""Scans, prints, and pictures of kinds that are not read."""

from __future__ import annotations

import pytest
from pypdfium2 import PdfDocument

from credential.outcomes import Outcome, Reason, Source, Warn
from tests.support.files import CHILDREN
from tests.support.world import NOW, World
from tests.verifier.pictures import picture, scanned
from verifier.errors import SourceError
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.sources import pages
from verifier.sources.pages import MAX_PAGES, read_page_texts
from verifier.sources.recognise import Kind, recognise
from verifier.verifying import verify_found

WORLD = World()
CERTIFICATE, OTHER = WORLD.issue(), WORLD.issue()
FILES = WORLD.publish()
BLANK = picture()


def reader() -> PublicationReader:
    return PublicationReader(MemoryFetcher(FILES), WORLD.pinned_root, store=MemoryStore())


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_a_picture_of_a_kind_that_is_not_read_is_named(brand: bytes) -> None:
    with pytest.raises(SourceError) as refusal:
        recognise(b"\0\0\0\x18ftyp" + brand + bytes(40), CHILDREN)
    assert refusal.value.code == "heic"
    assert "save or send it as JPEG" in str(refusal.value)


def test_text_that_begins_as_a_picture_is_text() -> None:
    (found,) = recognise(b"BM23-4567-89AB-CDEF-GHJK\n", CHILDREN)
    assert found.kind is Kind.CHECK_CODE


@pytest.mark.slow
@pytest.mark.parametrize("before", [0, 2])
def test_a_scan_is_answered_by_the_code_on_its_page_and_proves_nothing_itself(before: int) -> None:
    data = scanned(*[BLANK] * before, picture(CERTIFICATE.qr_text))
    (found,) = recognise(data, CHILDREN, called_pdf=True)
    verdict = verify_found(found, reader(), CHILDREN, now=NOW)
    assert (verdict.outcome, verdict.source) == (Outcome.VALID, Source.UNSEALED_PDF)
    assert (verdict.file_unaltered, verdict.warnings[0]) == (None, Warn.SCAN_OR_PRINT)


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        scanned(BLANK),
        scanned(picture("https://elsewhere.example/")),
        scanned(*[BLANK] * MAX_PAGES, picture(CERTIFICATE.qr_text)),
    ],
    ids=["no code", "another code", "a code behind the pages that are searched"],
)
def test_a_scan_without_a_certificates_code_stays_what_it_was(data: bytes) -> None:
    (found,) = recognise(data, CHILDREN)
    verdict = verify_found(found, reader(), CHILDREN, now=NOW)
    assert verdict.reason in {Reason.DOCUMENT_NOT_SEALED, Reason.BAD_FILE}
    assert (verdict.source, verdict.warnings) == (Source.UNSEALED_PDF, ())


@pytest.mark.slow
def test_a_sealed_file_that_was_damaged_is_no_scan() -> None:
    """Whoever spoils the seal of a certificate does not get an answer about its code instead."""
    data = scanned(picture(CERTIFICATE.qr_text)) + b"\n% /ByteRange [0 1 2 3]\n"
    (found,) = recognise(data, CHILDREN)
    verdict = verify_found(found, reader(), CHILDREN, now=NOW)
    assert verdict.reason in {Reason.BAD_FILE, Reason.DOCUMENT_ALTERED}
    assert (verdict.certificate, verdict.warnings) == (None, ())


@pytest.mark.slow
def test_a_scan_of_several_certificates_is_nobodys() -> None:
    (found,) = recognise(scanned(picture(CERTIFICATE.qr_text), picture(OTHER.qr_text)), CHILDREN)
    with pytest.raises(SourceError) as refusal:
        verify_found(found, reader(), CHILDREN, now=NOW)
    assert (refusal.value.code, refusal.value.fields["count"]) == ("several_codes", 2)


def test_a_page_as_large_as_a_house_is_shown_smaller() -> None:
    document = PdfDocument.new()
    document.new_page(14_400, 14_400)
    assert max(pages._shown(document[0], 300).size) <= pages.MAX_PAGE_SIDE
    document.close()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(range(256)) * 20])
def test_pages_that_cannot_be_shown_are_refused(data: bytes) -> None:
    with pytest.raises(SourceError) as refusal:
        read_page_texts(data)
    assert refusal.value.code == "bad_file"
