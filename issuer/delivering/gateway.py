"""Letters through a gateway of somebody's network: one POST of JSON each.

Rules: the body has ``id``, ``way``, ``to``, ``subject`` and ``text``; the header ``Idempotency-Key`` repeats the id, so
that a gateway sends a letter once however often it comes. 2xx is sent. 400, 404, 410 and 422 are the address's. All
else is tried again. Redirects are not followed: the token is for this address alone.

    GatewayTransport(address="https://sms.example/v1/messages", token="…", ways=(Way.MOBILE,)).send(letter)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from issuer.delivering.model import SEND_SECONDS, Letter, Way, address_refused, not_delivered

_ADDRESS: Final = frozenset({400, 404, 410, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTransport:
    """Sends letters to one gateway."""

    address: str
    token: str = field(default="", repr=False)
    ways: tuple[Way, ...] = (Way.MOBILE,)
    seconds: float = SEND_SECONDS

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises as ``Transport.send``."""
        headers = {"Idempotency-Key": letter.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = {"id": letter.id, "way": letter.way, "to": letter.to, "subject": letter.subject, "text": letter.text}
        where = urlsplit(self.address).hostname or ""
        try:
            # The body of an answer is nobody's business, and may be of any length: it is not read.
            with (
                httpx.Client(timeout=self.seconds, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", self.address, json=body, headers=headers) as answer,
            ):
                status = answer.status_code
        except httpx.TimeoutException as error:
            raise not_delivered("timeout", where) from error
        except httpx.HTTPError as error:
            raise not_delivered("unreachable", where) from error
        if status in _ADDRESS:
            raise address_refused(where)
        if not 200 <= status < 300:
            raise not_delivered("refused", where)
