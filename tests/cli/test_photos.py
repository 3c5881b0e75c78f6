"""``batch check --photos``: what of a folder is read, and what the clerk, the approver and a checker see of photos."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cli import photos
from cli.errors import RefusedError
from cli.photos import folder
from issuer.photos.clean import clean
from tests.cli.support import Shell
from tests.cli.test_batches import check
from tests.support.pictures import picture, turned

LIST = "engineering-other-documents-2026.xlsx"
PASSPORT = "E12345678"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of photos for two of the three rows of a list: one by passport, turned, and one by number."""
    made = tmp_path / "photos"
    made.mkdir()
    (made / f"{PASSPORT.lower()}.JPG").write_bytes(turned(6))
    (made / "2.png").write_bytes(picture("PNG"))
    return made


def test_only_files_directly_in_the_folder_are_read(pictures: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"secret")
    (pictures / "sub.jpg").mkdir()
    (pictures / "link.jpg").symlink_to(outside)
    (pictures / "within.jpg").symlink_to(pictures / "2.png")
    os.mkfifo(pictures / "pipe.jpg")
    for name in ("list.xlsx", "3.jpg.txt", "jpg", "Thumbs.db", "desktop.ini", ".DS_Store", "._2.png", ".hidden.jpg"):
        (pictures / name).write_bytes(b"x")
    (pictures / "3.JpEg").write_bytes(b"three")
    found = folder(pictures)
    assert [each.name for each in found.files] == ["2.png", "3.JpEg", f"{PASSPORT.lower()}.JPG"]
    assert list(found.others) == ["3.jpg.txt", "jpg", "link.jpg", "list.xlsx", "pipe.jpg", "sub.jpg", "within.jpg"]
    assert found.files[1].read(3) == b"thr"


@pytest.mark.parametrize("kind", ["link", "pipe", "gone"])
def test_what_takes_a_file_s_place_is_not_followed(pictures: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    [first, *_] = folder(pictures).files
    (pictures / first.name).unlink()
    if kind == "link":
        (pictures / first.name).symlink_to(tmp_path / "outside.jpg")
    elif kind == "pipe":
        os.mkfifo(pictures / first.name)
    with pytest.raises(OSError):  # noqa: PT011 - of several kinds
        first.read(10)


def test_no_folder_and_too_large_a_folder_are_told(
    office: Shell, samples_dir: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (pictures / "2.png", pictures / "missing"):
        ended = check(office, samples_dir / LIST, "--photos", str(wrong), "--json", "--lang", "zh")
        assert (ended.code, ended.data["error"]["code"]) == (1, "no_photos_folder")
        assert "文件夹" in ended.data["error"]["next"]
    monkeypatch.setattr(photos, "MAX_PHOTO_FILES", 1)
    with pytest.raises(RefusedError) as caught:
        folder(pictures)
    assert caught.value.code == "photos_too_many"


@pytest.mark.slow
def test_from_a_folder_to_a_certificate(office: Shell, samples_dir: Path, pictures: Path, tmp_path: Path) -> None:
    ended = check(office, samples_dir / LIST, "--photos", str(pictures), "--json")
    assert (ended.code, ended.data["photos"], ended.data["good"]) == (0, 2, 3)
    assert [(each["code"], each["sheet_row"]) for each in ended.data["findings"]] == [("photo_missing", 6)]
    batch = ended.data["batch"]
    digest = sha256(clean(turned(6)).photo).hexdigest()
    shown = office.json("batch", "show", batch, "--rows")
    assert shown["counts"]["photo"] == [{"zh": "有", "en": "yes", "rows": 2}, {"zh": "无", "en": "no", "rows": 1}]
    assert [bool(each["award"]["photo"]) for each in shown["awards"]] == [True, True, False]
    assert shown["awards"][0]["award"]["photo"] == digest
    for language, words in (("zh", ["有", "有", "无"]), ("en", ["yes", "yes", "no"])):
        text = office("batch", "show", batch, "--rows", "--lang", language).out
        table = text[text.index("核对码" if language == "zh" else "Phrase:") :]
        rows = [line.split() for line in table.splitlines() if line[:1] in ("4", "5", "6")]
        assert [next(word for word in reversed(row) if word in words) for row in rows] == words
        assert "photo_missing" not in text, "codes are for programs"
    book = tmp_path / "batch.xlsx"
    office.json("batch", "show", batch, "--workbook", str(book))
    [heads, *lines] = load_workbook(book).worksheets[0].iter_rows(values_only=True)
    assert [line[heads.index("照片")] for line in lines] == ["有", "有", "无"]
    office.json("batch", "submit", batch, "--as", "clerk1")
    office.json("batch", "approve", batch, "--as", "chief1")
    assert office.json("batch", "issue", batch)["new"] == 3
    listed = office.json("certificate", "list", "--batch", batch, "--full")["certificates"]
    number = next(each["number"] for each in listed if "John" in str(each))
    pdf = office.json("document", "make", number)["document"]
    verdict = office.json("verify", pdf)
    assert (verdict["outcome"], verdict["file_unaltered"], verdict["unchecked"]) == ("valid", True, [])
    assert verdict["face"]["photo"] == digest


@pytest.mark.slow
def test_the_clerk_is_told_in_either_language(office: Shell, samples_dir: Path, pictures: Path) -> None:
    (pictures / "3.jpg").write_bytes(b"hello")
    (pictures / "13990119800101003X.jpg").write_bytes(picture())
    (pictures / "notes.txt").write_bytes(b"x")
    said = {
        "zh": (
            "照片：不是 JPEG 或 PNG 图片",
            "不属于名单中的任何一行",
            "照片：合格的行有照片 2 行，没有照片 0 行",
            "照片 3/3",
        ),
        "en": (
            "photo: neither JPEG nor PNG",
            "belong to no row",
            "Photos: 2 of the good rows have one, 0 have none",
            "Photos 3/3",
        ),
    }
    for language, words in said.items():
        ended = check(office, samples_dir / LIST, "--photos", str(pictures), "--lang", language)
        assert ended.code == 3
        for word in words:
            assert word in ended.out + ended.err
        assert "1399011980" not in ended.out + ended.err
