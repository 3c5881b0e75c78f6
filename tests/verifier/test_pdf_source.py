"""Reading a sealed document: the honest one is read, every altered one is refused with its own code.

The documents are made by `issuer` and `keys`; the reader under test knows neither.
"""

from __future__ import annotations

import io
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter, copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from credential.attachment import MAX_ATTACHMENT_BYTES
from credential.errors import CredentialError
from issuer.documents.seal import PrivateKeySigner, Sealer
from keys.x509 import make_demonstration_chain
from tests.documents.samples import (
    CREDENTIAL,
    DOCUMENT_KEY,
    NOW,
    PyHankoSigner,
    chain,
    sealed,
    sealer,
    unsigned,
)
from verifier.sources.pdf import read_pdf

RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]")


def _refusal(data: bytes, **options: int) -> str:
    with pytest.raises(CredentialError) as caught:
        read_pdf(data, **options)
    return caught.value.code


def _gap() -> tuple[int, int]:
    """Where the hexadecimal digits of the signature begin and end."""
    found = RANGE.search(sealed())
    assert found is not None
    return int(found[1]) + 1, int(found[2]) - 1


def _with_container(change: Callable[[bytearray], None]) -> bytes:
    begin, end = _gap()
    container = bytearray.fromhex(sealed()[begin:end].decode())
    change(container)
    digits = container.hex().upper().encode()
    assert len(digits) == end - begin
    return sealed()[:begin] + digits + sealed()[end:]


def test_an_honest_document_is_read() -> None:
    document = read_pdf(sealed())
    root, leaf = chain()
    assert document.credential == CREDENTIAL
    assert document.signer_certificate_der == leaf.public_bytes(serialization.Encoding.DER)
    assert document.chain == (root.public_bytes(serialization.Encoding.DER),)
    assert document.signing_time == NOW


def test_digits_are_capitals() -> None:
    begin, end = _gap()
    digits = sealed()[begin:end]
    for other in (digits.lower(), digits[:40].lower() + digits[40:], digits[:-2] + b"0 "):
        assert other != digits
        assert _refusal(sealed()[:begin] + other + sealed()[end:]) == "pdf_altered"


def test_an_error_of_the_signature_names_the_certificate() -> None:
    """It may be of a suite that this reader does not know, which only the trust list tells."""
    begin, end = _gap()
    digits = sealed()[begin:end].upper()
    head, oid, tail = digits.rpartition(b"06082A8648CE3D040302")
    changed = sealed()[:begin] + head + oid[:-2] + b"7F" + tail + sealed()[end:]
    with pytest.raises(CredentialError) as caught:
        read_pdf(changed)
    leaf = chain()[1].public_bytes(serialization.Encoding.DER)
    assert caught.value.fields["certificate"] == leaf
    with pytest.raises(CredentialError) as caught:
        read_pdf(sealed() + b"appended")
    assert "certificate" not in caught.value.fields


def test_another_signer_is_read_and_is_another_signer() -> None:
    """Integrity is not trust: a stranger's chain holds together, and its certificate tells it apart."""
    root_key, key = ec.derive_private_key(77, ec.SECP256R1()), ec.derive_private_key(78, ec.SECP256R1())
    root, leaf = make_demonstration_chain(
        root_key, key, authority_name="示范省人力资源和社会保障厅", credit_code="11990000MB0000001X", now=NOW
    )
    forged = Sealer(certificate=leaf, chain=(root,), signer=key).seal(unsigned(), now=NOW)
    assert read_pdf(forged).signer_certificate_der != read_pdf(sealed()).signer_certificate_der


@pytest.mark.slow
def test_any_flipped_bit_is_refused() -> None:
    rng = random.Random(20261121)  # noqa: S311 - which bits are flipped is no secret
    begin, end = _gap()
    anywhere = [rng.randrange(len(sealed())) for _ in range(60)]
    in_the_signature = [rng.randrange(begin, end) for _ in range(60)]
    behind_it = [rng.randrange(end, len(sealed())) for _ in range(20)]
    for position in (*anywhere, *in_the_signature, *behind_it):
        changed = bytearray(sealed())
        changed[position] ^= 1 << rng.randrange(8)
        assert _refusal(bytes(changed)).startswith("pdf_"), position


@pytest.mark.slow
def test_no_byte_of_the_signature_object_is_free() -> None:
    """The certificates and the version numbers stand outside what is signed, and still cannot be exchanged."""
    begin, end = _gap()
    container = bytes.fromhex(sealed()[begin:end].decode())
    length = len(container.rstrip(b"\x00"))
    for position in range(0, length, 13):

        def flip(octets: bytearray, at: int = position) -> None:
            octets[at] ^= 1

        assert _refusal(_with_container(flip)) in {"pdf_altered", "pdf_malformed"}, position


@pytest.mark.parametrize("extra", [b"\n", b" ", b"%%EOF\n", b"\x00" * 100])
def test_anything_appended_is_refused(extra: bytes) -> None:
    assert _refusal(sealed() + extra) == "pdf_not_whole_file"


def test_an_update_that_overlays_the_page_is_refused() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed()))
    page = writer.root["/Pages"]["/Kids"][0]
    overlay = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 0 0 800 600 re f Q"))
    page["/Contents"] = generic.ArrayObject([overlay])
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(sealed())
    assert _refusal(out.getvalue()) == "pdf_not_whole_file"


def test_a_second_signature_is_refused() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed()))
    # As an attacker would, without asking the certification for leave.
    del writer.root["/Perms"]
    writer.update_root()
    meta = signers.PdfSignatureMetadata(field_name="Second", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    out = io.BytesIO()
    try:
        signers.PdfSigner(meta, PyHankoSigner()).sign_pdf(writer, output=out)
    except Exception:  # pyHanko refuses to help; take the field without the signature
        writer.write(out)
    assert _refusal(out.getvalue()) in {"pdf_altered", "pdf_not_whole_file"}


def test_an_update_that_is_cut_back_to_the_first_range_is_refused() -> None:
    begin, _ = _gap()
    assert _refusal(sealed()[: begin - 1]) in {"pdf_malformed", "pdf_no_signature"}


def test_something_hidden_behind_the_signature_is_refused() -> None:
    def hide(octets: bytearray) -> None:
        octets[-5:] = b"extra"

    assert _refusal(_with_container(hide)) == "pdf_altered"


def test_a_longer_length_over_the_padding_is_refused() -> None:
    def lengthen(octets: bytearray) -> None:
        octets[3] += 1

    assert _refusal(_with_container(lengthen)) in {"pdf_altered", "pdf_malformed"}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_moved_ranges_are_refused(number: int) -> None:
    found = RANGE.search(sealed())
    assert found is not None
    numbers = [int(part) for part in found.groups()]
    for step in (-1, 1):
        moved = list(numbers)
        moved[number] += step
        text = b"/ByteRange [0 %d %d %d" % tuple(moved)
        text += b" " * (len(found[0]) - len(text) - 1) + b"]"
        data = sealed().replace(found[0], text)
        assert len(data) == len(sealed())
        assert _refusal(data) in {"pdf_altered", "pdf_not_whole_file"}


def test_without_a_signature() -> None:
    assert _refusal(unsigned()) == "pdf_no_signature"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-", b"%PDF-1.7\n%%EOF", b"hello", b"\x00" * 5000, b"%PDF-1.7\n" + b"[" * 20000]
)
def test_what_is_no_pdf(data: bytes) -> None:
    assert _refusal(data) == "pdf_malformed"


def test_a_prefix_before_the_header_is_refused() -> None:
    assert _refusal(b"\n" + sealed()) == "pdf_malformed"


def test_the_size_is_capped_before_anything_is_read() -> None:
    assert _refusal(sealed(), max_bytes=len(sealed()) - 1) == "pdf_too_large"
    assert read_pdf(sealed(), max_bytes=len(sealed())).credential == CREDENTIAL


def test_an_encrypted_file_is_refused() -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(unsigned())))
    writer.encrypt(owner_pass="owner", user_pass="")
    out = io.BytesIO()
    writer.write(out)
    assert _refusal(out.getvalue()) == "pdf_malformed"


def _name(text: str) -> generic.NameObject:
    return generic.pdf_name("/" + text)


def _sealed_page(*attachments: tuple[str, bytes], associated: bool = True, extra_name: str | None = None) -> bytes:
    """A page with these attachments, sealed by our own sealer: the signer is honest, the content is odd."""
    writer = PdfFileWriter(stream_xrefs=False)
    content = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 842, 595)))
    tree, specs = generic.ArrayObject(), generic.ArrayObject()
    for name, data in attachments:
        stream = generic.StreamObject({_name("Filter"): _name("FlateDecode")}, encoded_data=zlib.compress(data, 9))
        shown = generic.pdf_string(extra_name or name)
        files = generic.DictionaryObject({_name("F"): writer.add_object(stream)})
        spec = generic.DictionaryObject({_name("F"): shown, _name("UF"): shown, _name("EF"): files})
        reference = writer.add_object(spec)
        tree.extend([generic.pdf_string(name), reference])
        specs.append(reference)
    embedded = generic.DictionaryObject({_name("EmbeddedFiles"): generic.DictionaryObject({_name("Names"): tree})})
    writer.root[_name("Names")] = embedded
    if associated:
        writer.root[_name("AF")] = specs
    out = io.BytesIO()
    writer.write(out)
    return sealer().seal(out.getvalue(), now=NOW)


def test_a_sealed_page_with_one_credential_is_read() -> None:
    page = _sealed_page(("readme.txt", b"hello"), ("credential.cwt", b"bytes"))
    assert read_pdf(page).credential == b"bytes"


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(_sealed_page, id="no attachment"),
        pytest.param(lambda: _sealed_page(("other.cwt", b"x")), id="another name"),
        pytest.param(lambda: _sealed_page(("credential.cwt", b"a"), ("credential.cwt", b"b")), id="two of the name"),
        pytest.param(lambda: _sealed_page(("a", b"a"), ("b", b"b"), extra_name="credential.cwt"), id="two inside"),
        pytest.param(lambda: _sealed_page(("credential.cwt", b"a"), associated=False), id="not associated"),
        pytest.param(lambda: _sealed_page(("credential.cwt", b"")), id="empty"),
        pytest.param(lambda: _sealed_page(("credential.cwt", bytes(MAX_ATTACHMENT_BYTES + 1))), id="too long"),
    ],
)
def test_without_exactly_one_credential(page: Callable[[], bytes]) -> None:
    assert _refusal(page()) == "pdf_no_credential"


@pytest.mark.slow
def test_a_stream_that_swells_is_refused() -> None:
    bomb = _sealed_page(("credential.cwt", bytes(64 * 1024 * 1024)))
    assert len(bomb) < 200_000
    assert _refusal(bomb) in {"pdf_malformed", "pdf_no_credential"}


def test_a_thousand_attachments_are_refused() -> None:
    assert _refusal(_sealed_page(*((f"{n}.txt", b"x") for n in range(1000)))) == "pdf_malformed"


def test_another_kind_of_signature_is_refused() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(unsigned() + b"\n"))
    meta = signers.PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256")
    out = io.BytesIO()
    signers.PdfSigner(meta, PyHankoSigner()).sign_pdf(writer, output=out)
    assert _refusal(out.getvalue()) == "pdf_malformed"


def test_a_signature_by_another_key_than_the_certificates_is_refused() -> None:
    class Liar(PrivateKeySigner):
        @property
        def key_id(self) -> bytes:
            return PrivateKeySigner(DOCUMENT_KEY).key_id

    root, leaf = chain()
    lie = Sealer(certificate=leaf, chain=(root,), signer=Liar(ec.derive_private_key(9, ec.SECP256R1())))
    assert _refusal(lie.seal(unsigned(), now=NOW + timedelta(hours=1))) == "pdf_altered"


@pytest.mark.slow
def test_import_loads_no_room_of_the_issuers_side() -> None:
    code = "import sys, verifier.sources.pdf; print(sorted({m.split('.')[0] for m in sys.modules}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for room in ("'issuer'", "'keys'", "'templates'", "'cli'", "'sqlalchemy'", "'typst'"):
        assert room not in out
