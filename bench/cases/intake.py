"""What a list of N rows costs an office: read, checked and stored, submitted, approved, looked at, given back marked.

Every step is the call that the command line makes, on a founded home with synthetic people. One row in a hundred has a
fault, one in twenty a notice. Counted is the time of the processors, that of the child that reads the file included,
and for each step the most memory on top of what it began with.

    python -m bench intake --size 20000
"""

from __future__ import annotations

import io
import random
import resource
import sqlite3
import statistics
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from xlsxwriter import Workbook

from bench.cases.publication import Figures, forget_peak, peak
from bench.harness import Benchmark, Clock, Measurement, rounded
from credential.history import Act
from issuer.identifiers import citizen_check_character
from issuer.services import batches
from issuer.sheets.apart import read_apart
from tests.intake.support import HEADINGS
from tests.support.founding import found_demonstration
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, DemoOffice

SIZE: Final = 2_000
ROUNDS: Final = 3
FAULTY, NOTICED = 100, 20
"""One row in so many."""
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂文辉玲健俊"
_SPECIALTIES: Final = ("人工智能", "大数据", "建筑施工", "机械设计", "水利水电", "环境工程")
_SEALED: Final = 600
"""Bytes of a row's normal form, about."""
_MEBIBYTE: Final = 1 << 20
_GRAIN: Final = 1e-3
"""Seconds below which the processor's time is not told."""


def processor() -> float:
    """Seconds of the processors that this process and its ended children took."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something an office does with a list, and the bare part of it."""

    name: str
    what: str
    ours: Callable[[], object]
    yardstick: Callable[[], object]


def people(size: int, *, first: int = 1, faulty: int = FAULTY) -> list[list[str | int | None]]:
    """The rows of a list: different people, the same in every run.

    Args:
        size: how many.
        first: number of the first; lists with other numbers have other people.
        faulty: one row in so many has a fault.
    """
    rng = random.Random(size + first)
    born = date(1965, 1, 1)
    rows: list[list[str | int | None]] = []
    for number in range(first, first + size):
        digits = f"139901{born + timedelta(days=number % 9000):%Y%m%d}{number // 9000 * 2 % 1000:03}"
        name = rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))
        rows.append(
            [
                number,
                f"{name} " if number % NOTICED == 0 else name,
                "女",
                "居民身份证",
                digits + ("?" if number % faulty == 0 else citizen_check_character(digits)),
                f"示范省示范市第{number % 300}设计研究院",
                "工程技术人员",
                rng.choice(_SPECIALTIES),
                "高级工程师",
                "副高",
                "评审",
                "2026-10-30",
                "示评备〔2025〕012号",
                "示职改办字〔2026〕31号",
                None,
            ]
        )
    return rows


def workbook(rows: Sequence[Sequence[str | int | None]]) -> bytes:
    """The list as a file, by the library alone: what a marked copy takes at least."""
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("名单")
    for at, row in enumerate((HEADINGS, *rows)):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value)
    book.close()
    return target.getvalue()


def unpack(data: bytes) -> None:
    """Unpack the file and let its XML be parsed, with nothing done about it."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
            parser = expat.ParserCreate()
            parser.StartElementHandler = lambda _name, _attributes: None
            parser.Parse(package.read(name), True)


def keep(place: Path, size: int) -> None:
    """Seal, hash and store as many rows as the list has: two sealed values and a key each."""
    cipher, nonce, plain = AESGCM(bytes(32)), bytes(12), bytes(_SEALED)
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, digest BLOB, payload BLOB, key BLOB, who BLOB)")
        rows = []
        for number in range(size):
            payload = AESGCM(number.to_bytes(32)).encrypt(nonce, plain, None)
            key, who = cipher.encrypt(nonce, plain[:32], None), cipher.encrypt(nonce, plain[:100], None)
            rows.append((number, sha256(plain).digest(), payload, key, who))
        connection.executemany("INSERT INTO kept VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    place.unlink()


def open_all(size: int) -> None:
    """Decrypt and hash as many rows as the list has, each with a key of its own."""
    nonce, plain = bytes(12), bytes(_SEALED)
    sealed = AESGCM(bytes(32)).encrypt(nonce, plain, None)
    for _ in range(size):
        sha256(AESGCM(bytes(32)).decrypt(nonce, sealed, None)).digest()


def steps(demo: DemoOffice, place: Path, size: int) -> Iterator[Step]:
    """What an office does with a list, in its order; the home has each step's result afterwards."""
    rows = people(size)
    file = batches.ListFile(name="list.xlsx", data=workbook(rows))
    checked: list[batches.CheckedList] = []

    def check() -> None:
        checked.append(batches.check(demo.opened, ACTOR, file, authority=PROVINCE, take_good_rows=True))
        found = checked[0]
        if found.batch is None or (found.good, found.rejected) != (size - size // FAULTY, size // FAULTY):
            raise RuntimeError(f"{found.good} rows are good, {found.rejected} rejected")

    def batch() -> str:
        return checked[0].batch or ""

    def kept() -> None:
        keep(place / "kept.sqlite3", size)

    def opened() -> None:
        open_all(size)

    def bare() -> None:
        unpack(file.data)

    def written() -> None:
        workbook(rows)

    yield Step(name="read", what="the file read by a bounded child", ours=lambda: read_apart(file.data), yardstick=bare)
    yield Step(name="check", what="read, checked and stored", ours=check, yardstick=kept)
    for act, who in ((Act.SUBMIT, CLERK), (Act.APPROVE, APPROVER)):

        def sign(act: Act = act, who: str = who) -> None:
            batches.act_here(demo.opened, who, act, batch())

        yield Step(name=act.value, what="drafted, signed and accepted", ours=sign, yardstick=opened)
    yield Step(
        name="overview",
        what="counts, findings and phrase, as `batch show` and each signer sees them",
        ours=lambda: batches.overviewed(demo.opened, batch()),
        yardstick=opened,
    )
    yield Step(
        name="rows",
        what="all rows in full, as `batch show --rows`",
        ours=lambda: batches.shown_rows(demo.opened, ACTOR, batch()),
        yardstick=opened,
    )
    yield Step(
        name="copy",
        what="the marked copy that goes back to the office",
        ours=lambda: batches.annotated(checked[0]),
        yardstick=written,
    )
    yield Step(
        name="workbook",
        what="the batch as a workbook",
        ours=lambda: batches.workbook(demo.opened, ACTOR, batch()),
        yardstick=written,
    )


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Yield a line for each step, then the three that make a batch together."""
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as made:
        taken: dict[str, list[Figures]] = {}
        said: dict[str, str] = {}
        for number in range(ROUNDS):
            place = Path(made) / str(number)
            found_demonstration(place / "home")
            demo = DemoOffice.open(place / "home")
            for step in steps(demo, place, size):
                said[step.name] = step.what
                taken.setdefault(step.name, []).append(_measured(step, clock, yardstick_first=number % 2 == 1))
            demo.close()
        for name, figures in taken.items():
            yield from _lines(name, said[name], figures, size)
        three = [
            Figures(ours=sum(each.ours for each in of), yardstick=sum(each.yardstick for each in of), peak=0)
            for of in zip(taken["check"], taken["submit"], taken["approve"], strict=True)
        ]
        yield _line("together", "check, submit and approve together", three, size)


def _measured(step: Step, clock: Clock, *, yardstick_first: bool) -> Figures:
    if yardstick_first:
        yardstick = _seconds(step.yardstick, clock)
    before = forget_peak()
    ours = _seconds(step.ours, clock)
    most = peak() - before
    if not yardstick_first:
        yardstick = _seconds(step.yardstick, clock)
    return Figures(ours=ours, yardstick=yardstick, peak=most)


def _seconds(job: Callable[[], object], clock: Clock) -> float:
    start = clock()
    job()
    return clock() - start


def _lines(name: str, what: str, figures: Sequence[Figures], size: int) -> Iterator[Measurement]:
    yield _line(name, what, figures, size)
    most = max(each.peak for each in figures) / _MEBIBYTE
    yield Measurement(
        name=f"intake-{name}-memory",
        ratio=rounded(most * _MEBIBYTE / (size * _SEALED)),
        ours=rounded(most),
        yardstick=rounded(size * _SEALED / _MEBIBYTE),
        unit="MiB",
        size=size,
        what=f"peak memory of it in the office's own process, over the rows' normal forms: {what}",
    )


def _line(name: str, what: str, figures: Sequence[Figures], size: int) -> Measurement:
    ours = statistics.median(each.ours for each in figures)
    yardstick = statistics.median(each.yardstick for each in figures)
    return Measurement(
        name=f"intake-{name}",
        ratio=rounded(statistics.median(each.ours / max(each.yardstick, _GRAIN) for each in figures)),
        ours=rounded(ours),
        yardstick=rounded(yardstick),
        unit="s",
        size=size,
        what=what,
    )


BENCHMARKS = (
    Benchmark(name="intake", what="what a list costs from file to approval", size=SIZE, run=run, clock=processor),
)
