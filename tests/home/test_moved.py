"""The old addresses of an office that moved: people are sent on with their code, and readers are answered."""

from __future__ import annotations

import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from issuer.errors import InputError
from issuer.home.moved import kit
from tests.support.clock import NOW
from tests.support.office import DemoOffice
from tests.support.settings import demo_settings
from tests.support.tools import require_tool
from verifier.procedure import verify_qr_text
from verifier.reader.http import HttpFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader

NEW = "https://zc-new.example"
SETTINGS = demo_settings(created=NOW)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A host that keeps files."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.slow
def test_a_reader_with_the_old_address_reads_on(issued: DemoOffice, tmp_path: Path) -> None:
    for path, data in kit(issued.home.settings, NEW).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    old = tmp_path / "www"
    published = urlsplit(issued.home.settings.publication).path.strip("/")
    shutil.copytree(issued.home.publication_folder, old / published)
    with serving(old) as address:
        reader = PublicationReader(
            HttpFetcher(f"{address}/{published}/"),
            issued.home.trust_root.read_bytes(),
            store=MemoryStore(),
        )
        verdict = verify_qr_text(issued.qr_text(issued.certificates()[0]), reader, now=issued.clock())
    assert verdict.outcome.value == "valid"


def test_a_code_is_carried_on_by_the_page_and_sent_to_nobody() -> None:
    files = kit(SETTINGS, NEW)
    script = files["www/v/moved.js"].decode()
    node = require_tool("node")
    said = f"""
      const location = {{ hash: "#123456", replace(to) {{ console.log(to); }} }};
      const document = {{ getElementById: () => ({{}}) }};
      {script.replace('"use strict";', "")}"""
    found = subprocess.run([node, "-e", said], capture_output=True, text=True, check=True).stdout
    assert found.strip() == f"{NEW}/v/#123456"
    assert b"/v/moved.js" in files["www/v/index.html"] == files["www/index.html"]


def test_nginx_sends_people_on_and_hands_programs_on() -> None:
    conf = kit(SETTINGS, NEW)["nginx.conf"].decode()
    published = urlsplit(SETTINGS.publication).path
    assert f"location /v/ {{ return 308 {NEW}$request_uri; }}" in conf
    handed = re.search(rf"location {published} {{(.*?)\n    }}", conf, re.DOTALL)
    assert handed is not None
    assert f"proxy_pass {NEW}/p/;" in handed[1]
    assert "return 30" not in handed[1], "a reader follows no redirect"
    assert conf.count("{") == conf.count("}")
    assert f"server_name {urlsplit(SETTINGS.origin).hostname};" in conf


def test_a_publication_on_a_host_of_its_own_has_its_own_lines() -> None:
    settings = SETTINGS.model_copy(update={"publication": "https://files.example/titles/"})
    conf = kit(settings, NEW, "https://files-new.example/t/")["nginx.conf"].decode()
    assert conf.count("server {") == 2
    second = conf.split("server {")[2]
    assert "server_name files.example;" in second
    assert "proxy_pass https://files-new.example/t/;" in second


@pytest.mark.parametrize("to", ["http://zc-new.example", "zc-new.example", SETTINGS.origin, "https://a.example/x"])
def test_an_address_that_does_not_do_is_refused(to: str) -> None:
    with pytest.raises(InputError) as caught:
        kit(SETTINGS, to)
    assert caught.value.code == "moved_address"
