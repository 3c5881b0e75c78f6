"""No option of any command writes over its input, or over anything that is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperOption

from cli import output
from cli.errors import RefusedError, UsageError
from cli.main import root
from tests.cli.support import Shell, commands

READ: set[str] = {
    "--home",
    "--key",
    "--passphrase-file",
    "--password-file",
    "--pkcs12-password-file",
    "--previous",
    "--root-passphrase-file",
    "--administrator-passphrase-file",
    "--service-passphrase-file",
    "--head",
    "--imprint",
    "--journal",
    "--new-passphrase-file",
    "--publication",
    "--recovery-passphrase-file",
    "--to",
    "--list",
    "--photos",
    "--trust-anchor",
    "--trust-list",
    "--trust-root",
    "--witness",
}
"""Options that name a file or folder which is read, or worked in."""
WHOLE: set[str] = {"--dir"}
"""Options that name a directory that is made whole or refused (test_demo, test_office)."""
KITS = {("home moved", "--out")}
"""Folders of several files, which are refused where they are not empty (home/test_moved)."""
LIST = "engineering-with-faults-2026.xlsx"


def file_options() -> list[tuple[str, str, Any]]:
    found = []
    for words, command in commands(root()):
        for each in command.params:
            if isinstance(each, TyperOption) and "path" in repr(each.type_descriptor).lower():
                found.append((" ".join(words), each.opts[0], each))
    return found


def outputs() -> set[tuple[str, str]]:
    return {
        (command, option)
        for command, option, each in file_options()
        if str(each.metavar).partition(".")[0] == output.OUT
    }


@pytest.mark.slow
def test_every_option_that_names_a_file_reads_it_or_is_an_output() -> None:
    unknown = {(c, o) for c, o, _ in file_options() if o not in READ | WHOLE} - outputs() - KITS
    assert not unknown, "name it with cli.output.out_option, or among those that are read"
    assert outputs() == set(WAYS), "each has a way below in which it is tried"


def checking(_: Shell, samples: Path, out: Path) -> tuple[list[str], list[Path]]:
    """A list that is checked, whose marked copy goes out."""
    source = out.parent / "list.xlsx"
    shutil.copy(samples / LIST, source)
    return ["batch", "check", str(source), "--authority", "sf-hrss", "--take-good-rows", "--annotated"], [source]


def document(office: Shell, _: Path, __: Path) -> tuple[list[str], list[Path]]:
    number = office.json("certificate", "list")["certificates"][0]["number"]
    return ["certificate", "document", number, "--out"], []


def head(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["audit", "export", "--output"], []


def batch(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["batch", "show", "sf-hrss-0001", "--workbook"], []


def request(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["keys", "request", "--authority", "sf-hrss", "--out"], []


def public_key(_: Shell, __: Path, out: Path) -> tuple[list[str], list[Path]]:
    return ["root", "make-key", str(out.parent / "root.key.json"), "--label", "甲", "--public"], []


def root_request(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["root", "request", "--out"], []


def root_response(_: Shell, __: Path, out: Path) -> tuple[list[str], list[Path]]:
    key = out.parent / "root.key.json"
    return ["root", "sign", "request.json", "--key", str(key), "--yes", "--out"], []


def slips(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    """Claim codes of a list, printed into a new folder."""
    return ["claim", "make", "--batch", "sf-hrss-0001", "--slips"], []


def slip(office: Shell, _: Path, __: Path) -> tuple[list[str], list[Path]]:
    number = office.json("certificate", "list")["certificates"][0]["number"]
    return ["claim", "replace", number, "--slips"], []


def trace(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["committee", "trace", "sf-engineering-senior", "--out"], []


def recovery_key(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["backup", "make-key", "--out"], []


def platform_file(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["integrity", "export", "--out"], []


def notices(_: Shell, __: Path, ___: Path) -> tuple[list[str], list[Path]]:
    return ["notice", "print", "--out"], []


def change(act: str) -> Way:
    """A list of certificates whose results go out."""

    def made(_: Shell, __: Path, out: Path) -> tuple[list[str], list[Path]]:
        source = out.parent / "numbers.txt"
        source.write_text("99000020262000001\n", encoding="utf-8")
        terms = ["--basis", "b", "--document", "d", "--as", "chief1"]
        reason = ["--reason", "surrendered"] if act == "cancel" else []
        return [act, "--list", str(source), *terms, *reason, "--results"], [source]

    return made


Way = Callable[[Shell, Path, Path], tuple[list[str], list[Path]]]
WAYS: dict[tuple[str, str], Way] = {
    ("backup make-key", "--out"): recovery_key,
    ("batch check", "--annotated"): checking,
    ("batch show", "--workbook"): batch,
    ("certificate document", "--out"): document,
    ("audit export", "--output"): head,
    ("claim make", "--slips"): slips,
    ("claim replace", "--slips"): slip,
    ("cancel", "--results"): change("cancel"),
    ("committee trace", "--out"): trace,
    ("reinstate", "--results"): change("reinstate"),
    ("suspend", "--results"): change("suspend"),
    ("withdraw", "--results"): change("withdraw"),
    ("integrity export", "--out"): platform_file,
    ("keys request", "--out"): request,
    ("notice print", "--out"): notices,
    ("root make-key", "--public"): public_key,
    ("root request", "--out"): root_request,
    ("root sign", "--out"): root_response,
}


WITHOUT_HOME = {"root make-key", "root sign"}
"""Commands for a machine that has none."""


@pytest.mark.parametrize(("name", "way"), WAYS.items(), ids=[" ".join(each) for each in WAYS])
def test_nothing_that_is_there_is_overwritten(
    office: Shell, samples_dir: Path, tmp_path: Path, name: tuple[str, str], way: Way
) -> None:
    out = tmp_path / "mine"
    words, inputs = way(office, samples_dir, out)
    batches = office.json("batch", "list")
    out.write_text("mine", encoding="utf-8")
    typed = replace(office, home=None) if name[0] in WITHOUT_HOME else office
    ended = typed(*words, str(out), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "file_exists")
    assert name[1] in ended.err
    assert out.read_text(encoding="utf-8") == "mine"
    nowhere = typed(*words, str(tmp_path / "no" / "folder"), "--json")
    assert (nowhere.code, nowhere.data["error"]["code"]) == (1, "no_folder")
    for each in inputs:
        before = each.read_bytes()
        same = office(*words, str(each), "--json")
        assert (same.code, same.data["error"]["code"]) == (2, "output_is_input")
        assert each.read_bytes() == before
    assert office.json("batch", "list") == batches, "it is refused before anything is stored"


@pytest.mark.parametrize("make", [os.symlink, os.link], ids=["symbolic link", "hard link"])
def test_an_input_by_another_name_is_an_input(tmp_path: Path, make: Callable[[Path, Path], None]) -> None:
    source, other = tmp_path / "list.xlsx", tmp_path / "other.xlsx"
    source.write_text("list", encoding="utf-8")
    make(source, other)
    with pytest.raises(UsageError) as caught:
        output.check(other, option="--annotated", inputs=[source])
    assert caught.value.code == "output_is_input"


def test_a_broken_link_and_a_file_that_came_meanwhile_are_not_written_through(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.symlink_to(tmp_path / "elsewhere")
    for refuse in (lambda: output.check(out, option="--out"), lambda: output.write(out, b"new", option="--out")):
        with pytest.raises(RefusedError) as caught:
            refuse()
        assert caught.value.code == "file_exists"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
def test_a_batch_is_named_when_only_its_marked_copy_was_not_written(
    office: Shell, samples_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "marked.xlsx")

    monkeypatch.setattr(output.durable, "create", full)
    words = (
        "batch",
        "check",
        str(samples_dir / "engineering-with-faults-2026.xlsx"),
        "--authority",
        "sf-hrss",
        "--take-good-rows",
    )
    ended = office(*words, "--annotated", str(tmp_path / "marked.xlsx"), "--json", "--lang", "en")
    assert (ended.code, ended.data["error"]["code"]) == (1, "disk_full")
    assert "Stored as batch" in ended.err
