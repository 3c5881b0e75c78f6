"""``titlecert backup`` and ``titlecert restore``, as an administrator types them, in both languages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.support import Shell

PHRASE = "correct horse battery"


@pytest.fixture
def phrase(tmp_path: Path) -> str:
    """The file of the recovery key's passphrase."""
    path = tmp_path / "recovery.passphrase"
    path.write_text(f"{PHRASE}\n", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def make_key(office: Shell, safe: Path, phrase: str) -> Path:
    safe.mkdir(exist_ok=True)
    key = safe / "recovery.key.json"
    office.json("backup", "make-key", "--out", str(key), "--recovery-passphrase-file", phrase)
    return key


@pytest.mark.slow
def test_from_a_key_to_a_home_again(office: Shell, tmp_path: Path, phrase: str) -> None:
    key = make_key(office, tmp_path / "safe", phrase)
    assert (key.stat().st_mode & 0o777, key.with_name("recovery.key.json.pub").is_file()) == (0o600, True)
    second = tmp_path / "journal"
    second.mkdir()
    assert office.json("backup", "journal", "--to", str(second))["journal"]["based"] is False
    made = office.json("backup", "--to", str(tmp_path / "copies"))
    assert (made["certificates"], made["removed"], made["desk"]) == (24, [], made["desk"])
    listed = office.json("backup", "list", "--to", str(tmp_path / "copies"))["backups"]
    assert [each["file"] for each in listed] == [made["file"]]
    before = office.json("certificate", "list")["certificates"]
    opening = ("--key", str(key), "--recovery-passphrase-file", phrase)
    journal = ("--journal", str(second))
    assert office.home is not None
    secrets = office.home / "secrets"
    service = ("--service-passphrase-file", str(secrets / "service.passphrase"))
    tried = office.json("restore", made["file"], *opening, *journal, *service, "--check")
    assert (tried["restored"], tried["findings"], tried["proven"]) == (False, 0, 24)
    looked = office("restore", made["file"], *opening)
    assert "备份完好" in looked.out
    assert "没有改动" in looked.err
    office.home = tmp_path / "again"
    done = office.json("restore", made["file"], *opening, *journal, "--yes")
    assert (done["restored"], done["missing"], done["torn"]) == (True, None, 0)
    shutil.copytree(secrets, office.home / "secrets", dirs_exist_ok=True)
    documents_go = [each | {"document": None} for each in before]
    assert office.json("certificate", "list")["certificates"] == documents_go, "documents are made again"


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("zh", "要由您确认"), ("en", "how many numbers are skipped")])
def test_what_is_missing_is_asked_for(office: Shell, tmp_path: Path, phrase: str, language: str, said: str) -> None:
    assert office("backup", "--to", str(tmp_path / "copies"), "--json").data["error"]["code"] == "no_recovery_key"
    key = make_key(office, tmp_path / "safe", phrase)
    assert office("backup", "--json").data["error"]["code"] == "no_backup_folder"
    made = office.json("backup", "--to", str(tmp_path / "copies"))
    office.home = tmp_path / "again"
    opening = ("--key", str(key), "--recovery-passphrase-file", phrase)
    ended = office("restore", made["file"], *opening, "--yes", "--lang", language)
    assert (ended.code, said in ended.err) == (1, True), ended.err
    assert not (tmp_path / "again").exists()


@pytest.mark.slow
def test_a_recovery_key_is_not_kept_in_the_home(office: Shell, phrase: str) -> None:
    assert office.home is not None
    inside = (
        "backup",
        "make-key",
        "--out",
        str(office.home / "recovery.key.json"),
        "--recovery-passphrase-file",
        phrase,
    )
    assert office(*inside, "--json").data["error"]["code"] == "recovery_key_inside"


@pytest.mark.slow
def test_the_register_is_proven_and_what_is_wrong_is_named(office: Shell) -> None:
    assert office.home is not None
    good = office("register", "verify")
    assert (good.code, "24 张证书" in good.out) == (0, True), good.err
    assert "没有要重新办理" in office("register", "found").out


@pytest.mark.slow
def test_the_kit_for_old_addresses_is_written_once(office: Shell, tmp_path: Path) -> None:
    out = tmp_path / "kit"
    made = office.json("home", "moved", "--to", "https://zc-new.example", "--out", str(out))
    assert made["files"] == sorted(str(each.relative_to(out)) for each in out.rglob("*") if each.is_file())
    again = office("home", "moved", "--to", "https://zc-new.example", "--out", str(out), "--json")
    assert again.data["error"]["code"] == "kit_not_empty"
