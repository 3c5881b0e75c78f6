"""Fuzz parsers for some minutes each, with atheris where it is installed, else with our own mutation loop.

    python -m tests.fuzz --minutes 10             every parser
    python -m tests.fuzz --minutes 2 cbor jose    some of them
    python -m tests.fuzz --input crash-0123 cbor  one input, to see what it does
    python -m tests.fuzz --list

Atheris (group ``fuzz`` in pyproject.toml; ``make soak`` has it in ``.venv-fuzz``) follows coverage. Each parser runs in
a process of its own, one after the other. The corpus that it finds is kept in ``.cache/fuzz/PARSER``; an input that
breaks a rule is written beside it and named on stdout, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

CACHE = Path(".cache") / "fuzz"
MEGABYTES = 4096
OURS = ("credential", "verifier", "issuer")
OTHERS = {"image": ("PIL",), "recognise": ("PIL",), "pdf": ("pyhanko", "asn1crypto")}
"""Other people's packages whose coverage leads further into ours."""


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
    names = options.parsers or list(TARGETS)
    return max([_fuzz(name, options.minutes) for name in names])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help="which (default: all)")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each parser (default: 10)")
    parser.add_argument("--list", action="store_true", help="name the parsers")
    parser.add_argument("--input", type=Path, help="run one file through one parser")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _fuzz(name: str, minutes: float) -> int:
    place = CACHE / name
    place.mkdir(parents=True, exist_ok=True)
    before = set(CACHE.glob(f"{name}-*"))
    begun = time.monotonic()
    if importlib.util.find_spec("atheris") is None:
        code, how = _loop(name, minutes * 60), "mutations"
    else:
        command = [sys.executable, "-m", "tests.fuzz", "--worker", "--minutes", str(minutes), name]
        with (CACHE / f"{name}.log").open("wb") as log:
            code = subprocess.run(command, stdout=log, stderr=log, check=False).returncode
        how = "atheris"
    findings = sorted(set(CACHE.glob(f"{name}-*")) - before)
    state = "ok" if code == 0 else f"FOUND ({', '.join(map(str, findings)) or CACHE / f'{name}.log'})"
    print(f"{name:16} {how:9} {time.monotonic() - begun:6.0f} s  {state}", flush=True)
    return int(code != 0)


def _loop(name: str, seconds: float) -> int:
    """Our own loop, until the time is over; a new seed for each thousand inputs."""
    from tests.fuzz import vectors
    from tests.fuzz.mutate import mutations, seeded
    from tests.fuzz.targets import TARGETS

    target, ends, seed = TARGETS[name], time.monotonic() + seconds, 0
    seeds = [*target.seeds(), *vectors.seeds(name)]
    while time.monotonic() < ends:
        seed += 1
        for data in mutations(seeds, seeded(seed), rounds=1000, longest=target.longest):
            try:
                target.run(data)
            except Exception as error:
                path = CACHE / f"{name}-{sha256(data).hexdigest()[:16]}"
                path.write_bytes(data)
                print(f"{path}: {type(error).__name__}: {error}"[:300], file=sys.stderr)
                return 1
    return 0


def _worker(name: str, seconds: float) -> int:
    """One parser under atheris, in this process; it does not come back."""
    fuzzer: Any = importlib.import_module("atheris")
    with fuzzer.instrument_imports(include=[*OURS, *OTHERS.get(name, ())], enable_loader_override=False):
        from tests.fuzz import vectors
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    place = CACHE / name
    for data in (*target.seeds(), *vectors.seeds(name)):
        (place / sha256(data).hexdigest()[:16]).write_bytes(data)
    options = [
        *(f"-max_total_time={int(seconds)}", f"-max_len={target.longest}", f"-rss_limit_mb={MEGABYTES}"),
        *("-timeout=20", f"-artifact_prefix={CACHE / name}-", "-print_final_stats=1", "-seed=1"),
    ]

    def one(data: bytes) -> None:
        target.run(data)

    fuzzer.Setup([sys.argv[0], *options, str(place)], one)
    fuzzer.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
