"""The page as the real service serves it: its files, its headers, its configuration, its publication."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from tests.page.conftest import SET_CLOCK, digits_of
from tests.support.browser import open_browser
from tests.support.world import NOW, ORIGIN, World
from verifier.app import create_app
from verifier.settings import Settings


@contextmanager
def running(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """Serve an application on a socket that listens already."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@pytest.mark.browser
def test_the_service_shows_the_verdict_in_the_browser(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        world = World()
        world.change_trust(hosts=(origin, ORIGIN))
        certificate = world.issue()
        world.publish()
        world.write(tmp_path / "publication")
        settings = Settings(
            publication=str(tmp_path / "publication"),
            trust_root=world.pinned_root,
            origin=origin,
            serve_publication=True,
        )
        app = create_app(settings, clock=lambda: NOW)
        with running(app, listener), open_browser(tmp_path) as page:
            page._call("Page.addScriptToEvaluateOnNewDocument", source=SET_CLOCK % int(NOW.timestamp() * 1000))
            page.open(f"{origin}/v/#{digits_of(certificate)}")
            page.wait_for("document.querySelector('#answer')")
            assert page.evaluate("document.querySelector('.answer').dataset.outcome") == "valid"
            assert "示范省工程系列高级职称评审委员会" in page.text()
            assert [error for error in page.errors if "/p/trust/roots/" not in error] == []
            page.evaluate("document.querySelector('#language').click()")
            assert "Is the certificate genuine?" in page.text()
            page.wait_for("document.querySelector('.demonstration')")
            assert not any(digits_of(certificate)[:40] in request.text for request in page.requests)
