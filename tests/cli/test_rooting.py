"""The root ceremony by commands: keys made apart, two of three sign, and readers follow through three rotations."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.support import Shell

HOLDERS = "abcdefg"


class Table:
    """Machines without a network: each holder's key, made and used by commands that know no home."""

    def __init__(self, shell: Shell, directory: Path) -> None:
        self.shell = shell
        self.directory = directory
        self.office_home = shell.home
        self._made = 0

    def key(self, holder: str) -> Path:
        """The file of a holder's key."""
        return self.directory / f"root-{holder}.key.json"

    def public(self, holder: str) -> Path:
        """The public half of a holder's key, made when it is first wanted."""
        public = self.directory / f"root-{holder}.pub.json"
        if not public.exists():
            self.alone("root", "make-key", str(self.key(holder)), "--label", holder, "--public", str(public))
        return public

    def alone(self, *words: str) -> dict[str, object]:
        """A command on a machine that has no home."""
        self.shell.home = None
        self.shell.ask = lambda _: "root-passphrase"
        try:
            return self.shell.json(*words)
        finally:
            self.shell.home, self.shell.ask = self.office_home, None

    def fresh(self, name: str) -> Path:
        """A file that is not there."""
        self._made += 1
        return self.directory / f"{self._made}-{name}"

    def sign(self, request: Path, key: Path) -> Path:
        """What the holder of a key brings back."""
        out = self.fresh("response.jws")
        assert self.alone("root", "sign", str(request), "--key", str(key), "--yes", "--out", str(out))["signed"]
        return out

    def ask_for_set(self, holders: str, threshold: int) -> Path:
        """A request for the next set."""
        out = self.fresh("set.json")
        keys = [word for holder in holders for word in ("--key", str(self.public(holder)))]
        self.shell.json("root", "request", *keys, "--threshold", str(threshold), "--out", str(out))
        return out

    def ask(self) -> Path:
        """A request for what is to be signed next."""
        out = self.fresh("next.json")
        self.shell.json("root", "request", "--out", str(out))
        return out

    def take(self, *responses: Path) -> dict[str, object]:
        """Take responses in."""
        return self.shell.json("root", "import", *map(str, responses))

    def hand_over(self, holders: str, threshold: int, signers: list[Path]) -> None:
        """A whole handover: set and list, signed by whoever is at the table."""
        request = self.ask_for_set(holders, threshold)
        self.take(*(self.sign(request, key) for key in signers))
        listed = self.ask()
        done = self.take(*(self.sign(listed, key) for key in signers))
        published = done["published"]
        assert isinstance(published, list)
        assert [each.partition("-")[0] for each in published] == ["list", "root"]


@pytest.fixture
def table(office: Shell, tmp_path: Path) -> Table:
    """The holders of root keys, beside an office whose one root key is in its home."""
    directory = tmp_path / "table"
    directory.mkdir(mode=0o700)
    return Table(office, directory)


def founding_key(table: Table) -> Path:
    """The first root key, taken out of the home to the table, with its passphrase."""
    assert table.office_home is not None
    key = table.directory / "first.key.json"
    shutil.move(table.office_home / "root" / "root.key.json", key)
    (table.directory / "secrets").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(table.office_home / "secrets" / "root.passphrase", table.directory / "secrets" / "root.passphrase")
    return key


def verdict(table: Table, code: str, root: Path) -> str:
    """What a reader with a pinned root finds."""
    assert table.office_home is not None
    said = table.alone(
        "verify", code, "--publication", str(table.office_home / "publication"), "--trust-root", str(root)
    )
    return str(said["outcome"])


@pytest.mark.slow
def test_two_of_three_sign_and_readers_that_slept_through_three_rotations_catch_up(
    table: Table, tmp_path: Path
) -> None:
    pinned = tmp_path / "pinned"
    assert table.office_home is not None
    shutil.copy(table.office_home / "trust-root", pinned)
    certificate = table.shell.json("certificate", "list", "--full")["certificates"][0]
    first = founding_key(table)
    a, b, c, d, e, f = (table.key(holder) for holder in "abcdef")
    table.public("a")  # made with the passphrase of the first, which is at the table
    table.hand_over("abc", 2, [first, a, b])
    shown = table.shell.json("root", "show")
    assert (shown["version"], shown["threshold"], len(shown["keys"]), shown["waiting"]) == (2, 2, 3, [])
    assert verdict(table, certificate["check_code"], pinned) == "valid"
    table.hand_over("cde", 2, [a, c, d])
    table.hand_over("def", 2, [d, e])
    assert table.shell.json("root", "show")["version"] == 4
    assert verdict(table, certificate["check_code"], pinned) == "valid"
    table.shell.json("region", "add", "990200", "示范二市")
    table.shell.json("authority", "contact", "sf-hrss", "--telephone", "000-1234")
    request = table.ask()
    one = table.take(table.sign(request, f))
    assert one["published"] == []
    assert one["waiting"] == [{"request": "list-5", "needs": [{"signed": 1, "threshold": 2}], "complete": False}], (
        "one of two is not enough, and is kept"
    )
    assert table.take(table.sign(request, e))["published"] == ["list-5"]
    assert verdict(table, certificate["check_code"], pinned) == "valid"
    assert table.shell("publish", "--trust", "--yes").code == 0, "nothing is left to sign"
    del b


@pytest.mark.slow
def test_a_set_waits_until_a_list_carries_it_on(table: Table) -> None:
    first = founding_key(table)
    request = table.ask_for_set("ab", 2)
    table.public("a")
    told = table.shell("root", "import", str(table.sign(request, first)), "--lang", "en")
    assert "1/1; 0/2" in told.out
    done = table.take(table.sign(request, table.key("a")), table.sign(request, table.key("b")))
    assert done["published"] == []
    assert table.shell.json("root", "show")["version"] == 1
    again = table.ask_for_set("ab", 2)
    assert again.read_bytes() == request.read_bytes(), "the same request, with what came back"
    listed = table.ask()
    assert table.take(table.sign(listed, first), table.sign(listed, table.key("a")))["published"] == []
    assert table.take(table.sign(listed, table.key("b")))["published"] == ["list-2", "root-2"]


@pytest.mark.slow
def test_what_answers_no_request_is_refused(table: Table) -> None:
    first = founding_key(table)
    request = table.ask_for_set("ab", 2)
    stranger = table.sign(request, table.key("g")) if table.public("g") else None
    assert stranger is not None
    refused = table.shell("root", "import", str(stranger), "--json")
    assert refused.data["error"]["code"] == "foreign_key"
    table.ask_for_set("abc", 2)  # another set takes its place
    refused = table.shell("root", "import", str(table.sign(request, first)), "--json")
    assert refused.data["error"]["code"] == "no_such_request"
    assert table.shell.json("root", "show")["waiting"][0]["needs"] == [
        {"signed": 0, "threshold": 1},
        {"signed": 0, "threshold": 2},
    ]


@pytest.mark.slow
def test_every_member_is_shown_before_anything_is_signed(table: Table) -> None:
    first = founding_key(table)
    request = table.ask_for_set("ab", 2)
    table.shell.home = None
    shown = table.shell("root", "sign", str(request), "--key", str(first))
    table.shell.home = table.office_home
    assert shown.code == 0
    for holder in "ab":
        kid = __import__("json").loads(table.public(holder).read_bytes())["jwk"]["x"]
        assert kid in shown.err
    assert "根密钥" in shown.err
    assert not list(table.directory.glob("*.jws"))


@pytest.mark.slow
def test_only_what_the_same_key_signed_before_counts_as_seen(table: Table) -> None:
    assert table.office_home is not None
    first = founding_key(table)
    table.shell.json("authority", "contact", "sf-hrss", "--telephone", "000-1234")
    request = table.ask()
    previous = table.office_home / "publication" / "trust" / "list" / "1"
    changes = table.alone("root", "sign", str(request), "--key", str(first), "--previous", str(previous))["changes"]
    assert isinstance(changes, list)
    assert {each["which"] for each in changes if each["what"] == "authority"} == {"sf-hrss"}
    table.public("b")
    table.shell.home = None
    refused = table.shell(
        "root", "sign", str(request), "--key", str(table.key("b")), "--previous", str(previous), "--json"
    )
    table.shell.home = table.office_home
    assert refused.data["error"]["code"] == "previous_not_signed"


@pytest.mark.slow
def test_a_request_that_was_changed_on_its_way_is_not_signed(table: Table) -> None:
    first = founding_key(table)
    request = table.ask_for_set("ab", 2)
    text = request.read_text(encoding="utf-8")
    assert "2 of these 2 keys" in text
    request.write_text(text.replace("2 of these 2 keys", "1 of these 2 keys"), encoding="utf-8")
    table.shell.home = None
    out = table.fresh("x.jws")
    refused = table.shell("root", "sign", str(request), "--key", str(first), "--yes", "--out", str(out), "--json")
    table.shell.home = table.office_home
    assert refused.data["error"]["code"] == "summary_differs"
    assert not out.exists()
