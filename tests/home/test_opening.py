"""A home appears whole or not at all, and asks for no passphrase before one is needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from credential.signing import KeyUse
from issuer.errors import ConflictError
from issuer.home.opening import OpenedHome, found, open_home, require_free
from issuer.home.paths import Home
from issuer.services import batches, certificates, founding, keys, operators, regions
from keys.errors import KeyNotFoundError
from keys.passphrase import Passphrase
from tests.support.clock import NOW
from tests.support.forms import first_quick
from tests.support.office import ACTOR, CHEAP, CLERK, DemoOffice, passphrase
from tests.support.settings import demo_settings

SETTINGS = demo_settings()


@contextmanager
def founding_at(directory: Path) -> Iterator[OpenedHome]:
    with found(directory, SETTINGS, passphrase, clock=lambda: NOW, cost=CHEAP) as opened:
        yield opened


def found_and_die(place: Path, *, late: bool) -> None:
    with founding_at(place) as opened:
        assert opened.home.directory != place
        if late:
            founding.found(opened, ACTOR)
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("late", first_quick([True, False], 1))
def test_an_interrupted_founding_leaves_nothing_and_is_done_again(tmp_path: Path, late: bool) -> None:
    place = tmp_path / "offices" / "home"
    with pytest.raises(KeyboardInterrupt):
        found_and_die(place, late=late)
    assert list(place.parent.iterdir()) == []
    with founding_at(place) as opened:
        founding.found(opened, ACTOR)
    assert [path.name for path in place.parent.iterdir()] == ["home"]


@pytest.mark.slow
def test_what_a_founding_that_was_killed_left_is_thrown_away(tmp_path: Path) -> None:
    with founding_at(tmp_path / "first") as opened:
        founding.found(opened, ACTOR)
    shutil.move(tmp_path / "first", tmp_path / ".home.unfinished")  # as a power cut leaves it
    with founding_at(tmp_path / "home") as opened:
        made = founding.found(opened, ACTOR)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    with open_home(Home.open(tmp_path / "home"), passphrase, clock=lambda: NOW, cost=CHEAP) as opened:
        assert made.root in {held.key_id for held in keys.listed(opened)}


@pytest.mark.slow
def test_two_who_found_one_home_at_once_do_not_mix(tmp_path: Path) -> None:
    place = tmp_path / "home"
    with founding_at(place) as opened:
        with pytest.raises(ConflictError) as caught, founding_at(place):
            pytest.fail("it began")
        assert caught.value.code == "founding_running"
        founding.found(opened, ACTOR)
    with open_home(Home.open(place), passphrase, clock=lambda: NOW, cost=CHEAP) as opened:
        assert len(keys.listed(opened)) == 6
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.slow
def test_a_founding_that_failed_can_be_repeated_on_a_database_elsewhere(tmp_path: Path) -> None:
    """The database is not thrown away with the home, so the register's rows are written behind everything else."""
    settings = SETTINGS.model_copy(update={"database": f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"})

    def found_at_with(publish: bool) -> None:
        with found(tmp_path / "home", settings, passphrase, clock=lambda: NOW, cost=CHEAP) as opened:
            if not publish:
                opened.home.publication_folder.write_bytes(b"no folder")
            founding.found(opened, ACTOR)

    with pytest.raises(OSError, match="publication"):
        found_at_with(publish=False)
    assert not (tmp_path / "home").exists()
    found_at_with(publish=True)
    with open_home(Home.open(tmp_path / "home"), passphrase, clock=lambda: NOW, cost=CHEAP) as opened:
        assert len(keys.listed(opened)) == 6


def test_a_home_is_made_where_nothing_is(tmp_path: Path) -> None:
    for name, code in (("home.json", "home_exists"), ("photos", "not_empty")):
        place = tmp_path / name.partition(".")[0]
        place.mkdir()
        require_free(place)
        (place / name).touch()
        with pytest.raises(ConflictError) as caught, founding_at(place):
            pytest.fail("it began")
        assert caught.value.code == code
        assert [path.name for path in place.iterdir()] == [name]
    (tmp_path / "file").touch()
    with pytest.raises(ConflictError):
        require_free(tmp_path / "file")


@pytest.mark.slow
def test_no_passphrase_is_asked_for_before_it_is_needed(issued: DemoOffice) -> None:
    asked: list[str] = []

    def ask(name: str, *, new: bool = False) -> Passphrase:
        asked.append(name)
        return passphrase(name, new=new)

    with open_home(issued.home, ask, clock=issued.clock, cost=CHEAP) as opened:
        regions.listed(opened)
        operators.listed(opened)
        keys.listed(opened)
        batches.listed(opened)
        assert certificates.document(opened, ACTOR, issued.certificates()[0].number) is None
        assert asked == []
        certificates.listed(opened, ACTOR)
        certificates.listed(opened, ACTOR)
        assert asked == ["service"]


def test_a_key_that_is_out_of_use_is_kept_and_opened_by_nothing(founded: DemoOffice) -> None:
    signer = founded.signer(CLERK)
    before = sorted(path.name for path in founded.home.keys.rglob("*.json"))
    founded.opened.custody.end(signer.key_id)
    assert sorted(path.name for path in founded.home.keys.rglob("*.json")) == before
    with pytest.raises(KeyNotFoundError):
        founded.opened.custody.signer(KeyUse.OPERATOR, signer.key_id, owner=CLERK)


def test_an_operators_key_is_opened_for_somebody(founded: DemoOffice) -> None:
    with pytest.raises(ValueError, match="none was named"):
        founded.opened.custody.signer(KeyUse.OPERATOR, founded.signer(CLERK).key_id)


def test_another_root_than_the_one_on_the_medium_is_not_opened(founded: DemoOffice) -> None:
    with pytest.raises(KeyNotFoundError) as caught:
        founded.opened.custody.signer(KeyUse.ROOT, b"\x00" * 8)
    assert caught.value.code == "no_key"
