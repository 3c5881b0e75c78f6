"""Everything that is held about the holder, why, who receives it and who looked; to read, and to take away.

GET /held/export.json
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from starlette.responses import Response

from issuer.desk import requests, sessions
from issuer.desk.desk import Desk
from issuer.desk.held import GROUPS, held_record, record_json
from issuer.desk.printing import Printer, Section
from issuer.desk.requests import Request
from issuer.desk.sessions import Listed
from issuer.desk.shown import Shown, beside
from issuer.desk.visit import Visit
from issuer.desk.wording import Say
from issuer.unlock.model import Code, Looked


def everything(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show what is held, group by group."""
    looked = sorted(visit.view.looked, key=lambda each: each.at, reverse=True)
    return desk.pages.answer(
        visit,
        "held.html",
        current="held",
        held=[beside(pair, visit.say) for pair in visit.view.held],
        certificates=visit.certificates,
        codes=[code_lines(visit.say, each) for each in visit.view.codes],
        looked=[(each, act_name(visit.say, each)) for each in looked],
        groups=GROUPS,
    )


def erasing(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Say what erasing means, what it does not, and how to ask for it."""
    return desk.pages.answer(visit, "erasing.html", current="held")


def as_json(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Return everything as a file for programs."""
    listed, asked = _own(desk, visit)
    data = record_json(held_record(visit.view, listed, asked, now=desk.clock()))
    return _file(data, "application/json", "titlecert-held.json")


def as_pdf(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Return everything as a PDF."""
    say, now = visit.say, desk.clock()
    listed, asked = _own(desk, visit)
    data = _printer(desk.settings.fonts).print(
        [*(_certificate(visit, each) for each in visit.certificates), *_rest(visit, listed, asked)],
        title=say("held.print_title"),
        subtitle=say("held.print_subtitle", name=visit.view.name, at=say.moment(now)),
        language=say.language,
        now=now,
    )
    return _file(data, "application/pdf", "titlecert-held.pdf")


def act_name(say: Say, looked: Looked) -> str:
    """Return what somebody of the office did, in words."""
    return say(f"acts.{looked.act}") if say.has(f"acts.{looked.act}") else looked.act


def code_lines(say: Say, code: Code) -> list[str]:
    """Return what is held of a claim code, in words; the first line says when it was made."""
    lines = [say("held.code_made", at=say.moment(code.made), by=code.made_by, number=code.certificate)]
    lines.append(
        say(f"held.code_{code.handing}") if code.sent is None else say("held.code_sent", at=say.moment(code.sent))
    )
    for each in code.collected:
        said = {"name": each.by, "relation": each.relation, "by": each.recorded_by}
        lines.append(say("held.code_collected", at=say.moment(each.at), **said))
    ends = {"used": code.used, "ended": code.ended}
    lines += [say(f"held.code_{name}", at=say.moment(at)) for name, at in ends.items() if at is not None]
    if code.used is None and code.ended is None:
        lines.append(say("held.code_expires", at=say.moment(code.expires)))
    return [*lines, say("held.code_tries", count=code.tries)]


@cache
def _printer(fonts: tuple[Path, ...]) -> Printer:
    return Printer(fonts)


def _own(desk: Desk, visit: Visit) -> tuple[tuple[Listed, ...], tuple[Request, ...]]:
    """What the desk itself keeps of the holder."""
    with desk.store.read() as connection:
        listed = sessions.listed(connection, visit.holder, desk.settings, now=desk.clock())
        return listed, requests.listed(connection, visit.holder)


def _file(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _certificate(visit: Visit, shown: Shown) -> Section:
    say, of = visit.say, shown.of
    rows = [
        (say("fields.number"), of.number),
        (say("fields.state"), shown.state_title),
        (say("fields.name"), of.name),
        (say("fields.id"), shown.document_id),
        (say("fields.title"), shown.title),
        (say("fields.level"), shown.level),
        (say("fields.series"), shown.series),
        (say("fields.specialty"), of.specialty),
        (say("fields.way"), shown.way),
        (say("fields.awarded"), shown.awarded),
        (say("fields.issued"), shown.issued),
        (say("fields.authority"), of.authority),
        (say("fields.scope"), of.scope or say("fields.everywhere")),
        (say("fields.code"), shown.code),
        (say("fields.photo"), say("common.yes" if of.has_photo else "common.no")),
        *shown.extra,
        *((step.title, " · ".join(filter(None, (step.day, step.reason, step.document)))) for step in shown.steps),
    ]
    return Section(title=say("held.print_certificate", title=shown.title), rows=rows)


def _rest(visit: Visit, listed: tuple[Listed, ...], asked: tuple[Request, ...]) -> list[Section]:
    say, view = visit.say, visit.view
    looked = [
        (say.moment(each.at), " · ".join(filter(None, (each.who, act_name(say, each), each.certificate))))
        for each in view.looked
    ]
    sessions_ = [(say.moment(each.begun), each.device or say("sign_ins.unknown")) for each in listed]
    requests_ = [(say.moment(each.made), _request(say, each)) for each in asked]
    notes = [
        (say(f"held.{group}"), " ".join(say(f"held.{group}_{part}") for part in ("why", "who", "long")))
        for group in GROUPS
    ]
    return [
        _section(say("held.beyond"), [beside(pair, say) for pair in view.held], none=say("content.nothing")),
        _section(say("held.looked"), looked, none=say("held.nobody")),
        _section(say("held.codes"), [_code(say, each) for each in view.codes], none=say("held.codes_none")),
        Section(title=say("held.sessions"), rows=sessions_),
        _section(say("held.requests"), requests_, none=say("requests.none")),
        Section(title=say("held.purposes"), rows=notes),
    ]


def _section(title: str, rows: Sequence[tuple[str, str]], *, none: str) -> Section:
    """A part with rows, or with the sentence that there are none."""
    return Section(title=title, rows=rows, notes=() if rows else (none,))


def _code(say: Say, code: Code) -> tuple[str, str]:
    first, *others = code_lines(say, code)
    return first, " · ".join(others)


def _request(say: Say, each: Request) -> str:
    """What was asked, and what the office answered."""
    asked = (say(f"requests.{each.asked.kind}"), each.asked.certificate, each.asked.subject, each.asked.text)
    said = " · ".join(filter(None, (*asked, each.asked.contact)))
    if each.answer is None:
        return f"{said} · {say(f'requests.state_{each.state}')}"
    return f"{said} · {say(f'requests.outcome_{each.answer.outcome}')} · {each.answer.text}"
