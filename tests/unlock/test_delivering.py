"""Claim codes leave by each transport, are tried again with growing pauses, and are forgotten when they left."""

from __future__ import annotations

import json
import re
import ssl
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from issuer.batches.contacts import keep
from issuer.db.models import HolderRow
from issuer.delivering.choosing import transport_of
from issuer.delivering.files import FileTransport
from issuer.delivering.gateway import GatewayTransport
from issuer.delivering.model import Letter, Way, not_delivered
from issuer.delivering.smtp import SmtpTransport
from issuer.errors import InputError, IssuerError, MachineError
from issuer.home.holders import read_settings
from issuer.intake.model import Contact
from issuer.services import claims
from issuer.services.claims import Wanted
from issuer.unlock.service import Service
from issuer.worker import delivering
from issuer.worker.delivering import MOST_ATTEMPTS, Delivering, pause_after
from tests.support.office import ACTOR, APPROVED, DemoOffice, batch_drafts
from tests.support.ports import free_port
from tests.support.tools import require_tool

LETTER = Letter(id="0" * 32, way=Way.EMAIL, to="wang@example.cn", subject="领取码 code", text="领取码：X\n")


def reach(office: DemoOffice, *contacts: Contact) -> None:
    """Write into the register how the first people of the list are reached."""
    vault = office.opened.vault
    with office.opened.register.write() as session:
        for draft, contact in zip(batch_drafts(office, APPROVED), contacts, strict=False):
            index = vault.blind_index(draft.id_type.word, draft.id_number)
            row = session.query(HolderRow).filter_by(blind_index=index).one()
            keep(vault.unwrap(row.wrapped_key, table="holders", row=row.id), row, contact)


def waiting(office: DemoOffice) -> list[tuple[Any, ...]]:
    return office.raw("SELECT attempts, last_error, code IS NULL FROM claim_deliveries ORDER BY claim")


@dataclass
class Recorder:
    """A transport that keeps letters, or fails as it is told to."""

    ways: tuple[Way, ...] = (Way.EMAIL, Way.MOBILE)
    error: IssuerError | None = None
    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        if self.error is not None:
            raise self.error
        self.letters.append(letter)


def sending(office: DemoOffice, transport: Recorder) -> Delivering:
    return Delivering(opened=office.opened, transport=transport, address="http://127.0.0.1:1/")


@pytest.mark.postgres
def test_a_code_that_was_sent_opens_and_stands_nowhere(issued: DemoOffice, service: Service) -> None:
    reach(issued, Contact(mobile=None, email="wang@example.cn"), Contact(mobile="13900000000", email=None))
    made = claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=True, slips=False)
    assert (len(made.sent), len(made.unreachable), made.slips) == (2, 22, ())
    assert issued.raw("SELECT count(*) FROM claim_codes") == [(2,)]
    done = Delivering.of(issued.opened, {}).send_due()
    assert (done.sent, done.failed, done.given_up) == (2, 0, 0)
    assert waiting(issued) == []
    letters = sorted(issued.home.outgoing.iterdir())
    assert {stat.S_IMODE(each.stat().st_mode) for each in letters} == {0o600}
    texts = [each.read_text(encoding="utf-8") for each in letters]
    (mail,) = [each for each in texts if each.startswith("To: wang@example.cn\n")]
    (message,) = [each for each in texts if each.startswith("Mobile: 13900000000\n")]
    draft = batch_drafts(issued, APPROVED)[0]
    assert draft.name not in mail
    assert draft.id_number not in mail
    assert len(message) < len(mail)
    code = re.search(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", mail)
    assert code is not None
    said = {"id_type": draft.id_type.word, "id_number": draft.id_number, "code": code[0]}
    assert service.asked("code", said)
    handing = {each.number: each.handing.value for each in claims.listed(issued.opened)}
    assert set(handing.values()) == {"sent"}


@pytest.mark.slow
@pytest.mark.postgres
def test_what_fails_is_tried_again_after_growing_pauses_and_then_forgotten(issued: DemoOffice) -> None:
    reach(issued, Contact(mobile=None, email="wang@example.cn"))
    claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=True, slips=False)
    transport = Recorder(error=not_delivered("timeout", "mail.example"))
    pauses = []
    for attempt in range(1, MOST_ATTEMPTS):
        done = sending(issued, transport).send_due()
        assert (done.sent, done.failed, done.given_up) == (0, 1, 0)
        assert waiting(issued) == [(attempt, "not_delivered", False)]
        pauses.append(pause_after(attempt))
        issued.clock.now += pauses[-1] - timedelta(seconds=1)
        assert sending(issued, transport).send_due().failed == 0, "not before its pause is over"
        issued.clock.now += timedelta(seconds=1)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[1], pauses[-1]) == (timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=6))
    assert sending(issued, transport).send_due().given_up == 1
    assert [(bool(gone), error) for _, error, gone in waiting(issued)] == [(True, "not_delivered")]
    (listed,) = claims.listed(issued.opened)
    assert (listed.handing.value, listed.last_error, listed.attempts) == ("failed", "not_delivered", MOST_ATTEMPTS)
    issued.clock.move(days=1)
    assert sending(issued, Recorder()).send_due().sent == 0


def test_a_refused_address_is_not_tried_again(issued: DemoOffice) -> None:
    from issuer.delivering.model import address_refused

    reach(issued, Contact(mobile=None, email="wang@example.cn"))
    claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=True, slips=False)
    done = sending(issued, Recorder(error=address_refused("mail.example"))).send_due()
    assert done.given_up == 1
    assert waiting(issued)[0][1] == "address_refused"


def test_a_letter_goes_where_the_holder_is_reached_now(issued: DemoOffice) -> None:
    reach(issued, Contact(mobile=None, email="old@example.cn"))
    claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=True, slips=False)
    reach(issued, Contact(mobile=None, email="new@example.cn"))
    transport = Recorder()
    sending(issued, transport).send_due()
    assert [each.to for each in transport.letters] == ["new@example.cn"]


@pytest.mark.parametrize("what", ["ended", "replaced", "over"])
def test_a_code_that_opens_nothing_any_more_is_not_sent(issued: DemoOffice, what: str) -> None:
    reach(issued, Contact(mobile=None, email="wang@example.cn"))
    (number,) = claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=True, slips=False).sent
    if what == "ended":
        assert claims.end(issued.opened, ACTOR, number) == 1
    elif what == "replaced":
        issued.clock.move(minutes=1)
        claims.replace(issued.opened, ACTOR, number, send=False, slips=True)
    else:
        issued.clock.move(days=30)
    transport = Recorder()
    assert sending(issued, transport).send_due().sent == 0
    assert transport.letters == []
    assert waiting(issued) == []


def test_the_loop_reports_goes_on_and_stops(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    reach(issued, Contact(mobile=None, email="wang@example.cn"))
    claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=True, slips=False)
    issued.home.holders.write_text("[delivery]\nkind = 1\n", encoding="utf-8")
    said: list[str] = []
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if sum(slept) > 70:
            issued.home.holders.unlink(missing_ok=True)

    monkeypatch.setattr(delivering, "_LOOK_SECONDS", 1.0)
    delivering.serve(issued.opened, {}, lambda: sum(slept) > 95, say=said.append, sleep=sleep)
    assert [("tried again" in each, "sent 1" in each) for each in said] == [(True, False), (False, True)]
    assert len(list(issued.home.outgoing.iterdir())) == 1


# SMTP, against a real server


@dataclass
class Mailbox:
    """What a server of this machine was given."""

    refuses: str = ""
    received: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope.content)
        self.to += envelope.rcpt_tos
        return "250 OK"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate for localhost that signs itself."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [require_tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", str(key), "-out", str(cert), "-days", "30", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    return key, cert


@contextmanager
def server(
    mailbox: Mailbox, *, context: ssl.SSLContext | None = None, tls: bool = False, password: str = ""
) -> Iterator[int]:
    port = free_port()

    def authenticate(_server: Any, _session: Any, _envelope: Any, _how: Any, data: Any) -> AuthResult:
        return AuthResult(success=data.password == password.encode())

    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": port}
    if tls:
        options["ssl_context"] = context
    elif context is not None:
        options |= {"tls_context": context, "require_starttls": True}
    if password:
        options |= {"authenticator": authenticate, "auth_required": True}
    running = Controller(mailbox, **options)
    running.start()
    try:
        yield port
    finally:
        running.stop()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file with the authority that a client is given."""
    key, cert = certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


@pytest.mark.slow
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_goes_over_tls_with_a_password(tls: tuple[ssl.SSLContext, Path], security: str) -> None:
    context, authority = tls
    mailbox = Mailbox()
    password = "geheim" if security == "starttls" else ""  # the test's server takes none behind TLS from the start
    with server(mailbox, context=context, tls=security == "tls", password=password) as port:
        SmtpTransport(
            host="localhost",
            port=port,
            security=security,  # type: ignore[arg-type]
            sender="titles@example.cn",
            user="titles" if password else "",
            password=password,
            ca_file=str(authority),
        ).send(LETTER)
    (data,) = mailbox.received
    received = message_from_bytes(data, policy=policy.default)
    assert mailbox.to == ["wang@example.cn"]
    assert (received["Subject"], received["From"]) == (LETTER.subject, "titles@example.cn")
    assert received["Message-ID"] == f"<{LETTER.id}@example.cn>"
    assert received.get_content().strip() == LETTER.text.strip()  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["unknown authority", "other name", "no tls", "wrong password"])
def test_where_nobody_can_be_sure_nothing_is_sent(tls: tuple[ssl.SSLContext, Path], what: str) -> None:
    context, authority = tls
    mailbox = Mailbox()
    is_plain = what == "no tls"
    with server(mailbox, context=None if is_plain else context, password="" if is_plain else "geheim") as port:
        transport = SmtpTransport(
            host="127.0.0.1" if what == "other name" else "localhost",
            port=port,
            security="starttls",
            sender="titles@example.cn",
            user="" if is_plain else "titles",
            password="falsch" if what == "wrong password" else "geheim",
            ca_file=None if what == "unknown authority" else str(authority),
            seconds=5,
        )
        with pytest.raises(MachineError) as refused:
            transport.send(LETTER)
    assert refused.value.code == "not_delivered"
    assert "geheim" not in str(refused.value)
    assert mailbox.received == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "code"),
    [("550 no such user", "address_refused"), ("450 later", "not_delivered")],
)
def test_who_refuses_an_address_and_who_is_busy(answer: str, code: str) -> None:
    with server(Mailbox(refuses=answer)) as port:
        transport = SmtpTransport(host="127.0.0.1", port=port, security="none", sender="titles@example.cn")
        with pytest.raises(IssuerError) as refused:
            transport.send(LETTER)
    assert refused.value.code == code


def test_a_server_that_is_not_there_is_waited_for() -> None:
    transport = SmtpTransport(host="127.0.0.1", port=free_port(), security="none", sender="titles@example.cn")
    with pytest.raises(MachineError) as refused:
        transport.send(LETTER)
    assert (refused.value.code, refused.value.fields["why"]) == ("not_delivered", "unreachable")


# The gateway


@dataclass
class Gateway:
    """A gateway of this machine, and what it was given."""

    status: int = 202
    asked: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[str]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.asked.append((dict(self.headers), body))
                self.send_response(gateway.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
            thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield f"http://127.0.0.1:{listening.server_port}/messages"
            listening.shutdown()
            thread.join()


def test_a_gateway_is_given_a_letter() -> None:
    gateway = Gateway()
    with gateway.running() as address:
        GatewayTransport(address=address, token="t0ken").send(LETTER)
    ((headers, body),) = gateway.asked
    assert body == {"id": LETTER.id, "way": "email", "to": LETTER.to, "subject": LETTER.subject, "text": LETTER.text}
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer t0ken", LETTER.id)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "address_refused"), (410, "address_refused"), (422, "address_refused")]
    + [(status, "not_delivered") for status in (301, 307, 401, 403, 429, 500, 503)],
)
def test_what_a_gateway_answers_is_told_apart_and_no_redirect_is_followed(status: int, code: str) -> None:
    gateway = Gateway(status=status)
    with gateway.running() as address, pytest.raises(IssuerError) as refused:
        GatewayTransport(address=address, token="t0ken").send(LETTER)
    assert refused.value.code == code
    assert len(gateway.asked) == 1
    assert "t0ken" not in str(refused.value)


def test_the_same_letter_is_one_file(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "outgoing")
    transport.send(LETTER)
    transport.send(LETTER)
    (only,) = (tmp_path / "outgoing").iterdir()
    assert only.read_text(encoding="utf-8") == f"To: {LETTER.to}\nSubject: {LETTER.subject}\n\n{LETTER.text}"


def test_a_secret_comes_from_the_environment_or_a_private_file(issued: DemoOffice) -> None:
    home = issued.home
    text = '[delivery]\nkind = "gateway"\naddress = "https://sms.example/v1"\n'
    home.holders.write_text(f'{text}token_variable = "SMS_TOKEN"\n', encoding="utf-8")
    settings = read_settings(home).delivery
    assert transport_of(home, settings, {"SMS_TOKEN": "t0ken"}).token == "t0ken"  # type: ignore[attr-defined]
    with pytest.raises(InputError) as missing:
        transport_of(home, settings, {})
    file = home.secrets / "sms.token"
    home.holders.write_text(f'{text}token_file = "secrets/sms.token"\n', encoding="utf-8")
    settings = read_settings(home).delivery
    with pytest.raises(InputError) as absent:
        transport_of(home, settings, {})
    file.write_text("t0ken\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(InputError) as loose:
        transport_of(home, settings, {})
    file.chmod(0o600)
    transport = transport_of(home, settings, {})
    assert transport.token == "t0ken"  # type: ignore[attr-defined]
    assert "t0ken" not in repr(transport)
    assert {each.value.code for each in (missing, absent, loose)} == {"delivery_secret"}
