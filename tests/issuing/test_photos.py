"""A photo on its way to the page: what two operators signed is what is printed and named, and nothing else is."""

from __future__ import annotations

import io
from hashlib import sha256

import pytest
from pyhanko.pdf_utils.generic import DictionaryObject, Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from issuer.batches.photos import photo_of
from issuer.batches.rows import open_row, open_rows
from issuer.db.certificates import Certificate
from issuer.errors import IssuerError, TamperedError
from issuer.photos.clean import clean
from issuer.worker.documents import DocumentsJob
from tests.support.forms import first_quick
from tests.support.insider import holder_key
from tests.support.office import PROVINCE, DemoOffice
from tests.support.photographed import approved, opened_photos
from tests.support.pictures import CAMERA, picture, turned

pytestmark = pytest.mark.slow
FILES = {"1": turned(6), "2": picture("PNG", (1200, 1600))}
"""The third row has none."""
OTHER = clean(picture(shade=60)).photo


@pytest.fixture
def batch(founded: DemoOffice) -> str:
    """An approved list of three, two of them with photos."""
    return approved(founded, FILES)


def award(demo: DemoOffice, batch: str, place: int = 0) -> str:
    with demo.opened.register.read() as session:
        return open_rows(session, demo.opened.vault, batch)[place].award


def images(pdf: bytes) -> list[bytes]:
    """The bytes of every picture that a document embeds, as they stand in the file."""
    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    objects = (reader.get_object(Reference(number, 0, reader)) for number in range(1, int(reader.trailer["/Size"])))
    found = [each for each in objects if isinstance(each, DictionaryObject) and each.get("/Subtype") == "/Image"]
    return [each.encoded_data for each in found if each.get("/Filter") == "/DCTDecode"]


def document(demo: DemoOffice, certificate: Certificate) -> bytes:
    assert certificate.document_path is not None
    return (demo.home.documents / certificate.document_path).read_bytes()


def by_row(demo: DemoOffice) -> dict[int, Certificate]:
    with demo.opened.register.read() as session:
        return {open_row(session, demo.opened.vault, each.award).draft.sheet_row: each for each in demo.certificates()}


def test_what_was_signed_is_embedded_named_and_confirmed(founded: DemoOffice, batch: str) -> None:
    kept = opened_photos(founded, batch)
    assert kept == {4: clean(FILES["1"]).photo, 5: clean(FILES["2"]).photo}
    assert len(founded.issue(batch, documents=True).issued) == 3
    for sheet_row, certificate in by_row(founded).items():
        photo = kept.get(sheet_row)
        assert images(document(founded, certificate)) == ([] if photo is None else [photo])
        verdict = founded.verdict(certificate)
        assert verdict.outcome == "valid"
        assert verdict.face is not None
        assert verdict.face.photo == (None if photo is None else sha256(photo).hexdigest())
    assert CAMERA.encode() not in b"".join(document(founded, each) for each in founded.certificates())


def test_the_register_and_the_publication_hold_no_readable_photo(founded: DemoOffice, batch: str) -> None:
    """Of the publication not even a digest: it stands in the face, which the check code opens."""
    founded.issue(batch)
    root = founded.home.directory
    paths = [path for path in root.rglob("*") if path.is_file() and founded.home.documents not in path.parents]
    data = b"".join(path.read_bytes() for path in paths)
    for photo in opened_photos(founded, batch).values():
        assert photo[200:260] not in data
        for digest in (sha256(photo).digest(), sha256(photo).hexdigest().encode()):
            assert digest not in b"".join(founded.files().values())


def swap(demo: DemoOffice, batch: str) -> None:
    """Whoever owns the database: another row's sealed photo in the place of this one's."""
    first, second = award(demo, batch), award(demo, batch, 1)
    demo.raw("UPDATE photos SET picture = (SELECT picture FROM photos WHERE award = ?) WHERE award = ?", second, first)


def seal_another(demo: DemoOffice, batch: str) -> None:
    """Whoever has the key-encryption key too: another picture, sealed as it should be."""
    first = award(demo, batch)
    with demo.opened.register.read() as session:
        holder = open_row(session, demo.opened.vault, first).holder
    sealed = holder_key(demo, holder).seal(OTHER, table="photos", column="picture", row=first)
    demo.raw("UPDATE photos SET picture = ? WHERE award = ?", sealed, first)


def remove(demo: DemoOffice, batch: str) -> None:
    demo.raw("DELETE FROM photos WHERE award = ?", award(demo, batch))


INSIDERS = [(swap, "sealed_altered"), (seal_another, "photo_altered"), (remove, "photo_altered")]


@pytest.mark.parametrize(("act", "code"), INSIDERS, ids=["swapped", "sealed anew", "removed"])
def test_nothing_is_signed_for_another_photo(founded: DemoOffice, batch: str, act, code: str) -> None:  # type: ignore[no-untyped-def]
    act(founded, batch)
    with pytest.raises(TamperedError) as caught:
        founded.issue(batch)
    assert caught.value.code == code
    assert founded.certificates() == []
    assert founded.raw("SELECT count(*) FROM certificates") == [(0,)], "no number was taken either"


@pytest.mark.parametrize(("act", "code"), first_quick(INSIDERS, 1), ids=["swapped", "sealed anew", "removed"])
def test_nor_for_one_that_came_after_the_number_was_reserved(
    founded: DemoOffice,
    batch: str,
    act,  # type: ignore[no-untyped-def]
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    founded.reserve_and_die(batch, monkeypatch)
    act(founded, batch)
    with pytest.raises(TamperedError) as caught:
        founded.issue(batch)
    assert caught.value.code == code
    assert founded.certificates() == []


def test_a_document_made_again_is_the_same_or_none(founded: DemoOffice, batch: str) -> None:
    founded.issue(batch, documents=True)
    certificate = by_row(founded)[4]
    before = images(document(founded, certificate))
    job = DocumentsJob(founded.opened)
    assert images(job.make(certificate.id, PROVINCE).read_bytes()) == before
    seal_another(founded, batch)
    with pytest.raises(TamperedError) as caught:
        job.make(certificate.id, PROVINCE)
    assert caught.value.code == "photo_altered"
    assert images(document(founded, certificate)) == before


def test_a_photo_goes_with_its_holder_s_key(founded: DemoOffice, batch: str) -> None:
    first = award(founded, batch)
    with founded.opened.register.read() as session:
        row = open_row(session, founded.opened.vault, first)
    founded.raw("UPDATE holders SET wrapped_key = NULL, erased = '2026-11-21' WHERE id = ?", row.holder)
    with founded.opened.register.read() as session, pytest.raises(IssuerError) as caught:
        photo_of(session, founded.opened.vault, row)
    assert caught.value.code == "erased"
