"""The journey of a holder in pictures for the handbooks: in Chromium, with the real services, in both languages.

Rules: a slip, the sign-in, the list, the certificate, the download, a correction asked and answered, and the
certificate withdrawn with its notice. The clock stands still; people are those of the demonstration.
Codes, and what is drawn from them, are new each time, so that nobody compares bytes.

    python -m tests.desk.pictures      # writes docs/images/desk/*.png
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.settings import DeskSettings
from issuer.home.opened import Actor
from issuer.services import claims, requests
from issuer.unlock.client import Unlock
from issuer.unlock.running import listening
from tests.support.browser import Page, open_browser
from tests.support.founding import found_demonstration
from tests.support.office import DemoOffice
from tests.support.served import served
from tests.support.tools import ROOT, require_tool
from tests.unlock.conftest import Holder, with_codes

FOLDER: Final = ROOT / "docs" / "images" / "desk"
LANGUAGES: Final = {"zh": "zh-CN", "en": "en"}
DEVICES: Final = {"phone": (390, 844), "desktop": (1280, 900)}
STEPS: Final = ("slip", "sign-in", "list", "certificate", "download", "asked", "answered", "withdrawn")
"""What is pictured, in the order of the numbers in the pictures."""
_WIDTH: Final = {"phone": 250, "desktop": 500}
"""Pixels of one page in a picture."""
_COLUMNS: Final = {"phone": 4, "desktop": 2}
_GAP, _TOP, _COLOURS = 16, 26, 160
_GROUND, _INK, _PAPER = "#e9edf2", "#3c4a5a", "#ffffff"


@dataclass(frozen=True, slots=True)
class Journey:
    """An office that is served, with a holder before a browser."""

    page: Page
    office: DemoOffice
    holder: Holder
    origin: str

    def steps(self, language: str) -> Iterator[str]:
        """Do one step after another; yields the name of each when its page is there."""
        self.page._call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        self.page.open(f"{self.origin}/sign-in")
        said = self.holder.said
        self.fill("#id_number", said["id_number"])
        self.fill("#code", said["code"])
        yield "sign-in"
        self.press("form[action='/sign-in'] button")
        yield "list"
        path = str(self.page.evaluate("document.querySelector('article h2 a').getAttribute('href')"))
        self.page.open(self.origin + path)
        yield "certificate"
        self.page.open(f"{self.origin}{path}/download")
        yield "download"
        yield from self._asking(language)
        self._withdraw()
        self.page.open(self.origin + path)
        yield "withdrawn"
        self.press(".out")

    def _asking(self, language: str) -> Iterator[str]:
        zh = language.startswith("zh")
        self.page.open(f"{self.origin}/requests/new/correction")
        self.fill("#subject", "专业" if zh else "Specialty")
        self.fill("#text", "评审表上写的是：环境保护。" if zh else "The form of the review says: 环境保护.")
        yield "asked"
        self.press("main form button")
        with self.office.worker() as worker:
            assert worker.serve_desk() == 1
            [queued] = requests.listed(self.office.opened)
            text = "已核对，将换发新证书。" if zh else "You are right. A new certificate follows."
            requests.answer(self.office.opened, Actor("clerk1"), queued.id, outcome="done", text=text)
            assert worker.serve_desk() == 1
        self.page.open(str(self.page.evaluate("location.href")))
        yield "answered"

    def _withdraw(self) -> None:
        found = next(each for each in self.office.certificates() if each.number == self.holder.slip.number)
        if found.state.word == "valid":
            self.office.apply(self.office.plan(self.office.order(found.number)))
            with self.office.worker() as worker:
                worker.run_pending()

    def fill(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.page.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    def press(self, selector: str) -> None:
        """Press a button, and wait for the page behind it."""
        self.page._events.clear()
        self.page.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self.page._wait_for_event("Page.loadEventFired")

    def picture(self, device: str) -> Image.Image:
        """What the person sees of the page in a window of a device."""
        width, height = DEVICES[device]
        self.page._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.png"
            self.page.screenshot(path)
            return Image.open(io.BytesIO(path.read_bytes())).convert("RGB").crop((0, 0, width, height))


@contextmanager
def journeys() -> Iterator[Iterator[Journey]]:
    """Serve a demonstration; gives a journey of a holder of its own for each that is taken."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = folder / "home"
        found_demonstration(home)
        office = DemoOffice.open(home)
        stack.callback(office.close)
        batch = office.store()
        office.submit(batch)
        office.approve(batch)
        with office.worker() as worker:
            worker.issue(batch, with_documents=True)
        office.home.holders.write_text(
            f'[unlock]\nsocket = "{folder}/u"\n[desk]\ndatabase = "sqlite:///desk.sqlite3"\n'
        )
        server = stack.enter_context(listening(office.opened))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        store = DeskStore.create(office.home.desk)
        stack.callback(store.close)

        def app(origin: str) -> object:
            settings = DeskSettings(
                origin=origin, verifier="http://127.0.0.1:8787", database=office.home.desk, socket=folder / "u",
                demonstration=True,
            )  # fmt: skip
            return create_app(settings, store=store, unlock=Unlock(folder / "u"), clock=office.clock)

        origin = stack.enter_context(served(app))
        (folder / "browser").mkdir()
        page = stack.enter_context(open_browser(folder / "browser"))
        holders = with_codes(office)
        yield (Journey(page, office, holder, origin) for holder in holders)


def slip(office: DemoOffice, holder: Holder) -> Image.Image:
    """The inner page of a holder's slip."""
    data = claims.printed(office.opened, (holder.slip,))[0].data
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "slip.pdf").write_bytes(data)
        command = [require_tool("pdftoppm"), "-r", "110", "-f", "2", "-l", "2", "-png", "-singlefile"]
        subprocess.run([*command, f"{folder}/slip.pdf", f"{folder}/slip"], check=True)
        return Image.open(io.BytesIO((Path(folder) / "slip.png").read_bytes())).convert("RGB")


def together(pictures: Sequence[Image.Image], device: str) -> Image.Image:
    """One picture of all, numbered in their order."""
    width, columns = _WIDTH[device], _COLUMNS[device]
    height = round(width * DEVICES[device][1] / DEVICES[device][0])
    small = [ImageOps.pad(each, (width, height), Image.Resampling.LANCZOS, _PAPER, (0.5, 0)) for each in pictures]
    row = height + _TOP + _GAP
    rows = -(-len(small) // columns)
    sheet = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * row + _GAP), _GROUND)
    draw = ImageDraw.Draw(sheet)
    for place, each in enumerate(small):
        left, top = _GAP + place % columns * (width + _GAP), _GAP + place // columns * row
        draw.text((left, top), str(place + 1), fill=_INK, font_size=18)
        sheet.paste(each, (left, top + _TOP))
    return sheet.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def main() -> None:
    """Write the pictures of both devices in both languages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with journeys() as offered:
        for (language, accepted), journey in zip(LANGUAGES.items(), offered, strict=False):
            seen = {device: [slip(journey.office, journey.holder)] for device in DEVICES}
            for _ in journey.steps(accepted):
                for device in DEVICES:
                    seen[device].append(journey.picture(device))
            for device, pictures in seen.items():
                assert len(pictures) == len(STEPS)
                together(pictures, device).save(FOLDER / f"{device}-{language}.png", optimize=True)


if __name__ == "__main__":
    main()
