"""Every parser as a target: what is called with any bytes, what it may raise, and what must hold of what it takes.

Rules: a parser raises its own package's errors and nothing else, within ``SECONDS``. What a parser of a signed format
accepts is in its only form: encoded again, it gives the same bytes. Where a signature would end every try at once, the
target signs the bytes itself and so stands for a writer that lost its mind.

    TARGETS["cbor"].run(b"\\xa0")
"""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image

from credential import (
    catalogue,
    cbor,
    ceremony,
    checkcode,
    claims,
    cose,
    face,
    filings,
    history,
    jose,
    jsonform,
    publication,
    qrtext,
    roots,
    sealed,
    shards,
    snapshot,
    statements,
    statuslist,
    trustform,
)
from credential.errors import CodedError, CredentialError
from issuer.intake import read_list
from issuer.office import operators
from issuer.photos import clean as photo
from issuer.photos import plain
from issuer.photos.model import PhotoError
from tests.fuzz import corpus
from tests.support.keys import Key
from tests.support.world import NOW
from verifier.errors import VerifierError
from verifier.reader.memory import _decode as decode_memory
from verifier.sources.children import Children
from verifier.sources.formats import PNG
from verifier.sources.image import read_qr_texts
from verifier.sources.pdf import read_pdf
from verifier.sources.recognise import recognise

SECONDS: Final = 5.0
"""For one input, on a busy machine. The slowest honest file takes a tenth of it."""
KEY: Final = Key("fuzz")
KEYS: Final = {bytes(KEY.key_id): KEY.public}
URI: Final = "https://zc.example/p/status/0.cwt"
CAP: Final = 4 << 20
DEPLOYMENT: Final = "demo"


class FoundError(AssertionError):
    """A parser did what it must not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser."""

    name: str
    parse: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    errors: tuple[type[Exception], ...] = (CredentialError,)
    longest: int = 8192
    """Longer inputs teach nothing more."""
    rounds: int = 200
    """How many mutations the short run tries: fewer where one takes long."""

    def run(self, data: bytes) -> bool:
        """Parse any bytes; say whether they were taken.

        Raises:
            FoundError: too slow, or accepted in another form than the only one.
            Exception: whatever the parser raised that it must not.
        """
        begun = time.process_time()  # a machine that slept in between is no finding
        try:
            self.parse(data)
            taken = True
        except self.errors:
            taken = False
        spent = time.process_time() - begun
        if spent > SECONDS:
            raise FoundError(f"{self.name}: {spent:.1f} s for {len(data)} bytes")
        return taken


def _same(again: bytes | str, data: bytes | str) -> None:
    if again != data:
        raise FoundError(f"taken, but its only form is another: {again[:80]!r} for {data[:80]!r}")


def _cbor(data: bytes) -> None:
    _same(cbor.encode(cbor.decode(data, max_bytes=CAP)), data)


def _jsonform(data: bytes) -> None:
    _same(jsonform.encode(jsonform.decode(data, max_bytes=CAP)), data)


def _cose(data: bytes) -> None:
    message = cose.parse(data, max_bytes=CAP, typ=history.TYP if b"history" in data[:64] else None)
    _same(cose.assemble(message.protected, message.payload, message.signature), data)


def _jose(data: bytes) -> None:
    message = jose.parse(data, typ=snapshot.TYP, max_bytes=CAP)
    _same(message.token.encode(), data)


def _container(data: bytes) -> None:
    messages = jose.parse_container(data, typ=roots.TYP)
    _same(jose.join([each.token for each in reversed(messages)]), data)


def _credential(data: bytes) -> None:
    found = claims.parse(data)
    _same(found.data, data)
    claims.decode_claims(found.message.payload)


def _claims(data: bytes) -> None:
    found = claims.decode_claims(data)
    if not _appended(data):
        _same(found.encode(), data)


def _appended(payload: bytes) -> bool:
    """Whether positions were appended, which readers ignore (FORMAT 2)."""
    value = cbor.decode(payload, max_bytes=CAP)
    return isinstance(value, dict) and isinstance(award := value.get(claims.AWARD), list) and len(award) > 12


def _qrtext(data: bytes) -> None:
    text = data.decode("latin-1")
    found = qrtext.parse(text)
    _same(qrtext.encode(found.data, found.origin), text)


def _checkcode(data: bytes) -> None:
    code = checkcode.parse(data.decode("utf-8", "replace"))
    _same(checkcode.parse(checkcode.group(code)), code)
    checkcode.prefix_of(code, 20)


def _sealed_record(data: bytes) -> None:
    sealed.open_record(sealed.Kind.HISTORY, corpus.secret(), data)


def _sealed_plain(data: bytes) -> None:
    """What stands inside a record that opens."""
    keys = sealed.record_keys(sealed.Kind.HISTORY, corpus.secret())
    aad = b"titlecert/v1/history" + keys.locator
    box = AESGCM(keys.key).encrypt(bytes(12), data, aad)
    plain = sealed.open_record(sealed.Kind.HISTORY, corpus.secret(), keys.locator + bytes(12) + box)
    _same(plain, data[2 : 2 + int.from_bytes(data[:2])])


def _shard(data: bytes) -> None:
    shard = shards.parse_shard(data, prefix=0, prefix_length=0)
    _same(shards.encode_shard(reversed(shard.records), prefix=0, prefix_length=0), data)


def _manifest(data: bytes) -> None:
    digests = shards.parse_manifest(data, number=1, prefix_length=3)
    _same(shards.encode_manifest(digests, number=1, prefix_length=3), data)


def _status_cwt(data: bytes) -> None:
    token = cose.sign(data, KEY, typ=statuslist.CWT_TYP)
    found = statuslist.verify_cwt(token, KEYS, uri=URI, now=NOW)
    _ask_status(found)


def _status_jwt(data: bytes) -> None:
    token = jose.sign(data, KEY, typ=statuslist.JWT_TYP)
    _ask_status(statuslist.verify_jwt(token.encode(), KEYS, uri=URI, now=NOW))


def _ask_status(found: statuslist.VerifiedStatusList) -> None:
    if len(found.array) != claims.LIST_SIZE:
        raise FoundError("a status list of another size was taken")
    if not timedelta(0) < found.expires_at - found.issued_at <= statuslist.MAX_LIFETIME:
        raise FoundError("a status list of another lifetime was taken")
    found.status(0)


def _status_packed(data: bytes) -> None:
    statuslist.unpack(data, bits=4, plain_bytes=statuslist.PLAIN_BYTES)


def _history(data: bytes) -> None:
    history.parse(data).verify(corpus.world().status_key.public)


def _history_payload(data: bytes) -> None:
    token = cose.sign(data, KEY, typ=history.TYP)
    found = history.parse(token).verify(KEY.public)
    _same(history.sign(found, KEY), token)
    found.until(NOW.date())


def _face(data: bytes) -> None:
    face.parse(data).verify(corpus.world().status_key.public)


def _face_payload(data: bytes) -> None:
    found = face.decode(data)
    if not found.unknown:
        _same(face.encode(found), data)


def _snapshot(data: bytes) -> None:
    content = snapshot.parse_snapshot(jose.sign(data, KEY, typ=snapshot.TYP).encode()).content
    _same(snapshot.encode_snapshot(content), data)


def _trust_list(data: bytes) -> None:
    _same(trustform.encode_trust_list(trustform.parse_trust_list(data)), data)
    ceremony.summarise(data, "titlecert-trust+jwt")


def _root(data: bytes) -> None:
    _same(roots.encode_root(roots.parse_root(data)), data)


def _filings(data: bytes) -> None:
    _same(filings.encode_filings(filings.parse_filings(data)), data)


def _statement(data: bytes) -> None:
    found = statements.verify(jose.sign(data, KEY, typ=statements.TYP), KEYS)
    _same(found.encode(), data)


def _operators(data: bytes) -> None:
    found = operators.verify(
        jose.sign(data, KEY, typ=statements.OPERATORS_TYP), administrator=KEY.public, deployment=DEPLOYMENT
    )
    entries = [operators._to_json(each) for each in found.entries]
    plain = {"deployment": found.deployment, "ext": found.ext, "operators": entries, "v": 1, "version": found.version}
    _same(jsonform.encode(plain), data)


def _request(data: bytes) -> None:
    found = ceremony.parse_request(data)
    _same(ceremony.export_request(found.payload, found.typ), data)


def _catalogue(data: bytes) -> None:
    catalogue.Catalogue.from_json(data).to_json()


def _sheet(data: bytes) -> None:
    """A workbook whose first sheet has this XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(corpus.workbook())) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.infolist():
            content = data if part.filename == corpus.SHEET else source.read(part)
            target.writestr(part.filename, content)
    read_list(out.getvalue())


def _image(data: bytes) -> None:
    """A picture as it is; and a PNG with its checksums set right, so that more than they is looked at."""
    if data.startswith(PNG):
        data = _with_checksums(data)
    read_qr_texts(data)


class _Here(Children):
    """Reads in this process, where what is read can be followed."""

    def qr_texts(self, data: bytes) -> tuple[str, ...]:
        return read_qr_texts(data)


def _recognise(data: bytes) -> None:
    recognise(data, _Here())


def _with_checksums(data: bytes) -> bytes:
    out, at = [PNG], len(PNG)
    while at + 12 <= len(data):
        length = min(int.from_bytes(data[at : at + 4]), len(data) - at - 12)
        body = data[at + 4 : at + 8 + length]
        out.append(length.to_bytes(4) + body + zlib.crc32(body).to_bytes(4))
        at += 12 + length
    return b"".join(out) + data[at:]


def _path(data: bytes) -> None:
    text = data.decode("latin-1")
    if publication.is_known(text) and (".." in text or text.startswith("/") or "\n" in text):
        raise FoundError("a path that leads out of the publication is known")


def _photo(data: bytes) -> None:
    if photo.clean(data).photo != plain.require_plain(photo.clean(data).photo):
        raise FoundError("a cleaned photo is another one than it was")


def _photo_plain(data: bytes) -> None:
    """Another decoder finds nothing beside the picture."""
    taken = plain.require_plain(data)
    with suppress(OSError, SyntaxError), Image.open(io.BytesIO(taken), formats=("JPEG",)) as picture:
        if set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}:
            raise FoundError("a plain photo holds more than a picture")


READING: Final = (VerifierError,)
_TARGETS: Final = (
    Target(name="cbor", parse=_cbor, seeds=corpus.cbor_items, rounds=3000),
    Target(name="jsonform", parse=_jsonform, seeds=corpus.json_texts, rounds=3000),
    Target(name="cose", parse=_cose, seeds=corpus.cose_messages, rounds=3000),
    Target(name="jose", parse=_jose, seeds=corpus.tokens, rounds=3000),
    Target(name="container", parse=_container, seeds=corpus.containers, rounds=3000),
    Target(name="credential", parse=_credential, seeds=corpus.credentials, rounds=3000),
    Target(name="claims", parse=_claims, seeds=corpus.claims_payloads, rounds=3000),
    Target(name="qrtext", parse=_qrtext, seeds=corpus.qr_texts, rounds=3000),
    Target(name="checkcode", parse=_checkcode, seeds=corpus.check_codes, rounds=3000, longest=256),
    Target(name="sealed_record", parse=_sealed_record, seeds=corpus.records, rounds=1500),
    Target(name="sealed_plain", parse=_sealed_plain, seeds=corpus.padded, rounds=1500, longest=17000),
    Target(name="shard", parse=_shard, seeds=corpus.shard_files, rounds=1500),
    Target(name="manifest", parse=_manifest, seeds=corpus.manifests, rounds=3000),
    Target(name="status_cwt", parse=_status_cwt, seeds=corpus.status_payloads, rounds=400),
    Target(name="status_jwt", parse=_status_jwt, seeds=corpus.status_json, rounds=400),
    Target(name="status_packed", parse=_status_packed, seeds=corpus.packed, rounds=400),
    Target(name="history", parse=_history, seeds=corpus.histories, rounds=900),
    Target(name="history_payload", parse=_history_payload, seeds=corpus.history_payloads, rounds=900),
    Target(name="face", parse=_face, seeds=corpus.faces, rounds=900),
    Target(name="face_payload", parse=_face_payload, seeds=corpus.face_payloads, rounds=1500),
    Target(name="snapshot", parse=_snapshot, seeds=corpus.snapshots, rounds=1200),
    Target(name="trust_list", parse=_trust_list, seeds=corpus.trust_lists, rounds=900),
    Target(name="root", parse=_root, seeds=corpus.root_payloads, rounds=1500),
    Target(name="filings", parse=_filings, seeds=corpus.filings_files, rounds=1500),
    Target(name="statement", parse=_statement, seeds=corpus.statement_payloads, rounds=1200),
    Target(
        name="operators",
        parse=_operators,
        seeds=corpus.operators_files,
        errors=(CodedError,),
        rounds=1200,
        longest=16384,
    ),
    Target(name="request", parse=_request, seeds=corpus.requests, rounds=900),
    Target(name="catalogue", parse=_catalogue, seeds=corpus.catalogues, rounds=150, longest=65536),
    Target(name="memory", parse=decode_memory, seeds=corpus.memories, rounds=1500),
    Target(name="path", parse=_path, seeds=corpus.paths, rounds=1500, longest=256),
    Target(name="image", parse=_image, seeds=corpus.pictures, errors=READING, rounds=180, longest=65536),
    Target(name="photo", parse=_photo, seeds=corpus.photos, errors=(PhotoError,), rounds=120, longest=65536),
    Target(name="photo_plain", parse=_photo_plain, seeds=corpus.plain_photos, errors=(ValueError,), rounds=900),
    Target(name="recognise", parse=_recognise, seeds=corpus.things, errors=READING, rounds=180, longest=65536),
    Target(name="pdf", parse=read_pdf, seeds=corpus.documents, rounds=120, longest=65536),
    Target(name="intake", parse=read_list, seeds=corpus.lists, errors=(), rounds=180, longest=65536),
    Target(name="intake_sheet", parse=_sheet, seeds=corpus.sheets, errors=(), rounds=180, longest=65536),
)
TARGETS: Final[Mapping[str, Target]] = {target.name: target for target in _TARGETS}
