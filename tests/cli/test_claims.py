"""``titlecert claim`` and ``titlecert serve unlock``, as somebody types them."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.commands import serving_home
from issuer.errors import MachineError
from issuer.unlock.client import Unlock
from tests.cli.support import Shell
from tests.support.loaded import loaded_python
from tests.support.ports import free_port
from tests.support.tools import ROOT

CODE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
NUMBER = "99000020262000003"
"""Of somebody who has no code yet; the demonstration gave one to another."""


def batch_of(office: Shell) -> str:
    return str(office.json("batch", "list")["batches"][0]["batch"])


@pytest.mark.slow
def test_codes_for_a_batch_are_slips_and_letters_and_shown_once(office: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "slips"
    made = office.json("claim", "make", "--batch", batch_of(office), "--send", "--slips", str(folder))
    assert (made["slips"], made["to_send"], made["folder"]) == (23, [], str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    texts = sorted(folder.glob("*.txt"))
    assert len(texts) == 23
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert all(CODE.search(each.read_text(encoding="utf-8")) for each in texts)
    assert len(list(folder.glob("*-slips.pdf"))) == len(list(folder.glob("*-sheet.pdf"))) > 1
    again = office("claim", "make", "--batch", batch_of(office), "--slips", str(tmp_path / "more"))
    assert "24" in again.out
    assert not (tmp_path / "more").exists(), "there is nothing to print"
    listed = office("claim", "list", "--lang", "en")
    assert listed.out.count("open") == 24
    assert not CODE.search(listed.out)


@pytest.mark.slow
def test_the_counter_replaces_hands_over_and_ends(office: Shell, tmp_path: Path) -> None:
    first = office.json("claim", "make", "--certificate", NUMBER, "--slips", str(tmp_path / "one"))
    assert first["slips"] == 1
    office.json("claim", "replace", NUMBER, "--slips", str(tmp_path / "two"))
    one, two = ((tmp_path / each / f"{NUMBER}.txt").read_text(encoding="utf-8") for each in ("one", "two"))
    assert CODE.findall(one) != CODE.findall(two)
    office.json("claim", "collected", NUMBER, "--by", "示范乙", "--relation", "配偶")
    listed = office.json("claim", "list", "--certificate", NUMBER)["claims"]
    assert [each["state"] for each in listed] == ["open", "ended"]
    assert listed[0]["collected"] is not None
    assert "示范乙" not in office("audit", "list", "--of", NUMBER).out
    would = office("claim", "end", NUMBER)
    assert ("将作废 1 个" in would.out, "--yes" in would.err) == (True, True)
    assert office.json("claim", "end", NUMBER, "--yes")["ended"] == 1
    assert office.json("claim", "end", NUMBER, "--yes")["ended"] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--slips", "s"), "claim_whose"),
        (("--batch", "b", "--certificate", "c", "--slips", "s"), "claim_whose"),
        (("--certificate", "c", "--employer", "e", "--slips", "s"), "claim_whose"),
        (("--batch", "b"), "claim_way"),
    ],
)
def test_what_does_not_hold_together_is_told_before_anything_is_made(
    office: Shell, words: tuple[str, ...], code: str
) -> None:
    ended = office("claim", "make", *words, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, code)


def test_a_folder_that_is_there_is_not_written_into(office: Shell, tmp_path: Path) -> None:
    ended = office("claim", "make", "--certificate", NUMBER, "--slips", str(tmp_path), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "file_exists")
    assert office.json("claim", "list", "--certificate", NUMBER)["claims"] == []


START = "import sys; from cli.main import main; sys.exit(main())"


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ask(path: Path) -> str:
    """What the service answers to a ticket that is none."""
    try:
        Unlock(path, seconds=20).view("x")
    except Exception as error:
        return getattr(error, "code", str(error))
    return ""


@pytest.mark.slow
def test_the_unlock_service_runs_alone_until_it_is_told_to_end(
    office: Shell, tmp_path_factory: pytest.TempPathFactory
) -> None:
    socket = tmp_path_factory.mktemp("s") / "u.sock"
    assert office.home is not None
    (office.home / "holders.toml").write_text(f'[unlock]\nsocket = "{socket}"\n', encoding="utf-8")
    command = [*loaded_python(), "-c", START, "serve", "unlock", "--home", str(office.home), "--lang", "en", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_for(socket, process)
            assert ask(socket) == "ticket_refused"
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, json.loads(out)["socket"]) == (0, str(socket))
    assert "Traceback" not in err.decode()
    assert not socket.exists()


def child_of(pid: int) -> int | None:
    for each in Path(f"/proc/{pid}/task").iterdir():
        for child in (each / "children").read_text().split():
            if b"unlock/child.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None


@pytest.mark.slow
def test_serve_runs_the_unlock_service_in_a_process_of_its_own_and_starts_it_anew(
    office: Shell, tmp_path_factory: pytest.TempPathFactory
) -> None:
    socket = tmp_path_factory.mktemp("s") / "u.sock"
    assert office.home is not None
    (office.home / "holders.toml").write_text(f'[unlock]\nsocket = "{socket}"\n', encoding="utf-8")
    words = ["serve", "--home", str(office.home), "--bind", f"127.0.0.1:{free_port()}", "--clock-is-right"]
    command = [sys.executable, "-c", START, *words, "--lang", "en"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_for(socket, process)
            assert ask(socket) == "ticket_refused"
            first = child_of(process.pid)
            assert first is not None
            subprocess.run(["kill", "-9", str(first)], check=True)
            deadline = time.monotonic() + 60
            while ask(socket) != "ticket_refused":
                assert time.monotonic() < deadline
                time.sleep(0.2)
            second = child_of(process.pid)
            assert second not in {None, first}
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "started anew" in err.decode()
    assert "Traceback" not in err.decode()
    assert not Path(f"/proc/{second}").exists(), "it ended with the one that started it"
    with pytest.raises(MachineError):
        Unlock(socket).view("x")


def test_a_service_that_does_not_begin_is_told_once_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from cli import unlocking
    from cli.console import Console
    from cli.tool import Tool

    said: list[str] = []
    answer = '{"stop": "InputError", "code": "socket_path", "message": "m", "fields": {"path": "p", "most": 107}}'
    monkeypatch.setattr(unlocking, "child_command", lambda: [sys.executable, "-c", f"print('''{answer}''')"])
    monkeypatch.setattr(unlocking, "_FIRST_PAUSE", 0.01)
    tool = Tool(console=Console(language="zh", json=False))
    monkeypatch.setattr(Tool, "say", lambda _, zh, __: said.append(zh))
    beside = unlocking._Beside(tool, {})
    beside.thread.start()
    time.sleep(0.5)
    beside.end()
    assert len(said) == 1
    assert "套接字的路径太长" in said[0]


def test_the_log_of_sending_is_in_the_readers_language() -> None:
    from cli.console import Console
    from cli.tool import Tool
    from issuer.errors import InputError
    from issuer.worker.delivering import Delivered

    for language, told in (("zh", "寄出领取码 1 个"), ("en", "sent 1 claim codes")):
        words = serving_home._delivery_words(Tool(console=Console(language=language, json=False)))
        assert told in words.sent(Delivered(sent=1))
        error = InputError("delivery_secret", "the environment has no X", place="X")
        assert ("寄送用的口令取不到" in words.failed(error)) == (language == "zh")


@pytest.mark.slow
def test_two_documents_of_one_person_are_merged(office: Shell) -> None:
    numbers = [each["number"] for each in office.json("certificate", "list")["certificates"]]
    one, two = [each for each in numbers if each.startswith("9900002026")][:2]
    words = ("holder", "merge", one, two, "--document", "示人社〔2026〕9号", "--as", "chief1")
    would = office(*words)
    assert (would.code, "没有改动" in would.err) == (0, True)
    done = office.json(*words, "--yes")
    assert (done["act"], done["done"]) == ("merge_holders", True)
    again = office(*words, "--yes", "--json")
    assert (again.code, again.data["error"]["code"]) == (1, "one_holder")
