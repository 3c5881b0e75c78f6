"""Lists that come with photos, in the demonstration's office.

batch = stored(demo, {"1": picture(), "2": picture("PNG")})        # by 序号, of the list of three passports and permits
sealed(demo, "sf-hrss-0001")                                        # what the register holds, by row of the sheet
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from issuer.batches.photos import photo_of
from issuer.batches.rows import open_rows
from issuer.home.opened import Actor
from issuer.services import batches
from issuer.services.batches import CheckedList, ListFile, PhotoFile, Photos
from tests.support.office import CLERK, DATA, OTHER_LIST, PROVINCE, DemoOffice


def photos_of(files: Mapping[str, bytes]) -> Photos:
    """Photos by name without ending."""

    def file(name: str, data: bytes) -> PhotoFile:
        return PhotoFile(name=f"{name}.jpg", read=lambda most: data[:most])

    return Photos(files=[file(name, data) for name, data in files.items()])


def checked(demo: DemoOffice, files: Mapping[str, bytes], name: str = OTHER_LIST, *, take: bool = False) -> CheckedList:
    """Check a sample list of the province with photos."""
    file = ListFile(name=name, data=(DATA / name).read_bytes())
    photos = photos_of(files)
    return batches.check(demo.opened, Actor(CLERK), file, authority=PROVINCE, photos=photos, take_good_rows=take)


def stored(demo: DemoOffice, files: Mapping[str, bytes]) -> str:
    """A batch of three, with photos."""
    found = checked(demo, files)
    assert found.batch is not None, [each.code for each in found.findings]
    return found.batch


def approved(demo: DemoOffice, files: Mapping[str, bytes]) -> str:
    """The same, submitted and approved."""
    batch = stored(demo, files)
    demo.submit(batch)
    demo.approve(batch)
    return batch


def opened_photos(demo: DemoOffice, batch: str) -> dict[int, bytes]:
    """The photos of a batch, by row of the sheet, each compared with what is signed."""
    with demo.opened.register.read() as session:
        rows = open_rows(session, demo.opened.vault, batch)
        found = {row.draft.sheet_row: photo_of(session, demo.opened.vault, row) for row in rows}
    for row in rows:
        photo = found[row.draft.sheet_row]
        assert row.draft.photo == (None if photo is None else sha256(photo).hexdigest())
    return {sheet_row: photo for sheet_row, photo in found.items() if photo is not None}
