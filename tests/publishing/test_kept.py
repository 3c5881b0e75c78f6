"""What the root signed is kept in the register: the folder can be made again from it, and never says anything else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from credential import jose, publication, roots
from credential.errors import CredentialError
from credential.signing import KeyUse, usable
from issuer.errors import ConflictError, IssuerError, NotFoundError, TamperedError
from issuer.publishing import kept
from issuer.publishing.chain import newest_root, published_trust
from issuer.publishing.kept import Kept, KeptStore
from issuer.publishing.memory import MemoryStore
from issuer.publishing.store import DIRECTORIES
from issuer.publishing.taking import make_whole, take_in
from issuer.services import authorities, trust
from issuer.trust.roots import draft_next_root, publish_root
from tests.home.in_memory import grant
from tests.support.clock import NOW
from tests.support.databases import say
from tests.support.forms import first_quick
from tests.support.keys import Key
from tests.support.office import ACTOR, DISTRICT, DemoOffice

LIST = publication.trust_list(1)


def changed(demo: DemoOffice) -> int:
    """One more grant, and the trust list that says so."""
    authorities.grant(demo.opened, ACTOR, DISTRICT, grant())
    return demo.publish_trust()


def of_the_root(demo: DemoOffice) -> dict[str, bytes]:
    """The files of the folder that the root signed."""
    return {path: data for path, data in demo.files().items() if path.startswith(("trust/", "catalogue/"))}


def forget(demo: DemoOffice) -> None:
    """Make it a home of the time before the register kept anything."""
    demo.raw("DELETE FROM published_files")


# Keeping


def test_all_that_the_root_signed_is_kept_and_nothing_else(issued: DemoOffice) -> None:
    assert changed(issued) == 2
    issued.publish()
    with issued.opened.register.read() as session:
        paths = set(kept.digests(session))
    assert paths == of_the_root(issued).keys()
    assert {path.rpartition("/")[0] for path in paths} == kept.KEPT_IN < DIRECTORIES


def test_one_path_has_one_content_for_ever(founded: DemoOffice) -> None:
    with founded.opened.register.write() as session:
        assert not kept.keep(session, LIST, founded.files()[LIST], now=NOW)
        with pytest.raises(ConflictError) as caught:
            kept.keep(session, LIST, b"another list of version 1", now=NOW)
    assert caught.value.code == "kept_differs"


@pytest.mark.parametrize("path", ["snapshot.jwt", "status/0.cwt", "shards/" + "ab" * 32, "trust/list/0", "../x"])
def test_what_the_register_can_make_again_by_itself_is_not_kept(founded: DemoOffice, path: str) -> None:
    with founded.opened.register.write() as session, pytest.raises(ValueError, match="not kept"):
        kept.keep(session, path, b"", now=NOW)


@pytest.mark.postgres
@pytest.mark.parametrize("act", ["UPDATE published_files SET content = x'00'", "DELETE FROM published_files"])
def test_the_database_itself_refuses_to_forget(founded: DemoOffice, act: str) -> None:
    with pytest.raises(DBAPIError, match="appended only"), founded.opened.register.write() as session:
        say(session.connection(), act)


# The folder


@pytest.mark.slow
def test_a_folder_that_is_gone_is_made_again(issued: DemoOffice) -> None:
    changed(issued)
    issued.publish()
    before = of_the_root(issued)
    shutil.rmtree(issued.home.publication_folder)
    assert issued.trust().content.version == 2
    with issued.worker() as worker:
        assert worker.lay_out_anew(act=False).difference is not None
        assert worker.lay_out_anew(act=True).published is not None
    assert of_the_root(issued) == before
    assert issued.outcomes() == {"valid": 24}


def test_a_folder_that_lost_its_newest_list_has_it_again_with_the_next_publication(issued: DemoOffice) -> None:
    changed(issued)
    place = issued.home.publication_folder / publication.trust_list(2)
    right = place.read_bytes()
    place.unlink()
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    assert place.read_bytes() == right


def test_an_empty_store_is_filled_and_a_full_one_left_alone(issued: DemoOffice) -> None:
    store = MemoryStore()
    assert kept.lay_out(issued.opened.register, store) == len(store.files)
    assert store.files == of_the_root(issued)
    assert kept.lay_out(issued.opened.register, store) == 0


@pytest.mark.slow
def test_publishing_compares_the_newest_and_laying_out_compares_all(issued: DemoOffice) -> None:
    """What follows costs what changed; older lists are more each year, and readers check them themselves."""
    changed(issued)
    place = issued.home.publication_folder / LIST
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
        place.write_bytes(b"another")
        worker.publish_changes(even_without=True)
    with pytest.raises(TamperedError) as caught:
        kept.lay_out(issued.opened.register, issued.home.publication)
    assert caught.value.code == "publication_altered"


@pytest.mark.parametrize("path", [publication.root(1), LIST, publication.catalogue(1)])
def test_another_file_in_the_folder_stops_everything(issued: DemoOffice, path: str) -> None:
    (issued.home.publication_folder / path).write_bytes(b"another")
    before = issued.files()
    with pytest.raises(TamperedError) as caught:
        kept.lay_out(issued.opened.register, issued.home.publication)
    assert caught.value.code == "publication_altered"
    with issued.worker() as worker, pytest.raises(TamperedError):
        worker.publish_changes(even_without=True)
    assert issued.files() == before, "nothing was written, and nothing repaired in silence"


@pytest.mark.slow
@pytest.mark.parametrize("path", first_quick([LIST, publication.root(1), publication.catalogue(1)], 1))
def test_another_file_makes_way_when_a_person_asks_for_all_anew(issued: DemoOffice, path: str) -> None:
    place = issued.home.publication_folder / path
    right = place.read_bytes()
    place.write_bytes(b"another")
    with issued.worker() as worker:
        told = worker.lay_out_anew(act=False).difference
        assert told is not None
        assert told.fields["path"] == path
        assert path in str(told)
        assert place.read_bytes() == b"another"
        worker.lay_out_anew(act=True)
    assert place.read_bytes() == right
    assert issued.outcomes() == {"valid": 24}


def test_a_damaged_file_whose_name_says_what_is_right_is_repaired(issued: DemoOffice) -> None:
    [place] = (issued.home.publication_folder / "trust" / "filings").iterdir()
    right = place.read_bytes()
    place.write_bytes(right[:-1])
    assert kept.lay_out(issued.opened.register, issued.home.publication) == 1
    assert place.read_bytes() == right


# Never two trust lists of one version


class Killed(BaseException):
    """Stands for kill -9."""


def test_signed_and_killed_before_it_was_written_it_is_finished_by_the_next_run(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> int:
        raise Killed

    authorities.grant(founded.opened, ACTOR, DISTRICT, grant())
    with monkeypatch.context() as patch:
        patch.setattr(kept, "lay_out", killed)
        with pytest.raises(Killed):
            founded.publish_trust()
    assert publication.trust_list(2) not in founded.files()
    assert trust.draft(founded.opened).changes == (), "the register knows that it is signed"
    with founded.worker() as worker:
        worker.publish_changes(even_without=True)
    assert publication.trust_list(2) in founded.files()
    assert founded.trust().content.version == 2


def test_a_folder_that_lost_its_newest_list_gets_the_next_version(founded: DemoOffice) -> None:
    assert changed(founded) == 2
    second = founded.files()[publication.trust_list(2)]
    (founded.home.publication_folder / publication.trust_list(2)).unlink()
    founded.clock.move(minutes=1)
    authorities.grant(founded.opened, ACTOR, DISTRICT, replace(grant(), series=frozenset({5})))
    assert founded.publish_trust() == 3
    assert founded.files()[publication.trust_list(2)] == second


def test_two_who_sign_at_once_make_one_list(founded: DemoOffice) -> None:
    authorities.grant(founded.opened, ACTOR, DISTRICT, grant())
    first = trust.draft(founded.opened)
    founded.clock.move(minutes=1)
    second = trust.draft(founded.opened)
    assert trust.publish_here(founded.opened, ACTOR, first) == 2
    before = founded.files()
    with pytest.raises(ConflictError) as caught:
        trust.publish_here(founded.opened, ACTOR, second)
    assert caught.value.code == "trust_list_not_next"
    assert founded.files() == before


def test_a_register_that_is_an_older_copy_signs_no_list(founded: DemoOffice, tmp_path: Path) -> None:
    before_it = founded.keep_register(tmp_path)
    changed(founded)
    founded.restore_register(before_it)
    before = founded.files()
    for act in (
        lambda: trust.draft(founded.opened),
        founded.trust,
        lambda: kept.lay_out(founded.opened.register, founded.home.publication),
    ):
        with pytest.raises(TamperedError) as caught:
            act()
        assert caught.value.code == "register_behind"
    assert founded.files() == before


# Homes of before


@pytest.mark.slow
def test_a_home_of_before_is_taken_in_by_its_next_run(issued: DemoOffice) -> None:
    changed(issued)
    issued.publish()
    before = of_the_root(issued)
    forget(issued)
    assert issued.trust().content.version == 2, "meanwhile the folder is read as it was"
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    with issued.opened.register.read() as session:
        assert kept.digests(session).keys() == before.keys()
    assert take_in(issued.opened.register, issued.home.publication, b"", now=NOW) == 0
    shutil.rmtree(issued.home.publication_folder)
    with issued.worker() as worker:
        worker.lay_out_anew(act=True)
    assert of_the_root(issued) == before


def test_the_root_signs_on_in_a_home_of_before(founded: DemoOffice) -> None:
    forget(founded)
    assert changed(founded) == 2
    with founded.opened.register.read() as session:
        assert kept.digests(session).keys() == of_the_root(founded).keys()


@pytest.mark.parametrize("path", [publication.root(1), LIST, publication.catalogue(1), "filings"])
def test_what_does_not_verify_is_not_taken_in(founded: DemoOffice, path: str) -> None:
    forget(founded)
    folder = founded.home.publication_folder
    place = next((folder / "trust" / "filings").iterdir()) if path == "filings" else folder / path
    place.write_bytes(place.read_bytes()[:-2] + b"xx")
    with pytest.raises((IssuerError, CredentialError)):
        make_whole(founded.opened.register, founded.home.publication, founded.home.trust_root, now=founded.clock())
    with founded.opened.register.read() as session:
        assert kept.digests(session) == {}


def test_another_root_than_the_pinned_one_is_not_taken_in(founded: DemoOffice) -> None:
    forget(founded)
    with pytest.raises(TamperedError) as caught:
        take_in(founded.opened.register, founded.home.publication, b"another", now=founded.clock())
    assert caught.value.code == "publication_altered"


# Reading


def test_what_is_kept_is_read_where_the_folder_has_nothing(founded: DemoOffice) -> None:
    whole, empty = founded.home.publication, MemoryStore()
    view = Kept(founded.opened.register.read, empty)
    assert newest_root(view).container == whole.read(publication.root(1))
    assert view.has(LIST)
    assert not view.has(publication.SNAPSHOT)
    with founded.opened.register.read() as session:
        assert published_trust(session, empty, now=founded.clock()).container == whole.read(LIST)
    assert empty.files == {}


def test_the_pinned_root_that_a_home_lost_is_written_again(issued: DemoOffice) -> None:
    before = issued.home.trust_root.read_bytes()
    issued.home.trust_root.unlink()
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    assert issued.home.trust_root.read_bytes() == before


def test_without_any_pinned_root_nothing_is_taken_in(founded: DemoOffice) -> None:
    forget(founded)
    founded.home.trust_root.unlink()
    with pytest.raises(NotFoundError) as caught:
        make_whole(founded.opened.register, founded.home.publication, founded.home.trust_root, now=founded.clock())
    assert caught.value.code == "no_root_file"


def test_a_kept_file_that_was_altered_is_not_laid_out(founded: DemoOffice) -> None:
    founded.raw("UPDATE published_files SET content = x'00' WHERE path = ?", LIST)
    (founded.home.publication_folder / LIST).unlink()
    for act in (founded.trust, lambda: kept.lay_out(founded.opened.register, founded.home.publication)):
        with pytest.raises(TamperedError) as caught:
            act()
        assert caught.value.code == "publication_altered"
    assert LIST not in founded.files()


# What is signed elsewhere


def test_a_root_set_that_comes_back_is_kept_before_it_is_written(founded: DemoOffice) -> None:
    store = KeptStore(founded.opened.register, founded.home.publication, founded.clock)
    first = newest_root(store)
    [key] = first.root.keys
    payload = draft_next_root(first, [usable(key), Key("another").public], 1, now=founded.clock())
    signer = founded.opened.custody.signer(KeyUse.ROOT, key.key_id)
    with store.lock():
        publish_root(store, jose.join([jose.sign(payload, signer, typ=roots.TYP)]), now=founded.clock())
    (founded.home.publication_folder / publication.root(2)).unlink()
    kept.lay_out(founded.opened.register, founded.home.publication)
    assert newest_root(founded.home.publication).root.version == 2
    with pytest.raises(ConflictError) as caught:
        store.put(publication.root(2), b"another set")
    assert caught.value.code == "kept_differs"
    assert not store.put(publication.root(1), first.container)


def test_what_moves_and_what_is_not_kept_goes_through(founded: DemoOffice) -> None:
    store = KeptStore(founded.opened.register, founded.home.publication, founded.clock)
    shard = publication.shard("ab" * 32)
    assert store.put(shard, b"x")
    store.replace(publication.SNAPSHOT, b"y")
    assert (store.read(shard), store.read(publication.SNAPSHOT)) == (b"x", b"y")
    store.remove(shard)
    assert not store.has(shard)
    with founded.opened.register.read() as session:
        assert shard not in kept.digests(session)
