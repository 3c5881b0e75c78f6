"""Compact JWS (RFC 7515) and the container of several signatures (FORMAT 1.5 and 1.6), strictly.

PyJWT signs and verifies, and is imported here and nowhere else. It is lenient where two programs could disagree (a
trailing ``==``, duplicate members), so our own layer takes the token apart first and PyJWT only ever sees tokens in
their only form. The algorithm comes from the key; the header merely has to say the same. One that this program does not
know is taken to be of a later suite, until the key is known.

    payload = verify(token, {key.key_id: key}, typ="titlecert-snapshot+jwt", max_bytes=1 << 20)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import jwt
from jwt.algorithms import Algorithm, ECAlgorithm

from credential import algorithms, jsonform
from credential.algorithms import ES256
from credential.errors import CannotKnowError, MalformedError, NotTrustedError
from credential.signing import KEY_ID_BYTES, AnyKey, SignatureError, Signer, UnusableKey, usable
from credential.text import from_base64url, to_base64url

MAX_HEADER_BYTES: Final = 512
"""Four times the longest that these formats have."""
MAX_LINES: Final = 16
"""Roots have at most 16 keys (FORMAT 8); a container with more signatures says nothing more."""
MAX_CONTAINER_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedJws:
    """A compact JWS in its only form whose signature nobody has checked."""

    token: str
    alg: str
    """What the sender says it was signed by; the key decides."""
    key_id: bytes
    typ: str
    payload: bytes
    """Not trusted yet."""
    signature: bytes

    def check_algorithm(self, key: AnyKey) -> None:
        """Check that the header names the algorithm of ``key``, and its id (FORMAT 1.5).

        Raises:
            SignatureError: ``wrong_key``.
            MalformedError: ``bad_header``: another algorithm.
        """
        if key.key_id != self.key_id:
            raise SignatureError("wrong_key", f"signed by {self.key_id.hex()}, checked with {key.key_id.hex()}")
        if key.alg != self.alg:
            raise MalformedError("bad_header", f"JWS: algorithm {self.alg} is not the key's, which is {key.alg}")

    def verify(self, key: AnyKey) -> bytes:
        """Return the payload after checking the signature with ``key``.

        Raises:
            SignatureError: ``wrong_key`` or ``bad_signature``.
            MalformedError: ``bad_header``: the header names another algorithm than the key's.
            CannotKnowError: ``newer_format``: the key is of a suite that this program does not know.
        """
        self.check_algorithm(key)
        usable(key).verify(self.signature, self.token.rpartition(".")[0].encode("ascii"))
        return self.payload


class _SignerAlgorithm(ECAlgorithm):
    """Lets PyJWT build the token while the key stays behind the two-member ``Signer``."""

    def __init__(self) -> None:
        super().__init__(ECAlgorithm.SHA256)

    def prepare_key(self, key: object) -> object:  # type: ignore[override]
        return key

    def sign(self, msg: bytes, key: Signer) -> bytes:  # type: ignore[override]
        return key.sign(msg)


def _tokens() -> jwt.PyJWS:
    tokens = jwt.PyJWS(algorithms=[])
    algorithm: Algorithm = _SignerAlgorithm()
    tokens.register_algorithm(ES256.alg, algorithm)
    return tokens


_JWS: Final = _tokens()


def sign(payload: bytes, signer: Signer, *, typ: str) -> str:
    """Return the compact JWS of ``payload``; the header is exactly alg, kid, typ in canonical JSON."""
    header = {"kid": to_base64url(signer.key_id), "typ": typ}
    token = _JWS.encode(payload, signer, algorithm=ES256.alg, headers=header, sort_headers=True)  # type: ignore[arg-type]
    parse(token, typ=typ, max_bytes=len(token))
    return token


def parse(token: str | bytes, *, typ: str, max_bytes: int) -> UnverifiedJws:
    """Take a compact JWS apart in its only form.

    Raises:
        MalformedError: ``too_large``, ``not_recognised``, ``bad_header``, ``not_base64url``, ``not_json``,
            ``not_canonical``, ``high_s``.
    """
    text = _ascii(token, max_bytes)
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedError("not_recognised", "JWS: three parts joined by dots were expected")
    header = jsonform.decode_object(from_base64url(parts[0]), max_bytes=MAX_HEADER_BYTES)
    alg, key_id = _read_header(header, typ)
    signature = from_base64url(parts[2])
    _check_signature_form(alg, signature)
    payload = from_base64url(parts[1])
    return UnverifiedJws(token=text, alg=alg, key_id=key_id, typ=typ, payload=payload, signature=signature)


def _check_signature_form(alg: str, signature: bytes) -> None:
    if not algorithms.is_known(alg):
        if not 1 <= len(signature) <= algorithms.MAX_LATER_SIGNATURE:
            most = algorithms.MAX_LATER_SIGNATURE
            raise MalformedError("not_recognised", f"JWS: a signature of a later suite has 1 to {most} bytes")
        return
    if len(signature) != ES256.signature_bytes:
        raise MalformedError("not_recognised", f"JWS: an {ES256.alg} signature has {ES256.signature_bytes} bytes")
    if int.from_bytes(signature[ES256.coordinate_bytes :]) > ES256.half_order:
        raise MalformedError("high_s", "JWS: the signature is in its second form (s > n/2), which no signer writes")


def verify(token: str | bytes, keys: Mapping[bytes, AnyKey], *, typ: str, max_bytes: int) -> bytes:
    """Return the payload of a token signed by one of ``keys`` (key id to key).

    Raises:
        MalformedError: as ``parse``; ``bad_header`` for another algorithm than the key's.
        NotTrustedError: ``unknown_key``.
        SignatureError: the signature does not hold.
        CannotKnowError: ``newer_format``: the key is of a suite that this program does not know.
    """
    message = parse(token, typ=typ, max_bytes=max_bytes)
    key = keys.get(message.key_id)
    if key is None:
        raise NotTrustedError("unknown_key", f"JWS: no key {message.key_id.hex()} for a {typ} is known")
    return message.verify(key)


def join(tokens: Sequence[str]) -> bytes:
    """Make a container (FORMAT 1.6) of tokens over one payload.

    Raises:
        MalformedError: as ``parse_container``.
    """
    data = "".join(f"{token}\n" for token in sorted(tokens, key=_kid_text)).encode("ascii")
    split(data)
    return data


def parse_container(data: bytes, *, typ: str, max_bytes: int = MAX_CONTAINER_BYTES) -> tuple[UnverifiedJws, ...]:
    """Take a container apart: at least one line, all over byte-identical payloads, sorted by kid.

    Raises:
        MalformedError: as ``parse``; ``not_canonical`` for order, repeated keys, differing payloads, a missing newline.
    """
    return tuple(parse(line, typ=typ, max_bytes=max_bytes) for line in split(data, max_bytes=max_bytes))


def split(data: bytes, *, max_bytes: int = MAX_CONTAINER_BYTES) -> tuple[str, ...]:
    """Return the lines of a container after checking its frame, whatever their ``typ``."""
    lines = _ascii(data, max_bytes).split("\n")
    if lines[-1] != "" or not 2 <= len(lines) <= MAX_LINES + 1:
        raise MalformedError("not_canonical", f"container: 1 to {MAX_LINES} lines, each ended by a newline")
    del lines[-1]
    if any(line.count(".") != 2 for line in lines):
        raise MalformedError("not_recognised", "container: a line is no compact JWS")
    if len({line.split(".")[1] for line in lines}) != 1:
        raise MalformedError("not_canonical", "container: the lines do not sign the same payload")
    kids = [_kid_text(line) for line in lines]
    if kids != sorted(set(kids)):
        raise MalformedError("not_canonical", "container: lines are sorted by key id and no key signs twice")
    return tuple(lines)


def typ_of(token: str) -> str:
    """Return the ``typ`` that a token names in its header, for saying what it is when it is not what was expected.

    Raises:
        MalformedError: ``not_base64url``, ``not_json``, ``bad_header`` and their like.
    """
    typ = _header(token).get("typ")
    if not isinstance(typ, str):
        raise MalformedError("bad_header", "JWS: the header names no typ")
    return typ


def verify_threshold(messages: Sequence[UnverifiedJws], keys: Mapping[bytes, AnyKey], threshold: int) -> bytes:
    """Return the common payload when at least ``threshold`` different ``keys`` signed it; as ``verify_thresholds``."""
    return verify_thresholds(messages, [(keys, threshold)])


def verify_thresholds(
    messages: Sequence[UnverifiedJws], demands: Sequence[tuple[Mapping[bytes, AnyKey], int]]
) -> bytes:
    """Return the common payload when enough keys of every set signed it (FORMAT 1.6).

    A signature by a key that is in no set counts nothing, and neither does one of a suite that this program does not
    know; one by a key of a set that does not hold, or names another algorithm than the key's, is refused.

    Args:
        messages: the lines of a container.
        demands: for each set its keys by key id, and how many of them must sign.

    Raises:
        NotTrustedError: ``too_few_signatures``.
        SignatureError, MalformedError: a line by a key of a set does not hold.
        CannotKnowError: ``newer_format``: too few, unless those hold that only a newer suite can check.
        ValueError: no set, no keys, or a threshold that could never refuse.
    """
    if not demands:
        raise ValueError("somebody must sign")
    enough = [_count(messages, keys, threshold) >= threshold for keys, threshold in demands]
    if not all(enough):
        message = "container: signatures of a suite that this program does not know are needed; update the program"
        raise CannotKnowError("newer_format", message)
    return messages[0].payload


def _count(messages: Sequence[UnverifiedJws], keys: Mapping[bytes, AnyKey], threshold: int) -> int:
    """How many lines hold; fewer than ``threshold`` only where those of a later suite could make them enough."""
    if not keys or not 1 <= threshold <= len(keys):
        raise ValueError("a threshold lies between 1 and the number of keys")
    lines = [message for message in messages if message.key_id in keys]
    later = 0
    for message in lines:
        key = keys[message.key_id]
        if isinstance(key, UnusableKey):
            message.check_algorithm(key)
            later += 1
        else:
            message.verify(key)
    if len(lines) < threshold:
        have = len(lines) - later
        what = f"container: {have} of the {threshold} signatures needed"
        raise NotTrustedError("too_few_signatures", what, have=have, need=threshold)
    return len(lines) - later


def _ascii(data: str | bytes, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise MalformedError("too_large", f"JWS: {len(data)} bytes, at most {max_bytes} are read", length=len(data))
    try:
        return data.decode("ascii") if isinstance(data, bytes) else data.encode("ascii").decode("ascii")
    except UnicodeError as error:
        raise MalformedError("not_recognised", "JWS: a character outside ASCII") from error


def _header(line: str) -> dict[str, jsonform.Value]:
    return jsonform.decode_object(from_base64url(line.partition(".")[0]), max_bytes=MAX_HEADER_BYTES)


def _kid_text(line: str) -> str:
    kid = _header(line).get("kid")
    if not isinstance(kid, str):
        raise MalformedError("bad_header", "JWS: the header names no key")
    return kid


def _read_header(header: dict[str, jsonform.Value], typ: str) -> tuple[str, bytes]:
    if set(header) != {"alg", "kid", "typ"}:
        raise MalformedError("bad_header", "JWS: the header holds exactly alg, kid and typ")
    alg = header["alg"]
    if not isinstance(alg, str) or not algorithms.NAME.fullmatch(alg):
        raise MalformedError("bad_header", "JWS: alg is no name of an algorithm")
    if header["typ"] != typ:
        raise MalformedError("bad_header", f"JWS: this is no {typ}")
    kid = header["kid"]
    key_id = from_base64url(kid) if isinstance(kid, str) else b""
    if len(key_id) != KEY_ID_BYTES:
        raise MalformedError("bad_header", f"JWS: a key id has {KEY_ID_BYTES} bytes")
    return alg, key_id
