"""The demonstration: one object, nothing twice, and clear words where it cannot go on."""

from __future__ import annotations

import json
import shutil
import socket
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cli.demo import command as demo
from cli.main import main
from cli.tool import Tool
from issuer.home.holders import read_settings
from issuer.home.opening import open_home
from issuer.home.paths import Home
from issuer.intake import read_list
from issuer.unlock.running import service_of
from keys.passphrase import Passphrase, read_passphrase_file
from tests.cli.support import Shell
from tests.support.clock import NOW
from tests.support.office import CHEAP


def run(shell: Shell, directory: Path, *words: str) -> dict[str, Any]:
    ended = shell("demo", "--no-serve", "--dir", str(directory), "--json", *words)
    assert ended.code == 0, ended.err
    return ended.data


def documents(directory: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in directory.glob("documents/*/*/*.pdf")}


@pytest.mark.slow
def test_one_object_names_everything_a_reader_needs(shell: Shell, demonstration: Path) -> None:
    made = run(shell, demonstration)
    assert {"home", "publication", "trust_root", "certificates"} <= made.keys()
    certificates = made["certificates"]
    assert len(certificates) == len({each["number"] for each in certificates}) == 24
    assert sorted({each["status"] for each in certificates}) == ["valid", "withdrawn"]
    assert sum(each["status"] == "withdrawn" for each in certificates) == 1
    for each in certificates:
        assert set(each) == {"number", "name", "status", "check_code", "qr_text", "document"}
        assert Path(each["document"]).read_bytes().startswith(b"%PDF-")
        assert each["qr_text"].startswith("http://127.0.0.1:8787/v/#")
    assert (Path(made["publication"]) / "snapshot.jwt").is_file()
    assert Path(made["trust_root"]).is_file()


@pytest.mark.slow
def test_a_holder_can_sign_in_with_what_is_printed(office: Shell) -> None:
    assert office.home is not None
    directory, office.home = office.home, None
    made = run(office, directory)
    assert made["desk"] == "http://127.0.0.1:8788/"
    holder = made["holder"]
    assert run(office, directory)["holder"] == holder, "a code that was not used stays"
    home = Home.open(directory)

    def kept(name: str, *, new: bool = False) -> Passphrase:  # noqa: ARG001 - nobody is asked twice
        return read_passphrase_file(home.secrets / f"{name}.passphrase")

    with open_home(home, kept, clock=lambda: NOW, cost=CHEAP) as opened:
        service = service_of(opened, read_settings(home))
        said = {name: holder[name] for name in ("id_type", "id_number")} | {"code": holder["claim_code"]}
        signed_in = service.asked("code", said)
        assert isinstance(signed_in, dict)
        view = service.asked("view", {"ticket": signed_in["ticket"]})
        assert isinstance(view, dict)
        assert view["name"] == holder["name"]
    assert run(office, directory)["holder"]["claim_code"] != holder["claim_code"], "a used one is replaced"


@pytest.mark.slow
def test_a_second_run_issues_nothing_and_alters_nothing(office: Shell) -> None:
    assert office.home is not None
    directory, office.home = office.home, None
    snapshot, papers = (directory / "publication" / "snapshot.jwt").read_bytes(), documents(directory)
    ended = office("demo", "--no-serve", "--dir", str(directory))
    assert ended.code == 0
    assert "没有新发，没有改动任何证书" in ended.out
    assert "none issued, none altered" in ended.out
    assert (directory / "publication" / "snapshot.jwt").read_bytes() == snapshot
    assert documents(directory) == papers
    assert len(papers) == 24


@pytest.mark.slow
def test_signed_files_near_their_end_are_renewed(office: Shell) -> None:
    assert office.home is not None
    directory, office.home = office.home, None
    before = run(office, directory)
    office.now = NOW + timedelta(hours=20)
    after = run(office, directory)
    assert (before["renewed"], after["renewed"]) == (False, True)
    assert after["new"] == 0
    assert after["certificates"] == before["certificates"]
    assert after["expires"] > before["expires"]


def test_a_clock_before_the_award_stops_it_before_anything_is_made(shell: Shell, tmp_path: Path) -> None:
    shell.now = datetime(2026, 10, 29, 2, tzinfo=UTC)
    ended = shell("demo", "--no-serve", "--dir", str(tmp_path / "early"))
    assert ended.code == 1
    assert "2026-10-29" in ended.err
    assert not (tmp_path / "early").exists()


def test_the_sample_is_as_old_as_the_demonstration_says(samples_dir: Path) -> None:
    rows = read_list((samples_dir / demo.SAMPLE).read_bytes()).rows
    found = {str(row.cells["award_date"])[:10].replace("/", "-") for row in rows}
    assert max(date.fromisoformat(each) for each in found if each[4] == "-") == demo.NEWEST_AWARD


def test_a_taken_port_is_told_with_a_way_out(shell: Shell, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = shell("demo", "--port", str(port), "--dir", str(tmp_path / "demo"), "--json")
    assert ended.code == 1
    assert ended.data["error"]["code"] == "demo_port_taken"
    assert f"--port {port + 1}" in ended.err
    assert not (tmp_path / "demo").exists()


def test_the_port_of_a_demonstration_is_fixed(shell: Shell, demonstration: Path) -> None:
    ended = shell("demo", "--no-serve", "--dir", str(demonstration), "--port", "9000", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "port_fixed")


def test_another_home_is_left_alone(office: Shell) -> None:
    assert office.home is not None
    settings = office.home / "home.json"
    plain = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps(plain | {"deployment": "real-office"}), encoding="utf-8")
    directory, office.home = office.home, None
    ended = office("demo", "--no-serve", "--dir", str(directory), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "not_the_demonstration")


@pytest.mark.slow
def test_every_command_of_the_script_is_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tool = Tool(clock=lambda: datetime(2027, 3, 1, tzinfo=UTC), cost=CHEAP)
    directory = tmp_path / "shown"
    assert main(["demo", "--no-serve", "--dir", str(directory)], tool=tool) == 0
    shown = [line for line in capsys.readouterr().err.splitlines() if line.startswith("$ titlecert ")]
    acts = [" ".join(line.split()[2:4]) for line in shown]
    assert acts[0] == "init --deployment"
    assert acts[-8:-3] == ["publish --trust", "batch check", "batch submit", "batch approve", "batch issue"]
    assert acts[-3].startswith("withdraw ")
    assert acts[-2] == "order approve"
    assert acts[-1] == "claim replace"
    assert all(line.endswith(str(directory)) or "--home" in line for line in shown)


@pytest.mark.slow
def test_an_interrupted_run_is_continued(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while documents are made: the next run makes the rest, and each number stays one certificate."""
    from issuer.documents.making import DocumentMaker

    directory = tmp_path / "cut"
    made, make = [], DocumentMaker.make

    def interrupted(maker: DocumentMaker, certificate_id: str) -> Path:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(certificate_id)
        return make(maker, certificate_id)

    monkeypatch.setattr(DocumentMaker, "make", interrupted)
    assert shell("demo", "--no-serve", "--dir", str(directory)).code == 130
    assert len(documents(directory)) == 3
    monkeypatch.setattr(DocumentMaker, "make", make)
    result = run(shell, directory)
    assert len(documents(directory)) == len({each["number"] for each in result["certificates"]}) == 24
    assert [each["status"] for each in result["certificates"]].count("withdrawn") == 1


@pytest.mark.slow
def test_an_interrupted_beginning_leaves_no_half_home(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from issuer.services import founding

    def interrupted(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(founding, "sign_first_root", interrupted)
    directory = tmp_path / "half"
    shell.home = directory
    words = ("--deployment", "shifan", "--origin", "https://zc.example", "--demonstration", "--make-passphrases")
    assert shell("init", *words).code == 130
    assert not directory.exists()
    assert list(tmp_path.glob(".half*")) == []
    monkeypatch.undo()
    assert shell("init", *words).code == 0
    shutil.rmtree(directory)
