"""Claim codes for an office: one a person, kept as digests, printed once, and what comes of them."""

from __future__ import annotations

import itertools
import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from issuer.claims import codes
from issuer.db.models import HolderRow
from issuer.errors import ConflictError, InputError, IssuerError, NotFoundError
from issuer.services import auditing, claims
from issuer.services.claims import ClaimState, Wanted
from tests.support.databases import everything
from tests.support.office import ACTOR, APPROVED, DISTRICT, DemoOffice, batch_drafts
from tests.support.tools import require_tool
from tests.unlock.conftest import with_codes


def test_any_wrong_character_and_any_swap_is_a_slip_of_the_hand() -> None:
    code = codes.make(bytes(range(0, 88, 8)))
    for place, other in itertools.product(range(12), codes.ALPHABET):
        changed = code[:place] + other + code[place + 1 :]
        if changed != code:
            with pytest.raises(InputError) as told:
                codes.parse(changed)
            assert (told.value.code, told.value.fields["why"]) == ("claim_mistyped", "check")
    for one, two in itertools.combinations(range(12), 2):
        swapped = list(code)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        if "".join(swapped) != code:
            with pytest.raises(InputError):
                codes.parse("".join(swapped))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "length"),
        ("2345-6789-ABC", "length"),
        ("2345-6789-ABCNN", "length"),
        ("2345-6789-ABC0", "character"),
        ("2345-6789-ABCß", "character"),
        ("2345-6789-ABCN" + " " * 100, "length"),
    ],
)
def test_what_is_no_code_is_told(typed: str, why: str) -> None:
    with pytest.raises(InputError) as told:
        codes.parse(typed)
    assert (told.value.code, told.value.fields["why"]) == ("claim_mistyped", why)
    assert typed == "" or typed not in str(told.value)


def test_codes_are_random_and_come_back_as_they_are_typed() -> None:
    made = {codes.new() for _ in range(200)}
    assert len(made) == 200
    for code in made:
        assert codes.parse(f"　{codes.group(code).lower()} ") == code


@pytest.mark.postgres
def test_a_code_stands_nowhere_in_the_register(issued: DemoOffice) -> None:
    found = with_codes(issued)
    lines = "\n".join(everything(issued.opened.register))
    for holder in found:
        plain = codes.parse(holder.slip.code)
        for text in (holder.slip.code, plain, plain.encode().hex()):
            assert text not in lines
    digests = {bytes(row[0]) for row in issued.raw("SELECT digest FROM claim_codes")}
    assert len(digests) == len(found) == 24


def test_the_same_code_of_two_holders_has_two_digests(issued: DemoOffice) -> None:
    vault = issued.opened.vault
    code = codes.make(bytes(11))
    assert len({vault.claim_digest(each, code) for each in ("a" * 32, "b" * 32)}) == 2
    assert vault.claim_digest("ab", "c") != vault.claim_digest("a", "bc")


@pytest.mark.slow
@pytest.mark.postgres
def test_a_person_gets_one_code_however_many_certificates(issued: DemoOffice) -> None:
    draft = batch_drafts(issued, APPROVED)[0]
    two = (("1", "道路与桥梁"), ("2", "水利水电"))
    second = issued.approved_drafts(
        [replace(draft, seq=seq, sheet_row=3 + int(seq), specialty=specialty) for seq, specialty in two]
    )
    issued.issue(second)
    made = claims.make(issued.opened, ACTOR, Wanted(batch=second), send=False, slips=True)
    assert [slip.name for slip in made.slips] == [draft.name]
    whole = claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True)
    assert (len(whole.slips), len(whole.kept)) == (23, 1)
    assert issued.raw("SELECT count(*) FROM claim_codes") == [(24,)]


def test_those_of_one_employer(issued: DemoOffice) -> None:
    everybody = batch_drafts(issued, APPROVED)
    employer = everybody[0].employer
    assert employer is not None
    wanted = Wanted(batch=APPROVED, employer=f" {employer} ")
    made = claims.make(issued.opened, ACTOR, wanted, send=False, slips=True)
    assert {slip.employer for slip in made.slips} == {employer}
    assert len(made.slips) == sum(each.employer == employer for each in everybody)
    with pytest.raises(NotFoundError) as none:
        claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED, employer="无此单位"), send=False, slips=True)
    assert none.value.code == "no_such_employer"


def test_slips_stand_by_employer_and_say_what_a_holder_needs(issued: DemoOffice) -> None:
    made = claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True)
    assert list(made.slips) == sorted(made.slips, key=lambda slip: (slip.employer, slip.number))
    slip = made.slips[0]
    assert slip.expires == issued.clock() + timedelta(days=30)
    assert slip.id_shown.startswith("*")
    assert slip.address == "http://127.0.0.1:8788/"
    assert slip.code not in repr(made)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(batch="sf-hrss-0009"), "no_batch"),
        (Wanted(number="99000020262999999"), "no_certificate"),
    ],
)
def test_what_is_not_there_is_told(issued: DemoOffice, wanted: Wanted, code: str) -> None:
    with pytest.raises(IssuerError) as none:
        claims.make(issued.opened, ACTOR, wanted, send=False, slips=True)
    assert none.value.code == code
    with pytest.raises(InputError) as no_way:
        claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=False)
    assert no_way.value.code == "no_way_out"


def test_an_office_that_nobody_said_the_address_of_the_desk(issued: DemoOffice) -> None:
    from issuer.home.holders import desk_address, read_settings
    from issuer.home.paths import Home

    settings = issued.home.settings.model_copy(update={"origin": "https://zc.example"})
    home = Home(directory=issued.home.directory, settings=settings)
    with pytest.raises(InputError) as nowhere:
        desk_address(home, read_settings(home))
    assert nowhere.value.code == "no_desk_address"
    home.holders.write_text('[claims]\naddress = "https://desk.example/"\n', encoding="utf-8")
    assert desk_address(home, read_settings(home)) == "https://desk.example/"


def test_an_erased_holder_gets_none_and_stops_nobody(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    with issued.opened.register.write() as session:
        row = session.query(HolderRow).filter_by(id=issued.certificates()[0].holder).one()
        row.blind_index = row.wrapped_key = row.personal = None
        row.erased = issued.clock()
    made = claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True)
    assert len(made.slips) == 23
    with pytest.raises(IssuerError) as erased:
        claims.make(issued.opened, ACTOR, Wanted(number=number), send=False, slips=True)
    assert erased.value.code == "erased"


@pytest.mark.postgres
def test_where_a_code_stands(issued: DemoOffice) -> None:
    mine, other = with_codes(issued)[:2]
    states = {each.number: each for each in claims.listed(issued.opened)}
    assert {each.state for each in states.values()} == {ClaimState.OPEN}
    assert states[mine.slip.number].made_by == ACTOR
    assert claims.end(issued.opened, ACTOR, mine.slip.number) == 1
    assert claims.end(issued.opened, ACTOR, mine.slip.number) == 0
    (only,) = claims.listed(issued.opened, number=mine.slip.number)
    assert (only.state, only.ended) == (ClaimState.ENDED, issued.clock())
    issued.clock.move(days=30)
    (over,) = claims.listed(issued.opened, number=other.slip.number)
    assert over.state is ClaimState.EXPIRED
    assert len(claims.listed(issued.opened, batch=APPROVED, limit=5)) == 5


@pytest.mark.postgres
def test_who_collected_a_slip_is_sealed_and_the_audit_names_nobody(issued: DemoOffice) -> None:
    mine = with_codes(issued)[0]
    number = mine.slip.number
    claims.collected(issued.opened, ACTOR, number, by="示范乙", relation="配偶")
    assert claims.listed(issued.opened, number=number)[0].collected == issued.clock()
    lines = "\n".join(everything(issued.opened.register))
    assert "示范乙" not in lines
    assert "示范乙".encode().hex() not in lines
    entry = auditing.listed(issued.opened, of=number)[0].entry
    assert (entry.act, dict(entry.details)) == ("claim.collect", {})
    ((collection, claim, who),) = issued.raw("SELECT id, claim, who FROM claim_collections")
    ((holder, wrapped),) = issued.raw(
        "SELECT holders.id, wrapped_key FROM holders JOIN claim_codes ON holder = holders.id WHERE claim_codes.id = ?",
        claim,
    )
    key = issued.opened.vault.unwrap(bytes(wrapped), table="holders", row=holder)
    said = key.open(bytes(who), table="claim_collections", column="who", row=collection)
    assert json.loads(said) == {"name": "示范乙", "relation": "配偶"}


@pytest.mark.parametrize("by", ["", "  ", "甲" * 61])
def test_a_collector_without_a_name_is_not_recorded(issued: DemoOffice, by: str) -> None:
    mine = with_codes(issued)[0]
    with pytest.raises(InputError) as refused:
        claims.collected(issued.opened, ACTOR, mine.slip.number, by=by, relation="本人")
    assert (refused.value.code, refused.value.fields["member"]) == ("collected_text", "by")


def test_nothing_is_collected_where_nothing_was_made(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    with pytest.raises(ConflictError) as none:
        claims.collected(issued.opened, ACTOR, number, by="示范乙", relation="本人")
    assert none.value.code == "no_open_code"


@pytest.mark.postgres
def test_making_is_noted_for_each_certificate(issued: DemoOffice) -> None:
    mine = with_codes(issued)[0]
    entries = [each.entry for each in auditing.listed(issued.opened, of=mine.slip.number, limit=1)]
    assert [(each.act, each.actor, dict(each.details)) for each in entries] == [
        ("claim.make", str(ACTOR), {"sent": False})
    ]


@pytest.mark.slow
def test_a_certificate_that_is_not_issued_yet_has_nothing_to_claim(founded: DemoOffice) -> None:
    batch = founded.approved()
    assert claims.make(founded.opened, ACTOR, Wanted(batch=batch), send=False, slips=True).slips == ()
    assert DISTRICT


@pytest.mark.slow
def test_slips_are_printed_two_pages_each_and_a_sheet_for_each_employer(issued: DemoOffice, tmp_path: Path) -> None:
    made = claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True)
    files = claims.printed(issued.opened, made.slips)
    employers = list(dict.fromkeys(slip.employer for slip in made.slips))
    assert len(files) == 2 * len(employers)
    first = [slip for slip in made.slips if slip.employer == employers[0]]
    (tmp_path / "slips.pdf").write_bytes(files[0].data)
    (tmp_path / "sheet.pdf").write_bytes(files[1].data)
    pages = text_of(tmp_path / "slips.pdf").split("\f")[:-1]
    assert len(pages) == 2 * len(first)
    for place, slip in enumerate(first):
        outside, inside = pages[2 * place : 2 * place + 2]
        assert slip.number in outside
        assert slip.code not in outside
        assert slip.code in inside
        assert slip.number not in inside
        assert slip.name not in inside
    sheet = text_of(tmp_path / "sheet.pdf")
    assert all(slip.number in sheet and slip.code not in sheet for slip in first)
    assert {"领取人签名", "关系", "日期", "演示"} <= set(sheet.split())
    assert read_qr(tmp_path / "slips.pdf", page=2) == first[0].address


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "mark"), [({}, "演示"), ({"training": True}, "演练"), ({"demonstration": False}, "")])
def test_a_slip_says_the_mark_of_its_home(issued: DemoOffice, tmp_path: Path, kind: dict[str, bool], mark: str) -> None:
    made = claims.make(issued.opened, ACTOR, Wanted(number=issued.certificates()[0].number), send=False, slips=True)
    issued.opened.home = replace(issued.home, settings=issued.home.settings.model_copy(update=kind))
    (tmp_path / "slips.pdf").write_bytes(claims.printed(issued.opened, made.slips)[0].data)
    text = text_of(tmp_path / "slips.pdf")
    assert {each for each in ("演示", "演练") if each in text} == ({mark} if mark else set())


def read_qr(pdf: Path, *, page: int) -> str:
    """What a telephone reads from a page."""
    import zxingcpp
    from PIL import Image

    command = [require_tool("pdftoppm"), "-r", "150", "-f", str(page), "-l", str(page), "-png", "-singlefile", str(pdf)]
    subprocess.run([*command, str(pdf.with_suffix(""))], check=True)
    [found] = zxingcpp.read_barcodes(Image.open(pdf.with_suffix(".png")))
    return found.text


@pytest.mark.slow
def test_a_pattern_lies_over_the_code_on_the_other_side_of_the_leaf(issued: DemoOffice, tmp_path: Path) -> None:
    """Both pages at 72 dpi: where one has the code, the other, turned over the short edge, has half of it inked."""
    from PIL import Image, ImageOps

    made = claims.make(issued.opened, ACTOR, Wanted(number=issued.certificates()[0].number), send=False, slips=True)
    (tmp_path / "slip.pdf").write_bytes(claims.printed(issued.opened, made.slips)[0].data)
    command = [
        require_tool("pdftoppm"),
        "-r",
        "72",
        "-gray",
        "-png",
        str(tmp_path / "slip.pdf"),
        str(tmp_path / "page"),
    ]
    subprocess.run(command, check=True)
    outside, inside = (Image.open(tmp_path / f"page-{page}.png") for page in (1, 2))
    code = (60, 440, 360, 500)  # points from the left and the top: the line of the code
    assert min(inside.crop(code).tobytes()) < 60
    behind = ImageOps.flip(outside).crop(code)
    cells = behind.resize((50, 10), Image.Resampling.BOX).tobytes()
    assert max(cells) < 235
    words = text_of(tmp_path / "slip.pdf").split("\f")[1].splitlines()
    assert [line.strip() for line in words if made.slips[0].code in line] == [made.slips[0].code]


def text_of(pdf: Path) -> str:
    done = subprocess.run([require_tool("pdftotext"), "-layout", str(pdf), "-"], check=True, capture_output=True)
    return done.stdout.decode()


def test_a_name_that_no_font_has_is_printed_by_its_code_point(issued: DemoOffice) -> None:
    from issuer.claims.printing import _Press
    from issuer.documents.fonts import FontSet

    press = _Press(fonts=FontSet.default(system=False), mark="演示", now=issued.clock())
    assert press._printable("王\U00030edd") == "王[U+30EDD]"
