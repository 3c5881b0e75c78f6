"""A time-stamp service over HTTP: certomancer makes the tokens, a server of this process hands them out.

It can be told to be silent, to fail, or to answer with something else, as services do on a bad day.

    with TimestampService(NOW) as service:
        settings = service.settings()
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self, cast

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from issuer.home.settings import TimestampSettings
from tests.support.accredited import TIME_STAMPING, Service, subject
from tests.support.keys import Key

POLICY: Final = "1.2.156.99999.1"
"""Of nobody."""
REPLY: Final = "application/timestamp-reply"


@dataclass(slots=True)
class TimestampService:
    """Use it in a ``with`` block. Each member may be changed while it runs."""

    now: datetime
    policy: str = POLICY
    purposes: tuple[Any, ...] = (TIME_STAMPING,)
    kind: str = REPLY
    status: int = 200
    delay: float = 0.0
    """Seconds before it answers."""
    change: Callable[[tsp.TimeStampResp], bytes] = field(default=lambda answer: cast(bytes, answer.dump()))
    asked: list[tsp.TimeStampReq] = field(default_factory=list)
    authorised: list[str | None] = field(default_factory=list)
    above: Service = field(init=False)
    key: ec.EllipticCurvePrivateKey = field(init=False)
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        self.above = Service(self.now, "示范时间戳服务")
        self.key = Key("time-stamps").private
        handler = type("Handler", (_Handler,), {"service": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}/tsa"

    def settings(self, **changes: Any) -> TimestampSettings:
        """What a home says to use it."""
        return TimestampSettings(**{"url": self.url, "root": self.above.anchor.decode(), "seconds": 5, **changes})

    def certificate(self) -> x509.Certificate:
        """The certificate that signs tokens."""
        return self.above.certificate(
            subject=subject("示范时间戳服务", ""),
            key=self.key.public_key(),
            usage=("digital_signature",),
            purposes=self.purposes,
            critical=True,
        )

    def answer(self, request: bytes) -> bytes:
        """What it answers to a request."""
        asked = tsp.TimeStampReq.load(request)
        self.asked.append(asked)
        private = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        maker = TimeStamper(
            tsa_cert=_asn1(self.certificate()),
            tsa_key=keys.PrivateKeyInfo.load(private),
            certs_to_embed=[_asn1(self.above.issuing)],
            fixed_dt=self.now,
            policy=tsp.ObjectIdentifier(self.policy),
        )
        return self.change(maker.request_tsa_response(asked))


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


class _Handler(BaseHTTPRequestHandler):
    service: TimestampService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.service.authorised.append(self.headers.get("Authorization"))
        time.sleep(self.service.delay)
        answer = self.service.answer(body)
        self.send_response(self.service.status)
        self.send_header("Content-Type", self.service.kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests read what is said elsewhere."""
