"""``titlecert certificate``: what was issued, and each holder's sealed document.

Rules: the list shows masked names; what only the holder's record holds (name, check code, QR text) is opened for one
certificate at a time, or with ``--full`` for anyone who hands the certificates out.

    titlecert certificate show 99000020262000001 --home ./office
    titlecert certificate document 99000020262000001 --out wang.pdf --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output, values
from cli.commands.status import state_name
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE
from cli.output import out_option
from cli.people import acted_json, people
from cli.tool import Tool
from cli.verdicts import face_lines, fitted
from cli.working import make_document
from credential.statuslist import Status
from issuer.services import acting, certificates
from issuer.services.certificates import MAX_LISTED, MOST_COUNTED, CertificateListing, Contact, Event, Wanted

app = group()

_STATES = {each.word: each for each in Status}


_STATE_HELP = (
    "只列这个状态的：valid 有效，suspended 核查中，withdrawn 已撤销，cancelled 已注销，superseded 已更正换发。"
    "In this state only."
)


def _state(text: str) -> Status:
    if text not in _STATES:
        raise ValueError(f"{text!r} is not one of {', '.join(map(repr, _STATES))}.")
    return _STATES[text]


Number = Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.")]


@command(app, "list", passphrases=(SERVICE,))
def list_all(
    run: Run,
    full: Annotated[
        bool, typer.Option("--full", help="含姓名、查验码和二维码内容。With names, check codes and QR texts.")
    ] = False,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="BATCH", help="只列这个批次的。Of this batch only.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="只列这个姓名的，须写全，并写明批次、备案或起始日期；逐张打开比对，记入审计。"
            "Of this name only, in full, with a batch, a filing or a first day; each is opened, which the audit notes.",
        ),
    ] = None,
    state: Annotated[
        Status | None,
        typer.Option("--state", parser=_state, metavar=f"<{'|'.join(_STATES)}>", help=_STATE_HELP),
    ] = None,
    filing: Annotated[
        str | None,
        typer.Option("--filing", metavar="NUMBER", help="只列依据这个备案或文号的。On this filing or basis only."),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="这一天起发证的。Issued on this day or later.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="这一天止发证的。Issued on this day or earlier.")
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", metavar="NUMBER", help="从这个编号之后列起。Begin behind this number.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="最多几张。At most so many.")] = MAX_LISTED,
) -> None:
    """列出已发的证书，可按批次、姓名、状态、备案、日期挑选。List certificates, by batch, name, state, filing, date.

    \b
    例 Example:
      titlecert certificate list --home ./office
      titlecert certificate list --batch sf-hrss-0001 --state withdrawn --home ./office
      titlecert certificate list --name 宋平 --from 2026-01-01 --home ./office
    """
    tool = run.tool
    which = Wanted(
        batch=batch,
        state=state,
        filing=filing,
        issued_from=values.optional_day(first, "--from"),
        issued_until=values.optional_day(last, "--until"),
        after=after,
    )
    with open_home(run) as opened:
        page = certificates.listed(opened, local_actor(), which, name=name, full=full, limit=limit)
    found = [_plain(each) for each in page.certificates]
    none = tool.pick("没有符合条件的证书。", "There is no such certificate.")
    left = min(page.left, MOST_COUNTED)
    tool.finish(
        {"certificates": found, "left": left, "left_is_more": page.has_more},
        _table(tool, found, full=full) if found else none,
    )
    if page.left:
        behind = found[-1]["number"]
        zh, en = (f"超过 {left} 张", f"more than {left}") if page.has_more else (f" {left} 张", f"{left} more")
        tool.say(f"还有{zh}没有列出；加 --after {behind} 接着列。", f"{en} are not shown; --after {behind} goes on.")


@command(app, "show", passphrases=(SERVICE,))
def show(
    run: Run,
    number: Number,
    with_qr: Annotated[
        bool, typer.Option("--qr-text", help="也显示二维码内容。Show the text of the QR code too.")
    ] = False,
) -> None:
    """显示一张证书和它的经过。Show a certificate and what happened to it.

    \b
    例 Example:
      titlecert certificate show 99000020262000001 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = certificates.shown(opened, local_actor(), number)
        acted = acting.on_certificate(opened, number)
    face = None if found.face is None else asdict(found.face)
    data = _plain(found.certificate) | {"face": face, "events": [_event(each) for each in found.events]}
    data |= {"acts": [acted_json(each) for each in acted]}
    data |= {"contact": None if found.contact is None else asdict(found.contact)}
    printed = [] if found.face is None else ["", *face_lines(found.face, tool.console.language)]
    printed += [] if found.contact is None else ["", *_reached(tool, found.contact)]
    told = data if with_qr else data | {"qr_text": None}
    tool.finish(data, _text(tool, told, printed) + "\n\n" + people(tool, acted))


@command(app, "document", passphrases=(SERVICE,))
def document(
    run: Run,
    number: Number,
    out: Annotated[Path, out_option("--out", "pdf", "写到哪里，不覆盖已有文件。Where to write the PDF; a new file.")],
) -> None:
    """取出一张证书的盖章 PDF，缺的先制作；不覆盖已有文件。Write a certificate's sealed PDF; nothing is overwritten.

    \b
    例 Example:
      titlecert certificate document 99000020262000001 --out certificate.pdf --home ./office
    """
    tool = run.tool
    output.check(out, option="--out")
    with open_home(run) as opened:
        path = certificates.document(opened, local_actor(), number) or make_document(tool, opened, number)
        output.write(out, path.read_bytes(), option="--out")
    tool.finish({"number": number, "document": str(out)}, tool.pick(f"已写入 {out}", f"Wrote {out}"))


def _table(tool: Tool, found: list[dict[str, Any]], *, full: bool) -> str:
    pairs = [("编号", "number"), ("状态", "status"), ("发证日期", "issued"), ("姓名", "name"), ("资格", "title")]
    pairs += [("查验码", "check code")] if full else []
    rows = [
        (
            each["number"],
            state_name(tool, each["status"]),
            each["issued_on"],
            each["name"],
            each["title"],
            *((each["check_code"],) if full else ()),
        )
        for each in found
    ]
    return tool.table(pairs, rows, kept=("number", "status", "issued", *(("check code",) if full else ())))


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind.word,
        "effective": event.effective.isoformat(),
        "recorded": event.recorded.isoformat(),
        "authority": event.authority,
        "basis": event.basis,
        "document": event.document,
        "reason": int(event.reason),
        "note": event.note,
        "successor": event.successor,
    }


def _plain(each: CertificateListing) -> dict[str, Any]:
    data: dict[str, Any] = {
        "number": each.number,
        "name": each.name,
        "status": each.status,
        "authority": each.authority,
        "series": each.series,
        "title": each.title,
        "level": each.level,
        "specialty": each.specialty,
        "award_date": each.award_date.isoformat(),
        "issued_on": each.issued_on and each.issued_on.isoformat(),
        "basis": each.basis,
        "scope": each.scope,
        "document": each.document and str(each.document),
    }
    if each.check_code is not None:
        data |= {"check_code": each.check_code, "qr_text": each.qr_text}
    return data


_LABELS = {
    "number": ("证书编号", "Number"),
    "status": ("状态", "Status"),
    "name": ("姓名", "Name"),
    "title": ("资格名称", "Title"),
    "level": ("级别", "Level"),
    "series": ("系列", "Series"),
    "specialty": ("专业", "Specialty"),
    "award_date": ("取得时间", "Awarded"),
    "basis": ("依据", "Basis"),
    "scope": ("有效范围", "Scope"),
    "authority": ("发证机关", "Authority"),
    "issued_on": ("发证日期", "Issued"),
    "check_code": ("查验码", "Check code"),
    "document": ("PDF 文件", "Document"),
    "qr_text": ("二维码内容", "QR text"),
}


def _reached(tool: Tool, contact: Contact) -> list[str]:
    """How the holder is reached, a line each."""
    said = ((("手机号码", "mobile"), contact.mobile), (("电子邮箱", "e-mail"), contact.email))
    return [f"{tool.pick(*label)}  {value}" for label, value in said if value]


def _text(tool: Tool, data: dict[str, Any], printed: Sequence[str]) -> str:
    shown = {name: state_name(tool, value) if name == "status" else value for name, value in data.items()}
    rows = [(tool.pick(*label), shown[name]) for name, label in _LABELS.items() if shown.get(name)]
    facts = "\n".join([tool.facts(rows), *(fitted(line, tool.console.columns) for line in printed)])
    return facts + "\n\n" + _history(tool, data["events"])


def _history(tool: Tool, events: Sequence[dict[str, Any]]) -> str:
    """What happened, a line each; a note, or the number of the certificate in this one's place, where there is one."""
    pairs = [("日期", "date"), ("事项", "event"), ("机关", "authority"), ("文号", "document"), ("依据", "basis")]
    members = ["effective", "kind", "authority", "document", "basis"]
    told = [{**each, "kind": state_name(tool, each["kind"])} for each in events]
    if any(each["note"] or each["successor"] for each in events):
        pairs.append(("备注", "note"))
        members.append("said")
        told = [{**each, "said": each["note"] or each["successor"] or ""} for each in told]
    rows = [tuple(each[member] for member in members) for each in told]
    return tool.table(pairs, rows, kept=("date", "event"))
