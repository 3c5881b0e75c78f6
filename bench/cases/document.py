"""A document: its page and its seal on one core, beside the bare typesetter on the same page.

Every call has another certificate, on both sides: the typesetter keeps what it has set, and the same page again would
cost it half. The yardstick is given the page's source ready; ours begins with fields, so it writes the QR, asks the
fonts for every character and makes the source too.

Beside the other ways (``bench/printers.py``) ours is the whole document, with PDF/A, attachment and every check.

    python -m bench document
    python -m bench document-cores
    python -m bench document-memory --size 5000
"""

from __future__ import annotations

import gc
import itertools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import typst
from cryptography.hazmat.primitives import serialization

from bench.harness import Benchmark, Clock, Measurement, Sides, Taken, in_turns, rounded, seconds
from issuer.documents.model import DocumentFields
from issuer.documents.render import PDF_STANDARD, DocumentRenderer
from issuer.worker.documents import DocumentsJob
from issuer.worker.makers import cores
from templates.loader import load_design
from tests.documents.samples import CREDENTIAL, DOCUMENT_KEY, FACE, FIELDS, chain, default_fonts, sealer
from tests.support.clock import NOW
from tests.support.founding import found_demonstration
from tests.support.office import DemoOffice, batch_drafts, drafts
from tests.support.tools import ROOT

SIZE: Final = 20
"""Documents in a round."""
ROUNDS: Final = 7
CORE_ROUNDS: Final = 3
FEW: Final = 4
"""Documents in a round of the other ways, which take up to half a second each."""
READY: Final = 2_000
"""Pages whose source the yardstick is given; more than it is asked for."""

PRINTERS: Final = ROOT / ".venv-printers" / "bin" / "python"
PRINTERS_NEED: Final = "an environment with reportlab, weasyprint, pyhanko and qrcode"

_TITLES: Final = ("高级工程师", "正高级工程师", "主任医师", "高级教师")
_PLACES: Final = ("示范大学", "示范市第一人民医院", "示范省交通规划勘察设计研究院", "示范县农业技术推广中心")


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What one document is made of."""

    fields: DocumentFields
    credential: bytes


def award(number: int) -> Award:
    """Fields and credential of an invented certificate; no two are alike where those of a batch are not."""
    random = sha256(number.to_bytes(4)).digest()
    credential = CREDENTIAL[:-32] + random
    name = "".join(chr(0x4E00 + int.from_bytes(random[at : at + 2]) % 3000) for at in range(0, 4 + 2 * (number % 2), 2))
    identity = ("居民身份证", f"1399**********{random[9]:03}X")
    return Award(
        fields=replace(
            FIELDS,
            certificate_number=f"9900002026{number:07}",
            holder_name=name,
            title_name=_TITLES[random[10] % 4],
            check_code_grouped="-".join(random.hex().upper()[at : at + 4] for at in range(0, 20, 4)),
            qr_text=f"https://zc.example.com.cn/v/#{int.from_bytes(credential)}",
            face=replace(FACE, employer=_PLACES[random[11] % 4], printed=(identity, FACE.printed[1])),
        ),
        credential=credential,
    )


@dataclass(frozen=True, slots=True)
class Bare:
    """The typesetter alone, as a program of a few lines would call it, on sources that are ready."""

    compiler: typst.Compiler
    sources: list[bytes]

    def __call__(self, number: int) -> bytes:
        """Set one page."""
        made = self.compiler.compile(
            input=self.sources[number], format="pdf", pdf_standards=[PDF_STANDARD], timestamp=int(NOW.timestamp())
        )
        assert isinstance(made, bytes)
        return made


def prepare(ready: int = READY) -> tuple[Bare, dict[str, Callable[[int], object]]]:
    """The yardstick, and our parts by name.

    Raises:
        RuntimeError: the two pages of one certificate differ.
    """
    renderer = DocumentRenderer(default_fonts())
    awards = [award(number) for number in range(ready)]
    design = renderer.design
    compiler = typst.Compiler(root=str(design.root), font_paths=default_fonts().typst_fonts, ignore_system_fonts=True)
    bare = Bare(compiler, [renderer.source(each.fields, each.credential) for each in awards])

    def page(number: int) -> bytes:
        made = awards[number] if number < ready else award(number)
        return renderer.render(made.fields, credential=made.credential, now=NOW)

    if page(0) != bare(0):
        raise RuntimeError("the yardstick sets another page than we do")
    gc.freeze()  # as whoever makes documents does: what stays is not looked through again and again
    sealable = page(1)
    return bare, {
        "page": page,
        "seal": lambda _: sealer().seal(sealable, now=NOW),
        "both": lambda number: sealer().seal(page(number), now=NOW),
    }


WHAT: Final = {
    "page": "our page, from fields to PDF/A",
    "seal": "our seal alone",
    "both": "our page and its seal",
}


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Yield all lines."""
    bare, parts = prepare()
    numbers = itertools.cycle(range(READY))

    def several(job: Callable[[int], object], count: int = size) -> Callable[[], None]:
        def jobs() -> None:
            for number in itertools.islice(numbers, count):
                job(number)

        return jobs

    for name, job in parts.items():
        taken = in_turns(Sides(ours=several(job), yardstick=several(bare)), rounds=ROUNDS, clock=clock)
        yield line(name, taken, size, f"{WHAT[name]}, over the bare typesetter on the same page")
    yield from printed(several(parts["both"], FEW), clock)


def line(name: str, taken: Taken, size: int, what: str) -> Measurement:
    """One line, in milliseconds a document."""
    return Measurement(
        name=f"document-{name}",
        ratio=rounded(taken.ratio),
        ours=rounded(taken.ours * 1000 / size),
        yardstick=rounded(taken.yardstick * 1000 / size),
        unit="ms a document",
        size=size,
        what=what,
    )


def printed(ours: Callable[[], None], clock: Clock) -> Iterator[Measurement]:
    """Yield a line for each of other people's ways; says on stderr which is not installed."""
    if not PRINTERS.exists():
        missing = f"no {PRINTERS.relative_to(ROOT)}: ReportLab and WeasyPrint are left out ({PRINTERS_NEED})"
        print(f"document: {missing}", file=sys.stderr)
        return
    certificates = [_plain(award(number).fields) for number in range(FEW)]
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as place, _printers(Path(place)) as child:
        for way in ("reportlab", "weasyprint"):
            ratios, both = [], ([], [])  # type: tuple[list[float], tuple[list[float], list[float]]]
            for turn in range(ROUNDS + 1):
                mine, theirs = seconds(ours, 1, clock), _asked(child, way, certificates)
                if turn:  # the first warms
                    ratios.append(mine / theirs)
                    both[0].append(mine)
                    both[1].append(theirs)
            median = statistics.median
            taken = Taken(ours=median(both[0]), yardstick=median(both[1]), ratio=median(ratios))
            yield line(way, taken, FEW, f"{WHAT['both']}, over a plainer page by {way} with stock pyHanko")


def _plain(fields: DocumentFields) -> tuple[list[tuple[str, str]], str]:
    """What is printed, a label and a text each, and the text of the QR code."""
    return [*fields.printed_strings().items()], fields.qr_text


@contextmanager
def _printers(place: Path) -> Iterator[subprocess.Popen[str]]:
    """The child that has the other ways."""
    root, leaf = chain()
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files = {
        "key": DOCUMENT_KEY.private_bytes(pem, private, serialization.NoEncryption()),
        "certificate": leaf.public_bytes(pem),
        "chain": root.public_bytes(pem),
    }
    for name, content in files.items():
        (place / name).write_bytes(content)
    options = {name: str(place / name) for name in files} | {
        "chain": [str(place / "chain")],
        "frame": str(load_design().root / "frame.svg"),
        "font": str(default_fonts().faces[0].path),
    }
    command = [str(PRINTERS), str(ROOT / "bench" / "printers.py"), json.dumps(options)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            assert child.stdin is not None
            child.stdin.close()


def _asked(child: subprocess.Popen[str], way: str, certificates: Sequence[object]) -> float:
    """Seconds of the child's processor time for these documents."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps({"way": way, "certificates": certificates}) + "\n")
    child.stdin.flush()
    return float(json.loads(child.stdout.readline())["seconds"])


def memory(size: int, _: Clock) -> Iterator[Measurement]:
    """Yield what the process holds after a hundred documents, and after all."""
    _bare, parts = prepare(ready=1)
    held = []
    for number in range(size):
        parts["both"](number)
        if number in {min(99, size - 1), size - 1}:
            held.append(_resident())
    yield Measurement(
        name="document-memory",
        ratio=rounded(held[-1] / held[0]),
        ours=rounded(held[-1]),
        yardstick=rounded(held[0]),
        unit="MiB",
        size=size,
        what="memory of the process after all documents, over that after a hundred",
    )


def _resident() -> float:
    """MiB in memory now, not at the most: what is given back counts as given back."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def by_all_cores(size: int, clock: Clock) -> Iterator[Measurement]:
    """Yield how long the documents of a batch take by as many processes as there are processors, over one alone.

    Everything is in it: the register, opened rows, proofs, files that are synced, and the start of the processes.
    """
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as place:
        home = Path(place) / "home"
        found_demonstration(home)
        demo = DemoOffice.open(home)
        batch = demo.approved_drafts(drafts(size, batch_drafts(demo, demo.store())[0]))
        demo.issue(batch)

        def made(jobs: int) -> float:
            demo.raw("UPDATE certificates SET document_path = NULL")
            start = clock()
            if DocumentsJob(demo.opened).run(batch, between=lambda: None, jobs=jobs) != size:
                raise RuntimeError("documents are missing")
            return clock() - start

        turns = [(made(cores()), made(1)) for _ in range(CORE_ROUNDS)]
        demo.close()
    ours, alone = (statistics.median(side) for side in zip(*turns, strict=True))
    taken = Taken(ours=ours, yardstick=alone, ratio=statistics.median(mine / one for mine, one in turns))
    yield line("cores", taken, size, f"documents of a batch by {cores()} processes, over one")


BENCHMARKS = (
    Benchmark(
        name="document",
        what="a document on one core: page and seal beside the bare typesetter, and beside other ways",
        size=SIZE,
        run=run,
        clock=time.process_time,
    ),
    Benchmark(name="document-cores", what="documents of a batch by all processors", size=400, run=by_all_cores),
    Benchmark(name="document-memory", what="memory over many documents", size=500, run=memory),
)
