"""Setting up an office: a home is made whole, additions are told, what is there is not made twice."""

from __future__ import annotations

import json
import shlex
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from credential.catalogue import Catalogue
from tests.cli.support import Shell
from tests.support.loaded import loaded_python
from tests.support.tools import ROOT

STATED = ("--series", "5", "--levels", "1,2", "--ways", "1", "--acts", "issue")
INIT = ("init", "--deployment", "shifan", "--origin", "https://zc.example", "--demonstration", "--make-passphrases")


@pytest.mark.slow
def test_a_home_is_made_with_private_passphrases(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    made = shell.json(*INIT)
    assert made["publication"] == "https://zc.example/p/"
    assert Path(made["trust_root"]).is_file()
    for name in ("root", "administrator", "service"):
        path = shell.home / "secrets" / f"{name}.passphrase"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text(encoding="utf-8").strip() not in made.values()
    assert {each["use"] for each in shell.json("keys", "list")["keys"]} == {
        "root",
        "administrator",
        "publisher",
        "status",
        "kek",
        "index",
    }


def test_nothing_is_written_over(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    ended = shell(*INIT, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "not_empty")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.slow
def test_init_takes_the_database_and_no_password(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    refused = shell(*INIT, "--database", "postgresql://clerk:Geheim9@db.example/x", "--json", "--lang", "en")
    assert (refused.code, refused.data["error"]["code"]) == (1, "database_password")
    assert "Geheim9" not in refused.out + refused.err
    assert not shell.home.exists()
    shell.json(*INIT, "--database", "sqlite:///beside.sqlite3")
    assert (shell.home / "beside.sqlite3").exists()
    assert not (shell.home / "register.sqlite3").exists()
    assert shell.json("region", "list")["regions"] == []


def test_a_second_init_changes_nothing(office: Shell) -> None:
    assert office.home is not None
    before = (office.home / "home.json").read_bytes()
    ended = office(*INIT, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "home_exists")
    assert (office.home / "home.json").read_bytes() == before


def test_an_address_that_is_not_https_is_refused(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    ended = shell("init", "--deployment", "shifan", "--origin", "http://zc.example")
    assert ended.code == 2
    assert "--origin" in ended.err
    assert "https" in ended.err
    assert not shell.home.exists()


def test_lists_name_what_was_added(reader: Shell) -> None:
    assert {each["code"] for each in reader.json("region", "list")["regions"]} == {"990000", "990100", "990101"}
    authorities = reader.json("authority", "list")["authorities"]
    assert [(each["id"], len(each["grants"])) for each in authorities] == [("sf-hrss", 2), ("sfq-hrss", 1)]
    committees = reader.json("committee", "list")["committees"]
    assert sum(len(each["filings"]) for each in committees) == 3
    operators = {each["id"]: each["role"] for each in reader.json("operator", "list")["operators"]}
    assert operators == {"clerk1": "clerk", "chief1": "approver", "chief2": "approver"}
    assert {each["name"] for each in reader.json("specialty", "list", "--authority", "sf-hrss")["specialties"]} >= {
        "人工智能"
    }
    titles = reader.json("catalogue", "show", "--series", "5")["titles"]
    assert {"number": 5002, "name": "高级工程师", "level": 2, "abolished": False} in titles


def test_what_is_there_is_not_added_again(office: Shell) -> None:
    ended = office("region", "add", "990000", "示范省", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "duplicate")


def test_a_filing_over_three_years_is_refused(office: Shell) -> None:
    words = ("--committee", "sf-engineering-senior", "--authority", "sf-hrss", "--series", "5", "--levels", "2")
    term = ("--region", "990000", "--from", "2026-01-01", "--until", "2029-06-30")
    ended = office("committee", "file", "示评备〔2026〕001号", *words, *term, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "term_too_long")


def test_numbers_and_days_that_cannot_be_read_are_usage(office: Shell) -> None:
    words = ("authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "x", *STATED, "--no-end")
    assert office(*words, "--series", "five").code == 2
    ended = office(*words, "--from", "30.6.2026")
    assert ended.code == 2
    assert "2026-06-30" in ended.err


@pytest.mark.parametrize("left_out", ["--series", "--levels", "--ways", "--acts", "--no-end"])
def test_a_grant_has_no_default_that_grants_everything(office: Shell, left_out: str) -> None:
    words = ["authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "x", *STATED, "--no-end"]
    at = words.index(left_out)
    del words[at : at + (1 if left_out == "--no-end" else 2)]
    before = office.json("authority", "list")
    error = office(*words, "--json", "--lang", "en").data["error"]
    assert (error["exit_code"], error["code"]) == (2, "grant_not_stated")
    assert ("--until DATE" if left_out == "--no-end" else f"{left_out} ") in error["message"]
    assert len([name for name in (*STATED[::2], "--no-end") if name in error["message"]]) == 1
    assert office.json("authority", "list") == before


def test_an_act_that_there_is_not_is_named_and_grants_nothing(office: Shell) -> None:
    words = ["authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "x", *STATED, "--no-end"]
    words[words.index("--acts") + 1] = "issue,withdrw"
    before = office.json("authority", "list")
    error = office(*words, "--json", "--lang", "en").data["error"]
    assert (error["exit_code"], error["code"]) == (1, "no_such_act")
    assert "withdrw" in error["detail"]
    assert office.json("authority", "list") == before


def test_all_that_a_grant_lacks_is_named_at_once(reader: Shell) -> None:
    for language in ("zh", "en"):
        ended = reader("authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "x", "--lang", language)
        assert all(name in ended.err for name in (*STATED[::2], "--until", "--no-end"))


def test_a_grant_of_everything_is_typed_out(office: Shell) -> None:
    words = ("authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "x")
    everything = ("--series", "*", "--levels", "*", "--ways", "*", "--acts", "*")
    grant = office.json(*words, *everything, "--no-end")["grant"]
    assert (grant["series"], grant["levels"], grant["ways"], grant["until"]) == ("*", "*", "*", None)
    assert grant["acts"] == ["issue", "suspend", "withdraw", "cancel", "supersede"]
    assert office.json(*words, *everything, "--until", "2030-12-31")["grant"]["until"] == "2030-12-31"
    both = office(*words, *everything, "--until", "2030-12-31", "--no-end", "--json")
    assert (both.code, both.data["error"]["code"]) == (2, "which_end")


def test_the_help_shows_a_grant_that_is_taken(office: Shell) -> None:
    shown = office("authority", "grant", "--help").out.partition("Arguments:")[0]
    example = shlex.split(
        shown[shown.rindex("titlecert authority grant") :].replace("\\\n", "").partition(" --home")[0]
    )
    assert office(*example[1:]).code == 0


def test_specialties_come_from_a_file_all_or_none(office: Shell, tmp_path: Path) -> None:
    file = tmp_path / "specialties.csv"
    file.write_text("系列,专业,起始\n5,测绘,2026-01-01\n5,航空,soon\n", encoding="utf-8-sig")
    words = ("specialty", "import", str(file), "--authority", "sf-hrss")
    ended = office(*words)
    assert ended.code == 1
    assert "第 3 行" in ended.err
    file.write_text("系列,专业,起始\n5,测绘,2026-01-01\n5,航空,2026-01-01\n", encoding="utf-8-sig")
    assert office(*words).code == 0
    names = {each["name"] for each in office.json("specialty", "list", "--authority", "sf-hrss")["specialties"]}
    assert {"测绘", "航空"} <= names


@pytest.mark.parametrize("operator_id", ["../service", "Clerk 1", "chief1"])
def test_a_passphrase_is_made_for_nobody_who_is_refused(office: Shell, operator_id: str) -> None:
    home = office.home
    assert home is not None
    before = {each: each.read_bytes() for each in home.rglob("*.passphrase")}
    words = ("--name", "新经办", "--role", "clerk", "--authority", "sf-hrss", "--make-passphrase")
    assert office("operator", "add", operator_id, *words).code == 1
    assert {each: each.read_bytes() for each in home.rglob("*.passphrase")} == before


@pytest.mark.slow
def test_whose_hand_a_key_is_is_said_and_shown(office: Shell) -> None:
    words = ("--name", "李审批", "--role", "approver", "--authority", "sf-hrss", "--make-passphrase")
    alone = office("operator", "add", "chief4", *words)
    assert alone.code == 0
    assert "--person" in alone.err, "the default is said aloud"
    second = office("operator", "add", "chief5", *words, "--person", "chief4", "--json")
    assert (second.code, second.data["person"]) == (0, "chief4")
    assert "--person" not in second.err
    people = {each["id"]: each["person"] for each in office.json("operator", "list")["operators"]}
    assert people["chief4"] == people["chief5"] == "chief4" != people["chief1"]
    shown = office.json("operator", "show", "chief4")
    assert (shown["person"], shown["same_person"], shown["audit"]) == ("chief4", ["chief5"], None)
    assert shown["schemes"] == [{"scheme": "jws", "acts": "*"}]
    assert "chief5" in office("operator", "show", "chief4").out
    for command in (("operator", "list"), ("operator", "show", "chief4")):
        assert "jws: 全部事项" in office(*command).out
    unknown = office("operator", "show", "nobody", "--json")
    assert (unknown.code, unknown.data["error"]["code"]) == (1, "no_operator")


@pytest.mark.slow
def test_an_ended_operator_signs_nothing(office: Shell) -> None:
    ending = office("operator", "end", "chief1", "--yes", "--json")
    assert ending.code == 0
    assert office.json("operator", "show", "chief1")["audit"] == ending.data["audit"]
    states = {each["id"]: each["state"] for each in office.json("operator", "list")["operators"]}
    assert states["chief1"] == "ended"
    number = office.json("certificate", "list")["certificates"][0]["number"]
    words = ("--basis", "b", "--document", "d", "--as", "chief1", "--yes", "--json")
    ended = office("withdraw", number, *words)
    assert (ended.code, ended.data["error"]["code"]) == (1, "operator_not_in_force")


def test_an_end_is_shown_first_with_who_is_left(office: Shell) -> None:
    shown = office("operator", "end", "clerk1", "--json", "--lang", "en")
    assert (shown.code, shown.data["done"]) == (0, False)
    assert (shown.data["left"], shown.data["nobody_left"]) == (["chief1", "chief2"], ["clerk"])
    assert "--yes" in shown.err
    assert "has no other clerk" in shown.err
    assert office.json("operator", "show", "clerk1")["state"] == "active"
    words = ("--name", "周经办", "--role", "clerk", "--authority", "sf-hrss", "--make-passphrase")
    assert office("operator", "add", "clerk2", *words).code == 0
    ended = office.json("operator", "end", "clerk1", "--yes")
    assert (ended["done"], ended["left"], ended["nobody_left"]) == (True, ["chief1", "chief2", "clerk2"], ["clerk"])


def test_an_end_says_when_fewer_than_two_are_left_who_decide(office: Shell) -> None:
    for language, words in (("en", "takes two persons"), ("zh", "须由两位不同的人员签字")):
        shown = office("operator", "end", "chief2", "--json", "--lang", language)
        assert (shown.data["done"], shown.data["deciders_left"]) == (False, 1)
        assert words in shown.err
    assert office("operator", "end", "chief2", "--yes").code == 0
    last = office("operator", "end", "chief1", "--json", "--lang", "en")
    assert (last.data["deciders_left"], "0 left who may decide" in last.err) == (0, True)
    clerk = office("operator", "end", "clerk1", "--json", "--lang", "en")
    assert (clerk.data["deciders_left"], "may decide" in clerk.err) == (None, False)


def test_a_failed_addition_leaves_no_key_and_no_passphrase(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.office import operators as files

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "operators.jwt")

    assert office.home is not None
    words = ("operator", "add", "clerk9", "--name", "赵经办", "--role", "clerk", "--make-passphrase", "--json")
    held = office.json("keys", "list")
    with monkeypatch.context() as patched:
        patched.setattr(files, "write", full)
        ended = office(*words)
    assert (ended.code, ended.data["error"]["code"]) == (1, "disk_full")
    assert office.json("keys", "list") == held
    assert not (office.home / "secrets" / "clerk9.passphrase").exists()
    assert office(*words).code == 0


@pytest.mark.slow
def test_a_killed_addition_is_done_again(office: Shell) -> None:
    """What is left of a run that was killed is a key of somebody who is not there."""
    assert office.home is not None
    words = ("operator", "add", "clerk9", "--name", "赵经办", "--role", "clerk", "--make-passphrase", "--json")
    start = (
        "import os, sys; from issuer.services import operators; operators.accept = lambda *_: os._exit(9);"
        "from cli.main import main; main()"
    )
    command = [*loaded_python(), "-c", start, *words, "--home", str(office.home)]
    assert subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 9
    assert [each["label"] for each in office.json("keys", "list")["keys"]].count("operator clerk9") == 1
    assert office(*words).code == 0
    assert [each["label"] for each in office.json("keys", "list")["keys"]].count("operator clerk9") == 1


@pytest.mark.slow
def test_the_root_signs_only_what_changed_and_only_with_yes(office: Shell) -> None:
    assert office.json("publish", "--trust")["changes"] == []
    assert office.json("publish", "--trust", "--yes")["signed"] is False
    words = ("--name", "示范市人力资源和社会保障局", "--name-en", "Shifan City", "--code", "11990100000030035Q")
    added = office("authority", "add", "sfs-hrss", *words, "--region", "990100")
    assert added.code == 0, added.err
    dry = office.json("publish", "--trust")
    named = [
        each
        for each in dry["changes"]
        if (each["step"], each["what"], each["which"]) == ("new", "authority", "sfs-hrss")
    ]
    assert {each["member"]: each["after"] for each in named}["name"] == words[1]
    assert dry["signed"] is False
    done = office.json("publish", "--trust", "--yes")
    assert (done["signed"], done["trust_list"]) == (True, 2)
    assert done["published"]["sequence"] > 0
    assert office.json("publish", "--trust")["changes"] == []


def test_an_older_catalogue_is_refused(office: Shell) -> None:
    ended = office("catalogue", "import", "--builtin", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "old_catalogue")
    assert office("catalogue", "import").code == 2


def test_a_catalogue_that_would_rename_certificates_is_refused_and_a_longer_one_is_taken(
    office: Shell, tmp_path: Path
) -> None:
    plain = json.loads(Catalogue.load_builtin().to_json())
    plain["version"] = 2
    plain["titles"].append({**plain["titles"][-1], "number": plain["titles"][-1]["number"] + 1, "name": "新设资格"})
    longer, renamed = tmp_path / "longer.json", tmp_path / "renamed.json"
    longer.write_text(json.dumps(plain), encoding="utf-8")
    plain["titles"][0]["name"] = "改了名字"
    renamed.write_text(json.dumps(plain), encoding="utf-8")
    refused = office("catalogue", "import", str(renamed), "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "catalogue_breaks")
    assert "改了名字" in str(refused.data["error"])
    assert office.json("catalogue", "import", str(longer))["version"] == 2


REACHED = ("--telephone", "000-0000-0002", "--web", "https://rsj.shifan.example/", "--hours-en", "Working days")


def test_an_authority_is_told_with_its_parent_and_contact(office: Shell) -> None:
    words = ("--name", "示范市局", "--name-en", "Shifan City", "--code", "11990100000030012X", "--region", "990100")
    made = office.json("authority", "add", "sfs-hrss", *words, "--parent", "sf-hrss", *REACHED)
    assert made["parent"] == "sf-hrss"
    nothing = {"address": "", "hours": "", "telephone": "", "web": ""}
    chinese = nothing | {"telephone": "000-0000-0002", "web": "https://rsj.shifan.example/"}
    assert made["contact"] == {"en": nothing | {"hours": "Working days"}, "zh": chinese}
    changed = office.json("authority", "contact", "sfs-hrss", "--address", "人民路3号", "--hours-en", "")
    assert changed["contact"] == {"en": nothing, "zh": chinese | {"address": "人民路3号"}}
    [listed] = [each for each in office.json("authority", "list")["authorities"] if each["id"] == "sfs-hrss"]
    assert listed["contact"] == changed["contact"]
    shown = office("authority", "list", "--lang", "en").out
    assert "sfs-hrss  reached, in Chinese  人民路3号  000-0000-0002  https://rsj.shifan.example/" in shown
    assert "sfs-hrss  reached, in English" not in shown


def test_a_contact_that_says_nothing_is_usage(office: Shell) -> None:
    ended = office("authority", "contact", "sf-hrss", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "nothing_stated")


def test_a_grant_wider_than_the_parents_is_told_by_what_is_wider(office: Shell) -> None:
    words = ("--region", "990101", "--legal-basis", "x", *STATED, "--no-end", "--max-gap-days", "3651")
    ended = office("authority", "grant", "sfq-hrss", *words, "--scope-required", "--json", "--lang", "en")
    error = ended.data["error"]
    assert (ended.code, error["code"]) == (1, "outside_delegation")
    assert "max_gap_days" in error["detail"]
    assert "titlecert authority list" in error["next"]


def test_the_next_status_key_says_whose_place_it_takes(office: Shell) -> None:
    [before] = [each["id"] for each in office.json("keys", "list")["keys"] if each["use"] == "status"]
    assert office("keys", "rotate", "status", "--succeeds", "key one").code == 2
    office.now += timedelta(seconds=1)
    made = office.json("keys", "rotate", "status", "--succeeds", before)
    assert made["succeeds"] == before
    assert {each["id"] for each in office.json("keys", "list")["keys"] if each["use"] == "status"} == {
        before,
        made["id"],
    }
    told = office.json("publish", "--trust")["changes"]
    assert {each["which"] for each in told if each["what"] == "key"} == {made["id"]}
    [signs] = [each for each in told if each["what"] == "status_list"]
    assert (signs["member"], len(signs["before"]), len(signs["after"])) == ("kids", 1, 2)


@pytest.mark.slow
def test_a_key_is_ended_when_the_next_is_public_and_a_dry_run_ends_nothing(office: Shell) -> None:
    [before] = [each["id"] for each in office.json("keys", "list")["keys"] if each["use"] == "publisher"]
    office.now += timedelta(hours=1)
    made = office.json("keys", "rotate", "publisher")
    waits = {each["id"]: each["public"] for each in office.json("keys", "list")["register"]}
    assert (waits[before], waits[made["id"]]) == (True, False)
    refused = office("keys", "end", before, "--basis", "轮换", "--yes", "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "successor_not_public")
    office.json("publish", "--trust", "--yes")
    assert office.json("keys", "end", before, "--basis", "轮换")["done"] is False
    assert office.json("keys", "end", before, "--basis", "轮换", "--yes")["done"] is True
    office.json("publish", "--trust", "--yes")
    states = {each["id"]: each["state"] for each in office.json("keys", "list")["register"]}
    assert (states[before], states[made["id"]]) == ("ended", "active")
    again = office("keys", "end", before, "--basis", "轮换", "--yes", "--json")
    assert again.data["error"]["code"] == "ended"


@pytest.mark.slow
def test_what_falls_with_a_stolen_credential_key_is_told_with_its_second(office: Shell) -> None:
    [stolen, *_] = [each["id"] for each in office.json("keys", "list")["keys"] if each["use"] == "credential"]
    planned = office("keys", "compromise", stolen, "--basis", "密钥文件被复制")
    assert "在失密那一秒之前登记的仍然有效；在那一秒和以后登记的一律不认。" in planned.err
    assert "registered" not in planned.err


@pytest.mark.slow
def test_a_stolen_status_key_is_told_with_what_to_do_and_all_is_signed_anew(office: Shell) -> None:
    [stolen] = [each["id"] for each in office.json("keys", "list")["keys"] if each["use"] == "status"]
    office.now += timedelta(hours=1)
    planned = office("keys", "compromise", stolen, "--basis", "密钥文件被复制")
    assert "--yes" in planned.err
    made = office.json("keys", "compromise", stolen, "--basis", "密钥文件被复制", "--yes")
    assert made["next"]["succeeds"] == stolen
    refused = office("publish", "--json")
    assert refused.data["error"]["code"] == "key_not_public"
    done = office.json("publish", "--trust", "--yes")
    assert done["published"]["records"] == len(office.json("certificate", "list", "--limit", "100")["certificates"])
    again = office("keys", "compromise", stolen, "--basis", "密钥文件被复制", "--yes", "--json")
    assert again.data["error"]["code"] == "since_later"


@pytest.mark.slow
def test_a_passphrase_is_changed_with_the_file_that_keeps_it(office: Shell, tmp_path: Path) -> None:
    assert office.home is not None
    kept = office.home / "secrets" / "service.passphrase"
    before = kept.read_bytes()
    assert office.json("keys", "passphrase", "service", "--make-passphrase")["done"] is False
    assert kept.read_bytes() == before
    assert office.json("keys", "passphrase", "service", "--make-passphrase", "--yes")["done"] is True
    assert kept.read_bytes() != before
    assert office.json("certificate", "list")["certificates"]
    chosen = tmp_path / "chosen"
    chosen.write_text("chosen by a person\n", encoding="utf-8")
    chosen.chmod(0o600)
    given = ("--new-passphrase-file", str(chosen))
    assert office("keys", "passphrase", "chief1", *given, "--make-passphrase").code == 2
    assert office.json("keys", "passphrase", "chief1", *given, "--yes")["files"] == 1
    assert (office.home / "secrets" / "chief1.passphrase").read_bytes() == chosen.read_bytes()
    assert office("keys", "passphrase", "nobody", "--make-passphrase", "--json").data["error"]["code"] == "not_kept"
    unknown = office("keys", "passphrase", "nobody", *given, "--yes", "--json")
    assert unknown.data["error"]["code"] in {"no_key", "no_terminal"}


@pytest.mark.slow
def test_the_administrator_and_the_key_encryption_key_change_with_yes_alone(office: Shell) -> None:
    office.now += timedelta(hours=1)
    assert office("keys", "rotate", "administrator").code == 2
    planned = office.json("keys", "rotate", "administrator", "--basis", "轮换")
    assert (planned["done"], "chief1" in planned["operators"]) == (False, True)
    done = office.json("keys", "rotate", "administrator", "--basis", "轮换", "--yes")
    held = [each["id"] for each in office.json("keys", "list")["keys"] if each["use"] == "administrator"]
    assert held == [done["id"]]
    assert office.json("keys", "rotate", "kek")["done"] is False
    made = office.json("keys", "rotate", "kek", "--yes")
    assert made["changed"] == made["total"] > 0
    assert office.json("certificate", "list")["certificates"]


@pytest.mark.slow
def test_an_entry_ends_with_yes_and_what_falls_is_typed(office: Shell) -> None:
    number, basis = "示评备〔2025〕012号", ("--basis", "示人社函〔2026〕44号")
    planned = office.json("filing", "end", number, "--from", "2027-01-01", *basis)
    assert (planned["done"], planned["falls"]["count"], planned["ends"][0]["until"]) == (False, 0, "2026-12-31")
    falls = office.json("filing", "end", number, "--from", "2025-03-02", *basis)["falls"]["count"]
    assert falls > 0
    told = office("filing", "end", number, "--from", "2025-03-02", *basis, "--lang", "en").err
    assert f"--falls {falls}" in told
    refused = office("filing", "end", number, "--from", "2025-03-02", *basis, "--yes", "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "other_falls")
    office.json("filing", "end", number, "--from", "2027-01-01", *basis, "--yes")
    [change] = [each for each in office.json("publish", "--trust")["changes"] if each["what"] == "filing"]
    assert (change["member"], change["after"]) == ("until", "2026-12-31")
    grant = office.json("grant", "list")["grants"][0]
    words = ("grant", "end", str(grant["number"]), "--from", "2027-01-01", *basis)
    assert office.json(*words, "--yes")["ends"][0]["entry"] == str(grant["number"])
    assert office(*words, "--yes", "--json").data["error"]["code"] == "entry_ended"
    for typed in (
        ("authority", "end", "sf-hrss", "--from", "2027-06-01"),
        ("committee", "end", "sf-engineering-senior", "--from", "2026-12-01"),
        ("specialty", "end", "大数据", "--authority", "sf-hrss", "--series", "5", "--from", "2027-06-01"),
        ("catalogue", "end", "5002", "--from", "2026-11-21"),
    ):
        assert office.json(*typed, *basis)["done"] is False


@pytest.mark.slow
def test_done_is_not_said_when_a_reader_finds_something_else(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli import working
    from issuer.worker.worker import Checked

    monkeypatch.setattr(working, "check", lambda *_, **__: Checked(outcome="valid", reason="ok", facts={}))
    number = office.json("certificate", "list", "--full")["certificates"][1]["number"]
    words = ("suspend", number, "--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")
    ended = office(*words)
    assert ended.code == 1
    assert "已办理并公布" not in ended.err + ended.out
    assert "按公众的方法查验结果不符" in ended.err


@pytest.mark.slow
def test_done_is_not_said_of_what_was_held_back(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.errors import TamperedError
    from issuer.issuing import proof

    def refuse(*_: object) -> None:
        raise TamperedError("history_shortened", "nobody ordered it")

    monkeypatch.setattr(proof, "verify_events", refuse)
    number = office.json("certificate", "list", "--full")["certificates"][1]["number"]
    words = ("suspend", number, "--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")
    ended = office(*words, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "recorded_not_public")
    assert "已办理并公布" not in ended.err


@pytest.mark.slow
def test_the_catalogue_is_published_after_a_look(office: Shell, tmp_path: Path) -> None:
    plain = json.loads(Catalogue.load_builtin().to_json())
    plain["version"] = 2
    plain["titles"].append({**plain["titles"][-1], "number": plain["titles"][-1]["number"] + 1, "name": "新设资格"})
    (tmp_path / "longer.json").write_text(json.dumps(plain), encoding="utf-8")
    office.json("catalogue", "import", str(tmp_path / "longer.json"))
    dry = office.json("catalogue", "publish")
    assert (dry["signed"], "published" in dry) == (False, False)
    [title] = {each["which"] for each in dry["changes"] if each["what"] == "title"}
    assert title == str(plain["titles"][-1]["number"])
    shown = office("catalogue", "publish")
    assert "新设资格" in shown.out
    assert dry["seen"] in shown.err
    done = office.json("catalogue", "publish", "--yes", "--seen", dry["seen"])
    assert (done["signed"], done["trust_list"], done["checked"]["outcome"]) == (True, 2, "readable")


@pytest.mark.slow
def test_the_root_signs_what_was_seen_and_nothing_else(office: Shell) -> None:
    office.json("authority", "contact", "sf-hrss", "--telephone", "000-0000-0009")
    seen = office.json("publish", "--trust")["seen"]
    office.now += timedelta(minutes=5)
    assert office.json("publish", "--trust")["seen"] == seen, "the clock alone is no other content"
    office.json("authority", "contact", "sf-hrss", "--telephone", "000-0000-0010")
    refused = office("publish", "--trust", "--yes", "--seen", seen, "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "not_seen")
    assert office.json("publish", "--trust")["signed"] is False
    again = office.json("publish", "--trust")["seen"]
    assert office.json("publish", "--trust", "--yes", "--seen", again)["signed"] is True


@pytest.mark.slow
def test_a_list_of_certificates_is_chosen_and_paged(reader: Shell) -> None:
    every = reader.json("certificate", "list")
    assert every["left"] == 0
    numbers = [each["number"] for each in every["certificates"]]
    first = reader("certificate", "list", "--limit", "3")
    assert f"--after {numbers[2]}" in first.err
    assert "21" in first.err
    rest = reader.json("certificate", "list", "--after", numbers[2], "--batch", "sf-hrss-0001")
    assert [each["number"] for each in rest["certificates"]] == numbers[3:]
    withdrawn = reader.json("certificate", "list", "--state", "withdrawn")["certificates"]
    assert [each["status"] for each in withdrawn] == ["withdrawn"]
    assert reader("certificate", "list", "--state", "lost").code == 2
    name = reader.json("certificate", "show", numbers[5])["name"]
    by_name = reader.json("certificate", "list", "--name", name, "--from", "2026-01-01")["certificates"]
    assert numbers[5] in [each["number"] for each in by_name]
    assert "没有符合条件的证书" in reader("certificate", "list", "--name", "查无此人", "--batch", "sf-hrss-0001").out
    assert reader("certificate", "list", "--name", name, "--json").data["error"]["code"] == "name_alone"


@pytest.mark.slow
def test_the_digits_of_the_qr_code_are_shown_when_they_are_asked_for(reader: Shell) -> None:
    number = reader.json("certificate", "list")["certificates"][0]["number"]
    assert "/v/#" not in reader("certificate", "show", number).out
    assert "/v/#" in reader("certificate", "show", number, "--qr-text").out
    assert "/v/#" in reader.json("certificate", "show", number)["qr_text"]
