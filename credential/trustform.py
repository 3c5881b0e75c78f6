"""The form of a trust list (FORMAT 9): its values, how they are written, how they are read strictly.

Nothing here checks a signature: what is read is what somebody says. ``credential.trustlist`` verifies and looks up.

    payload = encode_trust_list(content)
    assert parse_trust_list(payload) == content
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from credential import days, jsonform
from credential.claims import MAX_URI
from credential.contacts import Contacts, contacts_to_json, read_contacts
from credential.errors import MalformedError, NotInForceError
from credential.grants import Grant, grant_to_json, read_grant
from credential.members import Members, kid, refuse, unique
from credential.publication import MAX_VERSION
from credential.signing import KeyId, VerifyKey
from credential.text import from_base64url, to_base64url

VERSION: Final = 1
MAX_TRUST_LIST_BYTES: Final = 4 << 20
"""Room for 2,000 authorities of 2 KB each."""
MAX_LIFETIME: Final = timedelta(days=400)
"""A year and a month to sign the next one; longer would let an old list live on."""
USES: Final = ("credential", "publisher", "status", "document", "share", "receipt")
"""What a key in the list may be for. Root keys stand in the root sets, operators' and the administrator's at home."""
OWNED_USES: Final = frozenset({"credential", "document"})
"""Keys that act for one authority."""
MAX_ENTRIES: Final = 10_000
"""More authorities than China has counties, with a few keys each; the byte cap bites first."""
MAX_GRANTS: Final = 200
MAX_STATUS_LISTS: Final = 4096
"""What a reader takes: 4,096 lists of 2^20 entries are more certificates than people. An issuer plans fewer."""
MAX_AUTHORITY_NAME: Final = 100
MAX_AUTHORITY_NAME_EN: Final = 200
MAX_CERTIFICATE_BYTES: Final = 16 << 10
MAX_ADDRESS: Final = 300
MAX_PARENTS: Final = 8
"""Steps from an authority up to the one that nobody delegated to: a county has province and city above it."""
_HOST: Final = r"(?:[a-z0-9.-]{1,253}|\[::1\])(?::[1-9][0-9]{0,4})?"
_LOOPBACK: Final = r"(?:127\.0\.0\.1|\[::1\]|localhost)(?::[1-9][0-9]{0,4})?"
_PLACE: Final = rf"(?:https://{_HOST}|http://{_LOOPBACK})"
_ORIGIN: Final = re.compile(_PLACE, re.ASCII)
_PUBLICATION: Final = re.compile(rf"{_PLACE}/(?:(?!\.{{1,2}}/)[A-Za-z0-9._-]+/)*", re.ASCII)
_URI: Final = re.compile(rf"{_PLACE}/[!-~]{{1,{MAX_URI}}}", re.ASCII)
_MEMBERS: Final = frozenset(
    {"v", "version", "iat", "exp", "deployment", "demonstration", "authorities", "keys", "document_certificates"}
    | {"hosts", "publications", "status", "filings", "catalogue"}
)
_CREDIT_CODE: Final = re.compile(r"[0-9A-Z]{18}", re.ASCII)


class KeyState(StrEnum):
    """The life of a key or document certificate: it may go on in this order, and never back."""

    ACTIVE = "active"
    ENDED = "ended"
    COMPROMISED = "compromised"

    def may_become(self, later: KeyState) -> bool:
        """Whether an entry in this state may stand in ``later`` in a newer list."""
        order = list(KeyState)
        return order.index(self) <= order.index(later)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An authority with its grants."""

    id: str
    name: str
    name_en: str
    code: str
    """Unified social credit code, 18 characters."""
    region: str
    region_name: str
    parent: str | None
    """The authority that delegated; None when none did."""
    contact: Contacts
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """A key with its one use and its life."""

    key: VerifyKey
    use: str
    authority: str | None
    """Whose key it is; None for keys of the whole deployment."""
    begins: datetime
    ends: datetime | None
    """The first instant at which it is no longer good; None while nobody ended it."""
    state: KeyState
    compromised_since: datetime | None
    succeeds: KeyId | None
    """The key of the list in whose place it came; None for the first."""

    def was_open_at(self, instant: datetime) -> bool:
        """Whether the window of the key holds ``instant``, whatever became of the key."""
        return self.begins <= instant and (self.ends is None or instant < self.ends)

    def stolen_on(self, instant: datetime) -> date | None:
        """Return the civil day from which on it is known as stolen; None where that was not so at ``instant``."""
        since = self.compromised_since
        return None if since is None or instant < since else days.day_of(since)

    def check_good_at(self, instant: datetime) -> None:
        """Check that the key was good at ``instant``, an instant that somebody else than its holder vouches for.

        A compromised key keeps what it did before.

        Raises:
            NotInForceError: ``key_not_good``.
        """
        if not self.was_open_at(instant) or (self.compromised_since is not None and instant >= self.compromised_since):
            raise NotInForceError("key_not_good", f"key {self.key.key_id.hex()} was not good at {instant.isoformat()}")

    def check_signs_now(self, signed_at: datetime) -> None:
        """Check a key of which only short-lived signatures are taken, at the instant that the signature itself names.

        A thief names any instant, so a compromised key signs nothing; and because the signature lives for days only,
        an ended key soon signs nothing either.

        Raises:
            NotInForceError: ``key_not_good``.
        """
        if self.state == KeyState.COMPROMISED:
            raise NotInForceError("key_not_good", f"key {self.key.key_id.hex()} is compromised")
        self.check_good_at(signed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCertificate:
    """A certificate that seals the documents of one authority."""

    authority: str
    certificate: bytes
    """DER."""
    begins: datetime
    ends: datetime | None
    state: KeyState


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAssignment:
    """Where one status list is published, and which keys may sign it."""

    id: int
    cwt: str
    jwt: str
    kids: tuple[KeyId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """The whole list, as it says of itself."""

    version: int
    iat: datetime
    exp: datetime
    deployment: str
    demonstration: bool
    authorities: tuple[Authority, ...]
    keys: tuple[KeyEntry, ...]
    document_certificates: tuple[DocumentCertificate, ...]
    hosts: tuple[str, ...]
    publications: tuple[str, ...]
    status: tuple[StatusAssignment, ...]
    """In the order of the ids 0 to L-1; L is a power of two."""
    filings_digest: bytes
    catalogue_version: int
    catalogue_digest: bytes


def encode_trust_list(content: TrustList) -> bytes:
    """Return the payload that root key holders sign."""
    return jsonform.encode(
        {
            "v": VERSION,
            "version": content.version,
            "iat": days.to_seconds(content.iat),
            "exp": days.to_seconds(content.exp),
            "deployment": content.deployment,
            "demonstration": content.demonstration,
            "authorities": [_authority_to_json(each) for each in content.authorities],
            "keys": [_key_to_json(each) for each in content.keys],
            "document_certificates": [_certificate_to_json(each) for each in content.document_certificates],
            "hosts": list(content.hosts),
            "publications": list(content.publications),
            "status": [_status_to_json(each) for each in content.status],
            "filings": {"digest": content.filings_digest.hex()},
            "catalogue": {"version": content.catalogue_version, "digest": content.catalogue_digest.hex()},
        }
    )


def _authority_to_json(authority: Authority) -> dict[str, object]:
    return {
        "id": authority.id,
        "name": authority.name,
        "name_en": authority.name_en,
        "code": authority.code,
        "region": authority.region,
        "region_name": authority.region_name,
        "parent": authority.parent,
        "contact": contacts_to_json(authority.contact),
        "grants": [grant_to_json(grant) for grant in authority.grants],
    }


def _key_to_json(entry: KeyEntry) -> dict[str, object]:
    return {
        "kid": to_base64url(entry.key.key_id),
        "jwk": entry.key.to_jwk(),
        "use": entry.use,
        "authority": entry.authority,
        "from": days.to_seconds(entry.begins),
        "until": _seconds(entry.ends),
        "state": entry.state,
        "compromised_since": _seconds(entry.compromised_since),
        "succeeds": None if entry.succeeds is None else to_base64url(entry.succeeds),
    }


def _certificate_to_json(entry: DocumentCertificate) -> dict[str, object]:
    return {
        "authority": entry.authority,
        "certificate": to_base64url(entry.certificate),
        "from": days.to_seconds(entry.begins),
        "until": _seconds(entry.ends),
        "state": entry.state,
    }


def _status_to_json(entry: StatusAssignment) -> dict[str, object]:
    return {"id": entry.id, "cwt": entry.cwt, "jwt": entry.jwt, "kids": [to_base64url(kid) for kid in entry.kids]}


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else days.to_seconds(instant)


def parse_trust_list(payload: bytes) -> TrustList:
    """Read a payload strictly. What it says is not trusted.

    Raises:
        MalformedError: ``bad_member``, ``not_canonical``, ``key_form`` and their like.
    """
    value = jsonform.decode(payload, max_bytes=MAX_TRUST_LIST_BYTES)
    members = Members(value, "trust", _MEMBERS)
    members.constant("v", VERSION)
    filings = Members(members.raw("filings"), "trust.filings", {"digest"})
    catalogue = Members(members.raw("catalogue"), "trust.catalogue", {"version", "digest"})
    content = TrustList(
        version=members.integer("version", least=1, most=MAX_VERSION),
        iat=members.instant("iat"),
        exp=members.instant("exp"),
        deployment=members.identifier("deployment"),
        demonstration=members.boolean("demonstration"),
        authorities=tuple(_read_authority(each) for each in members.listing("authorities", least=1, most=MAX_ENTRIES)),
        keys=tuple(_read_key(each) for each in members.listing("keys", least=1, most=MAX_ENTRIES)),
        document_certificates=tuple(
            _read_certificate(each) for each in members.listing("document_certificates", most=MAX_ENTRIES)
        ),
        hosts=_addresses(members, "hosts", _ORIGIN),
        publications=_addresses(members, "publications", _PUBLICATION),
        status=tuple(_read_status(each) for each in members.listing("status", least=1, most=MAX_STATUS_LISTS)),
        filings_digest=filings.digest("digest"),
        catalogue_version=catalogue.integer("version", least=1, most=MAX_VERSION),
        catalogue_digest=catalogue.digest("digest"),
    )
    check_trust_list(content)
    return content


def check_trust_list(content: TrustList) -> None:
    """Check what binds the members together; the writer asks before the root key holders sign.

    Raises:
        MalformedError: ``bad_member``, the field ``where`` names the place.
    """
    if not timedelta(0) < content.exp - content.iat <= MAX_LIFETIME:
        raise refuse("trust.exp", f"a trust list lives at most {MAX_LIFETIME.days} days")
    unique([each.id for each in content.authorities], "trust.authorities")
    unique([each.key.key_id for each in content.keys], "trust.keys")
    unique(
        [(each.authority, each.certificate) for each in content.document_certificates], "trust.document_certificates"
    )
    known = {each.id for each in content.authorities}
    owners = {each.authority for each in content.keys} | {each.authority for each in content.document_certificates}
    if not owners - {None} <= known:
        raise refuse("trust.keys", "a key or certificate belongs to an authority that is not in the list")
    _check_parents(content)
    _check_succession(content)
    _check_status(content)
    _check_addresses(content)


def _check_parents(content: TrustList) -> None:
    """Who delegated is in the list, and nobody is their own parent: a circle has more steps than any bound."""
    parents = {each.id: each.parent for each in content.authorities}
    for each in content.authorities:
        above, steps = each.parent, 0
        while above is not None:
            steps += 1
            if above not in parents or steps > MAX_PARENTS:
                raise refuse("authority.parent", f"authorities of the list were expected, at most {MAX_PARENTS} steps")
            above = parents[above]


def _check_succession(content: TrustList) -> None:
    """A key succeeds an older one of its kind, so from each key the way back comes to an end."""
    entries = {each.key.key_id: each for each in content.keys}
    for each in content.keys:
        if each.succeeds is None:
            continue
        before = entries.get(each.succeeds)
        if before is None or (before.use, before.authority) != (each.use, each.authority):
            raise refuse("key.succeeds", "a key of the list, of the same use and authority, was expected")
        if before.begins >= each.begins:
            raise refuse("key.succeeds", "the key that it succeeds began earlier")


def _check_status(content: TrustList) -> None:
    count = len(content.status)
    if [each.id for each in content.status] != list(range(count)) or count & (count - 1):
        raise refuse("trust.status", "the ids are 0 to L-1 in order, L a power of two (FORMAT 7)")
    unique([uri for each in content.status for uri in (each.cwt, each.jwt)], "trust.status")
    signers = {each.key.key_id for each in content.keys if each.use == "status"}
    if any(not set(each.kids) <= signers for each in content.status):
        raise refuse("trust.status", "a status list is assigned to a key that is no status key of the list")


def _check_addresses(content: TrustList) -> None:
    """Plain http is only for a demonstration on its own machine (FORMAT 3)."""
    addresses = [
        *content.hosts,
        *content.publications,
        *(uri for each in content.status for uri in (each.cwt, each.jwt)),
        *(web for each in content.authorities for web in each.contact.webs),
    ]
    if not content.demonstration and any(address.startswith("http:") for address in addresses):
        raise refuse("trust.hosts", "plain http is for a demonstration only")


def _read_authority(value: object) -> Authority:
    names = {"id", "name", "name_en", "code", "region", "region_name", "parent", "contact", "grants"}
    members = Members(value, "authority", names)
    return Authority(
        id=members.identifier("id"),
        name=members.text("name", most=MAX_AUTHORITY_NAME),
        name_en=members.text("name_en", most=MAX_AUTHORITY_NAME_EN),
        code=members.matching("code", _CREDIT_CODE, "a unified social credit code of 18 characters was expected"),
        region=members.region("region"),
        region_name=members.text("region_name", most=100),
        parent=members.optional("parent", members.identifier),
        contact=read_contacts(members.raw("contact")),
        grants=tuple(read_grant(each) for each in members.listing("grants", most=MAX_GRANTS)),
    )


def _read_key(value: object) -> KeyEntry:
    names = {"kid", "jwk", "use", "authority", "from", "until", "state", "compromised_since", "succeeds"}
    members = Members(value, "key", names)
    use = members.choice("use", USES)
    authority = members.optional("authority", members.identifier)
    if use in OWNED_USES and authority is None:
        raise refuse("key.authority", f"a {use} key belongs to an authority")
    entry = KeyEntry(
        key=members.jwk("jwk", members.kid("kid")),
        use=use,
        authority=authority,
        begins=members.instant("from"),
        ends=members.optional("until", members.instant),
        state=KeyState(members.choice("state", list(KeyState))),
        compromised_since=members.optional("compromised_since", members.instant),
        succeeds=members.optional("succeeds", members.kid),
    )
    if (entry.state == KeyState.COMPROMISED) != (entry.compromised_since is not None):
        raise refuse("key.compromised_since", "set for a compromised key, and for no other")
    _check_life(entry.begins, entry.ends, entry.state, "key")
    return entry


def _read_certificate(value: object) -> DocumentCertificate:
    members = Members(value, "document_certificate", {"authority", "certificate", "from", "until", "state"})
    entry = DocumentCertificate(
        authority=members.identifier("authority"),
        certificate=_read_der(members),
        begins=members.instant("from"),
        ends=members.optional("until", members.instant),
        state=KeyState(members.choice("state", list(KeyState))),
    )
    _check_life(entry.begins, entry.ends, entry.state, "document_certificate")
    return entry


def _read_der(members: Members) -> bytes:
    text = members.text("certificate", most=MAX_CERTIFICATE_BYTES * 4 // 3)
    try:
        return from_base64url(text)
    except MalformedError as error:
        raise refuse("document_certificate.certificate", "base64url of DER was expected") from error


def _check_life(begins: datetime, ends: datetime | None, state: KeyState, where: str) -> None:
    if ends is not None and ends <= begins:
        raise refuse(f"{where}.until", "the window ends before it begins")
    if state == KeyState.ENDED and ends is None:
        raise refuse(f"{where}.until", "an ended entry says when it ended")


def _read_status(value: object) -> StatusAssignment:
    members = Members(value, "status", {"id", "cwt", "jwt", "kids"})
    kids = tuple(kid(each, "status.kids") for each in members.listing("kids", least=1, most=16))
    unique(kids, "status.kids")
    rule = f"an address of at most {MAX_URI} characters was expected"
    cwt, jwt = (members.matching(name, _URI, rule) for name in ("cwt", "jwt"))
    if max(len(cwt), len(jwt)) > MAX_URI:
        raise refuse("status.cwt", rule)
    return StatusAssignment(id=members.integer("id", most=MAX_STATUS_LISTS - 1), cwt=cwt, jwt=jwt, kids=kids)


def _addresses(members: Members, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    values: Sequence[object] = members.listing(name, least=1, most=100)
    unique(values, f"trust.{name}")
    for value in values:
        if not isinstance(value, str) or len(value) > MAX_ADDRESS or not pattern.fullmatch(value):
            raise refuse(f"trust.{name}", "an https address was expected (http on loopback in a demonstration)")
    return tuple(str(value) for value in values)
