"""Static files: the page below ``/v/`` from the package, and a publication's folder below ``/p/``.

Rules: only files that were there at the start (page) or that a publication may have (``credential.publication``) are
served; immutable files say so for a year, all others are asked for again each time, at the price of an ETag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from credential.publication import is_immutable, is_known
from verifier.errors import FetchError, NotFoundError
from verifier.problems import problem
from verifier.reader.fetchers import FolderFetcher

MAX_SERVED_BYTES: Final = 16 << 20
"""The largest file of a publication: the filings."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
PAGE_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_DATA: Final = ("words.json", "catalogue.json")
"""Data files of ``credential`` that the page shares with Python."""
_DEVELOPMENT: Final = frozenset({"package.json"})


def media_type(path: str) -> str:
    """The media type of a publication's file."""
    if path.startswith("trust/filings/"):
        return "application/json"
    if path.endswith(".cwt") or path.startswith("status/at/"):
        return "application/statuslist+cwt"
    if path.startswith("status/"):
        return "application/statuslist+jwt"
    return "application/jwt" if path.endswith(".jwt") else "application/octet-stream"


def add_page(app: FastAPI, *, config: Mapping[str, object]) -> None:
    """Serve the page and its data files, all read once."""
    pages = dict(_walk(files("verifier").joinpath("static"), ""))
    for name in _DATA:
        data = files("credential").joinpath("data").joinpath(name)
        if data.is_file():
            pages[name] = data.read_bytes()
    pages[""] = pages.get("index.html", b"")

    @app.get("/v/config.json")
    def page_config() -> JSONResponse:
        return JSONResponse(dict(config), headers={"Cache-Control": REVALIDATE})

    @app.get("/v/{path:path}", include_in_schema=False)
    def page(path: str, request: Request) -> Response:
        data = pages.get(path)
        if not data:
            return problem(404, "not_found", "there is no such page here; the check is at /v/")
        return _answer(request, data, PAGE_TYPES[Path(path or "index.html").suffix], REVALIDATE)


def add_publication(app: FastAPI, folder: str, *, at: str) -> None:
    """Serve a publication's folder; public by nature, so any origin may read it."""
    fetcher = FolderFetcher(Path(folder))

    @app.get(at + "{path:path}", include_in_schema=False)
    def publication_file(path: str, request: Request) -> Response:
        try:
            data = fetcher.fetch(path, MAX_SERVED_BYTES) if is_known(path) else None
        except NotFoundError:
            data = None
        except FetchError:
            return problem(503, "unreachable", "the publication cannot be read at the moment")
        if data is None:
            # The next root is asked for until it exists: its absence must not be kept.
            return problem(404, "not_found", "the publication has no such file")
        return _answer(request, data, media_type(path), IMMUTABLE if is_immutable(path) else REVALIDATE)


def _answer(request: Request, data: bytes, kind: str, cache: str) -> Response:
    etag = f'"{sha256(data).hexdigest()[:32]}"'
    headers = {"Cache-Control": cache, "ETag": etag}
    if etag in {each.strip() for each in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Every servable file below a folder of the package; none while there is no page."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif Path(entry.name).suffix in PAGE_TYPES and entry.name not in _DEVELOPMENT:
            yield prefix + entry.name, entry.read_bytes()
