"""Ways in without typing: a picture, a PDF and a link that are chosen, pasted or dropped, and the camera."""

from __future__ import annotations

import base64
import json
import zlib
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from credential.history import EventKind
from tests.page.conftest import NAME, Stand, assert_no_faults, assert_private
from tests.support.world import Certificate

pytestmark = pytest.mark.browser

HAND_OVER = """
((name, type, data, way) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  if (way === 'chosen') {
    const input = document.querySelector('#file');
    input.files = transfer.files;
    input.dispatchEvent(new Event('change'));
  } else if (way === 'dropped') {
    const init = { dataTransfer: transfer, bubbles: true, cancelable: true };
    document.querySelector('#main').dispatchEvent(new DragEvent('drop', init));
  } else {
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }));
  }
})(%s, %s, %s, %s)
"""


NOT_REACHED = """
titlecert.examine({ qrText: %s }, { source: { get: async () => null }, pinnedRoot: %s,
  memory: new titlecert.PlainMemory(), now: 0, at: null }).then(({ verdict }) => verdict)
"""
PASTE = """
(() => {
  const data = new DataTransfer();
  data.setData('text/plain', %s);
  document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
})()
"""


def picture(text: str, *, kind: str = "PNG", room: int = 40) -> bytes:
    """A screenshot: a code with something around it."""
    code = Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    sheet = Image.new("RGB", (code.width + 2 * room, code.height + 3 * room), (240, 244, 248))
    sheet.paste(code.convert("RGB"), (room, 2 * room))
    stream = BytesIO()
    sheet.save(stream, kind)
    return stream.getvalue()


def document(certificate: Certificate, *, packed: bool = True, times: int = 1) -> bytes:
    """The least of a PDF that carries a credential as ours do."""
    data = zlib.compress(certificate.credential) if packed else certificate.credential
    flate = b"/Filter/FlateDecode" if packed else b""
    head = b"<</Length %d/Type/EmbeddedFile%s/Subtype/application#2Fcwt/Params<</Size %d>>>>\nstream\n"
    part = head % (len(data), flate, len(certificate.credential)) + data + b"\nendstream\nendobj\n"
    return b"%PDF-1.7\n1 0 obj\n<</Length 3>>\nstream\nabc\nendstream\nendobj\n" + b"2 0 obj\n" + part * times


def hand_over(stand: Stand, data: bytes, *, name: str, kind: str, way: str = "chosen") -> None:
    """Give a file to the page."""
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#file')")
    parts = (name, kind, base64.b64encode(data).decode(), way)
    stand.page.evaluate(HAND_OVER % tuple(map(json.dumps, parts)))


@pytest.mark.parametrize("way", ["chosen", "pasted", "dropped"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_read_in_the_browser(stand: Stand, kind: str, way: str) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    data = picture(stand.address(certificate), kind=kind)
    hand_over(stand, data, name="截图", kind=f"image/{kind.lower()}", way=way)
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert "图片中的二维码" in stand.text_of(".read")
    assert [request.url for request in stand.page.requests if "/v/scan-" in request.url]
    stand.page.requests[:] = [each for each in stand.page.requests if not each.url.startswith("blob:")]
    assert_private(stand, certificate)
    assert_no_faults(stand)


def test_what_reads_pictures_is_not_fetched_for_a_check_without_one(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    assert not any("/v/scan-" in request.url for request in stand.page.requests)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_the_credential_of_a_pdf_is_verified_in_the_browser(stand: Stand, way: str, packed: bool) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    hand_over(stand, document(certificate, packed=packed), name="证书.pdf", kind="application/pdf", way=way)
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert "电子凭证文件" in stand.text_of(".read")
    assert "电子印章还没有查验" in stand.text_of("#seal-form")
    assert "文件会发送给服务器" in stand.text_of("#seal-form")
    assert_private(stand, certificate)


def test_the_seal_is_asked_of_the_service_only_when_somebody_wants_it(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    hand_over(stand, document(certificate), name="证书.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#seal')")
    asked = (json.dumps(certificate.qr_text), json.dumps(stand.world.pinned_root.decode()))
    verdict = stand.page.evaluate(NOT_REACHED % asked)
    answered = {**verdict, "outcome": "not_authentic", "reason": "document_altered", "step": 1, "genuine": False}
    answered |= {"file_unaltered": False, "source": "sealed_pdf"}
    stand.site.posted["/v1/verify"] = json.dumps(answered).encode()
    stand.page.requests.clear()
    stand.page.evaluate("document.querySelector('#seal').click()")
    stand.page.wait_for("document.querySelector('[data-reason=document_altered]')")
    sent = [request for request in stand.page.requests if not request.url.startswith("data:")]
    assert [(each.method, each.url) for each in sent] == [("POST", f"{stand.origin}/v1/verify")]
    assert "盖章后被改动过" in stand.text_of("[data-statement=file]")
    assert "文件发送给了本网站的服务器" in stand.text_of(".local")


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "image/heic", "另存为 JPEG"),
        (b"hello", "image/png", "读不出来"),
        (picture("https://elsewhere.example/"), "image/png", ""),
    ],
    ids=["a picture of a telephone", "no picture", "another code"],
)
def test_what_cannot_be_read_is_told_with_what_to_do(stand: Stand, data: bytes, kind: str, expected: str) -> None:
    stand.publish()
    hand_over(stand, data, name="x", kind=kind)
    stand.page.wait_for("document.querySelector('#code-fault').textContent || document.querySelector('#answer')")
    assert expected in stand.text_of("#code-fault")
    assert not any(request.method == "POST" for request in stand.page.requests)


def test_a_scan_is_sent_to_the_service_only_when_somebody_wants_it(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.page.requests.clear()
    hand_over(stand, b"%PDF-1.7\nnothing", name="扫描.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#scan')")
    assert "没有附带电子凭证" in stand.text_of("#scan-form")
    assert "文件会发送给服务器" in stand.text_of("#scan-form")
    assert not any(request.method == "POST" for request in stand.page.requests)
    asked = (json.dumps(certificate.qr_text), json.dumps(stand.world.pinned_root.decode()))
    verdict = stand.page.evaluate(NOT_REACHED % asked)
    answered = {**verdict, "source": "unsealed_pdf", "warnings": ["scan_or_print"]}
    stand.site.posted["/v1/verify"] = json.dumps(answered).encode()
    stand.page.evaluate("document.querySelector('#scan').click()")
    stand.page.wait_for("document.querySelector('.warning')")
    assert "本身不能证明什么" in stand.text_of(".warning")


def test_two_credentials_in_a_pdf_are_refused(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    hand_over(stand, document(certificate, times=2), name="x.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#code-fault').textContent")
    assert "不止一份" in stand.text_of("#code-fault")


FILM = """
{ const { size, rows } = %s;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    window.wanted = wanted;
    if (%s) throw Object.assign(new Error('no'), { name: 'NotAllowedError' });
    const canvas = document.createElement('canvas');
    canvas.width = 640; canvas.height = 640;
    const context = canvas.getContext('2d');
    const draw = () => {
      context.fillStyle = '#fff';
      context.fillRect(0, 0, 640, 640);
      context.fillStyle = '#000';
      const step = Math.floor(600 / size);
      rows.forEach((row, y) => [...row].forEach((dark, x) => {
        if (dark === '1') context.fillRect(20 + x * step, 20 + y * step, step, step);
      }));
    };
    draw();
    setInterval(draw, 50);
    window.film = canvas.captureStream(20);
    return window.film;
  };
}
"""


def film(text: str, *, refused: bool = False) -> str:
    """A script that gives the page a camera before which the code of a text stands."""
    code = Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=1)).convert("L")
    rows = ["".join("1" if code.getpixel((x, y)) == 0 else "0" for x in range(code.width)) for y in range(code.height)]
    return FILM % (json.dumps({"size": code.width, "rows": rows}), json.dumps(refused))


def open_camera(stand: Stand, script: str) -> None:
    stand.script(script)
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#camera')")
    stand.page.evaluate("document.querySelector('#camera').click()")


def test_the_camera_reads_a_code_and_is_let_go(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    open_camera(stand, film(stand.address(certificate)))
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert stand.page.evaluate("wanted.audio") is False
    assert stand.page.evaluate("film.getTracks().every((track) => track.readyState === 'ended')")
    assert_private(stand, certificate)


def test_another_code_before_the_camera_is_told_and_not_followed(stand: Stand) -> None:
    stand.publish()
    open_camera(stand, film("https://elsewhere.example/"))
    stand.page.wait_for("document.querySelector('.camera .hint').textContent.includes('不是职称证书的')")
    stand.page.evaluate("document.querySelector('.camera button').click()")
    assert stand.page.evaluate("film.getTracks().every((track) => track.readyState === 'ended')")
    assert stand.page.evaluate("document.querySelector('.camera')") is None


def test_a_camera_that_is_refused_is_told_with_other_ways(stand: Stand) -> None:
    stand.publish()
    open_camera(stand, film("x", refused=True))
    stand.page.wait_for("document.querySelector('#code-fault').textContent")
    assert "没有得到使用摄像头的许可" in stand.text_of("#code-fault")


def test_where_pages_get_no_camera_the_page_says_what_to_do(stand: Stand) -> None:
    """Such as in web views of iOS before 14.3."""
    stand.publish()
    stand.script("Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });")
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#file')")
    assert stand.page.evaluate("document.querySelector('#camera')") is None
    assert "扫一扫" in stand.text_of(".ways")


def test_a_link_that_is_pasted_anywhere_is_checked(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.page.evaluate(PASTE % json.dumps(f"{stand.address(certificate)}&from=singlemessage"))
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert "数字之后的内容已略去" in stand.text_of(".read")


def test_a_withdrawn_certificate_in_a_pdf_is_withdrawn(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.world.append(certificate, EventKind.WITHDRAWN)
    stand.publish()
    hand_over(stand, document(certificate), name="x.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "withdrawn/withdrawn"
