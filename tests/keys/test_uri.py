"""The URI of a key: what names one, in one form, and what is refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import KeyUriError
from keys.uri import FileUri, TokenUri, parse

FULL = "pkcs11:token=office%20one;object=seal;id=%01%FF?module-path=/usr/lib/softhsm2.so&pin-source=file:/etc/pin"


def test_a_file_is_new_or_named() -> None:
    assert parse("file:") == FileUri()
    assert parse("file:document-0011223344556677.key.json") == FileUri(name="document-0011223344556677.key.json")


def test_a_token_uri_says_which_token_and_which_key() -> None:
    found = parse(FULL)
    assert isinstance(found, TokenUri)
    assert dict(found.token) == {"token": "office one"}
    assert (found.label, found.id) == ("seal", b"\x01\xff")
    assert (found.module, found.pin_file) == ("/usr/lib/softhsm2.so", "/etc/pin")
    assert str(found) == FULL


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "uri_scheme"),
        ("/keys/x.key.json", "uri_scheme"),
        ("https://keys.example/x", "uri_scheme"),
        ("file:../../etc/passwd", "uri_form"),
        ("file:/etc/passwd", "uri_form"),
        ("pkcs11:token=office;object=印章", "uri_form"),
        ("pkcs11:token=office;object=a b", "uri_form"),
        ("pkcs11:" + "x" * 1024, "uri_form"),
        ("pkcs11:token=office", "uri_token"),
        ("pkcs11:object=seal", "uri_token"),
        ("pkcs11:token=office;object=seal;object=other", "uri_attribute"),
        ("pkcs11:token=office;object=seal;colour=red", "uri_attribute"),
        ("pkcs11:token=office;object=", "uri_attribute"),
        ("pkcs11:token=office;object=%zz", "uri_attribute"),
        ("pkcs11:token=office;object=%FF", "uri_attribute"),
        ("pkcs11:token=office;object=%00", "uri_attribute"),
        ("pkcs11:token=office;object=seal;type=cert", "uri_attribute"),
        ("pkcs11:token=office;object=seal?module-name=softhsm", "uri_attribute"),
        ("pkcs11:token=office;object=seal?pin-value=1234", "uri_pin"),
        ("pkcs11:token=office;object=seal;pin-value=1234", "uri_pin"),
        ("pkcs11:token=office;object=seal?pin-source=|/bin/ask", "uri_attribute"),
        ("pkcs11:token=office;object=seal?pin-source=%7C/bin/ask", "uri_pin"),
        ("pkcs11:token=office;object=seal?pin-source=pin.txt", "uri_pin"),
    ],
)
def test_what_names_no_key_is_refused(text: str, code: str) -> None:
    with pytest.raises(KeyUriError) as refused:
        parse(text)
    assert refused.value.code == code
    assert "1234" not in str(refused.value)


TEXTS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)


@pytest.mark.slow
@given(token=TEXTS, label=TEXTS, key_id=st.binary(max_size=8), path=TEXTS)
def test_every_token_uri_reads_back_as_itself(token: str, label: str, key_id: bytes, path: str) -> None:
    uri = TokenUri(token={"token": token}, label=label, id=key_id, module=f"/{path}", pin_file=f"/x{path}")
    assert parse(str(uri)) == uri
