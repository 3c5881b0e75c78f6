"""One request to the desk: what the visitor asked, chose and is signed in as.

Rules: a form is read once, in one encoding, with few fields. What a page shows of a person is asked of the unlock
service, whole once in a session and later only where it changed (``kept``).

    visit = await read_visit(request, desk)
    visit.form["number"]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from issuer.desk.kept import KeptViews
from issuer.desk.sessions import Live
from issuer.desk.settings import DeskSettings
from issuer.desk.shown import Shown, shown
from issuer.desk.unlocking import Unlocking
from issuer.desk.wording import Say, language_of
from issuer.unlock.model import HolderView

LANGUAGE_COOKIE: Final = "language"
TEXT_COOKIE: Final = "text"
_MOST_FIELDS: Final = 20
_LOCAL_PATH: Final = re.compile(r"/[A-Za-z0-9/_.-]*")
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "MIUI Browser"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_MACHINES: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class Asking:
    """What a request says, before anybody looks whose it is."""

    method: str
    path: str
    cookies: Mapping[str, str]
    form: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    agent: str
    accepted: str

    @property
    def say(self) -> Say:
        """The words in the visitor's language."""
        return Say(language_of(self.cookies.get(LANGUAGE_COOKIE), self.accepted))

    @property
    def is_large(self) -> bool:
        """Whether the visitor chose large text."""
        return self.cookies.get(TEXT_COOKIE) == "large"

    @property
    def in_wechat(self) -> bool:
        """Whether it is WeChat's own browser, which saves no files."""
        return "MicroMessenger" in self.agent

    @property
    def device(self) -> str:
        """Browser and system in two words, as a list of sign-ins names them; empty where they are unknown."""
        browser = next((name for mark, name in _BROWSERS if mark in self.agent), "")
        machine = next((name for mark, name in _MACHINES if mark in self.agent), "")
        return " · ".join(filter(None, (browser, machine)))

    def back(self) -> str:
        """Return the local page that a form names to go back to; the first page for anything else."""
        named = self.form.get("back", "/")
        return named if _LOCAL_PATH.fullmatch(named) and not named.startswith("//") else "/"


@dataclass(kw_only=True)
class Visit:
    """A request of somebody, signed in or not."""

    asking: Asking
    settings: DeskSettings
    unlock: Unlocking = field(repr=False)
    kept: KeptViews = field(repr=False)
    live: Live | None

    @property
    def say(self) -> Say:
        """The words in the visitor's language."""
        return self.asking.say

    @property
    def holder(self) -> Live:
        """The session; only for pages that take one."""
        assert self.live is not None
        return self.live

    @cached_property
    def view(self) -> HolderView:
        """What the holder may see. Raises NotAllowedError ``ticket_refused``, MachineError ``unlock_gone``."""
        return self.kept.view(self.unlock, self.holder)

    @cached_property
    def certificates(self) -> tuple[Shown, ...]:
        """The holder's certificates, newest first, as pages show them."""
        found = sorted(self.view.certificates, key=lambda each: (each.issued_on, each.number), reverse=True)
        return tuple(shown(each, self.holder.data_key, self.say) for each in found)

    def certificate(self, handle: str) -> Shown | None:
        """Return the certificate that a handle stands for, None where this holder has none of it."""
        return next((each for each in self.certificates if each.handle == handle), None)


async def read_asking(request: Request) -> Asking:
    """Read a request. Its body was bounded before (``headers``)."""
    body = await request.body() if request.method == "POST" else b""
    return Asking(
        method=request.method,
        path=request.url.path,
        cookies=request.cookies,
        form=_fields(body.decode("utf-8", "replace")),
        query=_fields(request.url.query),
        agent=request.headers.get("user-agent", "")[:400],
        accepted=request.headers.get("accept-language", ""),
    )


def _fields(text: str) -> dict[str, str]:
    """The fields of a form by name, the first of each; none of a form that has too many."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
