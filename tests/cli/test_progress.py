"""How far long work is: a bar, few lines, events with stable names; and what is said when it is told to end."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from cli.console import Console
from cli.progress import EVENT_SECONDS, EVERY_SECONDS, progress
from cli.tool import Tool
from issuer.worker.documents import DocumentsJob
from issuer.worker.worker import Worker
from tests.cli.support import Shell
from tests.cli.test_batches import FAULTS, check
from tests.support.clock import NOW
from tests.support.loaded import loaded_python
from tests.support.tools import ROOT
from tools.terminal import shown


class Seconds:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def tool(language: str = "zh", *, json: bool = False, quiet: bool = False) -> Tool:
    return Tool(clock=lambda: NOW, console=Console(language=language, json=json, quiet=quiet))


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(
    ("language", "line"),
    [("zh", "发证 40/100，每秒 2.0，约 0:00:30 后办完"), ("en", "Issuing 40/100, 2.0 a second, about 0:00:30 left")],
)
def test_a_log_gets_a_line_every_few_seconds_with_rate_and_end(
    capsys: pytest.CaptureFixture[str], language: str, line: str
) -> None:
    clock = Seconds()
    with progress(tool(language), "issue", clock=clock) as (step,):
        for done in range(101):
            step(done, 100)
            clock.now += EVERY_SECONDS / 10
    lines = said(capsys)
    assert len(lines) == 10, "one in ten steps, and the last"
    assert lines[3] == line
    assert lines[-1].endswith("100/100")


def test_a_short_piece_of_work_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(tool(), "issue", "documents") as (step, _never):
        step(10, 24)
        step(24, 24)
        step(24, 24)
    assert said(capsys) == ["发证 24/24"]


def test_events_have_stable_names_and_are_at_most_one_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Seconds()
    with progress(tool(json=True), "issue", "documents", of="sf-hrss-0001", clock=clock) as (step, _never):
        for done in range(0, 101, 10):
            step(done, 100)
            clock.now += EVENT_SECONDS / 2
    found = events(capsys.readouterr().err)
    common = {"step": "issue", "object": "sf-hrss-0001", "total": 100, "at": NOW.isoformat()}
    assert found[0] == {"event": "step.begun", "done": 0, **common}
    assert found[1] == {"event": "step.moved", "done": 20, "rate": 20.0, "left_seconds": 4, **common}
    assert [each["done"] for each in found[1:-1]] == [20, 40, 60, 80, 100]
    assert found[-1] == {"event": "step.ended", "done": 100, "seconds": 5.0, "outcome": "done", **common}


@pytest.mark.parametrize(
    ("error", "outcome"), [(KeyboardInterrupt(), "interrupted"), (ValueError(), "failed"), (None, "stopped")]
)
def test_the_last_event_says_how_it_ended(
    capsys: pytest.CaptureFixture[str], error: BaseException | None, outcome: str
) -> None:
    def work() -> None:
        with progress(tool(json=True), "issue") as (step,):
            step(1, 2)
            if error is not None:
                raise error

    if error is None:
        work()
    else:
        with pytest.raises(type(error)):
            work()
    assert [each.get("outcome") for each in events(capsys.readouterr().err)] == [None, outcome]


def test_a_command_that_another_one_runs_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(tool(quiet=True), "issue") as (step,):
        step(1, 1)
    assert said(capsys) == []


@pytest.fixture
def batch(office: Shell, samples_dir: Path) -> str:
    """A batch of 16 rows that is approved, and of which nothing is issued."""
    made = str(check(office, samples_dir / f"{FAULTS}.xlsx", "--take-good-rows", "--json").data["batch"])
    office.json("batch", "submit", made, "--as", "clerk1")
    office.json("batch", "approve", made, "--as", "chief1")
    return made


@pytest.mark.slow
def test_with_json_progress_is_events_and_stdout_is_one_object(office: Shell, batch: str) -> None:
    ended = office("batch", "issue", batch, "--documents", "--json")
    assert (ended.code, ended.data["issued"]) == (0, 16)
    found = [(each["step"], each["event"], each["done"]) for each in events(ended.err)]
    for step in ("issue", "publish", "documents"):
        assert (step, "step.ended", 16) in found


@pytest.mark.slow
def test_events_can_be_asked_for_beside_an_answer_for_people(office: Shell, batch: str) -> None:
    ended = office("batch", "issue", batch, "--events")
    assert [each["outcome"] for each in events(ended.err) if each["event"] == "step.ended"] == ["done", "done"]
    assert "新发 16 张" in ended.out
    published = office("publish", "--events", "--json")
    assert (published.code, events(published.err)) == (0, []), "nothing changed, so nothing was signed"


@pytest.mark.slow
def test_on_a_terminal_there_is_a_bar_with_a_rate(office: Shell, batch: str) -> None:
    words = ("-m", "cli", "batch", "issue", batch, "--lang", "zh", "--home", str(office.home))
    code, text = shown([*loaded_python(), *words], columns=80, environment=os.environ, folder=ROOT)
    assert code == 0, text
    assert "━" in text
    assert "16/16" in text
    assert "每秒" in text or "0:00:0" in text


def ending(number: signal.Signals) -> Callable[..., None]:
    """Ends this process as a manager or a terminal does, as soon as a step is told."""

    def step(*_: object) -> None:
        signal.raise_signal(number)

    return step


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, exits.INTERRUPTED), (signal.SIGTERM, exits.TOLD_TO_END)], ids=lambda each: each
)
def test_issuing_that_is_ended_says_what_is_done_and_how_to_go_on(
    office: Shell, batch: str, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 4)
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "_between", lambda *_: ending(number))
        ended = office("batch", "issue", batch, "--limit", "10", "--json", "--lang", "en")
    error = ended.data["error"]
    assert (ended.code, error["code"], error["exit_code"]) == (code, "interrupted", exits.INTERRUPTED)
    assert "4 issued, 12 rows not issued; 4 of them are not public yet" in error["detail"]
    words = ["titlecert", "batch", "issue", batch, "--limit", "6", "--home", str(office.home)]
    assert shlex.split(error["continue"]) == words
    assert shlex.join(words) in ended.err
    assert events(ended.err)[-1]["outcome"] == "interrupted"
    done = office.json(*words[1:-2])
    assert (done["new"], done["issued"], done["waiting"]) == (6, 10, 6), "as many as were wanted, none twice"


@pytest.mark.slow
def test_documents_that_are_ended_go_on(office: Shell, batch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    office.json("batch", "issue", batch)
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "_let_pass", ending(signal.SIGINT))
        ended = office("document", "make", "--batch", batch, "--jobs", "1", "--json", "--lang", "zh")
    error = ended.data["error"]
    assert (ended.code, "还有 15 份" in error["detail"]) == (exits.INTERRUPTED, True), error
    assert f"titlecert document make --batch {batch} --jobs 1" in error["next"]
    assert office.json("document", "make", "--batch", batch)["made"] == 15


@pytest.mark.slow
def test_a_publication_that_is_ended_says_that_readers_have_a_whole_one(
    office: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "run_pending", ending(signal.SIGINT))
        ended = office("publish", "--json", "--lang", "en")
    assert ended.code == exits.INTERRUPTED
    assert "changes of 0 certificates are not public yet" in ended.data["error"]["detail"]
    assert ended.data["error"]["continue"].startswith("titlecert publish --home ")


@pytest.mark.slow
def test_a_batch_is_paused_and_resumed(office: Shell, batch: str) -> None:
    paused = office.json("batch", "pause", batch)
    assert (paused["paused"], paused["changed"], paused["state"]) == (True, True, "approved")
    assert "早已暂停" in office("batch", "pause", batch).out
    ended = office("batch", "issue", batch, "--json", "--lang", "zh")
    assert (ended.code, ended.data["error"]["code"]) == (1, "paused")
    assert "titlecert batch resume" in ended.err
    assert "已暂停" in office("batch", "list").out
    assert "自 2026-11-21 10:00 起" in office("batch", "show", batch).out
    resumed = office.json("batch", "resume", batch)
    assert (resumed["paused"], resumed["changed"]) == (False, True)
    assert office.json("batch", "issue", batch)["new"] == 16
    acts = [each["act"] for each in office.json("audit", "list", "--of", batch)["entries"]]
    assert {"batch.pause", "batch.resume"} <= set(acts)


@pytest.mark.slow
def test_a_limit_leaves_the_rest_for_later_and_says_so(office: Shell, batch: str) -> None:
    ended = office("batch", "issue", batch, "--limit", "6", "--lang", "zh")
    assert ended.code == 0
    assert "新发 6 张，累计 6 张，未发 10 行" in ended.out
    assert "按 --limit 停下，还有 10 行未发" in ended.err
    found = office.json("batch", "show", batch)
    assert (found["issued"], found["waiting"], found["published"], found["limit_left"]) == (6, 10, 6, 0)
    assert "已发够" in office("batch", "show", batch, "--lang", "zh").out
    assert office("batch", "issue", batch, "--limit", "0").code == exits.USAGE


@pytest.mark.slow
def test_documents_of_a_paused_batch_are_not_made(office: Shell, batch: str) -> None:
    office.json("batch", "issue", batch)
    office.json("batch", "pause", batch)
    ended = office("document", "make", "--batch", batch, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "documents_paused")
    office.json("batch", "resume", batch)
    assert office.json("document", "make", "--batch", batch)["made"] == 16


@pytest.mark.slow
def test_what_failed_last_is_shown_with_the_next_step(
    office: Shell, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from issuer.errors import ConflictError

    with monkeypatch.context() as patch:

        def fail(*_: object, **__: object) -> int:
            raise ConflictError("documents_missing", "2 documents", missing=2, batch=batch, codes="font")

        patch.setattr(DocumentsJob, "run", fail)
        assert office("batch", "issue", batch, "--documents").code == 1
    (failed,) = office.json("batch", "show", batch)["failed"]
    assert (failed["topic"], failed["code"]) == ("documents", "documents_missing")
    text = office("batch", "show", batch, "--lang", "zh").out
    assert "上次制作 PDF没有办成：有证书的 PDF 没有制作好" in text
    assert "下一步：" in text
