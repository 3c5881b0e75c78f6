"""Ceremonies that a home has open: the requests it sent out, and what came back so far (FORMAT 8.1).

Rules: a request is kept from the moment it is sent out, because what comes back is held against the sender's own copy.
Responses come in any order and on any day; they are joined, and nothing is lost while one is missing. A request that
would say the same is the same request. What was published is closed.

    meetings = Meetings(home.ceremony)
    meetings.open("root-2", request)
    meetings.collect(response, allowed)
    meetings.find("root-2").signed
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from credential import durable, jose
from credential.ceremony import MAX_REQUEST_BYTES, RequestError, SigningRequest, import_responses, parse_request
from credential.signing import AnyKey
from issuer.trust.alone import alone

_REQUEST: Final = ".request.json"
_SIGNED: Final = ".signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One request, and the signatures that came back."""

    name: str
    """``root-2``, ``list-7``, ``catalogue-1``."""
    request: bytes
    parsed: SigningRequest
    signed: bytes
    """A container of all responses; empty while there is none."""

    @property
    def signers(self) -> tuple[bytes, ...]:
        """The ids of the keys that have signed."""
        if not self.signed:
            return ()
        messages = jose.parse_container(self.signed, typ=self.parsed.typ, max_bytes=MAX_REQUEST_BYTES)
        return tuple(each.key_id for each in messages)


class Meetings:
    """The open ceremonies in one directory, which is made when it is needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self, name: str, request: bytes) -> Meeting:
        """Keep a request; the same again keeps what came back, another one begins anew."""
        with alone(self._directory):
            found = self.find(name)
            if found is None or found.request != request:
                self._signed(name).unlink(missing_ok=True)
                durable.replace(self._file(name), request, mode=0o600)
            return self.required(name)

    def find(self, name: str) -> Meeting | None:
        """Return one by its name. Raises MalformedError, RequestError: its file was changed."""
        if not self._file(name).exists():
            return None
        request = self._file(name).read_bytes()
        signed = self._signed(name).read_bytes() if self._signed(name).exists() else b""
        return Meeting(name=name, request=request, parsed=parse_request(request), signed=signed)

    def required(self, name: str) -> Meeting:
        """Return one that is there."""
        found = self.find(name)
        if found is None:
            raise LookupError(name)
        return found

    def all(self) -> tuple[Meeting, ...]:
        """Return all, by name."""
        names = sorted(each.name.removesuffix(_REQUEST) for each in self._directory.glob(f"*{_REQUEST}"))
        return tuple(self.required(name) for name in names)

    def collect(self, response: bytes, allowed: Callable[[Meeting], Mapping[bytes, AnyKey]]) -> Sequence[Meeting]:
        """Add a response to the request that it answers; a file with several lines may answer several.

        Args:
            response: a container.
            allowed: who may sign a request.

        Returns:
            The meetings that it belongs to.

        Raises:
            MalformedError: it is no container.
            RequestError: ``no_such_request``: nothing that is open was signed; ``foreign_key``.
            SignatureError: a signature does not hold; nothing was kept.
        """
        with alone(self._directory):  # two responses that come at once are both kept
            return self._collected(response, allowed)

    def _collected(self, response: bytes, allowed: Callable[[Meeting], Mapping[bytes, AnyKey]]) -> Sequence[Meeting]:
        lines = jose.split(response, max_bytes=MAX_REQUEST_BYTES)
        answered: dict[str, list[str]] = {}
        for line in lines:
            answered.setdefault(self._answered(line).name, []).append(line)
        joined = {}
        for name, found in answered.items():
            meeting = self.required(name)
            responses = [jose.join(found), *([meeting.signed] if meeting.signed else [])]
            joined[name] = import_responses(meeting.request, responses, keys=allowed(meeting))
        for name, container in joined.items():
            durable.replace(self._signed(name), container, mode=0o600)
        return [self.required(name) for name in joined]

    def close(self, name: str) -> None:
        """Forget one whose outcome is published; none is fine."""
        self._signed(name).unlink(missing_ok=True)
        self._file(name).unlink(missing_ok=True)

    def _answered(self, line: str) -> Meeting:
        typ = jose.typ_of(line)
        for each in self.all():
            if each.parsed.typ != typ:
                continue
            if jose.parse(line, typ=typ, max_bytes=MAX_REQUEST_BYTES).payload == each.parsed.payload:
                return each
        message = f"response: no open request of this home is a {typ} with that payload; it answers an older request"
        raise RequestError("no_such_request", message)

    def _file(self, name: str) -> Path:
        return self._directory / f"{name}{_REQUEST}"

    def _signed(self, name: str) -> Path:
        return self._directory / f"{name}{_SIGNED}"
