"""Static files: the page below ``/v/`` from the package, and a publication's folder below ``/p/``.

Rules: only files that were there at the start (page) or that a publication may have (``credential.publication``) are
served; immutable files say so for a year, all others are asked for again each time, at the price of an ETag. The page
is what ``make page`` built, in the smallest form that the browser takes; its configuration stands in it.

    page_files({"publication": "/p/", "root": "...", "demonstration": True})[""].forms["gzip"]
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from credential.publication import is_immutable, is_known
from verifier.errors import FetchError, NotFoundError, UsageError
from verifier.headers import LOOK_POLICY
from verifier.problems import ProblemError, problem
from verifier.reader.fetchers import FolderFetcher

MAX_SERVED_BYTES: Final = 16 << 20
"""The largest file of a publication: the filings."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
PAGE_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
TEXTS: Final = re.compile(r"(?:trust|catalogue)/.*|.*\.jwt")
"""Files of a publication that become smaller when they are packed; all others are sealed or packed already."""
LEAST_PACKED: Final = 1000
"""Bytes; less fits into one packet either way."""
_NO_WEIGHT: Final = re.compile(r"q=0(\.0{1,3})?")
PAGE: Final = "index.html"
HELP_PAGE: Final = "help"
"""The path of the help page, below ``/v/``."""
CONFIG: Final = b'id="config">{}<'
"""Where the page takes its configuration from."""
OFFLINE: Final = "offline.js"
"""The service worker; the page asks for it only where it is told to."""
OFF: Final = b"""self.addEventListener('install', () => self.skipWaiting());
const forget = (names) => Promise.all(names.map((name) => caches.delete(name)));
self.addEventListener('activate', (event) => event.waitUntil(
  caches.keys().then(forget).then(() => self.registration.unregister())));
"""
"""What is sent in its place where it is switched off: a browser that has it throws away what it kept, and itself."""
LOOK: Final = "look-"
"""How the names begin of the worker that takes a closer look at pictures, and of its WebAssembly."""
PACKED: Final = ".br"
"""Behind the name of a file that was packed when the page was built (``tools/page/build.mjs``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One file of the page, in every form that it is sent in."""

    kind: str
    """Its media type."""
    cache: str
    forms: Mapping[str, bytes]
    """By content coding: ``identity``, and ``gzip`` and ``br`` where that is smaller."""
    policy: str | None = None
    """A Content-Security-Policy of its own, where it is a worker."""


def media_type(path: str) -> str:
    """The media type of a publication's file."""
    if path.startswith("trust/filings/"):
        return "application/json"
    if path.endswith(".cwt") or path.startswith("status/at/"):
        return "application/statuslist+cwt"
    if path.startswith("status/"):
        return "application/statuslist+jwt"
    return "application/jwt" if path.endswith(".jwt") else "application/octet-stream"


def page_files(config: Mapping[str, object], built: Traversable | None = None) -> dict[str, PageFile]:
    """Every file of the page by its path below ``/v/``.

    Args:
        config: what the page has to know; it stands in the page itself.
        built: the folder that ``make page`` wrote; None: the package's own.

    Raises:
        UsageError: ``no_page``, the folder holds no page that was built.
    """
    folder = files("verifier").joinpath("static/built") if built is None else built
    data = {entry.name: entry.read_bytes() for entry in folder.iterdir()} if folder.is_dir() else {}
    page = data.pop(PAGE, b"")
    if page.count(CONFIG) != 1:
        raise UsageError("no_page", "the page was not built; run make page")
    told = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c").encode()
    found = {name: _page_file(name, data, IMMUTABLE) for name in data if not name.endswith(PACKED)}
    worker = data if config.get("offline") else {OFFLINE: OFF}
    found[OFFLINE] = _page_file(OFFLINE, worker, REVALIDATE)
    return {**found, "": _page_file(PAGE, {PAGE: page.replace(CONFIG, CONFIG.replace(b"{}", told))}, REVALIDATE)}


def _page_file(name: str, data: Mapping[str, bytes], cache: str) -> PageFile:
    forms = {"identity": data[name]}
    packed = {"gzip": _gzipped(data[name]), "br": data.get(name + PACKED)}
    forms |= {coding: form for coding, form in packed.items() if form is not None and len(form) < len(data[name])}
    kind = Path(name).suffix
    policy = LOOK_POLICY if name.startswith(LOOK) and kind == ".js" else None
    return PageFile(kind=PAGE_TYPES[kind], cache=cache, forms=forms, policy=policy)


@lru_cache(maxsize=64)
def _gzipped(data: bytes) -> bytes:
    """A fixed level and no time: the same file has the same bytes and the same ETag in every process."""
    return gzip.compress(data, 9, mtime=0)


def text_page(text: str) -> PageFile:
    """A page of text that the service makes when it starts."""
    return _page_file(PAGE, {PAGE: text.encode()}, REVALIDATE)


def style_of(pages: Mapping[str, PageFile]) -> str:
    """The name of the page's style sheet."""
    return next(name for name in pages if name.endswith(".css"))


def add_page(app: FastAPI, pages: Mapping[str, PageFile]) -> None:
    """Serve the files of the page."""

    @app.get("/v/{path:path}", include_in_schema=False)
    def page(path: str, request: Request) -> Response:
        file = pages.get(path)
        if file is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "not_found", "there is no such page here; the check is at /v/")
        coding = next((each for each in ("br", "gzip") if each in file.forms and _takes(request, each)), "identity")
        more = {} if coding == "identity" else {"Content-Encoding": coding}
        more |= {} if file.policy is None else {"Content-Security-Policy": file.policy}
        return _answer(request, file.forms[coding], file.kind, file.cache, {**more, "Vary": "Accept-Encoding"})


def _takes(request: Request, coding: str) -> bool:
    """Whether the one who asks names this coding and does not refuse it (RFC 9110 section 12.5.3)."""
    for each in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == coding:
            return _NO_WEIGHT.fullmatch(weight.strip()) is None
    return False


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
        kind, cache = media_type(path), IMMUTABLE if is_immutable(path) else REVALIDATE
        if TEXTS.fullmatch(path) is None or len(data) < LEAST_PACKED:
            return _answer(request, data, kind, cache)
        data, coded = (_gzipped(data), {"Content-Encoding": "gzip"}) if _takes(request, "gzip") else (data, {})
        return _answer(request, data, kind, cache, {**coded, "Vary": "Accept-Encoding"})


def _answer(request: Request, data: bytes, kind: str, cache: str, more: Mapping[str, str] | None = None) -> Response:
    etag = f'"{sha256(data).hexdigest()[:32]}"'
    headers = {"Cache-Control": cache, "ETag": etag, **(more or {})}
    if etag in {each.strip() for each in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)
