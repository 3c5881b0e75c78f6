"""The suites of signatures (FORMAT 1.1): names, numbers and sizes, which stand here and nowhere else.

Rules: the key says by which suite it signs, a message never decides it. A pair of ``alg`` and ``params`` that is none
of these belongs to a later suite: a key with it verifies nothing here, and what it would have to prove stays open.

    >>> find("ES256", {}) is ES256, find("ES256", {"id": "x"}), find("SM2", {})
    (True, None, None)
    >>> may_be_called("ES256", -7), may_be_called("SM2", -7), may_be_called("SM2", -65000)
    (True, False, True)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

NAME: Final = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)
"""The form of ``alg``, also of one that nobody knows yet."""
MAX_PARAMS: Final = 16
"""Members of ``params``; SM2 needs one."""
MAX_LATER_SIGNATURE: Final = 8192
"""Bytes of a JWS signature by a suite that this program does not know; ML-DSA-87 has 4,627."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One way to sign: the curve, the digest, and what they are called."""

    alg: str
    """As keys name it, and the header of a JWS (RFC 7518 section 3.1)."""
    cose: int
    """As the header of a COSE_Sign1 names it (RFC 9053 section 2.1)."""
    kty: str
    crv: str
    """Type and curve of the JWK (RFC 7518 section 6.2)."""
    curve: ec.EllipticCurve
    hash: hashes.HashAlgorithm
    coordinate_bytes: int
    signature_bytes: int
    """r and s, one behind the other."""
    order: int
    """The order n of the group."""
    half_order: int = field(init=False)
    """The largest s that is written: (r, n - s) would be a second signature over the same bytes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_order", self.order // 2)

    def has_curve_of(self, key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> bool:
        """Whether a key is on this suite's curve."""
        return key.curve.name == self.curve.name


ES256: Final = Suite(
    alg="ES256",
    cose=-7,
    kty="EC",
    crv="P-256",
    curve=ec.SECP256R1(),
    hash=hashes.SHA256(),
    coordinate_bytes=32,
    signature_bytes=64,
    order=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
)
"""Suite 1: ECDSA on P-256 with SHA-256; the order stands in SP 800-186 section 3.2.1.3."""

_BY_ALG: Final[Mapping[str, Suite]] = MappingProxyType({suite.alg: suite for suite in (ES256,)})
_BY_COSE: Final[Mapping[int, Suite]] = MappingProxyType({suite.cose: suite for suite in (ES256,)})


def find(alg: str, params: Mapping[str, object]) -> Suite | None:
    """Return the suite of a key, or None for one that this program does not know. No suite has parameters yet."""
    return None if params else _BY_ALG.get(alg)


def is_known(alg: str | int) -> bool:
    """Whether a header's ``alg`` (a name in a JWS, a number in a COSE_Sign1) is of a suite that stands here."""
    return alg in _BY_COSE if isinstance(alg, int) else alg in _BY_ALG


def may_be_called(alg: str, number: int) -> bool:
    """Whether the COSE number may be the algorithm that a key calls ``alg``.

    Where one of the two is known the answer is certain; of two unknown ones nobody can tell here.
    """
    return _BY_ALG.get(alg) is _BY_COSE.get(number)
