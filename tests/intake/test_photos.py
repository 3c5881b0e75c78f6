"""Photos that come with a list: which is whose, what is wrong with them, and what goes into the row."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from issuer.intake import CheckedBatch, Finding, RawRow, check
from issuer.intake.normalform import draft_from_json, draft_to_json
from issuer.intake.photos import PhotoFile, Photos, shown, with_photos
from issuer.photos.model import Cleaned, CleanPhoto, PhotoError
from tests.intake.support import TODAY, changed, context
from tests.support.pictures import cleaned

FIRST, SECOND, THIRD = "13990119760512380X", "139901199309110704", "139901198001011238"


def rows(*numbers: str, seqs: tuple[object, ...] | None = None) -> list[RawRow]:
    """Rows of a list from row 4 on, 序号 1, 2, 3 … where nothing else is said."""
    made = []
    for place, number in enumerate(numbers):
        seq = place + 1 if seqs is None else seqs[place]
        cells = dict(zip(FIELDS, changed(序号=seq, 身份证号=number, 性别=None), strict=True))
        made.append(RawRow(sheet_row=4 + place, cells=cells))
    return made


FIELDS = [
    *("seq", "name", "sex", "id_type", "id_number", "employer", "series", "specialty", "title", "level", "way"),
    *("award_date", "filing_number", "decision_document", "note"),
]


def files(*names: str) -> list[PhotoFile]:
    """Files that hold their own names."""
    return [PhotoFile(name=name, read=lambda most, name=name: name.encode()[:most]) for name in names]  # type: ignore[misc]


class Desk:
    """A list with photos, looked through; ``kept`` is what the register would get, by row."""

    def __init__(
        self,
        listed: list[RawRow],
        *names: str,
        others: tuple[str, ...] = (),
        clean: Callable[[bytes], Cleaned] = cleaned,
        more: tuple[PhotoFile, ...] = (),
    ) -> None:
        self.kept: dict[int, CleanPhoto] = {}
        self.steps: list[tuple[int, int]] = []
        before = check(listed, context(), TODAY)
        photos = Photos(files=[*files(*names), *more], others=others)
        self.checked: CheckedBatch = with_photos(
            before,
            listed,
            photos,
            clean=clean,
            keep=self.kept.__setitem__,
            step=lambda done, of: self.steps.append((done, of)),
        )

    @property
    def codes(self) -> dict[int | None, list[str]]:
        """The codes about photos, by row."""
        found: dict[int | None, list[str]] = {}
        for each in self.checked.findings:
            if each.code.startswith("photo_"):
                found.setdefault(each.sheet_row, []).append(each.code)
        return found

    @property
    def owners(self) -> dict[int, str]:
        """Whose photo each file is."""
        return {row: bytes(photo).removeprefix(b"clean ").decode() for row, photo in self.kept.items()}

    def finding(self, code: str) -> Finding:
        """The one finding of a code."""
        [found] = [each for each in self.checked.findings if each.code == code]
        return found


def test_a_file_is_named_by_the_id_number_or_by_the_number_in_the_list() -> None:
    desk = Desk(rows(FIRST, SECOND, THIRD), f"{FIRST}.jpg", "2.png", "003.JPEG")
    assert desk.owners == {4: f"{FIRST}.jpg", 5: "2.png", 6: "003.JPEG"}
    assert desk.codes == {}
    assert desk.steps == [(1, 3), (2, 3), (3, 3)]


def test_the_row_names_the_very_bytes_that_are_kept() -> None:
    desk = Desk(rows(FIRST), f"{FIRST}.jpg")
    [draft] = desk.checked.good
    assert draft.photo == sha256(desk.kept[4]).hexdigest()
    assert draft_from_json(draft_to_json(draft, salt="A" * 22)) == draft


@pytest.mark.parametrize(
    "name",
    [FIRST.lower(), f" {FIRST} ", f"{FIRST}　", "１３９９０１１９７６０５１２３８０Ｘ", f"\u200b{FIRST}", f"'{FIRST}"],
    ids=["small letter", "blanks", "wide blank", "full width", "invisible", "quote"],
)
def test_a_file_s_name_is_cleaned_as_the_list_s_number_is(name: str) -> None:
    assert list(Desk(rows(FIRST), f"{name}.jpg").owners) == [4]


@pytest.mark.parametrize("name", [f"{FIRST[:6]}-{FIRST[6:]}", f"{FIRST[:6]} {FIRST[6:]}", FIRST[:17] + "Ⅹ", FIRST[:15]])
def test_what_the_list_would_refuse_is_no_number_either(name: str) -> None:
    assert Desk(rows(FIRST), f"{name}.jpg").codes == {None: ["photo_no_row"], 4: ["photo_missing"]}


def test_the_number_in_the_list_is_cleaned_too() -> None:
    desk = Desk(rows(FIRST, SECOND, seqs=(1.0, "Ａ-7")), "０１.jpg", "a-7.jpg")
    assert desk.owners == {4: "０１.jpg", 5: "a-7.jpg"}


def test_an_id_number_goes_before_a_number_in_the_list() -> None:
    desk = Desk(rows(FIRST, SECOND, seqs=(SECOND, 2)), f"{SECOND}.jpg")
    assert desk.owners == {5: f"{SECOND}.jpg"}
    assert desk.codes == {4: ["photo_missing"]}


@pytest.mark.parametrize(
    "names", [(f"{FIRST}.jpg", "1.jpg"), (f"{FIRST}.jpg", f"{FIRST.lower()}.png"), ("1.jpg", "01.jpg")]
)
def test_two_files_for_a_row_are_an_error_that_names_both(names: tuple[str, str]) -> None:
    desk = Desk(rows(FIRST, SECOND), *names, "2.jpg")
    found = desk.finding("photo_twice")
    assert (found.sheet_row, found.field) == (4, "photo")
    for name in names:
        assert shown(name) in found.message_zh
        assert shown(name) in found.message_en
    assert (desk.owners, [row.sheet_row for row in desk.checked.rejected]) == ({5: "2.jpg"}, [4])


def test_a_number_that_two_rows_have_gives_nobody_a_photo() -> None:
    """The second part of a list that begins at 1 again: the photo would be on another person's certificate."""
    desk = Desk(rows(FIRST, SECOND, THIRD, seqs=(1, 2, "1")), "1.jpg", f"{SECOND}.jpg")
    assert desk.codes == {4: ["photo_ambiguous"], 6: ["photo_ambiguous"]}
    assert all("第 4、6 行" in each.message_zh for each in desk.checked.findings if each.field == "photo")
    assert desk.owners == {5: f"{SECOND}.jpg"}
    assert [draft.sheet_row for draft in desk.checked.good] == [5]


def test_several_awards_of_one_person_have_one_photo() -> None:
    listed = rows(FIRST, FIRST)
    listed[1] = RawRow(sheet_row=5, cells=dict(listed[1].cells) | {"specialty": "水利水电"})
    read: list[bytes] = []

    def once(data: bytes) -> Cleaned:
        read.append(data)
        return cleaned(data)

    desk = Desk(listed, f"{FIRST}.jpg", clean=once)
    assert desk.owners == {4: f"{FIRST}.jpg", 5: f"{FIRST}.jpg"}
    assert len(read) == 1


def test_a_row_without_a_photo_is_warned_of_and_good() -> None:
    desk = Desk(rows(FIRST, SECOND), "1.jpg")
    assert (desk.codes, len(desk.checked.good)) == ({5: ["photo_missing"]}, 2)
    assert [draft.photo is None for draft in desk.checked.good] == [False, True]


def test_files_of_nobody_are_counted_and_the_first_are_named_without_their_numbers() -> None:
    strangers = [f"{THIRD[:-2]}{place:02}.jpg" for place in range(10, 17)]
    desk = Desk(rows(FIRST), "1.jpg", *strangers, "王示范.jpg", others=("说明.txt", f"{THIRD} 王示范.docx", "sub"))
    found, others = desk.finding("photo_no_row"), desk.finding("photo_other_files")
    assert (found.sheet_row, others.sheet_row) == (None, None)
    assert found.message_zh.startswith("有 8 张")
    assert "8" in found.message_en
    assert found.message_zh.count(".jpg") == 5
    assert "3" in others.message_en
    assert [each.code for each in desk.checked.findings[:2]] == ["photo_other_files", "photo_no_row"]
    said = found.message_zh + found.message_en + others.message_zh + others.message_en
    for secret in (THIRD[:-2], "示范", "说明"):
        assert secret not in said


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("12.jpg", "12.jpg"),
        (f"{FIRST}.jpg", "**************380X.jpg"),
        ("１３９９０１１９７６０５１２３８０Ｘ.jpg", "**************３８０Ｘ.jpg"),
        ("1399 0119 7605 1238 0X.jpg", "**** **** **** **38 0X.jpg"),
        ("A1234.png", "***34.png"),
        ("王示范.jpg", "王**.jpg"),
        (f"王示范{FIRST}.jpg", "王" + "*" * 20 + ".jpg"),
        (f"{FIRST}王示范.jpg", "1" + "*" * 20 + ".jpg"),
        (FIRST, "**************380X"),
        ("a\x1b[31m\ud800.jpg", "a?[31m?.jpg"),
    ],
)
def test_a_file_s_name_is_shown_without_a_person_s_number_or_name(name: str, told: str) -> None:
    assert shown(name) == told


def refusing(code: str, **fields: object) -> Callable[[bytes], Cleaned]:
    def clean(_data: bytes) -> Cleaned:
        raise PhotoError(code, **fields)

    return clean


@pytest.mark.parametrize(
    ("code", "fields", "told"),
    [
        ("photo_too_large", {"size": 11_000_000, "limit": 10_485_760}, "11000000"),
        ("photo_pixels", {"limit": 25_000_000}, "25000000"),
        ("photo_kind", {"kind": "HEIC"}, "HEIC"),
        ("photo_kind", {"kind": ""}, "JPEG"),
        ("photo_animated", {}, "JPEG"),
        ("photo_damaged", {}, ""),
        ("photo_costly", {}, "JPEG"),
    ],
)
def test_a_photo_that_cannot_be_used_rejects_its_row(code: str, fields: dict[str, Any], told: str) -> None:
    desk = Desk(rows(FIRST), "1.jpg", clean=refusing(code, **fields))
    found = desk.finding(code)
    assert (found.sheet_row, found.seq, found.field, found.severity.value) == (4, "1", "photo", "error")
    assert told in found.message_zh
    assert told in found.message_en
    assert "{" not in found.message_zh + found.message_en
    assert (desk.checked.good, [row.sheet_row for row in desk.checked.rejected], desk.kept) == ((), [4], {})


def test_a_file_that_cannot_be_opened_rejects_its_row() -> None:
    def gone(_most: int) -> bytes:
        raise PermissionError(13, "no", f"/photos/{FIRST}.jpg")

    desk = Desk(rows(FIRST, SECOND), "2.jpg", more=(PhotoFile(name=f"{FIRST}.jpg", read=gone),))
    assert desk.codes == {4: ["photo_file"]}
    assert FIRST not in desk.finding("photo_file").message_zh
    assert desk.owners == {5: "2.jpg"}


def test_what_will_not_look_well_is_a_warning() -> None:
    desk = Desk(rows(FIRST), "1.jpg", clean=lambda data: Cleaned(photo=CleanPhoto(data), width=200, height=140))
    assert desk.codes == {4: ["photo_coarse", "photo_landscape"]}
    desk = Desk(rows(FIRST), "1.jpg", clean=lambda data: Cleaned(photo=CleanPhoto(data), width=300, height=900))
    assert desk.codes == {4: ["photo_cut"]}
    assert list(desk.kept) == [4]


def test_the_photo_of_a_rejected_row_is_looked_at_and_not_kept() -> None:
    """All faults of a row are told at once."""
    listed = rows(FIRST, SECOND)
    listed[0] = RawRow(sheet_row=4, cells=dict(listed[0].cells) | {"level": "特级"})
    desk = Desk(listed, f"{FIRST}.jpg", "2.jpg")
    assert (list(desk.kept), desk.codes) == ([5], {})
    desk = Desk(listed, f"{FIRST}.jpg", "2.jpg", clean=refusing("photo_damaged"))
    assert [(each.sheet_row, each.code) for each in desk.checked.findings] == [
        (4, "level_unknown"),
        (4, "photo_damaged"),
        (5, "photo_damaged"),
    ]


def test_files_are_read_one_at_a_time_and_no_further_than_a_photo_may_go() -> None:
    asked: list[int] = []
    held = 0

    def read(most: int) -> bytes:
        nonlocal held
        asked.append(most)
        held += 1
        return b"x"

    def clean(data: bytes) -> Cleaned:
        nonlocal held
        assert held == 1
        held -= 1
        return cleaned(data)

    more = tuple(PhotoFile(name=f"{place}.jpg", read=read) for place in (1, 2, 3))
    Desk(rows(FIRST, SECOND, THIRD), clean=clean, more=more)
    assert asked == [10 * 1024 * 1024 + 1] * 3


def test_reprs_hold_nobody_s_number() -> None:
    photos = Photos(files=files(f"{FIRST}.jpg"), others=(f"{FIRST}.docx",))
    assert FIRST not in repr(photos)
    assert "JFIF" not in repr(Cleaned(photo=CleanPhoto(b"JFIF"), width=1, height=1))
