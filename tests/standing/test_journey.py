"""A whole journey under a log for machines: no name, no number, no code and no ``cti`` of anybody is in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest

from cli import logs
from cli.commands import serving_home
from cli.console import Console
from cli.overseeing import LogForm, log_in
from cli.tool import Tool
from credential import qrtext
from credential.claims import CredentialBytes
from issuer.db import outbox
from issuer.db.outbox import Topic
from issuer.services import claims
from issuer.services.claims import Wanted
from issuer.worker import loop
from issuer.worker.turns import HeldBack
from tests.desk.conftest import desk
from tests.support.desks import StandIn
from tests.support.office import ACTOR, APPROVED, DemoOffice, batch_drafts
from tests.support.settings import ORIGIN
from tests.support.web import Client
from verifier.app import create_app
from verifier.settings import Settings

__all__ = ["desk"]


def rounds(count: int) -> Callable[[], bool]:
    """Says stop after so many rounds."""
    left = [count]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stop


@pytest.mark.slow
def test_no_line_of_a_whole_journey_names_anybody(
    founded: DemoOffice, desk: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = Tool(console=Console(language="zh", json=False))
    with log_in(tool, LogForm.JSON):
        issue_and_publish(founded, tool)
        slips = claims.make(founded.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True).slips
        secret = secrets_of(founded) | {slip.code for slip in slips}
        check_as_strangers(founded)
        go_wrong(founded, tool, sorted(secret))
        visitor = desk.visitor()
        for word in sorted(secret)[:6]:
            visitor.get(f"/certificates/{word}")
            visitor.get(f"/jobs/{word}")
    shown = capsys.readouterr().err
    lines = [json.loads(each) for each in shown.splitlines()]
    events = {each["event"] for each in lines}
    assert events == {"published", "held_back", "failed", "answered", "log"}
    assert len(secret) > 24 * 5
    assert not [each for each in secret if each in shown]
    assert all(set(each) <= logs.MAY_BE_SAID for each in lines)


def issue_and_publish(office: DemoOffice, tool: Tool) -> None:
    batch = office.approved()
    with office.opened.register.write() as session:
        outbox.put(session, topic=Topic.ISSUE, object=batch, now=office.clock())
    usual = {"say": serving_home._sayer(tool), "words": serving_home._words(tool), "sleep": lambda _: None}
    with office.worker() as worker:
        loop.serve(worker, rounds(3), **usual)
        office.clock.move(hours=17)  # the snapshot is renewed when a third of its life is left
        loop.serve(worker, rounds(2), **usual)


def secrets_of(office: DemoOffice) -> set[str]:
    """Every name, ID number, certificate number, ``cti``, check code and QR text of the samples."""
    found = {word for each in batch_drafts(office, APPROVED) for word in (each.name, each.id_number)}
    for each in office.certificates():
        found |= {each.number, each.cti.hex(), each.id, each.holder, office.content(each).check_code}
    return found


def check_as_strangers(office: DemoOffice) -> None:
    settings = Settings(
        publication=str(office.home.publication_folder), trust_root=office.home.trust_root.read_bytes(), origin=ORIGIN
    )
    client = Client(create_app(settings, clock=office.clock))
    for each in office.certificates()[:4]:
        content = office.content(each)
        assert content.credential is not None
        text = qrtext.encode(CredentialBytes(content.credential), ORIGIN)
        assert client.post("/v1/verify", json={"qr_text": text}).json()["outcome"] == "valid"
        client.post("/v1/verify", json={"check_code": content.check_code})
        client.post("/v1/verify", json={"qr_text": each.number})
        client.get(f"/v/{each.number}?{content.check_code}")
        client.request(each.number, "/v1/verify")


def go_wrong(office: DemoOffice, tool: Tool, secret: list[str]) -> None:
    """Everything that is logged of faults, with what is secret in every place that a fault has."""
    say, words = serving_home._sayer(tool), serving_home._words(tool)
    for word in secret:
        say(words.held_back(HeldBack(object=word, code="no_event", message=word, fields={"number": word, "use": word})))
        try:
            raise ValueError(word)
        except ValueError as error:
            say(words.failed(serving_home.machine.coded(error, office.home)))
            logging.getLogger("uvicorn.error").exception("an error of %s", word)
