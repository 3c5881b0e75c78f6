"""The publication of an office as large as a province's: 50 authorities, 300 filings, 370,000 certificates.

Rules: everything is fictional. Every authority has a contact in both languages, two rights, three credential keys (one
in use, two ended) and two certificates that seal its documents; a filing has a committee of its own. Of the
certificates one stands in the world; the others are records in its shard and places in its status list.

    world = province(now)
    certificate = world.issue()
    files = world.publish()
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from credential import sealed, shards, statuslist
from credential.algorithms import ES256
from credential.contacts import Contact, Contacts
from credential.filings import Committee, Filing, Filings
from credential.kdf import prefix
from credential.statuslist import StatusArray
from credential.trustform import KeyState
from credential.trustlist import Authority, DocumentCertificate, KeyEntry
from tests.support.keys import Key
from tests.support.world import PROVINCE, START, World, demo_filings, key_entry, wide_grant

if TYPE_CHECKING:
    from credential.snapshot import StatusDigests

AUTHORITIES: Final = 50
FILINGS: Final = 300
CERTIFICATES: Final = 370_000
PREFIX_LENGTH: Final = 11
STRANGERS: Final = 3 * 181
"""Records of the others in a shard: 370,000 certificates in 2,048 shards, three records each."""
NOT_VALID: Final = 100
"""One certificate in so many has another state than valid."""
POLICY: Final = x509.ObjectIdentifier("1.2.156.10197.9999.1")
DAY: Final = timedelta(hours=24)
SERIES: Final = ("工程技术人员", "中小学教师", "卫生技术人员", "农业技术人员", "经济专业人员", "会计人员")


class Crowded(World):
    """A world whose shard and status list are those of a large register."""

    def _write_shards(self, records: list[tuple[bytes, sealed.Record]]) -> tuple[bytes, ...]:
        (number,) = {prefix(cti, self.prefix_length) for cti, _ in records}
        inside = [record for _, record in records]
        for stranger in range(STRANGERS):
            secret = sha256(b"stranger %d" % stranger).digest()
            inside.append(sealed.seal(sealed.Kind.HISTORY, secret[:16], b"stranger", nonce=secret[16:28]))
        length = self.prefix_length
        each = [
            self._put(shards.encode_shard(inside if at == number else [], prefix=at, prefix_length=length))
            for at in range(1 << length)
        ]
        size = 1 << (length - shards.manifest_bits(length))
        parts = [each[at : at + size] for at in range(0, len(each), size)]
        return tuple(
            self._put(shards.encode_manifest(part, number=at, prefix_length=length)) for at, part in enumerate(parts)
        )

    def _write_status_list(self, list_id: int) -> StatusDigests:
        assignment, others = self.trust.status[list_id], range(CERTIFICATES // NOT_VALID)
        changes = {int.from_bytes(sha256(b"%d" % at).digest()[:4]) >> 12: 1 + at % 4 for at in others}
        changes |= {each.claims.status.index: int(each.history.status) for each in self.certificates}
        array = StatusArray.zeros().with_changes(changes)
        times: dict[str, Any] = {"issued_at": self.now, "expires_at": self.now + DAY, "ttl": DAY}
        cwt = statuslist.sign_cwt(array, assignment.cwt, self.status_key, **times)
        jwt = statuslist.sign_jwt(array, assignment.jwt, self.status_key, **times)
        return self.put_status_list(list_id, cwt, jwt.encode())


def province(now: datetime) -> Crowded:
    """A world of this size; its first certificate is still to be issued."""
    world = Crowded(now=now, prefix_length=PREFIX_LENGTH, records=3 * CERTIFICATES)
    numbers = range(len(world.trust.authorities), AUTHORITIES)
    authorities = tuple(_authority(number) for number in numbers)
    world.filings = _filings([each.id for each in (*world.trust.authorities, *authorities)])
    world.change_trust(
        authorities=(*world.trust.authorities, *authorities),
        keys=(*world.trust.keys, *(key for each in authorities for key in _keys(each.id))),
        document_certificates=tuple(
            seal for each in (PROVINCE, *(each.id for each in authorities)) for seal in _seals(each)
        ),
    )
    return world


def _authority(number: int) -> Authority:
    city = f"99{number:02d}00"
    web = f"https://hrss-{number:02d}.shifan.example/"
    zh = Contact(
        address=f"示范省示范第{number}市人民路{number}号",
        hours="工作日 9:00–17:00",
        telephone=f"0990-{5550000 + number}",
        web=web,
    )
    en = Contact(
        address=f"{number} Renmin Road, Demonstration City {number}",
        hours="Working days, 9:00 to 17:00",
        telephone=f"+86-990-{5550000 + number}",
        web=web,
    )
    right = wide_grant(region=city, series=frozenset(range(1, 20)), levels=frozenset({2, 3, 4, 5}))
    return Authority(
        id=f"hrss-{number:02d}",
        name=f"示范第{number}市人力资源和社会保障局",
        name_en=f"Demonstration City {number} Bureau of Human Resources and Social Security",
        code=f"1199{number:02d}00MB00000{number:02d}X",
        region=city,
        region_name=f"示范第{number}市",
        parent=None,
        contact=Contacts(zh=zh, en=en),
        grants=(right, replace(right, ways=frozenset({9}), committee_ways=frozenset())),
    )


def _keys(authority: str) -> list[KeyEntry]:
    years = [START.replace(year=START.year + year) for year in range(3)]
    entries = [
        replace(key_entry(Key(f"credential {authority} {begins.year}"), "credential", authority), begins=begins)
        for begins in years
    ]
    ended = [replace(entry, ends=ends, state=KeyState.ENDED) for entry, ends in zip(entries, years[1:], strict=False)]
    return [*ended, entries[-1]]


def _seals(authority: str) -> list[DocumentCertificate]:
    """An ended one and the present one."""
    return [
        DocumentCertificate(
            authority=authority,
            alg=ES256.alg,
            params={},
            certificate=_certificate(authority, START.replace(year=START.year + year)),
            begins=START.replace(year=START.year + year),
            ends=None if year else START.replace(year=START.year + 1),
            state=KeyState.ACTIVE if year else KeyState.ENDED,
        )
        for year in range(2)
    ]


def _certificate(authority: str, begins: datetime) -> bytes:
    """A DER certificate as services for government seals issue them; the same bytes each time."""

    def called(organisation: str, name: str) -> x509.Name:
        pairs = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])

    key, service = Key(f"seal {authority} {begins.year}"), Key("seal service")
    own, above = (x509.SubjectKeyIdentifier(sha256(each.key_id).digest()[:20]) for each in (key, service))
    usage = [False] * 9
    usage[0] = usage[1] = True
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.KeyUsage(*usage), True),
        (own, False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), False),
        (x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)]), False),
    )
    builder = x509.CertificateBuilder(
        issuer_name=called("示范省电子认证服务有限公司", "示范政务电子印章 CA"),
        subject_name=called(authority, "职称专用章"),
        public_key=key.private.public_key(),
        serial_number=int.from_bytes(sha256(key.key_id).digest()[:15]),
        not_valid_before=begins,
        not_valid_after=begins.replace(year=begins.year + 3),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(service.private, hashes.SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(serialization.Encoding.DER)


def _filings(authorities: list[str]) -> Filings:
    demo = demo_filings()
    named = range(len(demo.filings), FILINGS)
    committees = tuple(
        Committee(
            id=f"committee-{at:03d}",
            name=f"示范第{at % AUTHORITIES}市{SERIES[at % len(SERIES)]}系列副高级职称评审委员会",
        )
        for at in named
    )
    filings = tuple(
        Filing(
            number=f"示评备〔{2023 + at % 3}〕{500 + at}号",
            committee=committee.id,
            authority=authorities[at % len(authorities)],
            series=frozenset({1 + at % 27}),
            levels=frozenset({2, 3}),
            region=f"99{at % AUTHORITIES:02d}00",
            scope=None,
            first=date(2023 + at % 3, 1 + at % 12, 1),
            last=date(2026 + at % 3, 1 + at % 12, 28),
        )
        for at, committee in zip(named, committees, strict=True)
    )
    return Filings(committees=(*demo.committees, *committees), filings=(*demo.filings, *filings))
