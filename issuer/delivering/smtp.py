"""Letters by e-mail, with STARTTLS or TLS (RFC 5321, RFC 3207, RFC 8314).

Rules: the server's certificate and name are checked always. Without encryption nothing is sent to another machine. A
refusal that the server calls permanent (5xx) of an address is the address's; every other failure is tried again. The
message's id is the letter's, so that a mailbox shows one letter that came twice as one.

    SmtpTransport(host="mail.example", port=587, security="starttls", sender="titles@example.cn").send(letter)
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final, Literal

from issuer.delivering.model import SEND_SECONDS, Letter, Way, address_refused, not_delivered

_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTransport:
    """Sends letters to one server."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str | None = None
    """Authorities that the server's certificate is checked with; None: the machine's."""
    seconds: float = SEND_SECONDS
    ways: tuple[Way, ...] = (Way.EMAIL,)

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises as ``Transport.send``."""
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(self._message(letter), self.sender, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = error.recipients[letter.to]
            raise address_refused(self.host) if code >= _PERMANENT else not_delivered("refused", self.host) from error
        except smtplib.SMTPAuthenticationError as error:
            raise not_delivered("login", self.host) from error
        except smtplib.SMTPException as error:
            raise not_delivered("refused", self.host) from error
        except TimeoutError as error:
            raise not_delivered("timeout", self.host) from error
        except ssl.SSLError as error:
            raise not_delivered("tls", self.host) from error
        except OSError as error:
            raise not_delivered("unreachable", self.host) from error

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=self._context())
        server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        try:
            if self.security == "starttls":
                server.starttls(context=self._context())
        except BaseException:
            with suppress(OSError):
                server.close()
            raise
        return server

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        message["Message-ID"] = f"<{letter.id}@{self.sender.rpartition('@')[2] or socket.gethostname()}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine
        message.set_content(letter.text)
        return message
