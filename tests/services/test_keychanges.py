"""What changes at once in a home: passphrases, the administrator's key, the key-encryption key; killed or not."""

from __future__ import annotations

import pytest

from credential.signing import KeyUse
from issuer.db import wrapped
from issuer.errors import IssuerError
from issuer.home.opening import FileCustody, open_home
from issuer.office.reading import administrator_keys, read_operators
from issuer.services import administrators, keys, operators, passphrases, wrapping
from keys import changing
from keys.errors import KeysError, PassphraseError
from keys.passphrase import Passphrase
from tests.services.elsewhere import administrator, audited, code_of, signed_edition
from tests.support.office import ACTOR, APPROVER, CHEAP, CLERK, DemoOffice
from tests.support.office import passphrase as usual

NEW = "a new passphrase"


class Asked:
    """Passphrases of whom is asked; the new one of ``name`` is another."""

    def __init__(self, *changed: str) -> None:
        self.changed = set(changed)

    def __call__(self, name: str, *, new: bool = False) -> Passphrase:
        return Passphrase(NEW) if new or name in self.changed else usual(name)


def custody(demo: DemoOffice, *changed: str) -> FileCustody:
    """The keys as a process opens them that knows these new passphrases."""
    return FileCustody(demo.home, Asked(*changed), clock=demo.clock, cost=CHEAP)


def change(demo: DemoOffice, name: str) -> int:
    with open_home(demo.home, Asked(), clock=demo.clock, cost=CHEAP) as opened:
        return passphrases.change(opened, ACTOR, name).files


def opens(held: FileCustody, name: str) -> bool:
    """Whether what the passphrase of ``name`` opens is opened."""
    use = {"service": KeyUse.STATUS, "root": KeyUse.ROOT, "administrator": KeyUse.ADMINISTRATOR}.get(
        name, KeyUse.OPERATOR
    )
    label = f"operator {name}" if use is KeyUse.OPERATOR else ""
    key_id = next(each.key_id for each in held.held() if each.use == use and each.label.startswith(label))
    try:
        held.signer(use, key_id, owner=name if use is KeyUse.OPERATOR else "")
        if name == "service":
            held.open_vault()
    except PassphraseError:
        return False
    return True


@pytest.mark.parametrize("name", ["service", "root", "administrator", CLERK])
def test_what_a_passphrase_opens_is_opened_by_the_new_one_and_the_keys_stay(founded: DemoOffice, name: str) -> None:
    before = [(each.use, each.key_id) for each in keys.listed(founded.opened)]
    changed = change(founded, name)
    assert changed == (8 if name == "service" else 1)
    assert [(each.use, each.key_id) for each in keys.listed(founded.opened)] == before
    for other in ("service", "root", "administrator", CLERK, APPROVER):
        assert opens(custody(founded, name), other)
        assert opens(custody(founded), other) is (other != name)
    assert audited(founded, "passphrase.change") == [(str(ACTOR), name)]


def test_where_the_passphrase_is_kept_beside_the_keys_it_changes_with_them(founded: DemoOffice) -> None:
    kept = founded.home.secrets / "service.passphrase"
    kept.write_text("service-passphrase\n", encoding="ascii")
    kept.chmod(0o600)
    change(founded, "service")
    assert kept.read_text("ascii") == f"{NEW}\n"


def test_nothing_changes_by_a_wrong_passphrase_or_for_nobody(founded: DemoOffice) -> None:
    files = {path: path.read_bytes() for path in founded.home.keys.iterdir()}
    with open_home(founded.home, Asked("service"), clock=founded.clock, cost=CHEAP) as opened:
        with pytest.raises(KeysError) as caught:
            passphrases.change(opened, ACTOR, "service")
        assert code_of(caught) == "wrong_passphrase"
        with pytest.raises(KeysError) as caught:
            passphrases.change(opened, ACTOR, "nobody")
        assert code_of(caught) == "no_key"
    assert {path: path.read_bytes() for path in founded.home.keys.iterdir()} == files


def test_a_change_that_was_killed_when_it_was_made_is_finished_by_whoever_opens_the_keys(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(changing, "finish", lambda _: False)  # the process is gone before
        change(founded, "service")
        assert opens(custody(founded), "service")
    assert opens(custody(founded, "service"), "service")
    assert not opens(custody(founded), "service")


def test_the_administrator_gets_another_key_and_the_old_one_signs_nothing_more(founded: DemoOffice) -> None:
    old, before = administrator(founded), founded.operators()
    stolen = signed_edition(founded, *before.entries, version=before.version + 2)
    founded.clock.move(hours=1)
    done = administrators.rotate(founded.opened, ACTOR, basis="轮换")
    assert founded.operators().entries == before.entries
    assert (done.version, done.ended) == (before.version + 1, (old.key_id,))
    assert [key.key_id for key in administrator_keys(founded.opened.custody)] == [done.key_id]
    with pytest.raises(IssuerError) as caught:
        operators.accept(founded.opened, ACTOR, stolen)
    assert code_of(caught) == "operators_file"
    founded.home.operators.write_text(stolen, "ascii")  # whoever has the old key and the disk
    with founded.opened.register.read() as session, pytest.raises(IssuerError) as caught:
        read_operators(session, founded.opened)
    assert code_of(caught) == "operators_file"


@pytest.mark.parametrize("where", ["accept", "end"])
def test_a_killed_change_of_the_administrator_is_run_again(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    founded.clock.move(hours=1)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(operators if where == "accept" else FileCustody, where, die)
        with pytest.raises(KeyboardInterrupt):
            administrators.rotate(founded.opened, ACTOR, basis="轮换")
    before = founded.operators().entries  # everybody acts meanwhile
    held = administrator_keys(founded.opened.custody)
    assert len(held) == 2
    founded.clock.move(hours=1)
    done = administrators.rotate(founded.opened, ACTOR, basis="轮换")
    assert done.key_id == held[0].key_id
    assert founded.operators().entries == before
    assert len(administrator_keys(founded.opened.custody)) == 1


def wrapped_by(demo: DemoOffice) -> set[bytes]:
    """The ids of the key-encryption keys under which something is wrapped."""
    rows = demo.raw("SELECT wrapped_key FROM holders WHERE wrapped_key IS NOT NULL")
    rows += demo.raw("SELECT wrapped_key FROM batches")
    return {bytes(row[0])[1:9] for row in rows}


@pytest.mark.postgres
def test_every_data_key_is_wrapped_anew_and_everything_is_read_as_before(issued: DemoOffice) -> None:
    before = [issued.content(each).credential for each in issued.certificates()]
    [old] = wrapped_by(issued)
    issued.clock.move(hours=1)
    seen: list[tuple[int, int]] = []
    done = wrapping.rotate(issued.opened, ACTOR, lambda *given: seen.append(given))
    assert wrapped_by(issued) == {done.key_id} != {old}
    assert (done.changed, done.total) == (25, 25)
    assert seen[-1] == (25, 25)
    again = DemoOffice.open(issued.home.directory, issued.clock())
    assert [again.content(each).credential for each in again.certificates()] == before
    assert again.outcomes() == {"valid": 24}
    again.close()
    with pytest.raises(IssuerError) as caught:
        issued.content(issued.certificates()[0])  # a process that has the old key only
    assert code_of(caught) == "wrong_kek"
    assert [path.name.partition("-")[0] for path in (issued.home.keys / "ended").iterdir()] == ["kek"]


def test_a_killed_run_leaves_everything_readable_and_is_run_again(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued.clock.move(hours=1)
    real, count = wrapped.wrap_piece, [0]

    def die_at_the_third(*given: object, **named: object) -> object:
        count[0] += 1
        if count[0] == 3:
            raise KeyboardInterrupt
        return real(*given, **{**named, "limit": 5})  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(wrapped, "wrap_piece", die_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            wrapping.rotate(issued.opened, ACTOR)
    assert len(wrapped_by(issued)) == 2
    half = DemoOffice.open(issued.home.directory, issued.clock())
    assert all(half.content(each).credential for each in half.certificates())
    issued.clock.move(hours=1)
    done = wrapping.rotate(half.opened, ACTOR)
    assert (done.changed, done.total) == (15, 25)
    assert wrapped_by(issued) == {done.key_id}
    half.close()


def test_two_are_not_made_in_one_second(founded: DemoOffice) -> None:
    with pytest.raises(KeysError) as caught:
        wrapping.rotate(founded.opened, ACTOR)
    assert code_of(caught) == "same_second"
    with pytest.raises(IssuerError) as refused:
        administrators.rotate(founded.opened, ACTOR, basis="轮换")
    assert code_of(refused) == "same_second"
