"""Time-stamps over seals (RFC 3161): asked of the service that the home names, and checked before they are used.

Rules: the service gets the digest of a signature and nothing else. Its answer counts when it is over that signature,
has the nonce of the request, is of the policy that was asked for, was made now by this machine's clock, and is signed
by a certificate for time-stamping that leads to the root which the home pins. It is in the one form that readers take
(FORMAT 6.2): what nobody signed of a token is written anew, its signer's certificate alone goes with it, and an ECDSA
signature is low-s. Without such an answer nothing is sealed, and the document waits.

    token = Stamper(settings, clock=clock).stamp(signature)
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Final

from asn1crypto import cms, core, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError

from credential import sealforms
from issuer.documents.cms import Tag, der
from issuer.errors import ServiceError
from issuer.home.opened import Clock
from issuer.home.settings import TimestampSettings

CLOCKS: Final = timedelta(minutes=5)
"""How far the clocks of the service and of this machine may be apart."""
_MD: Final = "sha256"


class Stamper:
    """One time-stamp service; reuse it for a whole batch."""

    def __init__(self, settings: TimestampSettings, *, clock: Clock) -> None:
        """Take the settings of a home. Raises ServiceError ``timestamp_settings``: its password file does not read."""
        self._settings = settings
        self._clock = clock
        self._client = _Client(settings)
        _, _, root = pem.unarmor(settings.root.encode("ascii"))
        self._root = asn1_x509.Certificate.load(root)

    def stamp(self, signature: bytes) -> bytes:
        """Return the token over a signature, DER.

        Raises:
            ServiceError: ``timestamp_unanswered``: no answer in time, or none; ``timestamp_refused``: an answer that
                does not hold. Both may be over by themselves.
        """
        digest = hashlib.sha256(signature).digest()
        try:
            token = asyncio.run(self._client.async_timestamp(digest, _MD))
        except OSError as error:
            cause = error.__cause__ or error
            message = f"the time-stamp service at {self._settings.url} gave no answer that can be used ({cause})"
            raise ServiceError("timestamp_unanswered", message, url=self._settings.url) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # Of another nonce, too: pyHanko 0.38 fails over the sentence that says so.
            raise self._refused(f"the answer is none of RFC 3161 ({type(error).__name__})") from error
        try:
            self._check(token, digest)
            return _written(token["content"])
        except (ValueError, KeyError, TypeError) as error:
            raise self._refused(f"the token is not in its form ({error})") from error

    def _check(self, token: cms.ContentInfo, digest: bytes) -> None:
        data = token["content"]
        if len(token.dump()) > sealforms.MAX_STAMP or len(data["signer_infos"]) != 1:
            raise self._refused("it is too large, or has not one signer")
        [info] = data["signer_infos"]
        if not isinstance(data["crls"], core.Void) or not isinstance(info["unsigned_attrs"], core.Void):
            raise self._refused("it carries CRLs or attributes that nobody signed")
        stated = data["encap_content_info"]["content"].parsed
        imprint = stated["message_imprint"]
        if imprint["hash_algorithm"]["algorithm"].native != _MD or imprint["hashed_message"].native != digest:
            raise self._refused("it is over something else than was asked for")
        if self._settings.policy and stated["policy"].dotted != self._settings.policy:
            raise self._refused(f"it is of policy {stated['policy'].dotted}")
        if abs(stated["gen_time"].native - self._clock()) > CLOCKS:
            raise self._refused(f"it says that it was made at {stated['gen_time'].native:%Y-%m-%d %H:%M:%S}Z")
        certificates = [each.chosen for each in data["certificates"]]
        if not 0 < len(certificates) <= sealforms.MAX_CHAIN:
            raise self._refused("it does not carry its certificates")
        self._check_signer(info, certificates, bytes(data["encap_content_info"]["content"]))

    def _check_signer(self, info: cms.SignerInfo, certificates: list[asn1_x509.Certificate], content: bytes) -> None:
        """One of the certificates signed it, may make time-stamps, and leads to the pinned root."""
        signers = [each for each in certificates if _is_of(info, each)]
        if len(signers) != 1 or not _bound(info):
            raise self._refused("it does not name the certificate of its signer")
        digest = sealforms.DIGESTS.get(info["digest_algorithm"]["algorithm"].native)
        if digest is None:
            raise self._refused("its digest is of a kind that readers do not take")
        if validate_sig_integrity(info, signers[0], "tst_info", digest(content).digest()) != (True, True):
            raise self._refused("its signature does not hold")
        context = ValidationContext(
            trust_roots=[self._root], other_certs=certificates, allow_fetching=False, moment=self._clock()
        )
        validator = CertificateValidator(signers[0], validation_context=context)
        try:
            asyncio.run(validator.async_validate_usage(set(), {"time_stamping"}))  # type: ignore[no-untyped-call]
        except (PathBuildingError, PathError, ValidationError) as error:
            message = f"its certificate does not lead to the pinned root, or is for another use ({error})"
            raise self._refused(message) from error

    def _refused(self, why: str) -> ServiceError:
        message = f"the time-stamp of {self._settings.url} was not taken: {why}"
        return ServiceError("timestamp_refused", message, url=self._settings.url)


class _Client(HTTPTimeStamper):
    """pyHanko's client, with the settings of a home."""

    def __init__(self, settings: TimestampSettings) -> None:
        headers = {}
        if settings.user:  # aiohttp gives up its own way of saying this
            told = f"{settings.user}:{_password(settings)}".encode()
            headers = {"Authorization": f"Basic {base64.b64encode(told).decode('ascii')}"}
        super().__init__(settings.url, timeout=settings.seconds, headers=headers)
        self._policy = settings.policy

    def request_cms(self, message_digest: bytes, md_algorithm: str) -> tuple[int | None, tsp.TimeStampReq]:
        """The request, with the policy that the home wants; called by pyHanko."""
        nonce, request = super().request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        if self._policy:
            request["req_policy"] = tsp.ObjectIdentifier(self._policy)
        return nonce, request


def _password(settings: TimestampSettings) -> str:
    path = Path(settings.password_file)
    try:
        if path.stat().st_mode & 0o077:
            raise ServiceError("timestamp_settings", f"{path} is open to others; chmod 600", path=str(path))
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"the password of the time-stamp service does not read from {path} ({type(error).__name__})"
        raise ServiceError("timestamp_settings", message, path=str(path)) from error


def _written(content: cms.SignedData) -> bytes:
    """A token in the one form that readers take (FORMAT 6.2); its signature stays what it is. Raises ValueError."""
    [info] = content["signer_infos"]
    [signer] = [each.chosen for each in content["certificates"] if _is_of(info, each.chosen)]
    digest = sealforms.DIGEST_FORMS.get(info["digest_algorithm"]["algorithm"].native)
    algorithm = sealforms.SIGNATURE_FORMS.get(info["signature_algorithm"]["algorithm"].native)
    if digest is None or algorithm is None:
        raise ValueError("it is signed in a way that readers do not take")
    signature: bytes = info["signature"].native
    if info["signature_algorithm"].signature_algo == "ecdsa":
        signature = _low_s(signature, signer)
    attributes: bytes = info["signed_attrs"].contents
    identified = info["sid"].chosen.dump()
    signed = der(
        Tag.SEQUENCE,
        sealforms.VERSION_1,
        identified,
        digest,
        der(Tag.CONTEXT_0, attributes),
        algorithm,
        der(Tag.OCTETS, signature),
    )
    body = der(
        Tag.SEQUENCE,
        sealforms.VERSION_3,
        der(Tag.SET, digest),
        content["encap_content_info"].dump(),
        der(Tag.CONTEXT_0, signer.dump()),
        der(Tag.SET, signed),
    )
    return der(Tag.SEQUENCE, sealforms.SIGNED_DATA, der(Tag.CONTEXT_0, body))


def _low_s(signature: bytes, certificate: asn1_x509.Certificate) -> bytes:
    r, s = decode_dss_signature(signature)
    order = sealforms.ORDERS.get(str(certificate.public_key.curve[1]))
    if order is None:
        raise ValueError("its key is on a curve that readers do not take")
    return encode_dss_signature(r, min(s, order - s))


def _is_of(info: cms.SignerInfo, certificate: asn1_x509.Certificate) -> bool:
    if info["sid"].name != "issuer_and_serial_number":
        return False
    name = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    return bool(info["sid"].chosen.dump() == name.dump())


def _bound(info: cms.SignerInfo) -> bool:
    named = {attribute["type"].native for attribute in info["signed_attrs"]}
    return bool(named & {"signing_certificate", "signing_certificate_v2"})
