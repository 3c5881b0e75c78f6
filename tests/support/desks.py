"""A desk with an unlock service that stands in for the real one, and a visitor who keeps cookies.

Rules: the people are invented. The stand-in keeps the promises of ``issuer.unlock.client.Unlock``: one answer to
everything that is not recognised, and nothing without a ticket that holds. Whoever wants the real one uses
``tests/desk/test_journey.py``.

    desk = StandIn(tmp_path)
    visitor = desk.visitor()
    visitor.sign_in(LI)
    assert "高级工程师" in visitor.get("/certificates").text
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import URL
from starlette.applications import Starlette

from credential import checkcode, qrtext
from credential.claims import CredentialBytes
from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.kept import KeptViews
from issuer.desk.running import open_store
from issuer.desk.settings import DeskSettings
from issuer.errors import InputError, NotAllowedError, NotFoundError
from issuer.unlock.model import Begun, Certificate, Code, Collected, Event, HolderView, Looked, Notice, SignedIn
from tests.support import postgresql
from tests.support.clock import NOW
from tests.support.office import MovingClock

DESK: Final = "http://127.0.0.1:8788"
VERIFIER: Final = "http://127.0.0.1:8787"
MOBILE: Final = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
PDF: Final = b"%PDF-1.7 sealed"
PICTURE: Final = b"\x89PNG page"


@dataclass(frozen=True, kw_only=True)
class Person:
    """An invented holder with what gets him or her in."""

    name: str
    id_number: str
    code: str
    view: HolderView

    @property
    def data_key(self) -> bytes:
        """The key of this holder, the same at each sign-in."""
        return hashlib.sha256(self.id_number.encode()).digest()


def certificate(number: str, name: str, **changes: Any) -> Certificate:
    """A certificate in force, unless it is changed."""
    seed = hashlib.sha256(number.encode()).digest()
    data = CredentialBytes(seed * 6)
    issued = Event(
        kind="issued", effective=date(2026, 11, 20), recorded=NOW - timedelta(days=1), reason=None, successor=None,
        authority="示范省人力资源和社会保障厅", document="",
    )  # fmt: skip
    made = Certificate(
        number=number,
        state="valid",
        name=name,
        id_last4="002X",
        id_type="citizen",
        series=5,
        title=5002,
        specialty="环境工程",
        level=2,
        way=1,
        award_date=date(2026, 6, 30),
        issued_on=date(2026, 11, 20),
        authority="示范省人力资源和社会保障厅",
        scope=None,
        check_code=checkcode.group(checkcode.make(seed[:16], bytes(each % 32 for each in seed[:15]))),
        credential=data,
        url=qrtext.encode(data, VERIFIER),
        history=(issued,),
        extra=(("employer", "示范省环境工程设计院"),),
        has_photo=True,
        has_document=True,
        published=True,
    )
    return replace(made, **changes)


def withdrawn(number: str, name: str, **changes: Any) -> Certificate:
    """A certificate that was withdrawn."""
    made = certificate(number, name, state="withdrawn", **changes)
    event = Event(
        kind="withdrawn", effective=date(2026, 11, 21), recorded=NOW, reason="fraud", successor=None,
        authority="示范省人力资源和社会保障厅", document="示人社撤〔2026〕1号",
    )  # fmt: skip
    return replace(made, history=(*made.history, event))


def _notice(number: str) -> Notice:
    return Notice(
        id=f"{number}-2",
        at=NOW,
        certificate=number,
        kind="withdrawn",
        text_zh=f"证书 {number}：撤销，自 2026-11-21 起；决定机关：示范省人力资源和社会保障厅。",
        text_en=f"Certificate {number}: Withdrawn, from 2026-11-21 on.",
    )


CODE: Final = Code(
    made=NOW - timedelta(days=3),
    made_by="clerk1",
    certificate="99000020262000001",
    expires=NOW + timedelta(days=27),
    handing="slip",
    sent=None,
    used=NOW,
    ended=None,
    tries=1,
    collected=(Collected(at=NOW - timedelta(days=2), by="示范乙", relation="配偶", recorded_by="clerk1"),),
)
LI: Final = Person(
    name="李晓𠮷",
    id_number="11010519491231002X",
    code="ABCD-EFGH-JKLM",
    view=HolderView(
        name="李晓𠮷",
        certificates=(
            certificate("99000020262000001", "李晓𠮷"),
            withdrawn("99000020232000007", "李晓𠮷", issued_on=date(2023, 12, 1), title=5003, level=3),
            certificate("99000020262000009", "李晓𠮷", has_document=False, specialty="给水排水"),
        ),
        notices=(_notice("99000020232000007"),),
        codes=(CODE,),
        mark="",
        looked=(Looked(at=NOW, who="clerk1", act="certificate.open", certificate="99000020262000001"),),
        held=(("mobile", "13900000000"), ("email", "li@example.cn"), ("employer", "示范省环境工程设计院")),
    ),
)
WANG: Final = Person(
    name="王五",
    id_number="440524188001010014",
    code="WXYZ-2345-6789",
    view=HolderView(
        name="王五",
        certificates=(certificate("99000020262000002", "王五", id_last4="0014"),),
        notices=(),
        looked=(),
        held=(),
        codes=(),
        mark="",
    ),
)


@dataclass
class FakeUnlock:
    """Keeps what the real service promises, in memory. It satisfies ``issuer.desk.unlocking.Unlocking``."""

    clock: MovingClock
    people: list[Person] = field(default_factory=lambda: [LI, WANG])
    lasts: timedelta = timedelta(minutes=30)
    oidc: Begun | None = None
    tickets: dict[str, Person] = field(default_factory=dict)
    expires: dict[str, datetime] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)
    """Numbers whose document was made since."""
    tokens: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def with_code(self, *, id_type: str, id_number: str, code: str) -> SignedIn:
        """As the protocol."""
        self.asked.append("code")
        if len(code.replace("-", "")) != 12:
            raise InputError("claim_mistyped", "the check character does not hold")
        for person in self.people:
            if (id_type, id_number, code.upper()) == ("citizen", person.id_number, person.code):
                return self.let_in(person)
        raise NotAllowedError("not_recognised", "these do not belong together")

    def let_in(self, person: Person) -> SignedIn:
        """Sign somebody in."""
        number = len(self.tickets) + 1
        session = base64.urlsafe_b64encode(number.to_bytes(16)).rstrip(b"=").decode()
        ticket = f"v1.ticket.{number}"
        self.tickets[ticket], self.expires[ticket] = person, self.clock() + self.lasts
        return SignedIn(data_key=person.data_key, ticket=ticket, session=session, expires=self.expires[ticket])

    def begin_oidc(self) -> Begun:
        """As the protocol."""
        if self.oidc is None:
            raise NotFoundError("oidc_not_configured", "no provider")
        return self.oidc

    def with_token(self, *, id_token: str, nonce: str) -> SignedIn:
        """As the protocol; the token names the person."""
        self.tokens.append((id_token, nonce))
        for person in self.people:
            if id_token == f"token of {person.id_number}":
                return self.let_in(person)
        raise NotAllowedError("not_recognised", "these do not belong together")

    def view(self, ticket: str) -> HolderView:
        """As the protocol."""
        person = self._person(ticket)
        shown = replace(person.view, certificates=self._certificates(person))
        self.asked.append("view")
        return replace(shown, mark=hashlib.sha256(repr(shown).encode()).hexdigest()[:32])

    def view_since(self, ticket: str, mark: str) -> HolderView | None:
        """As the protocol."""
        found = self.view(ticket)
        self.asked[-1] = "view_since"
        return None if found.mark == mark else found

    def _certificates(self, person: Person) -> tuple[Certificate, ...]:
        return tuple(
            replace(each, has_document=True) if each.number in self.documents else each
            for each in person.view.certificates
        )

    def document(self, ticket: str, number: str) -> bytes | None:
        """As the protocol."""
        return PDF if self._certificate(ticket, number).has_document else None

    def face(self, ticket: str, number: str) -> bytes | None:
        """As the protocol."""
        return PICTURE if self._certificate(ticket, number).has_document else None

    def end(self, ticket: str) -> None:
        """As the protocol."""
        self._person(ticket)
        self.expires[ticket] = self.clock()

    def _person(self, ticket: str) -> Person:
        if ticket not in self.tickets or self.clock() >= self.expires[ticket]:
            raise NotAllowedError("ticket_refused", "the session is over")
        return self.tickets[ticket]

    def _certificate(self, ticket: str, number: str) -> Certificate:
        person = self._person(ticket)
        found = next((each for each in self._certificates(person) if each.number == number), None)
        if found is None:
            raise NotFoundError("no_certificate", "no certificate of this person has the number")
        return found


class Visitor:
    """A browser without scripts: keeps cookies, sends forms from the desk's own pages."""

    def __init__(self, app: Starlette, *, agent: str = MOBILE, language: str = "zh-CN,zh;q=0.9") -> None:
        self._app = app
        self.headers = {"User-Agent": agent, "Accept-Language": language}
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET, without following where it leads."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send a form, as a page of the desk would."""
        own = {"Origin": DESK, "Sec-Fetch-Site": "same-origin"}
        return self.ask("POST", path, headers=own | headers, data=dict(form or {}))

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request; cookies are kept."""
        headers = self.headers | {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        } | options.pop("headers", {})  # fmt: skip
        if method == "POST":
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=DESK) as client:
                return await client.request(method, path, headers=headers, **options)

        answer = asyncio.run(send())
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0].strip('"')
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def sign_in(self, person: Person) -> httpx.Response:
        """Sign in with a claim code."""
        form = {"id_type": "citizen", "id_number": person.id_number, "code": person.code}
        return self.post("/sign-in", form)

    def page_of(self, number: str) -> str:
        """The address of one's own certificate, found on the page of all of them."""
        for handle in re.findall(r'"/certificates/([A-Za-z0-9_-]{12})"', self.get("/certificates").text):
            if number in self.get(f"/certificates/{handle}").text:
                return f"/certificates/{handle}"
        raise AssertionError(f"no page shows {number}")


class StandIn:
    """A desk on an empty database, with the stand-in for the unlock service."""

    def __init__(self, place: Path | URL, **changes: Any) -> None:
        self.clock = MovingClock()
        self.unlock = FakeUnlock(self.clock)
        database = place / "desk.sqlite3" if isinstance(place, Path) else place
        settings = DeskSettings(
            origin=DESK, verifier=VERIFIER, database=database, socket=Path("/nowhere"), demonstration=True
        )
        self.settings = replace(settings, **changes)
        self.store = open_store(database)
        self.kept = KeptViews()
        self.app = create_app(
            self.settings, store=self.store, unlock=self.unlock, clock=self.clock, patience=0.0, kept=self.kept
        )

    def at(self, origin: str) -> Starlette:
        """The same desk as it is reached at another address."""
        settings = replace(self.settings, origin=origin)
        return create_app(settings, store=self.store, unlock=self.unlock, clock=self.clock, patience=0.0)

    def visitor(self, **options: str) -> Visitor:
        """A new visitor."""
        return Visitor(self.app, **options)

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def stored_bytes(store: DeskStore) -> bytes:
    """Everything that the desk's database has written, as somebody who copies it has it."""
    if store.is_server:
        return postgresql.running().stored(store.engine.url)
    path = Path(str(store.engine.url.database))
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
