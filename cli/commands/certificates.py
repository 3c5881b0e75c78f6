"""``titlecert certificate``: what was issued, and each holder's sealed document.

Rules: the list shows masked names; what only the holder's record holds (name, check code, QR text) is opened for one
certificate at a time, or with ``--full`` for whoever hands the certificates out.

    titlecert certificate show 99000020262000001 --home ./office
    titlecert certificate document 99000020262000001 --out wang.pdf --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from cli.commands.status import state_name
from cli.console import table
from cli.errors import RefusedError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE
from cli.output import out_option
from cli.people import acted_json, people
from cli.tool import Tool
from cli.verdicts import face_lines
from cli.working import worker_of
from issuer.home.opened import Opened
from issuer.services import acting, certificates
from issuer.services.certificates import CertificateListing, Contact, Event

app = group()

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.")]


@command(app, "list", passphrases=(SERVICE,))
def list_all(
    run: Run,
    full: Annotated[
        bool, typer.Option("--full", help="含姓名、查验码和二维码内容。With names, check codes and QR texts.")
    ] = False,
) -> None:
    """列出已发的证书。List the certificates that were issued.

    \b
    例 Example:
      titlecert certificate list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = [_plain(each) for each in certificates.listed(opened, local_actor(), full=full)]
    tool.finish({"certificates": found}, _table(tool, found, full=full))


@command(app, "show", passphrases=(SERVICE,))
def show(run: Run, number: Number) -> None:
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
    tool.finish(data, _text(tool, data, printed) + "\n\n" + people(tool, acted))


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
        path = certificates.document(opened, local_actor(), number) or _make(opened, number)
        output.write(out, path.read_bytes(), option="--out")
    tool.finish({"number": number, "document": str(out)}, tool.pick(f"已写入 {out}", f"Wrote {out}"))


def _make(opened: Opened, number: str) -> Path:
    with worker_of(opened) as worker:
        if worker is not None:
            return worker.make_document(number)
    raise RefusedError(
        "no_document",
        f"{number} 的 PDF 还没有制作好，后台服务正在运行：请稍后再试",
        f"the document of {number} is not made yet and a worker is running; try again later",
    )


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
    return table([tool.pick(*pair) for pair in pairs], rows)


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind.word,
        "effective": event.effective.isoformat(),
        "recorded": event.recorded.isoformat(),
        "authority": event.authority,
        "basis": event.basis,
        "document": event.document,
        "reason": int(event.reason),
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
    facts = "\n".join([*table(rows[0], rows[1:]).splitlines(), *printed])
    pairs = (("日期", "date"), ("事项", "event"), ("机关", "authority"), ("文号", "document"), ("依据", "basis"))
    events = [
        (each["effective"], state_name(tool, each["kind"]), each["authority"], each["document"], each["basis"])
        for each in data["events"]
    ]
    return facts + "\n\n" + table([tool.pick(*pair) for pair in pairs], events)
