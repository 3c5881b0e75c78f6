"""A list with photos as an office checks it: stored with the rows, in flat memory, and not at all where a run dies."""

from __future__ import annotations

import signal
import subprocess
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from credential.history import Act
from issuer.errors import ConflictError, TamperedError
from issuer.home.opened import Actor
from issuer.photos.clean import clean
from issuer.services import batches, replacements
from issuer.services.batches import ListFile, PhotoFile, Photos
from issuer.services.replacements import Correction
from tests.intake.support import changed, workbook
from tests.services.elsewhere import audited, code_of
from tests.support.loaded import loaded_python
from tests.support.office import ACTOR, CLERK, DATA, FAULTY_LIST, OTHER_LIST, PROVINCE, DemoOffice
from tests.support.photographed import approved, checked, opened_photos, stored
from tests.support.pictures import encoded, picture
from tests.support.tools import ROOT

pytestmark = pytest.mark.slow
FILES = {"1": picture(), "2": picture("PNG")}
KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from issuer.batches import photos
from issuer.batches.spool import Spool
from tests.support.office import DemoOffice
from tests.support.photographed import stored
from tests.support.pictures import picture
place = {"cleaned": (Spool, "keep"), "sealed": (photos, "keep")}[sys.argv[3]]
usual, times = getattr(*place), []
def killed(*given):
    usual(*given)
    times.append(1)
    if len(times) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
setattr(*place, killed)
demo = DemoOffice.open(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
stored(demo, {"1": picture(), "2": picture("PNG"), "3": picture(shade=90)})
"""


def test_photos_are_stored_with_their_rows(founded: DemoOffice) -> None:
    found = checked(founded, FILES)
    assert (found.photos, found.good, [each.code for each in found.findings]) == (2, 3, ["photo_missing"])
    assert found.batch is not None
    assert opened_photos(founded, found.batch) == {4: clean(FILES["1"]).photo, 5: clean(FILES["2"]).photo}
    seen = batches.overviewed(founded.opened, found.batch)
    assert [(each.zh, each.en, each.rows) for each in seen.counts["photo"]] == [("有", "yes", 2), ("无", "no", 1)]
    digests = [sha256(clean(FILES[name]).photo).hexdigest() for name in FILES]
    rows = batches.shown_rows(founded.opened, ACTOR, found.batch)
    assert [row.award and row.award.photo for row in rows] == [*digests, None]


def test_what_is_noted_of_photos_names_nobody(founded: DemoOffice) -> None:
    stored(founded, {**FILES, "139901198001011238": picture()})
    [details] = [each for each, act in founded.raw("SELECT details, act FROM audit") if act == "batch.check"]
    assert '"photos": 2' in details or '"photos":2' in details
    assert "139901198001011238" not in "".join(str(each) for each in founded.raw("SELECT * FROM audit"))
    assert audited(founded, "batch.check") == [(CLERK, "sf-hrss-0001")]


def test_a_list_whose_photo_cannot_be_used_is_not_stored(founded: DemoOffice) -> None:
    found = checked(founded, {**FILES, "3": b"hello"})
    assert (found.batch, found.good, found.rejected, found.errors) == (None, 2, 1, 1)
    assert founded.raw("SELECT count(*) FROM photos") == [(0,)]
    assert batches.listed(founded.opened) == ()
    taken = checked(founded, {**FILES, "3": b"hello"}, take=True)
    assert taken.batch is not None
    assert list(opened_photos(founded, taken.batch)) == [4, 5]
    assert batches.shown(founded.opened, taken.batch).rows_rejected == 1


def test_without_photos_a_list_is_as_it_was(founded: DemoOffice) -> None:
    file = ListFile(name=OTHER_LIST, data=(DATA / OTHER_LIST).read_bytes())
    found = batches.check(founded.opened, Actor(CLERK), file, authority=PROVINCE)
    assert (found.photos, found.findings) == (None, ())
    faulty = ListFile(name=FAULTY_LIST, data=(DATA / FAULTY_LIST).read_bytes())
    photos = Photos(files=[])
    with_none = batches.check(founded.opened, Actor(CLERK), faulty, authority=PROVINCE, photos=photos)
    without = batches.check(founded.opened, Actor(CLERK), faulty, authority=PROVINCE)
    left = [each for each in with_none.findings if each.code != "photo_missing"]
    assert left == list(without.findings)
    assert len(with_none.findings) - len(left) == 30


def test_a_list_that_is_a_batch_takes_no_photos_until_it_was_rejected(founded: DemoOffice) -> None:
    """It is told before a single photo is read."""
    founded.store(OTHER_LIST)
    file = ListFile(name=OTHER_LIST, data=(DATA / OTHER_LIST).read_bytes())
    read: list[int] = []

    def reading(most: int) -> bytes:
        read.append(most)
        return FILES["1"]

    photos = Photos(files=[PhotoFile(name="1.jpg", read=reading)])
    with pytest.raises(ConflictError) as caught:
        batches.check(founded.opened, Actor(CLERK), file, authority=PROVINCE, photos=photos)
    assert (code_of(caught), read) == ("same_file", [])
    batches.act_here(founded.opened, CLERK, Act.REJECT, "sf-hrss-0001")
    assert list(opened_photos(founded, stored(founded, FILES))) == [4, 5]


def test_the_successor_takes_the_photo_along(founded: DemoOffice) -> None:
    founded.issue(approved(founded, FILES))
    old = next(each for each in founded.certificates() if founded.verdict(each).face.photo)  # type: ignore[union-attr]
    before = founded.verdict(old).face
    made = replacements.prepare(
        founded.opened,
        ACTOR,
        [Correction(number=old.number, changes={"id_type": "护照", "id_number": "E87654321"})],
        authority=PROVINCE,
        decision="示人社更〔2026〕1号",
    )
    assert made.batch is not None
    founded.submit(made.batch)
    founded.approve(made.batch)
    [new] = founded.issue(made.batch).issued
    [photo] = opened_photos(founded, made.batch).values()
    after = founded.verdict(next(each for each in founded.certificates() if each.id == new))
    assert before is not None
    assert after.face is not None
    assert (after.outcome, after.face.photo) == ("valid", sha256(photo).hexdigest())
    assert after.face.photo == before.photo
    pictures = {bytes(each) for (each,) in founded.raw("SELECT picture FROM photos")}
    assert len(pictures) == 3, "sealed anew, for the new row"


def test_an_older_photo_that_was_altered_is_not_carried_on(founded: DemoOffice) -> None:
    founded.issue(approved(founded, FILES))
    founded.raw("DELETE FROM photos")
    old = next(each for each in founded.certificates() if founded.verdict(each).face.photo)  # type: ignore[union-attr]
    with pytest.raises(TamperedError) as caught:
        replacements.prepare(
            founded.opened,
            ACTOR,
            [Correction(number=old.number, changes={"name": "欧阳示范"})],
            authority=PROVINCE,
            decision="示人社更〔2026〕1号",
        )
    assert code_of(caught) == "photo_altered"


def test_memory_stays_flat_over_many_photos(founded: DemoOffice, stride: int) -> None:
    """100 photos, with --soak 300, that take 80 KB each when they are clean: a few of them are held, and never more."""
    from PIL import Image

    noise = [encoded(Image.effect_noise((300, 400), 90 + place).convert("RGB"), quality=95) for place in range(3)]
    assert min(len(clean(each).photo) for each in noise) > 60_000
    many = 300 // stride
    rows = [
        changed(序号=place, 姓名="欧阳示范", 性别="女", 证件类型="护照", 身份证号=f"E{place:08d}")
        for place in range(1, many + 1)
    ]
    file = ListFile(name="many.xlsx", data=workbook(*rows))

    def photo(place: int) -> PhotoFile:
        return PhotoFile(name=f"{place}.jpg", read=lambda most: noise[place % 3][:most])

    def peak(photos: Photos | None, listed: ListFile) -> int:
        tracemalloc.start()
        found = batches.check(founded.opened, Actor(CLERK), listed, authority=PROVINCE, photos=photos)
        assert found.batch is not None
        assert found.photos == (None if photos is None else many)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    without = peak(None, file)
    founded.raw("UPDATE batches SET state = 'rejected'")
    assert peak(Photos(files=[photo(place) for place in range(1, many + 1)]), file) < without + (2 << 20)


@pytest.mark.parametrize("place", ["cleaned", "sealed"])
def test_a_run_that_is_killed_leaves_nothing_and_is_done_again(founded: DemoOffice, place: str) -> None:
    home = founded.home.directory
    before = {path.relative_to(home) for path in home.rglob("*")}
    command = [*loaded_python(), "-c", KILLED, str(home), founded.clock().isoformat(), place]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=100)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    left = {path.relative_to(home) for path in home.rglob("*")} - before
    assert left <= {Path(f"register.sqlite3{end}") for end in ("-wal", "-shm")}
    assert founded.raw("SELECT (SELECT count(*) FROM photos), (SELECT count(*) FROM batches)") == [(0, 0)]
    batch = stored(founded, {**FILES, "3": picture(shade=90)})
    assert list(opened_photos(founded, batch)) == [4, 5, 6]
