"""A few seconds of mutations for every parser, the same ones at every run; ``make soak`` looks for minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import __main__ as command
from tests.fuzz import targets, vectors
from tests.fuzz.mutate import mutations, seeded
from tests.fuzz.targets import TARGETS, FoundError, Target


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_the_packages_own_errors(name: str) -> None:
    target = TARGETS[name]
    for data in mutations(target.seeds(), seeded(2026), rounds=target.rounds, longest=target.longest):
        target.run(data)


ONLY_PARTS = {"path"}
"""Every path of the seeds is known, and the target says nothing about those that are not."""


@pytest.mark.parametrize("name", sorted(set(TARGETS) - ONLY_PARTS))
def test_a_seed_is_taken_so_that_mutations_start_inside(name: str) -> None:
    target = TARGETS[name]
    assert any(target.run(seed) for seed in target.seeds())


def spoiled(name: str, parse: Callable[[bytes], object]) -> Target:
    honest = TARGETS[name]
    return Target(name=name, parse=parse, seeds=honest.seeds, errors=honest.errors)


def _raise(_data: bytes) -> None:
    raise KeyError("a parser without its guard")


def _work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@pytest.mark.parametrize(
    ("sentence", "parse", "error"),
    [
        ("another error comes out", _raise, KeyError),
        ("it takes too long", lambda _data: _work(0.02), FoundError),
        ("another form is taken", lambda data: targets._same(data.strip(), data), FoundError),
    ],
)
def test_the_loop_finds_it_when(
    sentence: str, parse: Callable[[bytes], object], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "SECONDS", 0.01)
    with pytest.raises(error):
        all(map(spoiled("cbor", parse).run, [*mutations([b"{} "], seeded(1), rounds=50, longest=100)]))
    assert sentence


def test_a_machine_that_slept_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "SECONDS", 0.01)
    assert spoiled("cbor", lambda _data: time.sleep(0.02)).run(b"")


def test_the_same_seed_gives_the_same_bytes() -> None:
    seeds = TARGETS["claims"].seeds()
    first, second = (list(mutations(seeds, seeded(7), rounds=50, longest=500)) for _ in range(2))
    assert first == second
    assert first[: len(seeds)] == seeds
    assert len(set(first)) > 40


def test_the_command_names_parsers_and_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CACHE", tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert command.main(["--list"]) == 0
    assert command.main(["--minutes", "0.001", "cbor"]) == 0
    assert command.main(["no-such-parser"]) == 2
    monkeypatch.setattr(targets, "TARGETS", {"cbor": spoiled("cbor", _raise)})
    assert command.main(["--minutes", "0.01", "cbor"]) == 1
    found = list(tmp_path.glob("cbor-*"))
    assert len(found) == 1
    assert str(found[0]) in capsys.readouterr().out
    with pytest.raises(KeyError):
        command.main(["--input", str(found[0]), "cbor"])


def test_the_vectors_are_a_corpus_too() -> None:
    """In the long runs; here each is tried once as it is."""
    tried = 0
    for name, target in TARGETS.items():
        for data in vectors.seeds(name):
            target.run(data)
            tried += 1
    assert tried > 1000
