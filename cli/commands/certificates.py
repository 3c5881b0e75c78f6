"""``titlecert certificate``: what was issued, and each holder's sealed document.

Rules: the list shows masked names; what only the holder's record holds (name, check code, QR text) is opened for one
certificate at a time, or with ``--full`` for whoever hands the certificates out.

    titlecert certificate show 99000020262000001 --home ./office
    titlecert certificate document 99000020262000001 --out wang.pdf --home ./office
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.status import state_name
from cli.console import table
from cli.errors import RefusedError
from cli.exits import EPILOG
from cli.opening import OpenOffice, open_home, open_office
from cli.options import Home, Json, Language, ServicePassphraseFile
from cli.tool import Tool, begin
from cli.working import worker_of
from credential import durable

if TYPE_CHECKING:
    from credential.catalogue import Catalogue
    from issuer.db.certificates import Certificate
    from issuer.db.events import Event
    from issuer.db.sessions import ReadSession

app = typer.Typer(help="证书。Certificates.", no_args_is_help=True, rich_markup_mode=None)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.")]


@app.command("list", epilog=EPILOG)
def list_all(
    context: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="含姓名、查验码和二维码内容。With names, check codes and QR texts.")
    ] = False,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """列出已发的证书。List the certificates that were issued.

    \b
    例 Example:
      titlecert certificate list --home ./office
    """
    from issuer.db.certificates import for_publication  # noqa: PLC0415

    tool = begin(context, json_output, language)
    directory = open_home(home)
    with open_office(tool, directory, service_passphrase_file) as opened, opened.office.register.read() as session:
        catalogue = opened.office.catalogue(session)
        found = [_plain(opened, session, each, catalogue, full=full) for each in list(for_publication(session))]
    tool.finish({"certificates": found}, _table(tool, found, full=full))


@app.command("show", epilog=EPILOG)
def show(
    context: typer.Context,
    number: Number,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """显示一张证书和它的经过。Show a certificate and what happened to it.

    \b
    例 Example:
      titlecert certificate show 99000020262000001 --home ./office
    """
    from issuer.db import certificates  # noqa: PLC0415
    from issuer.db.events import events_of  # noqa: PLC0415

    tool = begin(context, json_output, language)
    directory = open_home(home)
    with open_office(tool, directory, service_passphrase_file) as opened, opened.office.register.read() as session:
        certificate = certificates.by_number(session, number)
        data = _plain(opened, session, certificate, opened.office.catalogue(session), full=True)
        data["events"] = [_event(each) for each in events_of(session, certificate.id)]
    tool.finish(data, _text(tool, data))


@app.command("document", epilog=EPILOG)
def document(
    context: typer.Context,
    number: Number,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="写到哪里。Where to write the PDF.")],
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """取出一张证书的盖章 PDF，缺的先制作；不覆盖已有文件。Write a certificate's sealed PDF; nothing is overwritten.

    \b
    例 Example:
      titlecert certificate document 99000020262000001 --out certificate.pdf --home ./office
    """
    from issuer.db import certificates  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with open_office(tool, open_home(home), service_passphrase_file) as opened:
        with opened.office.register.read() as session:
            found = certificates.by_number(session, number)
        path = document_path(opened, found) or _make(opened, found)
        _write_new(out, path.read_bytes())
    tool.finish({"number": number, "document": str(out)}, tool.pick(f"已写入 {out}", f"Wrote {out}"))


def document_path(opened: OpenOffice, certificate: Certificate) -> Path | None:
    """Return where a certificate's document lies, None when it was not made or is gone."""
    if certificate.document_path is None:
        return None
    path = opened.office.home.documents / certificate.document_path
    return path if path.is_file() else None


def _make(opened: OpenOffice, certificate: Certificate) -> Path:
    with worker_of(opened) as worker:
        if worker is not None:
            return worker.make_document(certificate.id, certificate.authority)
    raise RefusedError(
        "no_document",
        f"{certificate.number} 的 PDF 还没有制作好，后台服务正在运行：请稍后再试",
        f"the document of {certificate.number} is not made yet and a worker is running; try again later",
    )


def _write_new(path: Path, data: bytes) -> None:
    """Write a file of personal data: 0600, and never over another one."""
    try:
        durable.create(path, data, mode=0o600)
    except FileExistsError as error:
        raise RefusedError(
            "file_exists",
            f"{path} 已存在，没有覆盖；请换个文件名",
            f"{path} exists and was not overwritten; take another name",
        ) from error


def _table(tool: Tool, found: list[dict[str, Any]], *, full: bool) -> str:
    pairs = [("编号", "number"), ("状态", "status"), ("发证日期", "issued"), ("姓名", "name"), ("资格", "title")]
    pairs += [("查验码", "check code")] if full else []
    rows = [
        (
            *(each["number"], state_name(tool, each["status"]), each["issued_on"], each["name"], each["title"]),
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


def _plain(
    opened: OpenOffice, session: ReadSession, certificate: Certificate, catalogue: Catalogue, *, full: bool
) -> dict[str, Any]:
    from credential import checkcode, qrtext  # noqa: PLC0415
    from credential.claims import CredentialBytes, decode_claims, parse  # noqa: PLC0415
    from issuer.db.certificates import content  # noqa: PLC0415
    from issuer.identifiers import mask_name  # noqa: PLC0415

    stored = content(session, opened.office.vault, certificate.id)
    if stored.credential is None:
        raise RefusedError(
            "not_signed", f"{certificate.number} 还没有签发", f"{certificate.number} is reserved and not signed yet"
        )
    credential = CredentialBytes(stored.credential)
    claims = decode_claims(parse(credential).message.payload)
    path = document_path(opened, certificate)
    data: dict[str, Any] = {
        "number": certificate.number,
        "name": claims.name if full else mask_name(claims.name),
        "status": certificate.state.word,
        "authority": certificate.authority,
        "series": catalogue.series(claims.series).name,
        "title": catalogue.title(claims.title).name,
        "level": catalogue.level(claims.level).name,
        "specialty": claims.specialty,
        "award_date": claims.award_date.isoformat(),
        "issued_on": certificate.issued_on and certificate.issued_on.isoformat(),
        "basis": claims.basis_reference,
        "scope": claims.scope and claims.scope.name,
        "document": path and str(path),
    }
    if full:
        code = checkcode.group(checkcode.parse(stored.check_code))
        data |= {"check_code": code, "qr_text": qrtext.encode(credential, opened.office.home.settings.origin)}
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


def _text(tool: Tool, data: dict[str, Any]) -> str:
    shown = {name: state_name(tool, value) if name == "status" else value for name, value in data.items()}
    rows = [(tool.pick(*label), shown[name]) for name, label in _LABELS.items() if shown.get(name)]
    facts = "\n".join(table(rows[0], rows[1:]).splitlines())
    pairs = (("日期", "date"), ("事项", "event"), ("机关", "authority"), ("文号", "document"), ("依据", "basis"))
    events = [
        (each["effective"], state_name(tool, each["kind"]), each["authority"], each["document"], each["basis"])
        for each in data["events"]
    ]
    return facts + "\n\n" + table([tool.pick(*pair) for pair in pairs], events)
