"""A few seconds of mutations for every parser, the same ones at every run; ``make soak`` looks for minutes."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from tests.fuzz import __main__ as command
from tests.fuzz import targets, vectors
from tests.fuzz.mutate import mutations, seeded
from tests.fuzz.targets import TARGETS, FoundError, Target


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_the_packages_own_errors(name: str, stride: int) -> None:
    """The first third of its rounds; all with --soak."""
    target = TARGETS[name]
    for data in mutations(target.seeds(), seeded(2026), rounds=target.rounds // stride, longest=target.longest):
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


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command writes, on a machine without atheris."""
    monkeypatch.setattr(command, "CACHE", tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    return tmp_path


def test_the_command_names_parsers(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    assert capsys.readouterr().out.split() == list(TARGETS)
    assert command.main(["no-such-parser"]) == 2
    with pytest.raises(SystemExit):
        command.main(["--jobs", "0"])


def test_a_worker_counts_its_inputs(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--worker", "--minutes", "0.001", "cbor"]) == 0
    assert command.executed(capsys.readouterr().out) > 1
    assert list(cache.iterdir()) == []


def test_a_worker_writes_down_what_it_found(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "TARGETS", {"cbor": spoiled("cbor", _raise)})
    assert command.main(["--worker", "--minutes", "0.01", "cbor"]) == 1
    (found,) = cache.iterdir()
    said = capsys.readouterr().out
    assert f"{found}: KeyError" in said
    assert command.executed(said) == 1
    with pytest.raises(KeyError):
        command.main(["--input", str(found), "cbor"])


class Workers:
    """Stands for the processes: each leaves the log and the findings of its parser."""

    def __init__(self, cache: Path, **logs: tuple[int, str, int]) -> None:
        self.cache, self.logs, self.running, self.most = cache, logs, 0, 0
        self.lock = threading.Lock()

    def run(self, words: list[str], *, stdout: IO[bytes], **_more: object) -> subprocess.CompletedProcess[str]:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        code, log, findings = self.logs[words[-1]]
        stdout.write(log.encode())
        for number in range(findings):
            (self.cache / f"{words[-1]}-crash-{number}").touch()
        time.sleep(0.05)
        with self.lock:
            self.running -= 1
        return subprocess.CompletedProcess(words, code)


def test_the_table_tells_inputs_and_findings_and_sums_them_up(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (cache / "jose-crash-of-yesterday").touch()
    workers = Workers(
        cache,
        cbor=(0, "stat::number_of_executed_units: 79971\n", 0),
        jose=(77, "stat::number_of_executed_units: 1000\n", 2),
        cose=(-9, "#4096\tpulse  cov: 81\n", 0),
    )
    monkeypatch.setattr("subprocess.run", workers.run)
    assert command.main(["--minutes", "1", "cbor", "jose", "cose"]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert workers.most == 1
    assert [" ".join(line.split()) for line in lines] == [
        "cbor mutations 0.0 min 79,971 inputs ok",
        f"jose mutations 0.0 min 1,000 inputs FOUND ({cache / 'jose-crash-0'}, {cache / 'jose-crash-1'})",
        f"cose mutations 0.0 min 4,096 inputs FOUND (see {cache / 'cose.log'})",
    ]
    assert " ".join(last.split()) == "parsers: 3 0.0 min 85,067 inputs findings: 3"
    assert {line.index(" inputs") for line in (*lines, last)} == {last.index(" inputs")}


def test_several_parsers_run_at_a_time(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(cache, **dict.fromkeys(("cbor", "jose", "cose", "claims"), (0, "", 0)))
    monkeypatch.setattr("subprocess.run", workers.run)
    assert command.main(["--jobs", "2", *workers.logs]) == 0
    assert workers.most == 2


@pytest.mark.parametrize(
    ("sentence", "log", "inputs"),
    [
        (
            "the closing figure",
            "#2\tINITED\n#65536\tpulse  cov\nstat::number_of_executed_units: 79971\nstat::x: 7\n",
            79971,
        ),
        ("killed: the last progress", "#2\tINITED cov: 3\n#65536\tpulse  cov: 81 exec/s: 6151\nSUMMARY: #9\n", 65536),
        ("it never began", "Traceback (most recent call last):\nModuleNotFoundError: #3\n", 0),
        ("what a parser prints is no figure", "it says stat::number_of_executed_units: 5\n", 0),
    ],
)
def test_a_log_tells_how_many_inputs_were_tried(sentence: str, log: str, inputs: int) -> None:
    assert command.executed(log) == inputs, sentence


def test_the_vectors_are_a_corpus_too() -> None:
    """In the long runs; here each is tried once as it is."""
    tried = 0
    for name, target in TARGETS.items():
        for data in vectors.seeds(name):
            target.run(data)
            tried += 1
    assert tried > 1000
