"""The conformance vectors as a corpus: every input and file of every case, sorted to the parser that reads it.

Many of them are wrong on purpose, one rule each: the best places to begin from, when there are minutes to spend.

    seeds("snapshot")       # payloads of every snapshot in the vectors
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from credential import cose, statuslist
from credential.errors import CredentialError
from credential.text import from_base64url
from tests.conformance import stored

LONGEST: Final = 65536


@cache
def _files() -> Mapping[str, frozenset[bytes]]:
    """The files of all publications by folder, and the snapshots."""
    found: dict[str, set[bytes]] = {}
    for vector in stored.vectors():
        for path, data in stored.publication(vector.question["publication"]).items():
            found.setdefault(path.rpartition("/")[0] or path, set()).add(data)
    return MappingProxyType({folder: frozenset(data) for folder, data in found.items()})


def _folder(name: str) -> list[bytes]:
    return sorted(_files().get(name, ()))


def _qr_texts() -> list[bytes]:
    return [text.encode("utf-8", "replace") for each in stored.vectors() for text in each.question.get("qr_texts", ())]


def _check_codes() -> list[bytes]:
    codes = (code for each in stored.vectors() for code in each.question.get("check_codes", ()))
    return [code.encode("utf-8", "replace") for code in codes]


def _documents() -> list[bytes]:
    questions = (each.question for each in stored.vectors())
    return [stored.file(each["document"]) for each in questions if "document" in each]


def _credentials() -> Iterator[bytes]:
    for text in _qr_texts():
        digits = text.rpartition(b"#")[2]
        if digits.isdigit():
            yield int(digits[:1100]).to_bytes(600).lstrip(b"\0")


def _cose_payloads(messages: Iterable[bytes], typ: str | None) -> Iterator[bytes]:
    for message in messages:
        try:
            yield cose.parse(message, max_bytes=statuslist.MAX_TOKEN, typ=typ).payload
        except CredentialError:
            continue


def _jws_payloads(files: Iterable[bytes]) -> Iterator[bytes]:
    for file in files:
        parts = file.partition(b"\n")[0].split(b".")
        if len(parts) == 3:
            try:
                yield from_base64url(parts[1].decode("ascii", "replace"))
            except CredentialError:
                continue


_SOURCES: Final[Mapping[str, Callable[[], Iterable[bytes]]]] = MappingProxyType(
    {
        "qrtext": _qr_texts,
        "checkcode": _check_codes,
        "pdf": _documents,
        "credential": _credentials,
        "cose": _credentials,
        "cbor": lambda: (*_credentials(), *_folder("shards")),
        "claims": lambda: _cose_payloads(_credentials(), None),
        "jose": lambda: _folder("snapshot.jwt"),
        "snapshot": lambda: _jws_payloads(_folder("snapshot.jwt")),
        "container": lambda: _folder("trust/roots"),
        "root": lambda: _jws_payloads(_folder("trust/roots")),
        "trust_list": lambda: _jws_payloads(_folder("trust/list")),
        "filings": lambda: _folder("trust/filings"),
        "shard": lambda: _folder("shards"),
        "manifest": lambda: _folder("shards"),
        "status_cwt": lambda: _cose_payloads(_folder("status"), statuslist.CWT_TYP),
        "jsonform": lambda: (*_folder("trust/filings"), *_jws_payloads(_folder("snapshot.jwt"))),
    }
)


def seeds(name: str) -> list[bytes]:
    """What the vectors hold for one parser; empty for those that read none of it."""
    source = _SOURCES.get(name)
    return [] if source is None else sorted({data for data in source() if len(data) <= LONGEST})
