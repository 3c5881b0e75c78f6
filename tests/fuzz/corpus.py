"""What fuzzing begins with: honest files of the world that the tests share, small ones first."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import openpyxl
import qrcode
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from credential import cbor, ceremony, cose, face, history, jose, jsonform, publication, roots, statements, statuslist
from credential.catalogue import Catalogue
from credential.contacts import NO_CONTACT, Contact, Contacts
from credential.history import EventKind, Replaced
from credential.statements import OperatorRole
from credential.statuslist import StatusArray
from issuer.audit import ChainHead
from issuer.db.models import EntryState
from issuer.office import operators
from issuer.office.operators import OperatorEntry
from issuer.office.values import Operator
from issuer.photos.clean import clean
from tests.support import pictures as pictures_of_nobody
from tests.support.keys import Key
from tests.support.statements import STATEMENT, WITHDRAWAL
from tests.support.tools import ROOT
from tests.support.world import DISTRICT, NOW, PROVINCE, World
from verifier.reader.memory import Memory
from verifier.reader.memory import _encode as encode_memory

SHEET = "xl/worksheets/sheet1.xml"


@cache
def world() -> World:
    """One publication of two certificates, one with a history."""
    made = World(lists=1)
    former = Replaced(number="SF2023-00007", counted_from=date(2026, 7, 1))
    first, _ = made.issue(replaces=former), made.issue(scope=None, specialty="", name="欧阳·买买提")
    made.append(first, EventKind.SUSPENDED)
    made.append(first, EventKind.ANNOTATED, detail="附注")
    made.append(first, EventKind.WITHDRAWN)
    made.append(first, EventKind.SET_ASIDE, detail="SF2026-00009")
    made.append(first, EventKind.ERASED)
    made.put_face(first)
    made.add_root([Key("root 2"), Key("root 3")], threshold=2)
    made.add_key(Key("next status"), "status", begins=NOW, succeeds=made.status_key.key_id)
    reached = Contact(address="人民路1号", telephone="000-0000-0000", web="https://a.example/")
    made.change_authority(DISTRICT, parent=PROVINCE, contact=Contacts(zh=reached, en=NO_CONTACT))
    made.publish()
    return made


def secret() -> bytes:
    """The cti of the first certificate, which opens its history."""
    return world().certificates[0].claims.cti


def _file(path: str) -> bytes:
    return world().files[path]


def _payload(token: bytes) -> bytes:
    typ = jose.typ_of(token.decode().partition("\n")[0])
    return jose.parse(token.partition(b"\n")[0], typ=typ, max_bytes=1 << 22).payload


def credentials() -> list[bytes]:
    return [each.credential for each in world().certificates]


def claims_payloads() -> list[bytes]:
    return [cose.parse(each, max_bytes=420).payload for each in credentials()]


def histories() -> list[bytes]:
    return [history.sign(each.history, each.history_signer) for each in world().certificates]


def history_payloads() -> list[bytes]:
    return [cose.parse(each, max_bytes=16000, typ=history.TYP).payload for each in histories()]


def faces() -> list[bytes]:
    return [each.face for each in world().certificates if each.face is not None]


def face_payloads() -> list[bytes]:
    usual = [cose.parse(each, max_bytes=4000, typ=face.TYP).payload for each in faces()]
    items = {1: 1, 3: bytes(32), 4: "1986-07", 6: "1.2.156", 8: None}
    return [*usual, cbor.encode([1, bytes(16), bytes(32), items])]


def cose_messages() -> list[bytes]:
    return [*credentials(), *histories()]


def cbor_items() -> list[bytes]:
    nested = cbor.encode({1: [None, True, -1, {"a": b"b", "c": "职称"}], "k": 2**53 - 1})
    return [*cose_messages(), *claims_payloads(), *history_payloads(), *manifests(), nested]


def containers() -> list[bytes]:
    return [_file(publication.root(1)), _file(publication.root(2))]


def root_payloads() -> list[bytes]:
    return [_payload(each) for each in containers()]


def tokens() -> list[bytes]:
    return [_file(publication.SNAPSHOT)]


def snapshots() -> list[bytes]:
    return [_payload(each) for each in tokens()]


def trust_lists() -> list[bytes]:
    return [_payload(_file(publication.trust_list(world().trust.version)))]


def filings_files() -> list[bytes]:
    return [data for path, data in world().files.items() if path.startswith("trust/filings/")]


def statement_payloads() -> list[bytes]:
    token = statements.sign(STATEMENT, Key("operator"))
    return [STATEMENT.encode(), WITHDRAWAL.encode(), _payload(token.encode())]


def operators_files() -> list[bytes]:
    """Somebody, and somebody who has ended; then what later programs write."""
    people = [
        OperatorEntry(
            operator=Operator(
                id=name, person="工号 7", name="李四", role=OperatorRole.CLERK, authority="demo", key=Key(name).public
            ),
            valid_from=NOW,
        )
        for name in ("li-si", "wang-wu")
    ]
    gone = replace(people[1], state=EntryState.ENDED, valid_until=NOW, audit=ChainHead(length=9, head=bytes(range(32))))
    plain = operators.edition([people[0], gone], deployment="demo", version=1)
    value: Any = jsonform.decode(plain, max_bytes=1 << 16)
    value["ext"] = {"later": [1]}
    value["operators"][0] |= {"alg": "SM2", "params": {"id": "1"}, "jwk": {"kty": "SM2"}}
    value["operators"][1]["schemes"] = [{"acts": ["submit", "later"], "scheme": "jws"}, {"acts": "*", "scheme": "sm2"}]
    return [operators.edition(people[:1], deployment="demo", version=1), plain, jsonform.encode(value)]


def requests() -> list[bytes]:
    return [ceremony.export_request(each, roots.TYP) for each in root_payloads()]


def catalogues() -> list[bytes]:
    small = {
        "version": 1,
        "levels": [{"code": 2, "name": "副高", "name_en": "Associate senior"}],
        "ways": [{"code": 1, "name": "评审", "name_en": "Review"}],
        "series": [{"number": 5, "name": "工程技术人员", "name_en": "Engineers", "checked": True}],
        "titles": [
            {
                "number": 5002,
                "series": 5,
                "level": 2,
                "name": "高级工程师",
                "name_en": "Senior engineer",
                "checked": True,
                "abolished": False,
            }
        ],
    }
    return [jsonform.encode(small), Catalogue.load_builtin().to_json()]


def json_texts() -> list[bytes]:
    return [*root_payloads(), *snapshots(), *statement_payloads(), jsonform.encode([{"a": [1, None, "\n\u0001职"]}])]


def qr_texts() -> list[bytes]:
    return [each.qr_text.encode() for each in world().certificates] + [b"http://localhost:8000/v/#12345"]


def check_codes() -> list[bytes]:
    codes = [each.grouped_code for each in world().certificates]
    return [each.encode() for each in (*codes, codes[0].lower(), "２３４５·" * 5)]


def shard_files() -> list[bytes]:
    files = [data for path, data in world().files.items() if path.startswith("shards/")]
    return sorted((data for data in files if len(data) > 100), key=len)


def records() -> list[bytes]:
    items = [cbor.decode(each, max_bytes=1 << 20) for each in shard_files()]
    return [record for item in items if isinstance(item, list) for record in item[3]]  # type: ignore[union-attr,misc]


def padded() -> list[bytes]:
    plain = histories()[0]
    return [(len(plain).to_bytes(2) + plain).ljust(size, b"\0") for size in (512, 1024)]


def manifests() -> list[bytes]:
    return [cbor.encode([1, 3, 1, [bytes([number]) * 32 for number in range(4)]]), cbor.encode([1, 0, 0, [bytes(32)]])]


def _array() -> StatusArray:
    return StatusArray.zeros().with_changes({5: 1, 6: 2, 700000: 12})


def status_payloads() -> list[bytes]:
    times = {"issued_at": NOW, "expires_at": NOW + timedelta(hours=24), "ttl": timedelta(hours=1)}
    token = statuslist.sign_cwt(_array(), "https://zc.example/p/status/0.cwt", Key("fuzz"), **times)  # type: ignore[arg-type]
    return [cose.parse(token, max_bytes=1 << 21, typ=statuslist.CWT_TYP).payload]


def status_json() -> list[bytes]:
    times = {"issued_at": NOW, "expires_at": NOW + timedelta(hours=24), "ttl": timedelta(hours=1)}
    token = statuslist.sign_jwt(_array(), "https://zc.example/p/status/0.cwt", Key("fuzz"), **times)  # type: ignore[arg-type]
    return [_payload(token.encode())]


def packed() -> list[bytes]:
    return [_array().pack(), StatusArray.zeros(size=2).pack()]


def memories() -> list[bytes]:
    memory = Memory(
        root_version=2,
        root=_file(publication.root(2)),
        trust_version=2,
        trust_digest=bytes(32),
        seq=1,
        snapshot_digest=bytes(32),
    )
    return [encode_memory(memory)]


def paths() -> list[bytes]:
    return [path.encode() for path in world().files]


# --- files of other people's formats ---------------------------------------------------------------------------------


@cache
def pictures() -> list[bytes]:
    code = qrcode.QRCode(box_size=2, border=4)
    code.add_data(world().certificates[0].qr_text)
    image = code.make_image().get_image().convert("L")
    made = []
    for kind in ("PNG", "JPEG"):
        out = io.BytesIO()
        image.save(out, kind)
        made.append(out.getvalue())
    return [*made, *_small_pictures()]


def _small_pictures() -> list[bytes]:
    """Every kind of chunk and marker that a decoder may stumble over, in a few bytes."""
    texts = PngInfo()
    texts.add_text("a", "b", zip=True)
    texts.add_itxt("c", "d", zip=True)
    rest = {"icc_profile": b"profile", "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}
    frames = {"save_all": True, "append_images": [Image.new("L", (8, 8), 9)]}
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("P", "PNG", {"transparency": 0, "pnginfo": texts, **rest}),
        ("L", "PNG", frames),
        ("I;16", "PNG", {}),
        ("CMYK", "JPEG", {"progressive": True, **rest}),
    ]
    made = []
    for mode, kind, options in wanted:
        out = io.BytesIO()
        Image.new(mode, (8, 8)).save(out, kind, **options)
        made.append(out.getvalue())
    return made


@cache
def documents() -> list[bytes]:
    """A small sealed page, its attachment and the page without a seal."""
    from tests.documents.samples import NOW as SEALED_AT
    from tests.documents.samples import sealer

    page = _page(credentials()[0])
    return [sealer().seal(page, now=SEALED_AT), page]


def _page(credential: bytes) -> bytes:
    writer = PdfFileWriter(stream_xrefs=False)
    content = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 842, 595)))
    name, shown = generic.pdf_name, generic.pdf_string("credential.cwt")
    stream = writer.add_object(generic.StreamObject(stream_data=credential))
    files = generic.DictionaryObject({name("/F"): stream})
    spec = generic.DictionaryObject({name("/F"): shown, name("/UF"): shown, name("/EF"): files})
    reference = writer.add_object(spec)
    tree = generic.DictionaryObject({name("/Names"): generic.ArrayObject([shown, reference])})
    writer.root[name("/Names")] = generic.DictionaryObject({name("/EmbeddedFiles"): tree})
    writer.root[name("/AF")] = generic.ArrayObject([reference])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def things() -> list[bytes]:
    return [*pictures()[:1], *credentials()[:1], *qr_texts()[:1], *check_codes()[:1], documents()[0][:2000]]


@cache
def workbook() -> bytes:
    """A list of two awards."""
    book = openpyxl.Workbook()
    book.active.append(["姓名", "身份证号", "职称系列", "职称名称", "级别", "专业", "取得方式", "取得时间"])
    book.active.append(
        ["王䶮", "11010519491231002X", "工程技术人员", "高级工程师", "副高", "建筑", "评审", "2026-06-30"]
    )
    book.active.append(["李四", "110105194912310021", "工程技术人员", "工程师", "中级", "", "评审", 46203])
    book.active.merge_cells("A5:B6")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def photos() -> list[bytes]:
    """Small ones, as cameras and programs write them."""
    small = (60, 84)
    return [pictures_of_nobody.turned(6, size=small), pictures_of_nobody.picture("PNG", small)]


def plain_photos() -> list[bytes]:
    return [clean(each).photo for each in photos()]


def lists() -> list[bytes]:
    text = "姓名,身份证号,职称系列,职称名称\n王五,11010519491231002X,工程技术人员,高级工程师\n"
    sample = (ROOT / "cli" / "demo" / "data" / "teachers-targeted-2026.csv").read_bytes()
    return [workbook(), text.encode(), text.encode("gb18030"), b"\xef\xbb\xbf" + text.encode(), sample[:4000]]


def sheets() -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook())) as source:
        return [source.read(SHEET)]
