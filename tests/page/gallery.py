"""Pictures of the page for docs/PAGE.md: every outcome and every way in, in both languages, as readers see them.

Rules: the people and offices are fictional, the clock stands still, and the pictures are made by the page and the
browser of the tests. A picture has at most 96 colours, so that all of them fit into 4 MB. The names of the files are
``STATE-LANGUAGE-KIND.png``; kinds are ``phone`` (390 points wide), ``desk`` (1280), ``dark`` (390), ``narrow`` (320),
``print``.

    python -m tests.page.gallery                  # writes docs/images/page
    python -m tests.page.gallery valid past       # some of them
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image

from credential.contacts import Contact, Contacts
from credential.history import EventKind, Reason
from tests.page.conftest import NAME, Stand, standing
from tests.page.test_ways import document, film, hand_over, open_camera
from tests.support.browser import open_browser
from tests.support.tools import ROOT, require_tool
from tests.support.world import NOW, ORIGIN, PROVINCE, Certificate

FOLDER: Final = ROOT / "docs" / "images" / "page"
LANGUAGES: Final = ("zh", "en")
COLOURS: Final = 96
MOST_BYTES: Final = 4_000_000
HEIGHT: Final = 844
WIDTHS: Final[Mapping[str, int]] = {"phone": 390, "desk": 1280, "dark": 390, "narrow": 320, "print": 390}
DAY: Final = date(2026, 11, 2)
CONTACT: Final = Contacts(
    zh=Contact(
        address="示范省示范市人民路 1 号",
        hours="工作日 9:00–17:00",
        telephone="0990-5550000",
        web="https://hrss.shifan.example/",
    ),
    en=Contact(
        address="1 Renmin Road, Demonstration City",
        hours="Working days, 9:00 to 17:00",
        telephone="+86-990-5550000",
        web="https://hrss.shifan.example/",
    ),
)
Show = Callable[[Stand], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing to show."""

    zh: str
    en: str
    show: Show
    kinds: tuple[str, ...] = ("phone",)


def _certificate(stand: Stand) -> Certificate:
    certificate = stand.world.issue(name=NAME)
    stand.world.put_face(certificate)
    return certificate


def _state(kind: EventKind | None = None, reason: Reason = Reason.NONE, detail: str | None = None) -> Show:
    def show(stand: Stand) -> None:
        certificate = _certificate(stand)
        if kind is not None:
            stand.world.append(certificate, kind, reason=reason, detail=detail)
        stand.publish()
        stand.check(certificate)

    return show


def _empty(stand: Stand) -> None:
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")


def _typed(stand: Stand) -> None:
    certificate = _certificate(stand)
    _empty(stand)
    stand.type(certificate.grouped_code)
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#answer')")


def _mistyped(stand: Stand) -> None:
    certificate = _certificate(stand)
    _empty(stand)
    stand.type("O" + certificate.check_code[1:8])
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#code-fault').textContent")


def _changed(stand: Stand) -> None:
    certificate = _certificate(stand)
    stand.publish()
    stand.open(stand.address(certificate)[:-2])
    stand.page.wait_for("document.querySelector('#answer')")


def _unregistered(stand: Stand) -> None:
    certificate = _certificate(stand)
    certificate.registered = False
    stand.publish()
    stand.check(certificate)


def _host(stand: Stand) -> None:
    certificate = _certificate(stand)
    stand.world.change_trust(hosts=(ORIGIN,))
    _empty(stand)
    stand.page.evaluate("document.querySelector('#code').focus()")
    stand.page._call("Input.insertText", text=certificate.qr_text.replace("zc.example", "zc.exarnple"))
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#answer')")


def _expired(stand: Stand) -> None:
    certificate = _certificate(stand)
    stand.publish()
    stand.clock(NOW + timedelta(hours=30))
    stand.check(certificate)


def _unreachable(stand: Stand) -> None:
    certificate = _certificate(stand)
    stand.publish()
    stand.site.broken.add("/p/snapshot.jwt")
    stand.check(certificate)


def _past(stand: Stand) -> None:
    certificate = _certificate(stand)
    noon = NOW.replace(month=11, day=2)
    stand.world.append(certificate, EventKind.SUSPENDED, recorded=noon, reason=Reason.UNDER_REVIEW)
    stand.world.append(certificate, EventKind.REINSTATED, recorded=noon + timedelta(hours=5), reason=Reason.CLEARED)
    stand.publish()
    stand.check(certificate)
    stand.page.evaluate(f"document.querySelector('#at').value = '{DAY}'")
    stand.page.evaluate("document.querySelector('.at-form').requestSubmit()")
    stand.page.wait_for("document.querySelector('.kicker')")


def _pdf(stand: Stand) -> None:
    certificate = _certificate(stand)
    stand.publish()
    hand_over(stand, document(certificate), name="证书.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#seal')")


def _scan(stand: Stand) -> None:
    stand.publish()
    hand_over(stand, b"%PDF-1.7\nnothing", name="扫描.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#scan')")


def _no_code(stand: Stand) -> None:
    stand.publish()
    stream = BytesIO()
    Image.new("L", (200, 200), 255).save(stream, "PNG")
    hand_over(stand, stream.getvalue(), name="x.png", kind="image/png")
    stand.page.wait_for("document.querySelector('#code-fault').textContent")


def _camera(stand: Stand) -> None:
    stand.publish()
    open_camera(stand, film("https://elsewhere.example/"))
    stand.page.wait_for("document.querySelector('.film').videoWidth > 0 && window.titlecertScan")


SCENES: Final[Mapping[str, Scene]] = {
    "empty": Scene(zh="没有查验时", en="Before a check", show=_empty, kinds=("phone", "desk", "narrow")),
    "valid": Scene(zh="有效", en="Valid", show=_state(), kinds=("phone", "desk", "dark", "narrow", "print")),
    "suspended": Scene(zh="核查中", en="Under review", show=_state(EventKind.SUSPENDED, Reason.UNDER_REVIEW)),
    "withdrawn": Scene(
        zh="已撤销",
        en="Withdrawn",
        show=_state(EventKind.WITHDRAWN, Reason.FRAUD),
        kinds=("phone", "desk", "dark", "print"),
    ),
    "cancelled": Scene(zh="已注销", en="Cancelled", show=_state(EventKind.CANCELLED, Reason.SURRENDERED)),
    "superseded": Scene(
        zh="已更正换发", en="Superseded", show=_state(EventKind.SUPERSEDED, Reason.REISSUED, "SF2026-90001")
    ),
    "changed": Scene(zh="二维码的内容被改动过", en="The content of the code was changed", show=_changed),
    "unregistered": Scene(zh="没有登记", en="Not registered", show=_unregistered),
    "host": Scene(zh="网址不是官方网址", en="The address is not official", show=_host),
    "expired": Scene(zh="公开数据过期", en="The published data is too old", show=_expired),
    "unreachable": Scene(zh="连不上公开数据", en="The published data cannot be reached", show=_unreachable),
    "past": Scene(zh="过去某一天，当天状态有变化", en="A day in the past on which the state changed", show=_past),
    "typed": Scene(zh="输入查验码", en="A check code that was typed", show=_typed),
    "mistyped": Scene(zh="查验码输错", en="A mistyped check code", show=_mistyped),
    "pdf": Scene(zh="选择 PDF", en="A PDF that was chosen", show=_pdf),
    "scan": Scene(zh="选择扫描的 PDF", en="A scanned PDF", show=_scan),
    "no-code": Scene(zh="图片里没有二维码", en="A picture without a code", show=_no_code),
    "camera": Scene(zh="摄像头", en="The camera", show=_camera),
}


def names() -> list[str]:
    """The names of all pictures, in the order in which they are shown."""
    return [
        f"{state}-{language}-{kind}.png"
        for state, scene in SCENES.items()
        for kind in scene.kinds
        for language in LANGUAGES
    ]


def pictures(stand: Stand, state: str, language: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Show one scene in one language; names of files and their bytes, one for each of its kinds.

    Args:
        folder: for what is thrown away.
    """
    stand.languages({"zh": "zh-CN", "en": "en-GB"}[language])
    stand.world.change_authority(PROVINCE, contact=CONTACT)
    scene = SCENES[state]
    scene.show(stand)
    for kind in scene.kinds:
        _dress(stand, kind)
        taken = _printed(stand, folder) if kind == "print" else _seen(stand, folder)
        yield f"{state}-{language}-{kind}.png", _small(taken)
    _dress(stand, "phone")


def _dress(stand: Stand, kind: str) -> None:
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if kind == "dark" else "light"}]
    stand.page._call("Emulation.setEmulatedMedia", media="", features=scheme)
    stand.size(WIDTHS[kind], HEIGHT)
    stand.page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def _seen(stand: Stand, folder: Path) -> Image.Image:
    path = folder / "seen.png"
    stand.page.screenshot(path)
    return Image.open(path)


def _printed(stand: Stand, folder: Path) -> Image.Image:
    """The page that comes out of the printer."""
    stand.page.evaluate("window.print = () => { window.printed = true; }")
    stand.page.evaluate("[...document.querySelectorAll('.tools .button')].pop().click()")
    stand.page.wait_for("window.printed")
    answer = stand.page._call("Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
    (folder / "printed.pdf").write_bytes(base64.b64decode(answer["data"]))
    command = [require_tool("pdftoppm"), "-r", "96", "-png", str(folder / "printed.pdf")]
    subprocess.run([*command, str(folder / "printed")], check=True, timeout=60)
    (page,) = sorted(folder.glob("printed-*.png"))  # one page, or there is nothing to show
    with Image.open(page) as picture:
        picture.load()
    page.unlink()
    return picture


def _small(picture: Image.Image) -> bytes:
    stream = BytesIO()
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def main(wanted: list[str]) -> int:
    """Write the pictures of the scenes that are named, or all; returns the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, open_browser(Path(made)) as page:
        for state in wanted or SCENES:
            for language in LANGUAGES:
                with standing(page) as stand:
                    for name, data in pictures(stand, state, language, Path(made)):
                        (FOLDER / name).write_bytes(data)
    for old in set(FOLDER.glob("*.png")) - {FOLDER / name for name in names()}:
        old.unlink()
    size = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(names())} pictures, {size} bytes")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
