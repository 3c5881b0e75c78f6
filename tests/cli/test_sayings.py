"""Every code has its words in both languages, from the data files; a Chinese reader gets Chinese, wholly."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cli import hints, names, usage
from cli.errors import explain, noted
from cli.main import main, root
from cli.tool import Tool
from credential.errors import CodedError, MalformedError
from credential.words import words
from issuer.errors import ConflictError, NotFoundError
from tests.cli.support import Shell
from tests.support.codes import Raised, raised, unresolved

WORKED_OUT = {
    "cli/console.py: NOT_WRITTEN",
    "credential/catalogue.py: f'unknown_{kind}'",
    "issuer/home/machine.py: code",
    "issuer/home/machine.py: found[0]",
    "issuer/home/machine.py: what[0]",
    "issuer/photos/apart.py: str(told['error'])",
    "issuer/sheets/apart.py: str(line['error'])",
    "issuer/intake/names.py: code",
    "issuer/issuing/authority.py: decision.reason.value",
    "issuer/office/adding.py: error.code",
    "issuer/office/adding.py: f'no_{what}'",
    "issuer/office/values.py: error.code",
    "issuer/statements.py: code",
    "issuer/status/plan.py: what",
    "keys/envelope.py: error.code",
}
"""Where a code is worked out when it is raised; what it may be stands below."""
ELSEWHERE = {
    "unknown_level unknown_series unknown_title unknown_way": "number name suggestion",
    "disk_error disk_full file_limit file_missing is_a_folder machine not_writable": "path errno",
    "no_memory database_unreachable register_busy register_damaged": "path page",
    "no_region no_committee no_authority": "id",
    "basis document": "most number",
    "name_empty name_long name_private_use name_invisible": "characters",
    "name_character name_blank_inside name_joiner name_look_alike": "characters",
    "face_differs font qr_too_large render seal": "path number",
    "not_found unreachable wrong_digest too_large": "path length most",
    "unprintable_name output_not_written recorded_not_public missing_extra usage interrupted": "",
}
"""Codes that no syntax tree tells, with the fields that they may have."""
NOWHERE = {code: set(fields.split()) for codes, fields in ELSEWHERE.items() for code in codes.split()}
OWN_SENTENCE = {"CliError", "RefusedError", "UsageError", "RecordedError"}
"""Errors of the command line bring their sentence in both languages; headline and text stand at the raise."""
LATIN = re.compile(r"(?:[A-Za-z][a-z']+[ ,;:]+){3,}[a-z]+")
"""Four Latin words in a row: a sentence."""


@cache
def by_code() -> dict[str, list[Raised]]:
    found: dict[str, list[Raised]] = {}
    for each in raised():
        found.setdefault(each.code, []).append(each)
    return found


def is_of_the_command_line(places: list[Raised]) -> bool:
    return all(each.kind in OWN_SENTENCE and each.where.startswith("cli/") for each in places)


@pytest.mark.slow
def test_the_syntax_trees_are_read() -> None:
    assert len(by_code()) > 300
    assert unresolved() == WORKED_OUT


@pytest.mark.parametrize("language", hints.LANGUAGES)
def test_every_code_has_headline_and_text_and_step(language: str) -> None:
    lacking = []
    for code in sorted({*by_code(), *NOWHERE} - {"interrupted"}):
        said = hints.entries().get(code, {}).get(language, {})
        wanted = {"headline", "text"} if language == "zh" else {"headline"}
        if is_of_the_command_line(by_code().get(code, [])):
            wanted = {"next"}
        lacking += [f"{code}: {part}" for part in wanted if not said.get(part) and code not in _OWN]
    assert not lacking


_OWN = {"output_not_written", "recorded_not_public", "missing_extra", "usage"}
"""Worded in the command line itself."""


def test_every_code_leads_on_whatever_its_family() -> None:
    place = {"zh": 0, "en": 1}
    for code in {*by_code(), *NOWHERE}:
        for language in hints.LANGUAGES:
            assert hints.next_step(code)[place[language]], code


def test_no_words_stand_without_a_code() -> None:
    assert set(hints.entries()) - {*by_code(), *NOWHERE} == set()


@pytest.mark.parametrize("language", hints.LANGUAGES)
def test_what_a_text_takes_is_given_at_every_raise(language: str) -> None:
    wrong = []
    for code, said in hints.entries().items():
        needed, taken = fields_of(said.get(language, {}).get("text", ""))
        places = by_code().get(code, [])
        wrong += [f"{each.where} {code}: {needed - each.fields}" for each in places if not _gives(each, needed)]
        known = set(NOWHERE.get(code, ())).union(*(each.fields for each in places))
        if not places or not any(each.any_field for each in places):
            wrong += [f"{code}: {(needed | taken) - known}"] if (needed | taken) - known else []
    assert not wrong


def fields_of(template: str) -> tuple[set[str], set[str]]:
    """The fields that a template needs, and those that it takes where they are there."""
    parts = [{name for name, _ in hints.FIELD.findall(part)} for part in hints.OPTIONAL.split(template)]
    return set().union(*parts[::2]), set().union(*parts[1::2])


def _gives(place: Raised, needed: set[str]) -> bool:
    return place.any_field or needed <= place.fields


def all_words() -> Iterator[tuple[str, str, str]]:
    """Every saying of the files: where, language, text."""
    for code, said in [*hints.entries().items(), *hints.families().items()]:
        for language, parts in said.items():
            for part, text in parts.items():
                yield f"{code}.{language}.{part}", language, text


def test_chinese_words_are_chinese_and_english_ones_are_not() -> None:
    for where, language, text in all_words():
        without = re.sub(r"`[^`]*`", "", text)
        has_chinese = bool(re.search(r"[\u4e00-\u9fff]", without))
        assert has_chinese or (language == "en" or not without.strip(" :")), where
        assert language == "zh" or not has_chinese, where
        assert language == "en" or not LATIN.search(without), where


COMMANDS = sorted({found for _, _, text in all_words() for found in re.findall(r"`(titlecert[^`]*)`", text)})


def test_commands_stand_in_backticks() -> None:
    for where, _, text in all_words():
        assert not re.search(r"titlecert [a-z]", re.sub(r"`[^`]*`", "", text)), where


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_a_next_step_parses(line: str) -> None:
    _, *given = shlex.split(line)
    command: Any = root()
    while given and given[0] in getattr(command, "commands", {}):
        command = getattr(command.commands[given[0]], "loaded", command.commands[given[0]])
        del given[0]
    if "--help" in given:
        assert given == ["--help"]
        return
    command.make_context(line, given, obj=Tool())


def test_a_value_that_looks_like_a_template_stays_as_it_is() -> None:
    error = NotFoundError("no_batch", "there is no batch", batch="[{batch}]\x1b[31m")
    assert explain(error).detail_zh == "登记簿里没有批次 [{batch}]�[31m"


def test_a_text_without_its_value_is_left_out() -> None:
    assert hints.fill("批次 {batch}[ 第 {row} 行]", {"batch": "b1"}, "zh") == "批次 b1"
    assert hints.fill("批次 {batch}[ 第 {row} 行]", {"batch": "b1", "row": 3}, "zh") == "批次 b1 第 3 行"
    assert hints.fill("批次 {batch}", {}, "zh") == ""


def test_states_and_acts_are_named_in_the_readers_language() -> None:
    error = ConflictError("wrong_state", "batch b1 is issued", batch="b1", state="issued")
    assert "已发证" in explain(error).detail_zh
    assert "issued" not in explain(error).detail_zh
    for kind in names.known().values():
        assert all(len(pair) == 2 and all(pair) for pair in kind.values())


def test_the_code_of_a_verdict_has_the_words_of_the_verdict() -> None:
    for code, said in words()["reasons"].items():
        if code not in hints.entries():
            assert hints.headline(code, CodedError) == (said["zh"]["title"], said["en"]["title"])


def test_an_unknown_code_has_the_words_of_its_family_and_no_english() -> None:
    told = explain(MalformedError("of_a_later_version", "an English sentence is here"))
    assert told.headline[0] == "格式不符"
    assert "English" not in told.text("zh")
    assert "English" in told.text("en")


def test_a_note_of_the_worker_is_told_by_its_code() -> None:
    assert noted("wrong_state: batch b1 is submitted") == ("当前状态不能办这件事", "batch b1 is submitted")
    assert noted("Permission denied")[1] == "Permission denied"
    assert not LATIN.search(noted("something was not done here")[0])


FAILING = [
    ("batch", "show", "nothing-0001"),
    ("batch", "submit", "nothing-0001", "--as", "clerk1"),
    ("batch", "approve", "sf-hrss-0001", "--as", "chief1"),
    ("batch", "submit", "sf-hrss-0001", "--as", "nobody"),
    ("batch", "frobnicate"),
    ("batch", "list", "--frobnicate"),
    ("batch", "show"),
    ("batch", "show", "a", "b"),
    ("certificate", "show", "99000020269999999"),
    ("certificate", "document", "99000020269999999", "--out", "NEW.pdf"),
    ("withdraw", "99000020269999999", "--basis", "示例", "--document", "一号", "--as", "chief1"),
    ("withdraw", "1", "--basis", "示例", "--document", "一号", "--as", "chief1", "--effective", "2999-01-01"),
    ("withdraw", "1", "--basis", "示例", "--document", "一号", "--as", "chief1", "--effective", "tomorrow"),
    ("withdraw", "1", "--basis", "示例", "--document", "一号", "--as", "chief1", "--reason", "boredom"),
    ("withdraw", "1", "--basis", " ", "--document", "一号", "--as", "chief1"),
    ("operator", "show", "nobody"),
    ("operator", "add", "clerk9", "--name", "某人", "--role", "king"),
    ("operator", "add", "Clerk 9", "--name", "某人", "--role", "clerk"),
    ("region", "add", "99", "--name", "某地"),
    ("authority", "contact", "nobody", "--telephone", "1"),
    ("specialty", "list", "--authority", "nobody"),
    ("committee", "list", "--frobnicate", "x"),
    ("keys", "rotate", "status", "--succeeds", "zz"),
    ("keys", "end", "0123456789abcdef", "--basis", "轮换"),
    ("keys", "compromise", "0123456789abcdef", "--basis", "复制"),
    ("audit", "list", "--limit", "many"),
    ("verify", "nothing.pdf"),
    ("verify",),
]


@pytest.mark.parametrize("typed", FAILING, ids=" ".join)
def test_in_chinese_no_english_sentence_appears(office: Shell, tmp_path: Path, typed: tuple[str, ...]) -> None:
    ended = office(*(word.replace("NEW", str(tmp_path / "new")) for word in typed), "--lang", "zh")
    assert ended.code in {1, 2, 22}, ended.err
    assert "错误：" in ended.err
    assert "下一步：" in ended.err
    assert not LATIN.search(without_commands(ended.err)), ended.err


@pytest.mark.parametrize("typed", FAILING, ids=" ".join)
@pytest.mark.parametrize("language", hints.LANGUAGES)
def test_with_json_a_failure_is_one_object(
    office: Shell, tmp_path: Path, typed: tuple[str, ...], language: str
) -> None:
    given = [word.replace("NEW", str(tmp_path / "new")) for word in typed]
    ended = office(*given, "--json", "--lang", language)
    assert ended.out.count("\n") == 1
    error = json.loads(ended.out)["error"]
    assert error["exit_code"] == ended.code
    assert all(error[part] for part in ("code", "message", "next"))
    if language == "zh":
        assert not LATIN.search(without_commands(f"{error['message']} {error['detail']} {error['next']}"))


def without_commands(text: str) -> str:
    """The text without commands and usage lines, which are the same in both languages."""
    return re.sub(r"`[^`]*`|用法 titlecert.*", "", text)


@pytest.mark.parametrize(
    "typed",
    [
        ("--json", "--lang", "en", "batch", "show", "nothing-0001"),
        ("batch", "--json", "--lang=en", "show", "nothing-0001"),
        ("batch", "show", "nothing-0001", "--json", "--lang", "en"),
    ],
    ids=" ".join,
)
def test_language_and_json_may_stand_before_the_command(reader: Shell, typed: tuple[str, ...]) -> None:
    error = reader(*typed).data["error"]
    assert (error["code"], error["message"]) == ("no_batch", "there is no such batch")


def test_arguments_of_another_kind_stay_where_they_are() -> None:
    assert usage.ordered(["--help"]) == ["--help"]
    assert usage.ordered(["--json"]) == ["--json"]
    assert usage.ordered(["--json", "--home", "h", "batch", "list"]) == ["--home", "h", "batch", "list"]
    assert usage.ordered(["--lang", "en"]) == usage.ordered(["--lang=en"]) == []
    assert usage.ordered(["batch", "--lang", "en", "--json", "--help"]) == ["batch", "--help"]
    assert usage.ordered(["verify", "--", "--json"]) == ["verify", "--", "--json"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("certificate list --limit 0", "--limit：不能小于 1"),
        ("certificate list --limit many", "--limit：应是整数"),
        ("demo --port 99999", "--port：不能大于 65535"),
        ("certificate list --lang fr", "--lang：“fr”不能用，可用 zh、en"),
    ],
)
def test_a_value_that_cannot_be_used_says_what_can(shell: Shell, line: str, told: str) -> None:
    ended = shell(*line.split())
    assert (ended.code, told in ended.err) == (2, True), ended.err


def test_a_list_that_is_not_there_is_called_that(office: Shell, tmp_path: Path) -> None:
    for given, code in ((tmp_path / "no.xlsx", "file_missing"), (tmp_path, "is_a_folder")):
        ended = office("batch", "check", str(given), "--authority", "sf-hrss", "--json")
        assert (ended.code, ended.data["error"]["code"]) == (1, code)
        assert str(given) in ended.data["error"]["detail"]


def test_usage_is_told_in_english_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "frobnicate", "--lang", "en"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("Error: No such command 'frobnicate'")
    assert "titlecert batch --help" in shown.err


def test_roles_states_and_uses_are_told_in_the_readers_language(reader: Shell) -> None:
    told = reader("operator", "list").out
    assert all(word in told for word in ("经办", "批准", "在用", "全部机关", "全部事项"))
    assert not re.search(r"clerk\b|approver|active", told)
    keys = reader("keys", "list").out
    assert all(word in keys for word in ("签发", "盖章", "办理人", "数据加密"))
    granted = reader("authority", "list").out
    assert all(word in granted for word in ("撤销", "注销", "全部机关发的证书", "副高", "定向评价"))
    assert "withdraw" not in granted
    assert "approver" in reader("operator", "list", "--lang", "en").out


def test_every_stored_word_has_a_name() -> None:
    from credential.grants import ACTS, Over
    from credential.history import EventKind, Status
    from credential.outcomes import Outcome
    from credential.signing import KeyUse
    from credential.statements import Act, OperatorRole
    from credential.trustform import KeyState
    from issuer.db.models.certificates import Stage
    from issuer.db.models.holders import AwardState, BatchState
    from issuer.db.models.office import EntryState
    from keys.secretstore import SecretUse

    stored = {
        "role": [each.value for each in OperatorRole],
        "state": [each.value for kind in (Stage, BatchState, AwardState, EntryState, KeyState) for each in kind]
        + [each.word for each in Status]
        + [each.word for each in EventKind],
        "award": [each.value for each in AwardState],
        "act": [each.value for kind in (Act, ACTS) for each in kind],
        "over": [each.value for each in Over],
        "outcome": [each.value for each in Outcome],
        "use": [each.value for kind in (KeyUse, SecretUse) for each in kind],
    }
    lacking = {kind: set(words_) - set(names.known()[kind]) for kind, words_ in stored.items()}
    assert not {kind: found for kind, found in lacking.items() if found}
