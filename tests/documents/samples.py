"""Fields, keys and a demonstration chain that the tests of documents share. Everything is fictional and fixed."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from credential.face import Members, Sex
from issuer.documents.fonts import FontSet
from issuer.documents.model import DocumentFields
from issuer.documents.render import DocumentRenderer
from issuer.documents.seal import PrivateKeySigner, Sealer, SealForm
from keys.x509 import make_demonstration_chain
from tests.support.clock import NOW

CREDENTIAL = b"\xd2" + hashlib.sha256(b"credential").digest() * 9 + b"0123456789a"
QR_TEXT = "https://zc.example.com.cn/v/#" + str(int.from_bytes(CREDENTIAL))
SIX_RARE_NAMES = ("王䶮", "李㛃", "赵𬭎", "陈𫍯", "刘𬸚", "孙𫖯平")

FACE = Members(
    sex=Sex.FEMALE,
    employer="示范大学",
    licence="1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    printed=(("居民身份证", "1399**********380X"), ("批准文号", "示职改办字〔2026〕31号")),
)
FIELDS = DocumentFields(
    authority_name="示范省人力资源和社会保障厅",
    authority_code="11990000MB0000001X",
    title_name="高级工程师",
    level_name="副高",
    series_name="工程技术人员",
    specialty="建筑施工",
    holder_name="王䶮",
    way_name="评审",
    award_date=date(2026, 10, 30),
    issue_date=date(2026, 11, 21),
    committee_name="示范省工程系列高级职称评审委员会",
    filing_number="示评备〔2025〕012号",
    certificate_number="SF2026-GCS-000001",
    check_code_grouped="ABCD-EFGH-JKLM-NPQR-STUV",
    verify_address="https://zc.example.com.cn/v/",
    qr_text=QR_TEXT,
    seal_text="示范省人力资源和社会保障厅职称专用章",
    demonstration=True,
    face=FACE,
)

ROOT_KEY = ec.derive_private_key(0x5EA1, ec.SECP256R1())
DOCUMENT_KEY = ec.derive_private_key(0xD0C5, ec.SECP256R1())


@cache
def default_fonts() -> FontSet:
    """Only the default face: the tests give the same result with and without Hanazono installed."""
    return FontSet.default(system=False)


@cache
def renderer() -> DocumentRenderer:
    return DocumentRenderer(default_fonts())


@cache
def chain() -> tuple[x509.Certificate, x509.Certificate]:
    return make_demonstration_chain(
        ROOT_KEY,
        DOCUMENT_KEY,
        authority_name=FIELDS.authority_name,
        credit_code=FIELDS.authority_code,
        now=NOW,
        token_bytes=lambda count: bytes(range(count)),
    )


@cache
def sealer() -> Sealer:
    root, leaf = chain()
    return Sealer(certificate=leaf, chain=(root,), signer=DOCUMENT_KEY)


class PyHankoSigner(SealForm):
    """Signs as stock pyHanko does, the whole object made by it: what our own assembly is held against."""

    def __init__(self) -> None:
        root, leaf = chain()
        super().__init__(certificate=leaf, chain=(root,))

    async def async_sign_raw(self, data: bytes, *_: object, **__: object) -> bytes:  # type: ignore[override]
        raw = PrivateKeySigner(DOCUMENT_KEY).sign(data)
        return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))


@cache
def unsigned() -> bytes:
    return renderer().render(FIELDS, credential=CREDENTIAL, now=NOW)


@cache
def sealed() -> bytes:
    return sealer().seal(unsigned(), now=NOW)


def write(directory: Path, pdf: bytes, name: str = "certificate.pdf") -> Path:
    path = directory / name
    path.write_bytes(pdf)
    return path
