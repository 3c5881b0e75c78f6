"""Prints how we compare: `python -m bench NAME [--size N] --json`, one JSON object a line.

`python -m bench --list` names the benchmarks, `python -m bench all` runs every one at its usual size.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

from bench import cases
from bench.harness import Benchmark, Measurement


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for. Returns the exit status; 2 for a name that does not exist."""
    options = parser().parse_args(arguments)
    known = benchmarks()
    if options.list:
        for benchmark in known.values():
            print(f"{benchmark.name:<20} {benchmark.what} (size {benchmark.size})")
        return 0
    if options.name is None or (options.name != "all" and options.name not in known):
        print(f"bench: no benchmark {options.name!r}; there are: all, {', '.join(known)}", file=sys.stderr)
        return 2
    for benchmark in known.values() if options.name == "all" else [known[options.name]]:
        size = benchmark.size if options.size is None or options.name == "all" else options.size
        for measurement in benchmark.run(size, benchmark.clock):
            print(measurement.to_json() if options.json else sentence(measurement), flush=True)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m bench", description="Measure beside a yardstick.")
    made.add_argument("name", nargs="?", help="a benchmark's name, or all")
    made.add_argument("--size", type=positive, help="how much work; what it counts is the benchmark's to say")
    made.add_argument("--json", action="store_true", help="one JSON object a line")
    made.add_argument("--list", action="store_true", help="name the benchmarks")
    return made


def positive(text: str) -> int:
    """A positive number.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by its name, in the order of their names."""
    modules = (
        importlib.import_module(f"{cases.__name__}.{found.name}") for found in pkgutil.iter_modules(cases.__path__)
    )
    found: list[Benchmark] = [benchmark for module in modules for benchmark in module.BENCHMARKS]
    return {benchmark.name: benchmark for benchmark in sorted(found, key=lambda benchmark: benchmark.name)}


def sentence(measurement: Measurement) -> str:
    """For people."""
    return (
        f"{measurement.name}: {measurement.ratio} ({measurement.ours} against {measurement.yardstick} "
        f"{measurement.unit}, size {measurement.size}): {measurement.what}"
    )


if __name__ == "__main__":
    sys.exit(main())
