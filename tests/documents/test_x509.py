"""The demonstration chain: what it says of itself, and that openssl accepts it."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keys.x509 import DOCUMENT_SIGNING, make_demonstration_chain
from tests.documents.samples import DOCUMENT_KEY, NOW, ROOT_KEY, chain
from tests.support.tools import require_tool


def test_openssl_verifies_the_chain(tmp_path: Path) -> None:
    for name, certificate in zip(("root", "leaf"), chain(), strict=True):
        (tmp_path / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    at = str(int(NOW.timestamp()))
    command = [require_tool("openssl"), "verify", "-x509_strict", "-attime", at, "-CAfile", tmp_path / "root"]
    run = subprocess.run([*command, tmp_path / "leaf"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("leaf: OK\n")


def test_every_name_says_demonstration() -> None:
    root, leaf = chain()
    for certificate in chain():
        assert "DEMONSTRATION" in certificate.subject.rfc4514_string()
        (common,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert "演示" in str(common.value)
    assert leaf.issuer == root.subject


def test_the_document_certificate_can_only_sign_documents() -> None:
    _, leaf = chain()
    basic = leaf.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert not basic.value.ca
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    used = {name for name in ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign", "key_agreement",
            "key_encipherment", "data_encipherment") if getattr(usage.value, name)}  # fmt: skip
    assert used == {"digital_signature", "content_commitment"}
    assert DOCUMENT_SIGNING in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_the_root_signs_only_end_certificates() -> None:
    root, _ = chain()
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)


def test_it_begins_before_now_and_the_leaf_ends_first() -> None:
    root, leaf = chain()
    assert leaf.not_valid_before_utc < NOW < leaf.not_valid_after_utc < root.not_valid_after_utc


def test_numbers_differ_even_if_randomness_is_stuck() -> None:
    root, leaf = chain()
    assert root.serial_number != leaf.serial_number


def test_a_public_key_is_enough_and_long_names_are_cut() -> None:
    _, leaf = make_demonstration_chain(
        ROOT_KEY, DOCUMENT_KEY.public_key(), authority_name="示范" * 60, credit_code="1" * 80, now=NOW
    )
    (common,) = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert str(common.value).endswith("（演示）")
    assert leaf.public_key().public_numbers() == DOCUMENT_KEY.public_key().public_numbers()


def test_other_curves_and_naive_times_are_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    for root_key, key, now in (
        (other, DOCUMENT_KEY, NOW), (ROOT_KEY, other, NOW), (ROOT_KEY, DOCUMENT_KEY, NOW.replace(tzinfo=None)),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="must be"):
            make_demonstration_chain(root_key, key, authority_name="示范省", credit_code="1", now=now)


def test_a_short_life_is_possible() -> None:
    _, leaf = make_demonstration_chain(
        ROOT_KEY, DOCUMENT_KEY, authority_name="示范省", credit_code="1", now=NOW, leaf_lifetime=timedelta(days=30)
    )
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=30)
