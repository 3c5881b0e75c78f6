"""Fuzz parsers for some minutes each, with atheris where it is installed, else with our own mutation loop.

    python -m tests.fuzz --minutes 10             every parser
    python -m tests.fuzz --minutes 2 cbor jose    some of them
    python -m tests.fuzz --jobs 4                 four at a time
    python -m tests.fuzz --input crash-0123 cbor  one input, to see what it does
    python -m tests.fuzz --list

Atheris (group ``fuzz`` in pyproject.toml; ``make soak`` has it in ``.venv-fuzz``) follows coverage. Each parser runs in
a process of its own and writes ``.cache/fuzz/PARSER.log``. The corpus that it finds is kept in ``.cache/fuzz/PARSER``;
an input that breaks a rule is written beside it and named on stdout, and the exit code is 1. A line for each parser
says how long it was fuzzed, with how many inputs, and what was found; the last line sums them up.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import itertools
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.fuzz.mutate import mutations, seeded

CACHE = Path(".cache") / "fuzz"
MEGABYTES = 4096
OURS = ("credential", "verifier", "issuer")
OTHERS = {"image": ("PIL",), "recognise": ("PIL",), "pdf": ("pyhanko", "asn1crypto")}
"""Other people's packages whose coverage leads further into ours."""
COUNT = "stat::number_of_executed_units:"
"""How libFuzzer's closing figures name the number of inputs; our own loop writes the same."""
CLOSING = re.compile(rf"^{COUNT} *([0-9]+)$", re.MULTILINE)
PROGRESS = re.compile(r"^#([0-9]+)\t", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one parser's fuzzing came to."""

    name: str
    how: str
    seconds: float
    inputs: int
    ok: bool
    findings: tuple[Path, ...]
    """Inputs that broke a rule; empty too when the process ended before it could write one."""

    def line(self) -> str:
        """The line of the table."""
        where = ", ".join(map(str, self.findings)) or f"see {CACHE / self.name}.log"
        state = "ok" if self.ok else f"FOUND ({where})"
        return f"{self.name:16} {self.how:9} {self.seconds / 60:7.1f} min {self.inputs:13,} inputs  {state}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when no parser did what it must not."""
    options = _options(arguments)
    if options.worker:
        return _worker(options.parsers[0], options.minutes * 60)
    from tests.fuzz.targets import TARGETS

    if options.list:
        print("\n".join(TARGETS))
        return 0
    if options.input:
        TARGETS[options.parsers[0]].run(options.input.read_bytes())
        return 0
    unknown = set(options.parsers) - set(TARGETS)
    if unknown:
        print(f"no parser is called {', '.join(sorted(unknown))}; see --list", file=sys.stderr)
        return 2
    runs = []
    for run in _fuzz_all(options.parsers or list(TARGETS), options.minutes, jobs=options.jobs):
        print(run.line(), flush=True)
        runs.append(run)
    print(total(runs))
    return int(not all(run.ok for run in runs))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help="which (default: all)")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each parser (default: 10)")
    parser.add_argument("--jobs", type=int, default=1, help="how many parsers at a time (default: 1)")
    parser.add_argument("--list", action="store_true", help="name the parsers")
    parser.add_argument("--input", type=Path, help="run one file through one parser")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error("--jobs: at least 1")
    return options


def executed(log: str) -> int:
    """How many inputs a log tells of: the closing figure, or the last progress line of a process that was killed."""
    numbers = CLOSING.findall(log) or PROGRESS.findall(log) or ["0"]
    return int(numbers[-1])


def total(runs: Sequence[Run]) -> str:
    """The last line of the table; a process that ended badly without an input is a finding too."""
    findings = sum(len(run.findings) or int(not run.ok) for run in runs)
    minutes, inputs = sum(run.seconds for run in runs) / 60, sum(run.inputs for run in runs)
    return f"{f'parsers: {len(runs)}':26} {minutes:7.1f} min {inputs:13,} inputs  findings: {findings}"


def _fuzz_all(names: Sequence[str], minutes: float, *, jobs: int) -> Iterator[Run]:
    """Yield each run as it ends. The threads only wait for processes."""
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        for done in as_completed([pool.submit(_fuzz, name, minutes) for name in names]):
            yield done.result()
    finally:
        # Ctrl-C ends the processes that run; those that wait must not begin.
        pool.shutdown(cancel_futures=True)


def _fuzz(name: str, minutes: float) -> Run:
    (CACHE / name).mkdir(parents=True, exist_ok=True)
    before = set(CACHE.glob(f"{name}-*"))
    log = CACHE / f"{name}.log"
    begun = time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz", "--worker", "--minutes", str(minutes), name]
    with log.open("wb") as out:
        code = subprocess.run(command, stdout=out, stderr=out, check=False).returncode
    return Run(
        name=name,
        how="atheris" if _has_atheris() else "mutations",
        seconds=time.monotonic() - begun,
        inputs=executed(log.read_text(encoding="utf-8", errors="replace")),
        ok=code == 0,
        findings=tuple(sorted(set(CACHE.glob(f"{name}-*")) - before)),
    )


def _has_atheris() -> bool:
    return importlib.util.find_spec("atheris") is not None


def _worker(name: str, seconds: float) -> int:
    """One parser, in this process."""
    return _follow_coverage(name, seconds) if _has_atheris() else _loop(name, seconds)


def _loop(name: str, seconds: float) -> int:
    """Our own loop, until the time is over; a new seed for each thousand inputs."""
    from tests.fuzz import vectors
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    seeds = [*target.seeds(), *vectors.seeds(name)]
    ends, count = time.monotonic() + seconds, 0
    for count, data in enumerate(_inputs(seeds, longest=target.longest), start=1):
        try:
            target.run(data)
        except Exception as error:
            path = CACHE / f"{name}-{sha256(data).hexdigest()[:16]}"
            path.write_bytes(data)
            print(f"{path}: {type(error).__name__}: {error}"[:300])
            print(COUNT, count)
            return 1
        if time.monotonic() >= ends:
            break
    print(COUNT, count)
    return 0


def _inputs(seeds: Sequence[bytes], *, longest: int) -> Iterator[bytes]:
    """Without end."""
    for number in itertools.count(1):
        yield from mutations(seeds, seeded(number), rounds=1000, longest=longest)


def _follow_coverage(name: str, seconds: float) -> int:
    """Atheris; it does not come back."""
    fuzzer: Any = importlib.import_module("atheris")
    with fuzzer.instrument_imports(include=[*OURS, *OTHERS.get(name, ())], enable_loader_override=False):
        from tests.fuzz import vectors
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    place = CACHE / name
    for data in (*target.seeds(), *vectors.seeds(name)):
        (place / sha256(data).hexdigest()[:16]).write_bytes(data)
    options = [
        f"-max_total_time={max(1, int(seconds))}",
        f"-max_len={target.longest}",
        f"-rss_limit_mb={MEGABYTES}",
        # Ours is the limit that counts (processor time); this one ends what never returns, by the wall's clock.
        "-timeout=300",
        f"-artifact_prefix={CACHE / name}-",
        "-print_final_stats=1",
        "-seed=1",
    ]

    def one(data: bytes) -> None:
        target.run(data)

    fuzzer.Setup([sys.argv[0], *options, str(place)], one)
    fuzzer.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
