"""The ceremony: payloads go to where the root keys are and signatures come back (FORMAT 8.1).

Rules: a request says in words what is to be signed, and whoever signs believes none of them: their program reads the
payload itself, works the words out again and refuses a request that says something else, or holds what the program
does not know and a reader would keep unread (FORMAT 1.1, 1.9). A response is a container of
one line, so nothing new has to be trusted when it comes back; it must be over the very payload that was sent out.

    request = export_request(encode_root(root), roots.TYP)
    print(*describe(request), sep="\\n")                      # on the machine with the key, before signing
    response = sign_request(request, signer)
    container = import_responses(request, [response], keys=verified.keys)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import jose, jsonform, roots, trustlist
from credential.catalogue import CATALOGUE_TYP, Catalogue
from credential.contacts import Contact
from credential.delegation import check_delegation
from credential.errors import MalformedError, NotTrustedError
from credential.grants import Grant
from credential.members import Members, refuse
from credential.signing import AnyKey, KeyId, Signer, usable
from credential.text import from_base64url, to_base64url
from credential.trustform import (
    MAX_TRUST_LIST_BYTES,
    Authority,
    DocumentCertificate,
    KeyEntry,
    StatusAssignment,
    check_known,
    parse_trust_list,
)

VERSION: Final = 1
MAX_PAYLOAD_BYTES: Final = MAX_TRUST_LIST_BYTES
MAX_REQUEST_BYTES: Final = 16 << 20
"""The largest payload in base64url, and as much again of words about it."""
MAX_SUMMARY_LINES: Final = 200_000
"""A few for each of the entries that a trust list may have."""
_MEMBERS: Final = frozenset({"digest", "payload", "summary", "typ", "v"})


class RequestError(NotTrustedError):
    """A request or a response that may not be signed or taken.

    Codes: ``summary_differs``, ``wrong_payload``, ``wrong_typ``, ``foreign_key``, ``no_response``.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRequest:
    """A request as it was read: the payload is in the format that ``typ`` names, the words are the payload's own."""

    typ: str
    payload: bytes
    summary: tuple[str, ...]


def export_request(payload: bytes, typ: str) -> bytes:
    """Return the file that goes to whoever holds a root key.

    Args:
        payload: what is to be signed: a root set, a trust list, a catalogue.
        typ: the format of the payload, as its JWS will name it.

    Raises:
        RequestError: ``wrong_typ``: nothing of this kind is signed in a ceremony.
        MalformedError: the payload is not in its format, or ``unknown_kind``: it holds what this program does not know.
        NotTrustedError: ``outside_delegation``.
    """
    _check_may_be_signed(payload, typ)
    return jsonform.encode(
        {
            "digest": sha256(payload).hexdigest(),
            "payload": to_base64url(payload),
            "summary": list(summarise(payload, typ)),
            "typ": typ,
            "v": VERSION,
        }
    )


def parse_request(data: bytes) -> SigningRequest:
    """Read a request strictly, and hold its words against its payload.

    Raises:
        MalformedError: not in the format, or its payload is not; ``unknown_kind``.
        RequestError: ``wrong_typ``, ``wrong_payload`` (another digest), ``summary_differs``.
    """
    members = Members(jsonform.decode(data, max_bytes=MAX_REQUEST_BYTES), "request", _MEMBERS)
    members.constant("v", VERSION)
    typ = members.choice("typ", _SUMMARIES)
    payload = _payload(members)
    if members.digest("digest") != sha256(payload).digest():
        raise RequestError("wrong_payload", "request: the digest is of another payload; have it made again")
    summary = summarise(payload, typ)
    if members.listing("summary", most=MAX_SUMMARY_LINES) != list(summary):
        message = "request: its words are not what its payload says; sign nothing, and see where it comes from"
        raise RequestError("summary_differs", message)
    return SigningRequest(typ=typ, payload=payload, summary=summary)


def describe(request: bytes) -> tuple[str, ...]:
    """Return in words what a request would have signed, worked out from the payload itself.

    Raises:
        MalformedError, RequestError: as ``parse_request``.
    """
    return parse_request(request).summary


def sign_request(request: bytes, signer: Signer) -> bytes:
    """Return the response: a container (FORMAT 1.6) of one line. Show ``describe`` to a person first.

    Raises:
        MalformedError, RequestError: as ``parse_request``; nothing was signed.
        NotTrustedError: ``outside_delegation``: a trust list in which a grant is wider than what was delegated.
    """
    parsed = parse_request(request)
    _check_may_be_signed(parsed.payload, parsed.typ)
    return jose.join([jose.sign(parsed.payload, signer, typ=parsed.typ)])


def _check_may_be_signed(payload: bytes, typ: str) -> None:
    """Refuse what readers would take and no writer signs."""
    if typ == trustlist.TYP:
        check_delegation(parse_trust_list(payload))


def import_responses(request: bytes, responses: Iterable[bytes], *, keys: Mapping[bytes, AnyKey]) -> bytes:
    """Join responses to the container that is published; in whichever order they came, the same bytes.

    Whether they are enough is asked where the container is published, because it depends on what it follows.

    Args:
        request: the file that was sent out, from the sender's own disk.
        responses: what came back; one key's twice is fine.
        keys: who may sign: for a root set its own keys and its predecessor's, else the root's.

    Raises:
        MalformedError: a response is no container.
        RequestError: ``no_response``, ``wrong_typ``, ``wrong_payload``, ``foreign_key``.
        SignatureError: a signature does not hold.
        CannotKnowError: ``newer_format``: a response by a key of a suite that this program does not know.
    """
    parsed = parse_request(request)
    tokens: dict[bytes, str] = {}
    for response in responses:
        for token in jose.split(response, max_bytes=MAX_REQUEST_BYTES):
            message = _response(token, parsed, keys)
            tokens[message.key_id] = min(tokens.get(message.key_id, message.token), message.token)
    if not tokens:
        raise RequestError("no_response", "request: nobody has signed it yet")
    return jose.join(list(tokens.values()))


def _response(token: str, parsed: SigningRequest, keys: Mapping[bytes, AnyKey]) -> jose.UnverifiedJws:
    typ = jose.typ_of(token)
    if typ != parsed.typ:
        raise RequestError("wrong_typ", f"response: a {typ} came back, a {parsed.typ} was sent out")
    message = jose.parse(token, typ=parsed.typ, max_bytes=MAX_REQUEST_BYTES)
    if message.payload != parsed.payload:
        raise RequestError("wrong_payload", "response: it signs another payload than the one that was sent out")
    key = keys.get(message.key_id)
    if key is None:
        kid = to_base64url(message.key_id)
        raise RequestError("foreign_key", f"response: {kid} is none of the keys that may sign this", kid=kid)
    message.verify(key)
    return message


def _payload(members: Members) -> bytes:
    text = members.text("payload", most=MAX_PAYLOAD_BYTES * 4 // 3 + 4)
    try:
        return from_base64url(text)
    except MalformedError as error:
        raise refuse("request.payload", "base64url was expected") from error


# --- what is to be signed, in words ----------------------------------------------------------------------------------


def summarise(payload: bytes, typ: str) -> tuple[str, ...]:
    """Return in words what a payload says, member by member; the last line is its digest.

    Raises:
        RequestError: ``wrong_typ``.
        MalformedError: the payload is not in the format that ``typ`` names, or ``unknown_kind``.
    """
    words = _SUMMARIES.get(typ)
    if words is None:
        raise RequestError("wrong_typ", f"no {typ} is signed in a ceremony: a root set, a trust list or a catalogue is")
    return (*words(payload), f"SHA-256 of the payload {sha256(payload).hexdigest()}")


def _root(payload: bytes) -> Sequence[str]:
    root = roots.parse_root(payload)
    roots.check_known(root)
    return (
        f"root set {root.version} of {_kind(root.demonstration)}, made {_instant(root.iat)}",
        f"{root.threshold} of these {len(root.keys)} keys must sign what follows it",
        *(_named(key) for key in root.keys),
    )


def _trust(payload: bytes) -> Sequence[str]:
    content = parse_trust_list(payload)
    check_known(content)
    return (
        f"trust list {content.version} of {content.deployment}, {_kind(content.demonstration)}",
        f"good from {_instant(content.iat)} until {_instant(content.exp)}",
        *(line for each in content.authorities for line in _authority(each)),
        *(_key(each) for each in content.keys),
        *(_certificate(each) for each in content.document_certificates),
        *(f"official host {host}" for host in content.hosts),
        *(f"publication at {address}" for address in content.publications),
        *(_status(each) for each in content.status),
        f"filings {content.filings_digest.hex()}",
        f"catalogue {content.catalogue_version}, file {content.catalogue_digest.hex()}",
    )


def _catalogue(payload: bytes) -> Sequence[str]:
    jsonform.decode(payload, max_bytes=MAX_PAYLOAD_BYTES)
    catalogue = Catalogue.from_json(payload)
    catalogue.check_known()
    return (
        f"catalogue {catalogue.version}: {len(catalogue.all_series)} series, {len(catalogue.titles)} titles",
        *(
            f"series {each.number} {each.name}: {len(catalogue.titles_of(each.number))} titles"
            for each in catalogue.all_series
        ),
    )


_SUMMARIES: Final[Mapping[str, Callable[[bytes], Sequence[str]]]] = MappingProxyType(
    {roots.TYP: _root, trustlist.TYP: _trust, CATALOGUE_TYP: _catalogue}
)


def _authority(authority: Authority) -> Sequence[str]:
    where = f"{authority.region} {authority.region_name}"
    head = f"authority {authority.id}: {authority.name} ({authority.name_en}), code {authority.code}, region {where}"
    above = "nobody delegated to it" if authority.parent is None else f"{authority.parent} delegated to it"
    return (
        f"{head}, {above}",
        f"{authority.id} is reached in Chinese: {_contact(authority.contact.zh)}",
        f"{authority.id} is reached in English: {_contact(authority.contact.en)}",
        *(f"{authority.id} is granted: {_grant(each)}" for each in authority.grants),
    )


def _contact(contact: Contact) -> str:
    return "; ".join(f"{name} {getattr(contact, name) or 'none'}" for name in contact.__slots__)


def _grant(grant: Grant) -> str:
    scope = "a scope is required" if grant.scope_required else "a scope is optional"
    return "; ".join(
        (
            f"to {', '.join(sorted(grant.acts))} over {grant.over}",
            f"series {_numbers(grant.series)}",
            f"levels {_numbers(grant.levels)}",
            f"ways {_numbers(grant.ways)}, by committee {_numbers(grant.committee_ways)}",
            f"region {grant.region}, {scope}",
            f"{grant.first} to {_day(grant.last)}",
            f"at most {grant.max_gap_days} days from award to issue",
            grant.legal_basis,
        )
    )


def _key(entry: KeyEntry) -> str:
    owner = "the deployment" if entry.authority is None else entry.authority
    stolen = "" if entry.compromised_since is None else f" since {_instant(entry.compromised_since)}"
    span = f"{_instant(entry.begins)} to {_instant(entry.ends)}"
    succeeded = "" if entry.succeeds is None else f", succeeds {_kid(entry.succeeds)}"
    return f"{entry.use} {_named(entry.key)} of {owner}, {span}, {entry.state}{stolen}{succeeded}"


def _named(key: AnyKey) -> str:
    return f"key {_kid(key.key_id)}, {key.alg}, thumbprint {usable(key).thumbprint.hex()}"


def _certificate(entry: DocumentCertificate) -> str:
    digest = sha256(entry.certificate).hexdigest()
    span = f"{_instant(entry.begins)} to {_instant(entry.ends)}"
    return f"document certificate {digest}, {entry.alg}, of {entry.authority}, {span}, {entry.state}"


def _status(entry: StatusAssignment) -> str:
    return f"status list {entry.id} at {entry.cwt} and {entry.jwt}, by {', '.join(map(_kid, entry.kids))}"


def _kind(demonstration: bool) -> str:
    return "a demonstration without legal effect" if demonstration else "a deployment with legal effect"


def _kid(key_id: KeyId) -> str:
    return to_base64url(key_id)


def _numbers(numbers: frozenset[int] | None) -> str:
    return "all" if numbers is None else " ".join(map(str, sorted(numbers))) or "none"


def _instant(instant: datetime | None) -> str:
    return "open" if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _day(day: date | None) -> str:
    return "open" if day is None else day.isoformat()
