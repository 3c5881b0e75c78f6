"""The page: its claims, its attachment, its texts, and that nothing leaves its place."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pyhanko.pdf_utils.generic import DictionaryObject, Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from credential.face import Members
from issuer.documents.errors import RenderError
from issuer.documents.model import DocumentFields
from issuer.documents.render import page_source
from issuer.photos.clean import clean
from templates.loader import load_design
from tests.documents.samples import CREDENTIAL, FACE, FIELDS, NOW, renderer, unsigned, write
from tests.support.tools import require_tool

# The inner gold line of the frame, in PDF points.
LEFT, TOP = 19 * 72 / 25.4, 19 * 72 / 25.4
RIGHT, BOTTOM = (297 - 19) * 72 / 25.4, (210 - 19) * 72 / 25.4


def _render(*, decision: str = "示职改办字〔2026〕31号", **changes: Any) -> bytes:
    """The page with other fields; those of the face are named as they are there."""
    face = {name: changes.pop(name) for name in Members.__slots__ if name in changes}
    face.setdefault("printed", (FACE.printed[0], ("批准文号", decision)))
    if "photo" in face:
        changes["photo"], face["photo"] = face["photo"], sha256(face["photo"]).digest()
    fields = replace(FIELDS, face=replace(FACE, **face), **changes)
    return renderer().render(fields, credential=CREDENTIAL, now=NOW)


def _text(directory: Path, pdf: bytes, *options: str) -> str:
    run = subprocess.run(
        [require_tool("pdftotext"), *options, write(directory, pdf), "-"], check=True, capture_output=True, text=True
    )
    return run.stdout


def test_the_same_input_gives_the_same_bytes() -> None:
    assert _render() == unsigned()
    assert renderer().render(FIELDS, credential=CREDENTIAL, now=NOW + timedelta(seconds=1)) != unsigned()


def test_a_page_after_another_is_not_changed_by_it() -> None:
    _render(holder_name="李㛃", demonstration=False)
    assert _render() == unsigned()


def test_it_is_one_page_of_a4_landscape_and_claims_pdf_a_3b() -> None:
    reader = PdfFileReader(io.BytesIO(unsigned()))
    box = [float(number) for number in reader.root["/Pages"]["/Kids"][0]["/MediaBox"]]
    assert reader.root["/Pages"]["/Count"] == 1
    assert [round(number / 72 * 25.4) for number in box] == [0, 0, 297, 210]
    assert unsigned().count(b"<pdfaid:part>3</pdfaid:part>") == 1
    assert unsigned().count(b"<pdfaid:conformance>B</pdfaid:conformance>") == 1
    assert reader.root["/Lang"] in {"zh", "zh-CN"}


def test_the_credential_is_attached_as_the_documents_source() -> None:
    reader = PdfFileReader(io.BytesIO(unsigned()))
    (spec,) = (item.get_object() for item in reader.root["/AF"])
    assert spec["/AFRelationship"] == "/Source"
    assert spec["/UF"] == "credential.cwt"
    stream = spec["/EF"]["/F"]
    assert stream.data == CREDENTIAL
    assert stream["/Subtype"] == "/application/cwt"


def test_all_fields_are_text(tmp_path: Path) -> None:
    text = re.sub(r"\s", "", _text(tmp_path, unsigned()))
    for name, value in FIELDS.printed_strings().items():
        if name != "seal_text":
            assert value.replace(" ", "") in text, name
    assert "2026年10月30日" in text
    assert "2026年11月21日" in text


def test_only_a_demonstration_says_so(tmp_path: Path) -> None:
    assert "演示样本，无法律效力" in _text(tmp_path, unsigned())
    assert "演示" not in _text(tmp_path, _render(demonstration=False))


def test_absent_fields_leave_no_label(tmp_path: Path) -> None:
    text = _text(tmp_path, _render(sex=None, scope_name=None, employer=None, licence=None, printed=()))
    for label in ("性别", "有效范围", "工作单位", "电子证照标识", "居民身份证", "批准文号", "None", "none"):
        assert label not in text


@pytest.mark.parametrize(
    "name", ['#panic("x")', "*王* _红_ $x$ ]", '#read("/etc/hostname")', "<王> @红 = `y`", "\\u{738b}"]
)
def test_markup_in_a_field_is_only_text(name: str, tmp_path: Path) -> None:
    assert name in _text(tmp_path, _render(holder_name=name))


@pytest.mark.parametrize("text", ['"', "\\", '\\"', '")))#panic("', "\n\r\t\x00\x7f", "𠮷\u2028", "\\u{22}", "*/ // ]"])
def test_nothing_in_the_data_ends_the_string_that_carries_it(text: str) -> None:
    source = page_source(load_design(), {text: [text, {"name": text}]})
    begin, end = b'#import "certificate.typ": certificate\n#certificate(json(bytes("', b'")))\n'
    assert source.startswith(begin)
    assert source.endswith(end)
    assert re.fullmatch(rb'(?:[ !#-\[\]-~]|\\["\\])*', source.removeprefix(begin).removesuffix(end))


LONG = {
    "a name of 54 characters": {"holder_name": "阿卜杜拉·买买提江·" * 6},
    "a name of 100 characters": {"holder_name": "王" * 100},
    "a Latin name": {"holder_name": "Maximilian Bartholomew Christopherson-Featherstonehaugh van der Schmidt"},
    "one long word": {"holder_name": "Wolfeschlegelsteinhausenbergerdorff" * 2},
    "a long employer": {"employer": "示范省交通规划勘察设计研究院有限责任公司" * 4},
    "a long committee": {"committee_name": "示范市示范区中小学教师副高级职称评审委员会" * 3},
    "a long decision": {"decision": "示职改办字〔2026〕31号、示人社发〔2026〕107号、示人社函〔2026〕9号"},
    "a long specialty and scope": {"specialty": "道路与桥梁" * 10, "scope_name": "示范省示范市示范区" * 6},
    "a long title": {"title_name": "农业技术推广研究员（正高级畜牧兽医师）" * 2},
    "a long authority": {"authority_name": "示范省示范市示范区人力资源和社会保障局" * 3},
    "a long address": {"verify_address": "https://verify.certificates.department.example.gov.cn/v/"},
    "a long number": {"certificate_number": "SF-2026-" + "0123456789" * 5},
    "a long seal": {"seal_text": "示范省示范市示范区人力资源和社会保障局职称改革领导小组办公室职称专用章"},
    "a seal of another kind": {"seal_text": "示范大学"},
}


@pytest.mark.parametrize("changes", LONG.values(), ids=LONG.keys())
def test_long_texts_stay_inside_the_frame_and_off_each_other(changes: dict[str, str], tmp_path: Path) -> None:
    pdf = _render(demonstration=False, **changes)
    assert PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"] == 1
    words = re.findall(
        r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">', _text(tmp_path, pdf, "-bbox")
    )
    assert len(words) > 20
    for word in words:
        left, top, right, bottom = (float(number) for number in word)
        assert left > LEFT
        assert right < RIGHT
        assert top > TOP
        assert bottom < BOTTOM


@pytest.mark.parametrize("name", ["阿卜杜拉·买买提江·" * 6, "Wolfeschlegelsteinhausenbergerdorff" * 2])
def test_a_long_name_ends_before_the_title(name: str, tmp_path: Path) -> None:
    layout = _text(tmp_path, _render(holder_name=name, demonstration=False), "-bbox")
    title = re.search(r'xMin="([\d.]+)"[^>]*>高级工程师', layout)
    parts = re.findall(r'xMax="([\d.]+)"[^>]*>(?:阿卜|买买|提江|Wolf)', layout)
    assert title is not None
    assert parts
    assert all(float(right) < float(title[1]) for right in parts)


def test_a_credential_must_be_there_and_be_small() -> None:
    for credential in (b"", bytes(5000)):
        with pytest.raises(RenderError) as caught:
            renderer().render(FIELDS, credential=credential, now=NOW)
        assert caught.value.code == "render"


def test_time_must_be_aware() -> None:
    with pytest.raises(ValueError, match="aware"):
        renderer().render(FIELDS, credential=CREDENTIAL, now=NOW.replace(tzinfo=None))


def _images(pdf: bytes) -> list[Any]:
    reader = PdfFileReader(io.BytesIO(pdf))
    objects = (reader.get_object(Reference(number, 0, reader)) for number in range(1, int(reader.trailer["/Size"])))
    return [item for item in objects if isinstance(item, DictionaryObject) and item.get("/Subtype") == "/Image"]


def _picture(kind: str, size: tuple[int, int] = (413, 579)) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", size, (120, 150, 190)).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_set_without_what_the_camera_wrote(kind: str) -> None:
    photo = _picture(kind)
    assert b"SecretCamera" in photo
    cleaned = clean(photo).photo
    assert b"SecretCamera" not in cleaned
    (image,) = _images(_render(photo=cleaned))
    assert (image["/Width"], image["/Height"]) == (413, 579)
    assert image["/Filter"] == "/DCTDecode"
    assert image.encoded_data == cleaned  # the face's digest is over the very bytes that the page embeds


def test_a_page_does_not_embed_another_photo_than_its_face_names() -> None:
    photo = clean(_picture("JPEG")).photo
    for face, embedded in (
        (FACE, photo),
        (replace(FACE, photo=bytes(32)), photo),
        (replace(FACE, photo=bytes(32)), None),
    ):
        with pytest.raises(ValueError, match="another photo"):
            replace(FIELDS, face=face, photo=embedded)


def test_without_a_photo_there_is_no_picture() -> None:
    assert _images(unsigned()) == []


def test_the_qr_text_is_not_set_as_text() -> None:
    assert isinstance(FIELDS, DocumentFields)
    assert "qr_text" not in FIELDS.printed_strings()
