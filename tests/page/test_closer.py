"""The closer look: what nothing else reads is read by zxing-cpp, in a worker that reaches nobody."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from bench.cases.photographs import Photograph, photographs
from tests.page.conftest import NAME, Stand, assert_no_faults, assert_private
from tests.page.test_ways import hand_over, open_camera, picture
from tests.support.bundle import BUILT, TOOLS, built_page
from tests.support.tools import require_npm_packages
from tests.support.web import Client
from tests.support.world import NOW, ORIGIN, World
from verifier.app import create_app
from verifier.headers import LOOK_POLICY
from verifier.settings import Settings
from verifier.site import IMMUTABLE, PageFile, page_files

HERE: Final = Path(__file__).parent
LOOK_BUDGET: Final = 350 * 1024
"""Bytes of the worker and its WebAssembly, packed; they are fetched when nothing else reads a picture."""
READ_BY_SCAN: Final = 51
READ_CLOSER: Final = 73
"""Of the 81 damaged photographs; a bare zxing-cpp reads 61."""
FILMED: Final = """
(() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob('%s'), (char) => char.charCodeAt(0))]));
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    const draw = () => context.drawImage(image, 0, 0, canvas.width, canvas.height);
    draw();
    setInterval(draw, 50);
    return canvas.captureStream(20);
  };
})();
"""


def look_files() -> dict[str, PageFile]:
    """The worker and its WebAssembly by the end of their names, as the service has them."""
    files = page_files({"publication": "/p/", "root": "", "demonstration": True})
    found = {Path(name).suffix: file for name, file in files.items() if re.fullmatch(r"look-\w+\.(js|wasm)", name)}
    assert found.keys() == {".js", ".wasm"}
    return found


def test_the_worker_may_compile_and_reach_nobody() -> None:
    worker, wasm = (look_files()[end] for end in (".js", ".wasm"))
    assert worker.policy == LOOK_POLICY
    rules = dict(rule.strip().partition(" ")[::2] for rule in LOOK_POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'wasm-unsafe-eval'"
    assert not [name for name in rules if name in {"connect-src", "worker-src", "img-src"}]
    assert (wasm.kind, wasm.policy) == ("application/wasm", None)
    others = [file for name, file in page_files({}).items() if not name.startswith("look-")]
    assert not [file for file in others if file.policy is not None]


def test_the_service_sends_the_policy_of_the_worker_with_it_alone(tmp_path: Path) -> None:
    world = World()
    world.publish()
    world.write(tmp_path)
    settings = Settings(publication=str(tmp_path), trust_root=world.pinned_root, origin=ORIGIN, serve_publication=True)
    client = Client(create_app(settings, clock=lambda: NOW))
    names = [path.name for path in BUILT.iterdir() if path.suffix in {".js", ".wasm"}]
    policies = {name: client.get(f"/v/{name}").headers["content-security-policy"] for name in ("", *names)}
    assert {name.partition("-")[0] for name, policy in policies.items() if policy == LOOK_POLICY} == {"look"}
    assert [name for name, policy in policies.items() if "wasm" in policy and not name.endswith(".js")] == []


def test_what_looks_closer_is_packed_and_kept_for_ever() -> None:
    files = look_files().values()
    assert {file.cache for file in files} == {IMMUTABLE}
    assert all({"br", "gzip"} <= file.forms.keys() for file in files)
    assert sum(len(file.forms["br"]) for file in files) <= LOOK_BUDGET


def read_by_the_page(pictures: list[Photograph], folder: Path) -> dict[str, list[bool]]:
    """Which pictures the built readers read: ``scan`` as the page's first one, ``closer`` as its last."""
    node = require_npm_packages(TOOLS)
    listed = folder / "pictures.json"
    listed.write_text(json.dumps([_described(each) for each in pictures]), "utf-8")
    command = [node, str(HERE / "photographs.mjs"), str(built_page()), str(listed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    found: dict[str, list[bool]] = json.loads(done.stdout)
    return found


def _described(photograph: Photograph) -> dict[str, Any]:
    grey = photograph.picture.convert("L")
    data = base64.b64encode(grey.tobytes()).decode()
    return {"text": photograph.text, "width": grey.width, "height": grey.height, "grey": data}


@pytest.mark.slow
def test_it_reads_what_the_first_reader_does_not(tmp_path: Path) -> None:
    few = list(islice(photographs(), 7))  # blurred, and in low light
    found = read_by_the_page(few, tmp_path)
    assert sum(found["closer"]) > sum(found["scan"]) > 0


@pytest.mark.soak
def test_of_81_damaged_photographs_it_reads_more(tmp_path: Path) -> None:
    found = read_by_the_page(list(photographs()), tmp_path)
    assert {name: sum(read) for name, read in found.items()} == {"scan": READ_BY_SCAN, "closer": READ_CLOSER}


# In a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def watched(stand: Stand) -> Stand:
    """A stand whose browser has no detector of its own, as most have none."""
    stand.script("delete window.BarcodeDetector;")
    return stand


def asked_closer(stand: Stand) -> list[str]:
    """The ends of what was fetched for a closer look."""
    return sorted(each.url.rpartition(".")[2] for each in stand.page.requests if "/v/look-" in each.url)


def faint(text: str, contrast: int = 16) -> bytes:
    """A photograph that the first reader does not read: faded ink, which zxing-cpp reads."""
    sharp = Image.open(BytesIO(picture(text, room=24))).convert("L")
    small = sharp.resize((sharp.width * 5 // 8, sharp.height * 5 // 8), Image.Resampling.BICUBIC)
    stream = BytesIO()
    small.point(lambda level: 225 + level // contrast).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.browser
def test_a_picture_that_nothing_else_reads_is_looked_at_closer(watched: Stand) -> None:
    certificate = watched.world.issue(name=NAME)
    watched.publish()
    hand_over(watched, faint(watched.address(certificate)), name="x.png", kind="image/png")
    watched.page.wait_for("document.querySelector('#answer')")
    assert watched.outcome() == "valid/in_force"
    assert asked_closer(watched) == ["js", "wasm"]
    watched.page.requests[:] = [each for each in watched.page.requests if not each.url.startswith("blob:")]
    assert_private(watched, certificate)
    assert_no_faults(watched)


@pytest.mark.browser
def test_what_is_read_at_once_fetches_no_closer_look(watched: Stand) -> None:
    certificate = watched.world.issue()
    watched.publish()
    hand_over(watched, picture(watched.address(certificate)), name="x.png", kind="image/png")
    watched.page.wait_for("document.querySelector('#answer')")
    assert asked_closer(watched) == []


@pytest.mark.browser
def test_a_picture_without_a_code_has_none_after_a_closer_look(watched: Stand) -> None:
    watched.publish()
    stream = BytesIO()
    Image.effect_noise((300, 300), 60).save(stream, "PNG")
    hand_over(watched, stream.getvalue(), name="x.png", kind="image/png")
    watched.page.wait_for("document.querySelector('#code-fault').textContent")
    assert "没有找到二维码" in watched.text_of("#code-fault")
    assert asked_closer(watched) == ["js", "wasm"]


@pytest.mark.browser
@pytest.mark.parametrize(
    "script",
    ["delete window.WebAssembly;", "WebAssembly.compile = WebAssembly.instantiate = null;"],
    ids=["none", "another one"],
)
def test_without_webassembly_nothing_is_fetched_and_the_answer_is_the_same(watched: Stand, script: str) -> None:
    """The second browser has one, and the worker's is its own: it reads."""
    certificate = watched.world.issue()
    watched.publish()
    watched.script(script)
    hand_over(watched, faint(watched.address(certificate)), name="x.png", kind="image/png")
    watched.page.wait_for("document.querySelector('#code-fault').textContent || document.querySelector('#answer')")
    if "delete" in script:
        assert "没有找到二维码" in watched.text_of("#code-fault")
        assert asked_closer(watched) == []
    else:
        assert watched.outcome() == "valid/in_force"


@pytest.mark.browser
@pytest.mark.parametrize("end", ["js", "wasm"])
def test_a_closer_look_that_does_not_come_is_no_look(watched: Stand, end: str) -> None:
    certificate = watched.world.issue()
    watched.publish()
    (file,) = built_page().glob(f"look-*.{end}")
    watched.site.broken.add(f"/v/{file.name}")
    hand_over(watched, faint(watched.address(certificate)), name="x.png", kind="image/png")
    watched.page.wait_for("document.querySelector('#code-fault').textContent")
    assert "没有找到二维码" in watched.text_of("#code-fault")


@pytest.mark.browser
def test_what_cannot_be_compiled_is_no_look_and_nobody_waits(watched: Stand) -> None:
    """As in a browser that knows no ``wasm-unsafe-eval``."""
    certificate = watched.world.issue()
    watched.publish()
    (wasm,) = built_page().glob("look-*.wasm")
    watched.site.instead[wasm.name] = b"\0asm\1\0\0\0\xff"
    hand_over(watched, faint(watched.address(certificate)), name="x.png", kind="image/png")
    watched.page.wait_for("document.querySelector('#code-fault').textContent", seconds=10)
    assert "没有找到二维码" in watched.text_of("#code-fault")


REACHES: Final = """
self.onmessage = () => Promise.all([
  fetch('/v/').then(() => 'reached', () => 'refused'),
  WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(() => 'compiled', () => 'refused'),
]).then((done) => self.postMessage(done.join(' ')));
"""
ASK: Final = """
new Promise((resolve) => {
  const worker = new Worker('%s');
  worker.addEventListener('message', ({ data }) => resolve(data));
  worker.postMessage(null);
})
"""


@pytest.mark.browser
def test_the_browser_holds_the_worker_to_its_policy(watched: Stand) -> None:
    watched.publish()
    (worker,) = built_page().glob("look-*.js")
    watched.site.instead[worker.name] = REACHES.encode()
    watched.open(f"{watched.origin}/v/")
    assert watched.page.evaluate(ASK % worker.name) == "refused compiled"


@pytest.mark.browser
def test_the_camera_looks_closer_after_eight_seconds(watched: Stand) -> None:
    certificate = watched.world.issue(name=NAME)
    watched.publish()
    code = base64.b64encode(faint(watched.address(certificate), 9)).decode()
    open_camera(watched, FILMED % code)
    watched.page.wait_for("document.querySelector('.film').videoWidth > 0 && window.titlecertScan")
    assert asked_closer(watched) == []
    watched.page.evaluate("setClock(Date.now() + 9000)")
    watched.page.wait_for("document.querySelector('#answer')")
    assert asked_closer(watched) == ["js", "wasm"]
    assert watched.outcome() == "valid/in_force"
    assert_private(watched, certificate)
