"""One worked example of every format, from fixed test keys: section 13 of `docs/FORMAT.md`.

The keys are public and worthless, signatures are deterministic (RFC 6979), nonces are fixed, so every run on every
machine gives the same text, if its zlib packs the status list alike (``tests.support.deflate``). A writer with real
keys draws its nonces at random.

    python -m tests.format_examples                          prints the section
    python -m tests.format_examples --check docs/FORMAT.md   refuses when the document says something else
    python -m tests.format_examples --write docs/FORMAT.md   puts the section into the document
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from credential import cbor, checkcode, cose, jose, publication, qrtext, roots, shards, snapshot, statements, trustlist
from credential.ceremony import export_request, sign_request
from credential.contacts import Contact, Contacts
from credential.face import Design, Face, Members
from credential.face import Sex as SexCode
from credential.face import sign as sign_face
from credential.filings import Committee, Filing, Filings, encode_filings
from credential.history import Act, EventKind, History, Reason, Replaced
from credential.history import sign as sign_history
from credential.merkle import leaf_hash, node_hash, root_of, verify_path
from credential.roots import Root, encode_root
from credential.sealed import Kind, record_keys, seal
from credential.snapshot import Snapshot, StatusDigests, encode_snapshot
from credential.statements import SeenCertificate, Statement, certificates_root
from credential.statuslist import Status, StatusArray, sign_cwt, sign_jwt
from credential.text import to_base64url
from credential.trustform import Authority, KeyEntry, KeyState, StatusAssignment, TrustList, encode_trust_list
from issuer.identifiers import IdType, Sex
from issuer.intake.model import AwardDraft, BasisKind, Replacement, ReplacementReason
from issuer.intake.normalform import SALT_BYTES, draft_to_json
from tests.annotated import FACE_NAMES, annotated, signed_parts
from tests.credential.made import CTI, NOW, ORIGIN, STATUS_URI, TestSigner, credential, event, history, issued, signer
from tests.support.worldparts import wide_grant

HEADING: Final = "## 13. Worked examples\n"
WIDTH: Final = 120
NONCES: Final = {
    Kind.CERTIFICATE: bytes(range(12)),
    Kind.HISTORY: bytes(range(12, 24)),
    Kind.FACE: bytes(range(24, 36)),
}
HELD: Final = {Kind.CERTIFICATE: "13.1", Kind.HISTORY: "13.6", Kind.FACE: "13.14"}
"""Where the plaintext of each kind stands."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
KEYS: Final = ("root", "credential", "status", "publisher", "operator")
BASE: Final = f"{ORIGIN}/p/"
JWT_URI: Final = BASE + "status/0.jwt"
CATALOGUE_DIGEST: Final = hashlib.sha256(b"stands for the bytes of catalogue/1").digest()


def section() -> str:
    """The whole of section 13."""
    parts = (
        _intro(),
        _credential(),
        _qr_and_code(),
        _records(),
        _shard_and_manifest(),
        _history(),
        _status_list(),
        _root(),
        _trust_list(),
        _filings(),
        _snapshot(),
        _statement(),
        _ceremony(),
        _face(),
    )
    return HEADING + "\n" + "\n".join(parts)


# --- the examples ----------------------------------------------------------------------------------------------------


def _intro() -> str:
    rows = "\n".join(_key_row(name) for name in KEYS)
    return (
        "Bytes are in hexadecimal. Line breaks inside a block are for reading and no part of a format, unless the\n"
        "example says so. The private key called NAME is 1 plus, as a number modulo n−1, the SHA-256 of\n"
        "`titlecert, a public and worthless test key: NAME`.\n\n"
        "| key | kid | as text | x | y |\n|---|---|---|---|---|\n" + rows + "\n"
    )


def _key_row(name: str) -> str:
    key = signer(name).key
    jwk = key.to_jwk()
    return f"| {name} | `{key.key_id.hex()}` | `{to_base64url(key.key_id)}` | `{jwk['x']}` | `{jwk['y']}` |"


def _credential() -> str:
    data = credential()
    lines = "\n".join(annotated(data))
    return (
        f"### 13.1 Credential\n\n{len(data)} bytes, digest `{_sha256(data).hex()}`.\n\n{_block(lines)}\n"
        "The signature is over the Sig_structure:\n\n" + _block(_wrapped(cose.sig_structure(*signed_parts(data)).hex()))
    )


def _code() -> checkcode.CheckCode:
    return checkcode.make(CTI, bytes(range(15)))


def _qr_and_code() -> str:
    code = _code()
    bits = checkcode.prefix_of(code, 20)
    return (
        "### 13.2 QR text\n\nOf this credential, one line:\n\n"
        + _block(_wrapped(qrtext.encode(credential(), ORIGIN)))
        + f"\n### 13.3 Check code\n\n`P(cti)` begins with the 20 bits `{bits:020b}`, so the code with `{code[:4]}`. "
        f"With the fifteen random\nvalues 0 to 14 it is `{code}`, printed `{checkcode.group(code)}`.\n"
    )


def _record(kind: Kind) -> bytes:
    secret, plaintext = _secret_and_plaintext(kind)
    return seal(kind, secret, plaintext, nonce=NONCES[kind])


def _secret_and_plaintext(kind: Kind) -> tuple[bytes, bytes]:
    if kind is Kind.CERTIFICATE:
        return _code().encode("ascii"), credential()
    return CTI, _issued_only() if kind is Kind.HISTORY else _face_alone()


def _records() -> str:
    return "### 13.4 Sealed records\n\n" + "\n".join(_record_text(kind) for kind in Kind)


def _record_text(kind: Kind) -> str:
    secret, plaintext = _secret_and_plaintext(kind)
    keys, record = record_keys(kind, secret), _record(kind)
    named = "the check code" if kind is Kind.CERTIFICATE else "`cti`"
    return (
        f"Kind `{kind.value}`: the secret is {named}, the plaintext is that of {HELD[kind]} ({len(plaintext)} bytes), "
        f"the record has {len(record)} bytes.\n\n"
        + _block(
            f"locator          {keys.locator.hex()}\nkey              {keys.key.hex()}\n"
            f"associated data  {keys.associated_data.hex()}\nnonce            {NONCES[kind].hex()}\n"
            + _wrapped(record.hex(), first="record           ")
        )
    )


def _shard() -> bytes:
    records = [seal(kind, *_secret_and_plaintext(kind), nonce=NONCES[kind]) for kind in Kind]
    return shards.encode_shard(records, prefix=0, prefix_length=0)


def _manifest() -> bytes:
    return shards.encode_manifest([shards.digest(_shard())], number=0, prefix_length=0)


def _shard_and_manifest() -> str:
    shard, manifest = _shard(), _manifest()
    order = sorted(Kind, key=lambda kind: record_keys(kind, _secret_and_plaintext(kind)[0]).locator)
    head = shard[:8]
    return (
        "### 13.5 Shard and manifest\n\n"
        f"A register of one certificate is one shard with its three records, {len(shard)} bytes: `{head[:5].hex()}` "
        "(version 1, prefix length\n0, prefix 0, three records), then "
        + ", ".join(f"`{head[5:].hex()}` and the record of kind `{kind.value}`" for kind in order)
        + f".\nIt lies at\n\n{_block(publication.shard(shards.digest(shard).hex()))}\n"
        "Its manifest:\n\n"
        + _block(_wrapped(manifest.hex()))
        + "\nwhich lies at\n\n"
        + _block(publication.shard(shards.digest(manifest).hex()))
    )


def _issued_only() -> bytes:
    return sign_history(history(), signer("status"))


WITHDRAWN = event(
    EventKind.WITHDRAWN,
    date(2027, 3, 1),
    basis="示范省职称评审管理办法第二十条",
    document="示职撤〔2027〕1号",
    reason=Reason.FRAUD,
)


def _withdrawn() -> bytes:
    return sign_history(history(WITHDRAWN), signer("status"))


def _set_aside() -> bytes:
    """Of a certificate that replaced another."""
    first = issued(replaces=Replaced(number="SF2023-0000007", counted_from=date(2023, 7, 10)))
    aside = event(EventKind.SET_ASIDE, date(2028, 5, 8), reason=Reason.DECISION, detail="SF2028-0000002")
    return sign_history(History(cti=CTI, events=(first, WITHDRAWN, aside)), signer("status"))


def _history() -> str:
    plain, withdrawn, aside = _issued_only(), _withdrawn(), _set_aside()
    return (
        f"### 13.6 History\n\nFrom the issue on, {len(plain)} bytes:\n\n"
        + _block("\n".join(annotated(plain)))
        + f"\nAfter a withdrawal, {len(withdrawn)} bytes:\n\n"
        + _block(_wrapped(withdrawn.hex()))
        + f"\nOf one that replaced another, after its withdrawal was set aside, {len(aside)} bytes:\n\n"
        + _block(_wrapped(aside.hex()))
    )


def _array() -> StatusArray:
    return StatusArray.zeros().with_changes({734_211: Status.WITHDRAWN, 5: Status.SUSPENDED, 6: Status.CANCELLED})


def _status_files() -> tuple[bytes, str]:
    times: dict[str, Any] = {"issued_at": NOW, "expires_at": NOW + timedelta(days=1), "ttl": timedelta(hours=1)}
    by = signer("status")
    return sign_cwt(_array(), STATUS_URI, by, **times), sign_jwt(_array(), JWT_URI, by, **times)


def _status_list() -> str:
    cwt, jwt = _status_files()
    return (
        "### 13.7 Status list\n\nEntry 734211 is withdrawn, 5 suspended, 6 cancelled: byte 2 of the array is `20`, "
        "byte 3 is `0c`, byte 367105 is `10`.\n"
        f"`{publication.status_cwt('0')}`, {len(cwt)} bytes, also stored as `status/at/` and its digest "
        f"`{hashlib.sha256(cwt).hexdigest()}`:\n\n"
        + _block(_wrapped(cwt.hex()))
        + f"\n`{publication.status_jwt('0')}`, one line:\n\n"
        + _block(_wrapped(jwt))
    )


def _root_payload() -> bytes:
    return encode_root(Root(version=1, iat=START, demonstration=True, keys=(signer("root").key,), threshold=1))


def _root() -> str:
    return "### 13.8 Root\n\n`trust/roots/1`, " + _container_text(_root_payload(), signer("root"), roots.TYP)


def _key_entry(name: str, authority: str | None) -> KeyEntry:
    return KeyEntry(
        key=signer(name).key,
        use=name,
        authority=authority,
        begins=START,
        ends=None,
        state=KeyState.ACTIVE,
        compromised_since=None,
        succeeds=None,
    )


def _contacts() -> Contacts:
    telephone, web = "000-0000-0000", "https://rst.shifan.example/"
    chinese = Contact(address="示范省示范市人民路1号", hours="工作日9:00至17:00", telephone=telephone, web=web)
    english = replace(
        chinese, address="1 Renmin Road, Shifan City", hours="Working days 9:00 to 17:00", web=f"{web}en/"
    )
    return Contacts(zh=chinese, en=english)


def _authority() -> Authority:
    return Authority(
        id="province",
        name="示范省人力资源和社会保障厅",
        name_en="Human Resources and Social Security Department of Shifan Province",
        code="11100000000013338W",
        region="990000",
        region_name="示范省",
        parent=None,
        contact=_contacts(),
        grants=(wide_grant(),),
    )


def _trust_payload() -> bytes:
    keys = [_key_entry("credential", "province"), _key_entry("status", None), _key_entry("publisher", None)]
    return encode_trust_list(
        TrustList(
            version=1,
            iat=NOW,
            exp=NOW + timedelta(days=365),
            deployment="demo",
            demonstration=True,
            authorities=(_authority(),),
            keys=tuple(sorted(keys, key=lambda entry: to_base64url(entry.key.key_id))),
            document_certificates=(),
            hosts=(ORIGIN,),
            publications=(BASE,),
            status=(StatusAssignment(id=0, cwt=STATUS_URI, jwt=JWT_URI, kids=(signer("status").key_id,)),),
            filings_digest=hashlib.sha256(_filings_bytes()).digest(),
            catalogue_version=1,
            catalogue_digest=CATALOGUE_DIGEST,
        )
    )


def _trust_list() -> str:
    return "### 13.9 Trust list\n\n`trust/list/1`, " + _container_text(_trust_payload(), signer("root"), trustlist.TYP)


def _filings_bytes() -> bytes:
    filing = Filing(
        number="示评备〔2025〕012号",
        committee="engineering",
        authority="province",
        series=frozenset({5}),
        levels=frozenset({1, 2}),
        region="990000",
        scope=None,
        first=date(2025, 3, 1),
        last=date(2028, 2, 29),
    )
    committee = Committee(id="engineering", name="示范省工程系列高级职称评审委员会")
    return encode_filings(Filings(committees=(committee,), filings=(filing,)))


def _filings() -> str:
    data = _filings_bytes()
    path = publication.filings(hashlib.sha256(data).hexdigest())
    return f"### 13.10 Filings\n\n`{path}`:\n\n" + _block(_wrapped(data.decode()))


def _snapshot() -> str:
    cwt, jwt = _status_files()
    trust = jose.join([jose.sign(_trust_payload(), signer("root"), typ=trustlist.TYP)])
    payload = encode_snapshot(
        Snapshot(
            deployment="demo",
            seq=1,
            iat=NOW,
            exp=NOW + timedelta(days=1),
            trust_version=1,
            trust_digest=hashlib.sha256(trust).digest(),
            status=(StatusDigests(id=0, cwt=_sha256(cwt), jwt=_sha256(jwt.encode())),),
            prefix=0,
            records=1,
            manifests=(shards.digest(_manifest()),),
            audit_length=1,
            audit_head=hashlib.sha256(b"stands for the head of the audit chain").digest(),
        )
    )
    return "### 13.11 Snapshot\n\n`snapshot.jwt`, " + _token_text(payload, signer("publisher"), snapshot.TYP)


def _rows() -> list[bytes]:
    """Three rows of a batch in normal form."""
    first = AwardDraft(
        seq="1",
        sheet_row=4,
        name="王䶮",
        sex=Sex.FEMALE,
        id_type=IdType.CITIZEN,
        id_number="13990119760512380X",
        employer="示范大学",
        series=5,
        title=502,
        specialty="建筑施工",
        level=2,
        way=1,
        award_date=date(2026, 10, 30),
        filing_number="示评备〔2025〕012号",
        basis_kind=BasisKind.COMMITTEE,
        basis_reference="示评备〔2025〕012号",
        decision_document="示人社〔2026〕12号",
        scope=None,
        note=None,
    )
    second = replace(
        first, seq="2", sheet_row=5, name="赵示范", id_number="13990119800101003X", photo=_sha256(b"photo").hex()
    )
    replaces = Replacement(number="SF2026-0000001", reason=ReplacementReason.CORRECTED)
    third = replace(first, seq="3", sheet_row=7, name="钱示范", id_number="139901197903030021", replaces=replaces)
    salts = (to_base64url(bytes(range(start, start + SALT_BYTES))) for start in (32, 64, 96))
    return [draft_to_json(draft, salt=salt) for draft, salt in zip((first, second, third), salts, strict=True)]


def _statement() -> str:
    rows = _rows()
    one, two, three = map(leaf_hash, rows)
    root = root_of(rows)
    verify_path(two, (one, three), index=1, size=3, root=root)
    statement = Statement(
        act=Act.APPROVE,
        deployment="demo",
        operator="li-si",
        object={"authority": "province", "batch": "province-0001", "decision_document": "示人社〔2026〕12号"},
        previous="submitted",
        counts={"rows": 4, "rejected": 1, "waiting": 3},
        digests={"file": hashlib.sha256(b"file").hexdigest(), "rows_root": root.hex()},
        issued_at=NOW,
        nonce=to_base64url(bytes(range(16))),
    )
    leaves = "\n".join(
        f"Leaf {place}, its hash `{leaf_hash(row).hex()}`:\n\n{_block(_wrapped(row.decode()))}"
        for place, row in enumerate(rows)
    )
    seen = [
        SeenCertificate(number="SF2026-0000001", state=Status.VALID, events=1),
        SeenCertificate(number="SF2026-0000002", state=Status.SUSPENDED, events=2),
    ]
    order = "\n".join(f"{each.encode().decode()}   {leaf_hash(each.encode()).hex()}" for each in seen)
    return (
        f"### 13.12 Statement\n\nA batch of four rows, of which one was rejected.\n\n{leaves}\n"
        f"The node over leaves 0 and 1 is `{node_hash(one, two).hex()}`, the root over it and leaf 2 is\n"
        f"`{root.hex()}`. The path of leaf 1 is the hash of leaf 0, then that of leaf 2.\n\n"
        f"{_token_text(statement.encode(), signer('operator'), statements.TYP, start='P')}\n"
        f"Two leaves of an order on certificates and their hashes; `certificates_root` is\n"
        f"`{certificates_root(seen)}`:\n\n{_block(order)}"
    )


def _ceremony() -> str:
    request = export_request(_root_payload(), roots.TYP)
    response = sign_request(request, signer("root"))
    return (
        f"### 13.13 Ceremony\n\nThe request to sign the root set of 13.8, {len(request)} bytes, digest "
        f"`{_sha256(request).hex()}`:\n\n{_block(_wrapped(request.decode()))}\n"
        f"The response, {len(response)} bytes, digest `{_sha256(response).hex()}`: here the very file of 13.8, because "
        "one key is enough.\n"
    )


# --- how they are written down ---------------------------------------------------------------------------------------


def _face_alone() -> bytes:
    members = Members(
        sex=SexCode.FEMALE,
        employer="示范省建筑设计研究院有限公司",
        design=Design(id="standard", version=1, digest=_sha256(b"stands for the files of a design")),
        printed=(("居民身份证", "**************380X"), ("批准文号", "示职改办字〔2026〕31号")),
    )
    return sign_face(Face(cti=CTI, credential_digest=_sha256(credential()), members=members), signer("status"))


def _face() -> str:
    data = _face_alone()
    return (
        f"### 13.14 Face\n\nOf this certificate, {len(data)} bytes:\n\n"
        + _block("\n".join(annotated(data, FACE_NAMES)))
        + "\nA design of two files, `certificate.typ` (`#hello`) and `parts/seal.svg` (`<svg/>`), "
        "has the digest of\n\n"
        + _block(_wrapped(_design_files().hex()))
        + f"\nwhich is `{_sha256(_design_files()).hex()}`.\n"
    )


def _design_files() -> bytes:
    files = {"certificate.typ": b"#hello", "parts/seal.svg": b"<svg/>"}
    return cbor.encode([[name, _sha256(files[name])] for name in sorted(files)])


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _token_text(payload: bytes, by: TestSigner, typ: str, *, start: str = "p") -> str:
    token = jose.sign(payload, by, typ=typ)
    return f"{start}ayload:\n\n{_block(_wrapped(payload.decode()))}\nThe token, one line:\n\n{_block(_wrapped(token))}"


def _container_text(payload: bytes, by: TestSigner, typ: str) -> str:
    data = jose.join([jose.sign(payload, by, typ=typ)])
    return (
        f"payload:\n\n{_block(_wrapped(payload.decode()))}\nThe file, one line ended by a newline, {len(data)} bytes, "
        f"digest `{_sha256(data).hex()}`:\n\n{_block(_wrapped(data.decode().removesuffix(chr(10))))}"
    )


def _block(text: str) -> str:
    return textwrap.indent(text.rstrip("\n"), "    ") + "\n"


def _wrapped(text: str, *, first: str = "") -> str:
    """Break a long text every so many characters, whatever they are."""
    width = WIDTH - len(first)
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return first + ("\n" + " " * len(first)).join(lines)


# --- the document ----------------------------------------------------------------------------------------------------


def in_document(text: str) -> str:
    """The section as the document holds it: from its heading to the end."""
    _, heading, rest = text.partition(HEADING)
    return heading + rest


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.format_examples")
    parser.add_argument("--check", type=Path, metavar="DOCUMENT")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT")
    given = parser.parse_args(arguments)
    if given.write:
        before = given.write.read_text("utf-8").partition(HEADING)[0].rstrip("\n")
        given.write.write_text(f"{before}\n\n{section()}", "utf-8")
    elif given.check:
        if in_document(given.check.read_text("utf-8")) != section():
            print(f"{given.check}: section 13 is not what the code gives; run with --write", file=sys.stderr)
            return 1
    else:
        print(section(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
