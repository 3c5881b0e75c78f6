"""``titlecert batch check``: a list is read, every finding of every row is told at once, and good lists are stored.

Rules: a list with an error is not stored, so that nothing of it can be issued, until the clerk takes the good rows by
name (``--take-good-rows``). What was not taken stays in the batch as rejected, with its findings.

    titlecert batch check results.xlsx --authority sf-hrss --annotated results-checked.xlsx --home ./office
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits, values
from cli.opening import OpenOffice, open_home, open_office
from cli.options import AuthorityId, Home, Json, Language, ServicePassphraseFile
from cli.tool import Tool, begin
from credential import durable

if TYPE_CHECKING:
    from issuer.db.sessions import ReadSession
    from issuer.home.paths import Home as OpenHome
    from issuer.intake import CheckedBatch, Finding
    from issuer.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A list and what was found in it."""

    data: bytes
    name: str
    authority: str
    decision: str
    batch: CheckedBatch
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        return sum(each.severity.value == "error" for each in self.findings)


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="名单（.xlsx 或 .csv）。The list, .xlsx or .csv.")],
    authority: AuthorityId,
    decision: Annotated[
        str, typer.Option("--decision", metavar="TEXT", help="整批的批准文号。Decision document of the whole list.")
    ] = "",
    take_good_rows: Annotated[
        bool, typer.Option("--take-good-rows", help="有错误时，只收合格的行。Take the good rows of a list with errors.")
    ] = False,
    annotated: Annotated[
        Path | None,
        typer.Option("--annotated", metavar="OUT.xlsx", help="写一份标注了问题的副本。Write a copy with the findings."),
    ] = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """核对名单，一次列出全部问题，无错误就存为批次。Check a list; store it if it has no error.

    有错误时不收任何一行（退出码 3），改正后再核对，或用 --take-good-rows 只收合格的行。
    A list with errors is not stored (exit code 3): correct it, or take its good rows with --take-good-rows.

    \b
    例 Example:
      titlecert batch check results.xlsx --authority sf-hrss --annotated checked.xlsx --home ./office
    """
    tool = begin(context, json_output, language)
    opened = open_home(home)
    data = file.read_bytes()
    with open_office(tool, opened, service_passphrase_file) as office:
        found = _check(office, data, file.name, authority, decision)
        if annotated is not None:
            _annotate(found, annotated)
        batch_id = _store(office, found) if found.batch.good and (take_good_rows or not found.errors) else None
    _tell(tool, found, batch_id, annotated, opened)


def _check(opened: OpenOffice, data: bytes, name: str, authority: str, decision: str) -> _Checked:
    from issuer import intake  # noqa: PLC0415
    from issuer.batches.context import intake_context  # noqa: PLC0415

    office, today = opened.office, opened.tool.today()
    fonts = office.fonts()
    result = intake.read_list(data, name=name)
    with office.register.read() as session:
        facts = intake_context(
            session,
            office.vault,
            authority,
            catalogue=office.catalogue(session),
            missing_glyphs=lambda text: [glyph.char for glyph in fonts.missing(text)],
            today=today,
            defaults={"decision_document": decision} if decision else {},
        )
        batch = intake.check(result.rows, facts, today)
    findings = (*result.findings, *batch.findings)
    return _Checked(data=data, name=name, authority=authority, decision=decision, batch=batch, findings=findings)


def _annotate(found: _Checked, target: Path) -> None:
    from issuer import intake  # noqa: PLC0415

    durable.replace(target, intake.annotate(found.data, found.findings), mode=0o600)


def _store(opened: OpenOffice, found: _Checked) -> str:
    from issuer.batches.context import to_batch  # noqa: PLC0415
    from issuer.batches.store import store_checked  # noqa: PLC0415

    batch = to_batch(
        found.batch,
        authority=found.authority,
        file_name=found.name,
        file_digest=hashlib.sha256(found.data).digest(),
        decision_document=found.decision,
    )
    now = opened.tool.now()
    with opened.office.register.write() as session:
        return store_checked(session, opened.office.vault, batch, actor=values.local_actor(), now=now)


def _tell(tool: Tool, found: _Checked, batch_id: str | None, annotated: Path | None, home: OpenHome) -> None:
    from issuer.intake import findings_json, findings_table  # noqa: PLC0415

    good, rejected = len(found.batch.good), len(found.batch.rejected)
    data = {
        "file": found.name,
        "authority": found.authority,
        "rows": good + rejected,
        "good": good,
        "rejected": rejected,
        "errors": found.errors,
        "findings": findings_json(found.findings),
        "batch": batch_id,
        "annotated": annotated and str(annotated),
    }
    text = findings_table(found.findings, language=tool.console.language)
    counted = tool.pick(
        f"{found.name}：共 {good + rejected} 行，合格 {good} 行，有错误 {rejected} 行",
        f"{found.name}: {good + rejected} rows, {good} good, {rejected} with errors",
    )
    outcome = (
        tool.pick(f"已存为批次 {batch_id}（{good} 行待提交）", f"Stored as batch {batch_id} with {good} rows to submit")
        if batch_id
        else tool.pick("没有收任何一行，什么都不会发证", "Nothing was stored, so nothing can be issued")
    )
    exit_code = exits.DONE if batch_id else exits.FINDINGS
    tool.finish(data, f"{text}\n\n{counted}\n{outcome}", exit_code=exit_code)
    _advise(tool, found, batch_id, home)


def _advise(tool: Tool, found: _Checked, batch_id: str | None, home: OpenHome) -> None:
    if batch_id:
        tool.say(
            f"下一步：titlecert batch submit {batch_id} --as 办理人 --home {home.directory}",
            f"Next: titlecert batch submit {batch_id} --as OPERATOR --home {home.directory}",
        )
    elif found.batch.good:
        tool.say(
            "下一步：改正名单后重新核对（--annotated OUT.xlsx 可得到标注副本），或加 --take-good-rows 只收合格的行。",
            "Next: correct the list and check it again (--annotated OUT.xlsx writes a marked copy), or add "
            "--take-good-rows.",
        )
    else:
        tool.say("下一步：改正名单后重新核对。", "Next: correct the list and check it again.")


def stored_rows(session: ReadSession, vault: Vault, batch: str) -> list[dict[str, Any]]:
    """Return the rows of a stored batch in the order of the sheet, names masked, for ``batch show --rows``."""
    from issuer.batches import rows  # noqa: PLC0415
    from issuer.identifiers import mask_name  # noqa: PLC0415
    from issuer.intake import draft_from_json  # noqa: PLC0415

    names = {
        each.award: (each.sheet_row, each.state.value, mask_name(draft_from_json(each.normal).name))
        for each in rows.open_rows(session, vault, batch)
    }
    notes = {each.award: each for each in rows.row_findings(session, vault, batch)}
    found = []
    for award in names.keys() | notes.keys():
        note = notes.get(award)
        row, state, name = names[award] if award in names else (notes[award].sheet_row, notes[award].state.value, "")
        found.append({"sheet_row": row, "state": state, "name": name, "findings": list(note.findings) if note else []})
    return sorted(found, key=lambda each: int(str(each["sheet_row"])))
