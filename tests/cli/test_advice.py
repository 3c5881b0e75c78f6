"""Whoever follows the advice of an error gets where they wanted to go: each state has a next step."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from cli import hints
from credential.signing import KeyUse
from issuer.errors import TamperedError
from issuer.trust.entries import active_key, add_key, end_key
from tests.cli.support import Shell
from tests.support.forms import first_quick
from tests.support.founding import approved, approved_home, founded_home
from tests.support.office import ACTOR, APPROVED, PROVINCE, DemoOffice

__all__ = ["approved", "approved_home", "founded_home"]

Fixes = dict[str, Callable[[], object]]
COMMAND: Final = re.compile(r"`titlecert ([^`]+)`")
WAYS: Final = first_quick([(("suspend",),), (("publish",),), (("publish", "--trust", "--yes"),)], 1)
"""What somebody wanted when the publication was found wanting."""
REGION: Final = ("region", "add", "990000", "示范省")
NAMES: Final = ("--name", "示范省厅", "--name-en", "Shifan", "--code", "11990000000010014J")
AUTHORITY: Final = ("authority", "add", "sf-hrss", *NAMES, "--region", "990000")
KNOWN: Final[dict[str, Sequence[str]]] = {
    "authority add": AUTHORITY,
    "region add": REGION,
    "publish --trust": ("publish", "--trust", "--yes"),
    "publish --anew": ("publish", "--anew", "--yes"),
}
"""What a person types where the advice names a command and they know the rest; a dry run is followed by the deed."""
NUMBER: Final = ("--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")
WORDS: Final = ("--deployment", "shifan", "--origin", "https://zc.example", "--demonstration", "--make-passphrases")


def follow(shell: Shell, words: Sequence[str], fixes: Fixes | None = None) -> list[str]:
    """Do what was wanted, and on an error what its advice says, until it is done. Returns the codes on the way.

    Args:
        shell: somebody who types.
        words: the command that is wanted.
        fixes: what a person does with their hands, where the advice names no command: by the error's code.
    """
    wanted, codes = [tuple(words)], []
    while wanted:
        assert len(codes) < 8, f"the advice does not end: {codes}"
        ended = shell(*wanted[-1], "--json", "--lang", "en")
        if ended.code == 0:
            wanted.pop()
            continue
        error = ended.data["error"]
        seen = f"{' '.join(wanted[-1][:3])}: {error['code']}"
        assert seen not in codes, f"the advice leads in a circle: {codes}"
        codes.append(seen)
        assert error["next"], f"no advice for {error}"
        if fixes and error["code"] in fixes:
            fixes[error["code"]]()
            continue
        advised = COMMAND.search(error["next"])
        assert advised is not None, error
        if error["code"] == "recorded_not_public":
            wanted.pop()  # it is recorded; what is left is the publication
        step = tuple(KNOWN.get(advised[1].removesuffix(" --help"), advised[1].split()))
        if wanted[-1:] != [step]:
            wanted.append(step)
    return codes


def first_number(office: Shell) -> str:
    """A certificate that is valid."""
    found = office.json("certificate", "list")["certificates"]
    return str(next(each["number"] for each in found if each["status"] == "valid"))


@pytest.fixture
def fresh(shell: Shell, tmp_path: Path) -> Shell:
    """A home that was made just now."""
    shell.home = tmp_path / "fresh"
    assert shell("init", *WORDS).code == 0
    return shell


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    first_quick([(("publish",),), (("publish", "--trust"),), (("publish", "--trust", "--yes"),)], 1),
    ids=" ".join,
)
def test_a_fresh_home_is_led_to_its_first_publication(fresh: Shell, words: Sequence[str]) -> None:
    codes = follow(fresh, words)
    assert [each.rpartition(" ")[2] for each in codes if "no_authorities" in each or "no_region" in each] == [
        "no_authorities",
        "no_region",
    ]
    if words == ("publish", "--trust"):
        assert fresh.json(*words)["signed"] is False, "a look signs nothing, whatever led there"
        follow(fresh, (*words, "--yes"))
    assert fresh.json("publish")["checked"]["outcome"] == "readable"


@pytest.mark.slow
@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_an_expired_trust_list_is_signed_anew(office: Shell, words: Sequence[str]) -> None:
    office.now += timedelta(days=366)
    wanted = ("suspend", first_number(office), *NUMBER) if words == ("suspend",) else words
    codes = follow(office, wanted)
    reasons = [each.rpartition(" ")[2] for each in codes]
    assert reasons[:1] == ["clock_ahead"], "a year has passed"
    assert reasons[1:] == ["trust_expired"]
    assert office.json("publish")["checked"]["outcome"] == "readable"


@pytest.mark.slow
@pytest.mark.parametrize("days", first_quick([40, 2], 1))
def test_an_expired_snapshot_is_made_anew(office: Shell, days: int) -> None:
    office.now += timedelta(days=days)
    codes = follow(office, ("suspend", first_number(office), *NUMBER))
    assert [each.rpartition(" ")[2] for each in codes] == ["clock_ahead"] * (days > 14)
    assert follow(office, ("publish",)) == []


@pytest.mark.slow
@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_a_publication_that_was_deleted_is_made_again(office: Shell, words: Sequence[str]) -> None:
    assert office.home is not None
    shutil.rmtree(office.home / "publication")
    wanted = ("suspend", first_number(office), *NUMBER) if words == ("suspend",) else words
    reasons = [each.rpartition(" ")[2] for each in follow(office, wanted)]
    assert reasons == ["recorded_not_public"] * (words == ("suspend",)) + ["publication_altered"]
    assert office.json("publish")["checked"]["outcome"] == "readable"


@pytest.mark.slow
def test_an_older_copy_of_the_folder_is_brought_up_to_date(office: Shell, tmp_path: Path) -> None:
    assert office.home is not None
    older = shutil.copytree(office.home / "publication", tmp_path / "older")
    follow(office, ("suspend", first_number(office), *NUMBER))
    office.now += timedelta(minutes=1)
    follow(office, ("authority", "contact", "sf-hrss", "--telephone", "000-0000-0009"))
    follow(office, ("publish", "--trust", "--yes"))
    shutil.rmtree(office.home / "publication")
    shutil.copytree(older, office.home / "publication")
    codes = follow(office, ("suspend", first_number(office), *NUMBER))
    assert [each.rpartition(" ")[2] for each in codes] == ["recorded_not_public", "publication_altered"]
    assert office.json("publish")["checked"]["outcome"] == "readable"


@pytest.mark.slow
def test_another_file_in_the_folder_makes_way(office: Shell) -> None:
    assert office.home is not None
    place = office.home / "publication" / "trust" / "list" / "1"
    place.write_bytes(b"another")
    codes = follow(office, ("suspend", first_number(office), *NUMBER))
    assert [each.rpartition(" ")[2] for each in codes] == ["publication_altered"]
    assert office.json("publish")["checked"]["outcome"] == "readable"


@pytest.mark.slow
def test_a_new_key_is_named_by_the_root_first(approved: DemoOffice, shell: Shell) -> None:
    """The one before ended, and no reader knows the next one before the root has named it."""
    shell.now = approved.clock.move(minutes=1)
    made = approved.opened.custody.make(KeyUse.CREDENTIAL, label="the next one")
    with approved.opened.register.write() as session:
        before = active_key(session, use=KeyUse.CREDENTIAL, authority=PROVINCE).key.key_id
        add_key(session, made, use=KeyUse.CREDENTIAL, authority=PROVINCE, actor=ACTOR, now=approved.clock())
        end_key(session, before, actor=ACTOR, now=approved.clock())
    shell.home, shell.ask = approved.home.directory, lambda prompt: f"{prompt.rstrip(': ').split()[-1]}-passphrase"
    codes = follow(shell, ("batch", "issue", APPROVED))
    assert [each.rpartition(" ")[2] for each in codes] == ["key_not_good"]
    assert approved.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_the_root_on_its_own_medium_is_brought(office: Shell, tmp_path: Path) -> None:
    assert office.home is not None
    place, drawer = office.home / "root" / "root.key.json", tmp_path / "drawer"
    place.rename(drawer)
    office.now += timedelta(days=366)
    codes = follow(office, ("publish",), {"no_root_here": lambda: drawer.rename(place)})
    assert [each.rpartition(" ")[2] for each in codes] == ["clock_ahead", "trust_expired", "no_root_here"]


@pytest.mark.parametrize(
    "code",
    [
        "entries_removed",
        "immutable_changed",
        "kept_differs",
        "key_not_good",
        "no_authorities",
        "no_root_here",
        "no_trust_list",
        "publication_altered",
        "publisher_running",
        "reader_disagrees",
        "register_behind",
        "trust_expired",
        "trust_list_not_next",
        "trust_rollback",
    ],
)
def test_each_state_of_trust_and_publication_has_words_and_a_step(code: str) -> None:
    for language in (0, 1):
        assert hints.headline(code, TamperedError)[language] != hints.headline("", TamperedError)[language]
        assert hints.next_step(code)[language]
