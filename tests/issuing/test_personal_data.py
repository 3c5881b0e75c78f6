"""No file of a home says anything readable about anybody, but for the documents, which are private."""

from __future__ import annotations

import base64
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from credential.history import Reason
from issuer.errors import ConflictError
from issuer.worker.documents import DocumentsJob
from tests.support.databases import place_of, stored
from tests.support.office import DemoOffice, batch_drafts, drafts

REGISTER = "register"
"""What is on the disk of the register."""


def secrets_of(demo: DemoOffice) -> dict[str, set[bytes]]:
    """What must not be readable: names, ID numbers, employers, check codes, credentials, cti outside the register."""
    found: dict[str, set[bytes]] = {"name": set(), "id": set(), "employer": set(), "code": set(), "credential": set()}
    for draft in batch_drafts(demo, "sf-hrss-0001"):
        found["name"] |= {draft.name.encode(), draft.name.encode("utf-16-le"), draft.name.encode("gb18030")}
        found["id"].add(draft.id_number.encode())
        found["employer"].add((draft.employer or draft.id_number).encode())
    for certificate in demo.certificates():
        code = demo.content(certificate).check_code
        found["code"] |= {code.encode(), "-".join(code[place : place + 4] for place in range(0, 20, 4)).encode()}
        credential = demo.credential(certificate)
        found["credential"] |= {
            credential[20:60],
            base64.b64encode(credential)[:40],
            demo.qr_text(certificate)[30:80].encode(),
        }
    return found


def readable(demo: DemoOffice) -> dict[str, bytes]:
    """Every file of the home but the documents: publication, keys; and the register with its log, wherever it is."""
    root = demo.home.directory
    paths = [path for path in root.rglob("*") if path.is_file() and demo.home.documents not in path.parents]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths} | {REGISTER: stored(place_of(demo.home))}


def assert_silent(demo: DemoOffice) -> None:
    files, secrets = readable(demo), secrets_of(demo)
    assert demo.certificates()[0].number.encode() in files[REGISTER], "the search finds what is there"
    assert any(name.startswith("publication/shards/") for name in files)
    for name, data in files.items():
        for kind, values in secrets.items():
            assert not [value for value in values if value in data], f"{name} holds a {kind}"


@pytest.mark.slow
def test_nothing_readable_about_anybody(issued: DemoOffice) -> None:
    """Also in the write-ahead log: this home is open, and nothing has been folded back yet."""
    first, second = issued.certificates()[:2]
    issued.change(first.number)
    issued.change(second.number, reason=Reason.PROCEDURE)
    batch = issued.approved_drafts([replace(batch_drafts(issued, "sf-hrss-0001")[0], note="again")])
    issued.issue(batch)
    assert_silent(issued)


@pytest.mark.slow
def test_the_search_finds_what_is_there(issued: DemoOffice) -> None:
    (issued.home.directory / "note.txt").write_bytes(next(iter(secrets_of(issued)["name"])))
    with pytest.raises(AssertionError, match=r"note.txt holds a name"):
        assert_silent(issued)


def test_the_public_folder_holds_no_number_and_no_index_of_people(issued: DemoOffice) -> None:
    data = b"".join(issued.files().values())
    for certificate in issued.certificates():
        assert certificate.number.encode() not in data
        assert certificate.cti not in data
        assert certificate.holder.encode() not in data


@pytest.mark.slow
def test_documents_are_private(issued: DemoOffice) -> None:
    for certificate in issued.certificates()[:2]:
        DocumentsJob(issued.opened).make(certificate.id, certificate.authority)
    places = [issued.home.documents, *issued.home.documents.rglob("*")]
    assert sum(path.is_file() for path in places) == 2
    for path in places:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.sqlite
def test_the_register_is_private(issued: DemoOffice) -> None:
    issued.certificates()
    assert stat.S_IMODE(issued.home.register.stat().st_mode) == 0o600
    for name in ("-wal", "-shm"):
        assert stat.S_IMODE(Path(f"{issued.home.register}{name}").stat().st_mode) == 0o600


@pytest.mark.slow
def test_an_error_about_a_name_is_not_stored(founded: DemoOffice) -> None:
    """A character that no font has: the document fails, what is stored of it does not quote the name."""
    template = batch_drafts(founded, founded.store())[0]
    name = "示范\U000323aa"
    batch = founded.approved_drafts([replace(drafts(1, template)[0], name=name), *drafts(2, template)[1:]])
    with pytest.raises(ConflictError) as caught:
        founded.issue(batch, documents=True)
    assert caught.value.code == "documents_missing"
    assert name not in str(caught.value)
    assert founded.outcomes() == {"valid": 2}, "issued and published all the same"
    assert sum(each.document_path is not None for each in founded.certificates()) == 1
    for file, data in readable(founded).items():
        assert name.encode() not in data, file
    with founded.worker() as worker:
        assert worker.run_pending().issued == (), "tried again when somebody asks"
