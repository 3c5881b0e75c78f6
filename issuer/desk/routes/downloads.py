"""Taking a certificate away: the sealed PDF, a picture of its page, the credential's file, all of them as a zip.

Rules: a PDF that was not made yet is made on the first request, by the worker, for the holder's ticket. The page waits
for it a little; then it says so, and can be asked again. Where a browser saves no files, the page says what to do.

    POST /certificates/{handle}/document     leaves a job
    GET  /jobs/{job}                         waits for it
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from issuer.desk import jobs
from issuer.desk.db.tables import JobState
from issuer.desk.desk import Desk, StillWaiting
from issuer.desk.routes.certificates import the
from issuer.desk.shown import Shown
from issuer.desk.visit import Visit
from issuer.documents.qr import qr_png
from issuer.errors import NotFoundError

PDF, PAGE_PICTURE, CREDENTIAL, ALL = "document.pdf", "page.png", "credential.cwt", "all.zip"
_TYPES: Final = {
    PDF: "application/pdf",
    PAGE_PICTURE: "image/png",
    CREDENTIAL: "application/cwt",
    ALL: "application/zip",
}
_ZIP_DATE: Final = (2000, 1, 1, 0, 0, 0)
"""In zips: the same files give the same bytes, and say nothing of when they were fetched."""


def choices(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show what can be taken away."""
    return desk.pages.answer(
        visit,
        "download.html",
        current="certificates",
        certificate=the(visit, named),
        in_wechat=visit.asking.in_wechat,
    )


def make(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Ask the worker for the document, where it is not made yet."""
    found = the(visit, named)
    if found.of.has_document:
        return desk.redirect(f"{found.page}/download")
    with desk.store.write() as connection:
        job = jobs.ask(
            connection,
            visit.holder,
            jobs.MAKE_DOCUMENT,
            number=found.of.number,
            handle=found.handle,
            now=desk.clock(),
        )
    return desk.redirect(f"/jobs/{job}")


def progress(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show how a job stands, or lead to what it made."""
    with desk.store.read() as connection:
        job = jobs.find(connection, visit.holder, named["job"])
    if job is None:
        raise NotFoundError("no_job", "this holder has no job of that id")
    if job.state is JobState.DONE:
        return desk.redirect(f"/certificates/{job.handle}/download")
    page = desk.pages.answer(visit, "progress.html", current="certificates", job=job)
    if job.state in {JobState.FAILED, JobState.REFUSED}:
        return page
    return StillWaiting(page.body)


def file(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Return a file; where the PDF is not made yet, lead to the page that makes it."""
    found, kind = the(visit, named), named["kind"]
    if kind not in _TYPES:
        raise NotFoundError("unknown_page", f"there is no file {kind}")
    data = _all(desk, visit, found) if kind == ALL else _one(desk, visit, found, kind)
    if data is None:
        return desk.redirect(f"{found.page}/download")
    disposition = f"attachment; filename=\"{kind}\"; filename*=UTF-8''{quote(_name(found, kind))}"
    return Response(data, media_type=_TYPES[kind], headers={"Content-Disposition": disposition})


def _one(desk: Desk, visit: Visit, found: Shown, kind: str) -> bytes | None:
    match kind:
        case "document.pdf":
            return desk.unlock.document(visit.holder.ticket, found.of.number)
        case "page.png":
            return desk.unlock.face(visit.holder.ticket, found.of.number)
        case _:
            return found.of.credential


def _all(desk: Desk, visit: Visit, found: Shown) -> bytes | None:
    """All files of a certificate that can be had, its QR code too; None without the PDF."""
    pdf = _one(desk, visit, found, PDF)
    if pdf is None:
        return None
    parts = {PDF: pdf, CREDENTIAL: found.of.credential, "qr.png": qr_png(found.of.url).png}
    page = _one(desk, visit, found, PAGE_PICTURE)
    parts |= {} if page is None else {PAGE_PICTURE: page}
    parts["readme.txt"] = visit.say("download.readme", number=found.of.number, code=found.code).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(f"{found.of.number}/{name}", _ZIP_DATE), data)
    return packed.getvalue()


def _name(found: Shown, kind: str) -> str:
    """The name under which a file is saved: the number says which certificate it is, and nobody's name stands in it."""
    stem, _, ending = kind.partition(".")
    return f"{found.of.number}.{ending}" if stem == "document" else f"{found.of.number}-{stem}.{ending}"
