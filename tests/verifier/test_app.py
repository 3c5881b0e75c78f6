"""The service: verdicts, problems, headers, caching, and what it never says."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image

from credential import publication
from tests.support.web import Client
from tests.support.world import NOW, ORIGIN, World
from verifier import uploads
from verifier.app import create_app
from verifier.errors import UsageError
from verifier.settings import Settings
from verifier.site import page_files
from verifier.sources.sealed import MAX_PDF_BYTES

WORLD = World()
CERTIFICATE = WORLD.issue()
OTHER = WORLD.issue()
FILES = WORLD.publish()
PAGE = page_files({})
STYLE = next(name for name in PAGE if name.endswith(".css"))
SCRIPT = next(name for name in PAGE if name.endswith(".js"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("publication")
    WORLD.write(place)
    return place


def settings(folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "publication": str(folder),
        "trust_root": WORLD.pinned_root,
        "origin": ORIGIN,
        "serve_publication": True,
    }
    return Settings(**(values | changes))


@pytest.fixture(scope="module")
def client(folder: Path) -> Client:
    return Client(create_app(settings(folder), clock=lambda: NOW))


def picture(*texts: str) -> bytes:
    codes = [
        Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=3))
        for text in texts
    ]
    sheet = Image.new("L", (sum(code.width + 60 for code in codes), max(code.height for code in codes)), 255)
    for number, code in enumerate(codes):
        sheet.paste(code, (number * (code.width + 60), 0))
    stream = BytesIO()
    sheet.save(stream, "PNG")
    return stream.getvalue()


def form(body: bytes, more: str = "") -> dict[str, Any]:
    """A form with the boundary ``x``, put together by hand."""
    return {"content": body, "headers": {"content-type": f"multipart/form-data; boundary=x{more}"}}


def part(name: str) -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n\x00\r\n'.encode()


@pytest.mark.parametrize(
    ("sentence", "request_"),
    [
        ("a QR text", {"json": {"qr_text": CERTIFICATE.qr_text}}),
        ("a check code", {"json": {"check_code": CERTIFICATE.grouped_code}}),
        ("bytes", {"json": {"credential_base64": base64.b64encode(CERTIFICATE.credential).decode()}}),
        ("a day", {"json": {"qr_text": CERTIFICATE.qr_text, "at": "2026-08-01"}}),
        ("a form", {"files": {"file": ("any name.gif", picture(CERTIFICATE.qr_text), "image/gif")}}),
        ("a form with a day", {"files": {"file": ("x", picture(CERTIFICATE.qr_text))}, "data": {"at": "2026-08-01"}}),
        ("a bare picture", {"content": picture(CERTIFICATE.qr_text), "headers": {"content-type": "image/png"}}),
    ],
)
def test_a_certificate_is_verified_from(client: Client, sentence: str, request_: dict[str, Any]) -> None:
    answer = client.post("/v1/verify", **request_)
    assert answer.status_code == 200, sentence
    verdict = answer.json()
    assert verdict["outcome"] == "valid"
    assert verdict["certificate"]["number"] == CERTIFICATE.claims.number
    assert list(verdict)[:3] == ["outcome", "reason", "step"]


def test_a_form_of_many_parts_costs_no_more_than_its_bytes(client: Client) -> None:
    """Forty seconds for five megabytes, while nobody else is answered, is what a parser of whole messages takes."""
    begun = time.process_time()
    client.post("/v1/verify", **form(part("file") * 80_000 + b"--x--\r\n"))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "asked", [{"qr_text": "https://zc.example/v/#" + "9" * 5000}, {"credential_base64": "0" * 8000}]
)
def test_what_is_too_large_has_one_code(client: Client, asked: dict[str, str]) -> None:
    answer = client.post("/v1/verify", json=asked)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["reason"]) == (200, "malformed", "too_large")


def test_a_refusal_is_an_answer_too(client: Client) -> None:
    answer = client.post("/v1/verify", json={"check_code": "AAAA"})
    assert (answer.status_code, answer.json()["outcome"], answer.json()["reason"]) == (200, "malformed", "bad_code")


@pytest.mark.parametrize(
    ("sentence", "request_", "status", "code"),
    [
        ("nothing", {"json": {}}, 422, "bad_request"),
        ("two things", {"json": {"qr_text": "x", "check_code": "y"}}, 422, "bad_request"),
        ("something unknown", {"json": {"qr_text": "x", "url": "https://evil.example"}}, 422, "bad_request"),
        ("a number", {"json": {"qr_text": 1}}, 422, "bad_request"),
        ("no JSON", {"content": b"{", "headers": {"content-type": "application/json"}}, 422, "bad_request"),
        ("no base64", {"json": {"credential_base64": "*"}}, 422, "bad_request"),
        ("no date", {"json": {"qr_text": "x", "at": "2026-2-1"}}, 422, "bad_date"),
        ("a date to come", {"json": {"qr_text": "x", "at": "2026-11-22"}}, 422, "at_in_future"),
        ("a long text", {"json": {"qr_text": "9" * 20_000}}, 413, "too_large"),
        ("another type", {"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "unsupported_media_type"),
        ("no type", {"content": b"x"}, 415, "unsupported_media_type"),
        ("a form without a file", {"files": {"other": ("x", b"x")}}, 422, "bad_request"),
        (
            "a form that is none",
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
            422,
            "bad_request",
        ),
        ("a form of many parts", form(b"--x\r\n\r\n\r\n" * 50_000 + b"--x--\r\n"), 422, "bad_request"),
        ("a form with a third part", form(part("file") + part("at") + part("more") + b"--x--\r\n"), 422, "bad_request"),
        ("a form with two files", form(part("file") + part("file") + b"--x--\r\n"), 422, "bad_request"),
        ("a form without an end", form(part("file")), 422, "bad_request"),
        ("a form whose delimiters have tails", form(b"--xy" + part("file") + b"--x--\r\n"), 422, "bad_request"),
        ("a form with comments", form(part("file") + b"--x--\r\n", "; " + "(" * 3000), 422, "not_recognised"),
        ("a part with comments", form(part("(" * 3000) + b"--x--\r\n"), 422, "bad_request"),
        ("a file of zeros", {"files": {"file": ("x", bytes(10))}}, 422, "not_recognised"),
        (
            "two certificates",
            {"content": picture(CERTIFICATE.qr_text, OTHER.qr_text), "headers": {"content-type": "image/png"}},
            422,
            "several_codes",
        ),
        ("somebody else's code", {"files": {"file": ("x", picture("https://example.org"))}}, 422, "other_code"),
    ],
)
def test_a_request_is_refused_with(
    client: Client, sentence: str, request_: dict[str, Any], status: int, code: str
) -> None:
    answer = client.post("/v1/verify", **request_)
    body = answer.json()
    assert (answer.status_code, body.get("code")) == (status, code), sentence
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code"}
    assert body["type"] == f"urn:titlecert:problem:{code}"


def test_an_upload_beyond_the_cap_is_refused_whatever_length_it_announces(folder: Path) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(500)

    small = Client(create_app(settings(folder, max_upload_bytes=1000), clock=lambda: NOW))
    for content in (bytes(1500), unannounced()):
        answer = small.post("/v1/verify", content=content, headers={"content-type": "image/png"})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/verify", 405, "method_not_allowed"),
        ("GET", "/v/none.js", 404, "not_found"),
        ("GET", "/v/../app.py", 404, "not_found"),
        ("GET", "/p/none", 404, "not_found"),
        ("GET", "/p/trust/roots/2", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
    ],
)
def test_every_error_has_one_shape(client: Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["verifier", "evil.example", "evil.example/x?", "//evil.example"])
@pytest.mark.parametrize("path", ["/", "/v", "/v?from=chat"])
def test_the_way_to_the_page_stays_on_this_host(client: Client, path: str, host: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert (answer.status_code, answer.headers["location"]) == (307, "/v/")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v",
        "/v/",
        "/v/" + STYLE,
        "/v1/health",
        "/v1/verify",
        "/v1/openapi.json",
        "/p/snapshot.jwt",
        "/p/none",
        "/v/none",
        "/nowhere",
    ],
)
def test_head_answers_as_get_without_the_body(client: Client, path: str) -> None:
    get, head = client.get(path), client.request("HEAD", path)
    assert (head.status_code, dict(head.headers), head.content) == (get.status_code, dict(get.headers), b"")


@pytest.mark.parametrize("path", ["/v/", "/p/snapshot.jwt"])
def test_head_asks_whether_it_has_changed(client: Client, path: str) -> None:
    etag = client.get(path).headers["etag"]
    assert client.request("HEAD", path, headers={"if-none-match": etag}).status_code == 304


def test_no_route_is_described_twice(client: Client) -> None:
    described = client.get("/v1/openapi.json").json()["paths"]
    assert {path: sorted(ways) for path, ways in described.items()} == {
        "/v1/health": ["get"],
        "/v1/ready": ["get"],
        "/v1/verify": ["post"],
    }


QR_FILE = CERTIFICATE.qr_text.encode()


@pytest.mark.parametrize(
    ("sentence", "request_"),
    [
        ("sent as one", {"content": QR_FILE, "headers": {"content-type": "application/pdf"}}),
        (
            "a picture sent as one",
            {"content": picture(CERTIFICATE.qr_text), "headers": {"content-type": "Application/PDF; x=y"}},
        ),
        ("in a form by its name", {"files": {"file": ("证书.PDF", picture(CERTIFICATE.qr_text), "image/png")}}),
        ("in a form by its type", {"files": {"file": ("x", QR_FILE, "application/pdf")}}),
    ],
)
def test_what_is_called_a_pdf_and_is_none_is_refused(client: Client, sentence: str, request_: dict[str, Any]) -> None:
    answer = client.post("/v1/verify", **request_)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_pdf"), sentence


def test_a_pdf_beyond_its_cap_is_too_large_as_any_other_file_is(client: Client) -> None:
    data = b"%PDF-1.7\n" + bytes(MAX_PDF_BYTES)
    answer = client.post("/v1/verify", content=data, headers={"content-type": "application/pdf"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_beyond_what_is_held_for_files_the_answer_is_busy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_HELD_BYTES", 1000)
    full = Client(create_app(settings(folder), clock=lambda: NOW))
    for _ in range(2):
        answer = full.post("/v1/verify", content=bytes(1200), headers={"content-type": "image/png"})
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
    for _ in range(4):
        answer = full.post("/v1/verify", content=QR_FILE, headers={"content-type": "application/octet-stream"})
        assert answer.status_code == 200, "what was held is given back"
    monkeypatch.setattr(uploads, "MAX_FILES", 0)
    answer = full.post("/v1/verify", content=QR_FILE, headers={"content-type": "application/octet-stream"})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert full.post("/v1/verify", json={"qr_text": CERTIFICATE.qr_text}).json()["outcome"] == "valid"


@pytest.mark.slow
def test_a_text_is_answered_while_all_children_are_at_work(folder: Path, stride: int) -> None:
    """Twenty-four pictures of 200 KB took 6.8 GB, and a text waited for thirteen seconds."""
    app = create_app(settings(folder), clock=lambda: NOW)
    out = BytesIO()
    Image.new("RGBA", (5000, 5000)).save(out, "PNG")
    headers = {"content-type": "image/png"}

    async def ask() -> tuple[list[int], float, float]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://verifier", timeout=300) as client:
            files = [
                asyncio.create_task(client.post("/v1/verify", content=out.getvalue(), headers=headers))
                for _ in range(24 // stride)
            ]
            await asyncio.sleep(0.5)
            begun = time.monotonic()
            answer = await client.post("/v1/verify", json={"qr_text": CERTIFICATE.qr_text})
            took = time.monotonic() - begun
            assert answer.json()["outcome"] == "valid"
            unfinished = [task for task in files if not task.done()]
            assert unfinished, "the text was asked while files were at work"
            answers = await asyncio.gather(*files)
            return [each.status_code for each in answers], took, time.monotonic() - begun

    statuses, took, all_took = asyncio.run(ask())
    assert set(statuses) <= {422, 503}
    assert took < all_took / 4


def test_a_fault_says_nothing_of_what_was_asked(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken_clock() -> Any:
        raise ValueError(CERTIFICATE.qr_text)

    answer = Client(create_app(settings(folder), clock=broken_clock)).post(
        "/v1/verify", json={"qr_text": CERTIFICATE.qr_text}
    )
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert CERTIFICATE.qr_text not in answer.text
    assert CERTIFICATE.qr_text not in caplog.text


SHARD = next(path for path in FILES if path.startswith("shards/"))
AT = next(path for path in FILES if path.startswith("status/at/"))
FILINGS = next(path for path in FILES if path.startswith("trust/filings/"))
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "cache", "kind"),
    [
        ("/p/" + publication.SNAPSHOT, "no-cache", "application/jwt"),
        ("/p/status/0.cwt", "no-cache", "application/statuslist+cwt"),
        ("/p/status/0.jwt", "no-cache", "application/statuslist+jwt"),
        ("/p/" + AT, IMMUTABLE, "application/statuslist+cwt"),
        ("/p/" + SHARD, IMMUTABLE, "application/octet-stream"),
        ("/p/" + FILINGS, IMMUTABLE, "application/json"),
        ("/p/trust/list/1", IMMUTABLE, "application/octet-stream"),
        ("/p/trust/roots/1", IMMUTABLE, "application/octet-stream"),
        ("/p/catalogue/1", IMMUTABLE, "application/octet-stream"),
        ("/p/trust/roots/2", "no-store", "application/problem+json"),
        ("/v/", "no-cache", "text/html"),
        ("/v/" + STYLE, IMMUTABLE, "text/css"),
        ("/v/" + SCRIPT, IMMUTABLE, "text/javascript"),
        ("/v1/health", "no-store", "application/json"),
        ("/nowhere", "no-store", "application/problem+json"),
    ],
)
def test_caching_and_types(client: Client, path: str, cache: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.headers["cache-control"] == cache
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/v/", "/v/" + STYLE, "/v/none", "/v1/health", "/p/snapshot.jwt", "/nowhere"])
def test_every_answer_is_guarded(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "camera=(self)" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert ("script-src 'self'" in policy) == path.startswith("/v/")
    public = path.startswith("/p/")
    assert headers.get("access-control-allow-origin") == ("*" if public else None)
    assert headers["cross-origin-resource-policy"] == ("cross-origin" if public else "same-origin")


def test_the_page_may_read_from_the_publications_host_and_no_other(folder: Path) -> None:
    away = settings(folder, publication="https://static.zc.example/p/", serve_publication=False)
    client = Client(create_app(away, clock=lambda: NOW))
    policy = client.get("/v/").headers["content-security-policy"]
    assert "connect-src 'self' https://static.zc.example;" in policy
    assert configuration(client)["publication"] == "https://static.zc.example/p/"
    assert client.get("/p/snapshot.jwt").status_code == 404


def test_no_https_no_promise_of_it(folder: Path) -> None:
    local = Client(create_app(settings(folder, origin="http://127.0.0.1:8787"), clock=lambda: NOW))
    assert "strict-transport-security" not in local.get("/v1/health").headers


def configuration(client: Client) -> dict[str, Any]:
    """What the page is told."""
    (told,) = re.findall(r'<script type="application/json" id="config">(.*?)</script>', client.get("/v/").text)
    loaded: dict[str, Any] = json.loads(told)
    return loaded


@pytest.mark.parametrize(
    ("asked", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip;q=1.0", "gzip"),
        ("gzip;q=0.000", None),
        ("deflate", None),
        ("xbr, gzipped", None),
        ("", None),
    ],
)
def test_the_page_comes_in_the_smallest_form_that_is_taken(client: Client, asked: str, coding: str | None) -> None:
    answers = {path: client.get(path, headers={"accept-encoding": asked}) for path in ("/v/" + SCRIPT, "/v/")}
    script, page = answers["/v/" + SCRIPT], answers["/v/"]
    assert script.headers.get("content-encoding") == coding
    assert page.headers.get("content-encoding") == (coding and "gzip"), (
        "what a deployment tells it is not packed before"
    )
    assert {answer.headers["vary"] for answer in answers.values()} == {"Accept-Encoding"}
    again = client.get("/v/", headers={"accept-encoding": asked, "if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_each_form_has_an_etag_of_its_own(client: Client) -> None:
    tags = {
        client.get("/v/" + SCRIPT, headers={"accept-encoding": each}).headers["etag"] for each in ("br", "gzip", "x")
    }
    assert len(tags) == 3


@pytest.mark.parametrize(
    "path", ["app.js", "lib/qrtext.js", "ui/labels.json", "package.json", "index.html", "config.json"]
)
def test_of_the_page_only_what_was_built_is_served(client: Client, path: str) -> None:
    assert client.get("/v/" + path).status_code == 404


def test_the_page_is_told_what_it_is_held_to(client: Client) -> None:
    assert configuration(client) == {
        "publication": "/p/",
        "root": WORLD.pinned_root.decode(),
        "demonstration": True,
        "offline": True,
    }


def test_an_unchanged_file_is_not_sent_twice(client: Client) -> None:
    first = client.get("/p/snapshot.jwt")
    again = client.get("/p/snapshot.jwt", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    assert client.request("HEAD", "/p/snapshot.jwt").content == b""


@pytest.mark.parametrize(
    ("path", "coding"),
    [("snapshot.jwt", None), ("status/0.jwt", "gzip"), ("trust/list/1", "gzip"), ("status/0.cwt", None)],
)
def test_texts_of_a_publication_are_packed_for_who_takes_it(client: Client, path: str, coding: str | None) -> None:
    packed = client.get(f"/p/{path}", headers={"accept-encoding": "gzip"})
    plain = client.get(f"/p/{path}", headers={"accept-encoding": "identity"})
    assert packed.headers.get("content-encoding") == coding
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == WORLD.files[path]
    assert packed.headers.get("vary") == plain.headers.get("vary") == (coding and "Accept-Encoding")
    assert (packed.headers["etag"] != plain.headers["etag"]) == (coding is not None)


def test_the_root_leads_to_the_page(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/v/")


def test_health_names_the_publications_state(folder: Path) -> None:
    assert Client(create_app(settings(folder), clock=lambda: NOW)).get("/v1/health").json() == {
        "status": "ok",
        "publication": "fresh",
    }
    late = Client(create_app(settings(folder), clock=lambda: NOW + timedelta(days=2)))
    assert late.get("/v1/health").json()["publication"] == "publication_expired"


def test_the_log_names_areas_only(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/v1/verify?name=秘密", json={"check_code": CERTIFICATE.grouped_code})
    client.get(f"/p/{SHARD}")
    client.get(f"/v/{CERTIFICATE.check_code}")
    lines = [record.getMessage() for record in caplog.records if record.name == "verifier.access"]
    assert [line.rpartition(" ")[0] for line in lines] == ["POST /v1/verify 200", "GET /p/ 200", "GET /v/ 404"]
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("verifier"))
    for secret in (CERTIFICATE.check_code, CERTIFICATE.grouped_code, SHARD[7:], "秘密", CERTIFICATE.claims.name):
        assert secret not in ours


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"origin": "http://zc.example"}, "origin"),
        ({"origin": "https://zc.example/"}, "origin"),
        ({"publication": "http://zc.example/p/", "serve_publication": False}, "publication_address"),
        ({"publication": "https://zc.example/p/"}, "serve_publication"),
        ({"trust_root": b"x"}, "trust_root"),
        ({"trust_root": b"x", "cache": Path("/nowhere")}, "trust_root"),
        ({"max_upload_bytes": 0}, "max_upload_bytes"),
    ],
)
def test_settings_that_cannot_hold_are_refused_at_once(folder: Path, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refusal:
        create_app(settings(folder, **changes), clock=lambda: NOW)
    assert refusal.value.code == code


@pytest.mark.slow
def test_the_service_loads_nothing_that_writes() -> None:
    code = (
        "import sys, verifier.app; "
        "bad = {'issuer', 'keys', 'cli', 'templates', 'sqlalchemy', 'pyhanko'}; "
        "sys.exit(', '.join(sorted(bad & {name.partition('.')[0] for name in sys.modules})) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
