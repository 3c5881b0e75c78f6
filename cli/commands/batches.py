"""``titlecert batch``: from an office's list to certificates: check, submit, approve, issue.

titlecert batch check results.xlsx --authority sf-hrss --home ./office
titlecert batch submit sf-hrss-0001 --as clerk1 --home ./office
titlecert batch approve sf-hrss-0001 --as chief1 --home ./office
titlecert batch issue sf-hrss-0001 --home ./office
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import checking, issuing
from cli.console import table
from cli.exits import EPILOG
from cli.opening import open_home, open_office, register_of
from cli.options import ActingAs, Home, Json, Language, OperatorPassphraseFile, ServicePassphraseFile
from cli.tool import Tool, begin

if TYPE_CHECKING:
    from issuer.batches.rows import Batch

app = typer.Typer(
    help="批次：从名单到证书。Batches: from a list to certificates.", no_args_is_help=True, rich_markup_mode=None
)

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="批次编号。The batch; see `titlecert batch list`.")]

app.command("check", epilog=EPILOG)(checking.check)
app.command("issue", epilog=EPILOG)(issuing.issue)


@app.command("submit", epilog=EPILOG)
def submit(
    context: typer.Context,
    batch: BatchId,
    acting_as: ActingAs,
    passphrase_file: OperatorPassphraseFile = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """经办人签字提交核对过的批次。Submit a checked batch, signed by the operator.

    \b
    例 Example:
      titlecert batch submit sf-hrss-0001 --as clerk1 --home ./office
    """
    tool = begin(context, json_output, language)
    _act(tool, "submit", batch, acting_as, (passphrase_file, service_passphrase_file), home)
    tool.say(
        "下一步：由另一位办理人批准，titlecert batch approve。",
        "Next: another operator approves it, `titlecert batch approve`.",
    )


@app.command("approve", epilog=EPILOG)
def approve(
    context: typer.Context,
    batch: BatchId,
    acting_as: ActingAs,
    passphrase_file: OperatorPassphraseFile = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """另一位有批准权的办理人签字批准。Approve a submitted batch, as another operator than the one who submitted it.

    \b
    例 Example:
      titlecert batch approve sf-hrss-0001 --as chief1 --home ./office
    """
    tool = begin(context, json_output, language)
    _act(tool, "approve", batch, acting_as, (passphrase_file, service_passphrase_file), home)
    tool.say("下一步：发证，titlecert batch issue。", "Next: issue it, `titlecert batch issue`.")


@app.command("reject", epilog=EPILOG)
def reject(
    context: typer.Context,
    batch: BatchId,
    acting_as: ActingAs,
    passphrase_file: OperatorPassphraseFile = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """退回批次：不发证，名单改正后可重新核对。Reject a batch: nothing of it is issued, the file can be checked again.

    \b
    例 Example:
      titlecert batch reject sf-hrss-0001 --as chief1 --home ./office
    """
    tool = begin(context, json_output, language)
    _act(tool, "reject", batch, acting_as, (passphrase_file, service_passphrase_file), home)


_DONE = {"submit": ("已提交", "Submitted"), "approve": ("已批准", "Approved"), "reject": ("已退回", "Rejected")}


def _act(
    tool: Tool, act: str, batch: str, operator: str, files: tuple[Path | None, Path | None], home: Path | None
) -> None:
    from issuer.batches import approval, rows  # noqa: PLC0415

    opened = open_home(home)
    with open_office(tool, opened, files[1]) as opened_office:
        office = opened_office.office
        signer = opened_office.operator_signer(operator, files[0])
        do = {"submit": approval.submit, "approve": approval.approve, "reject": approval.reject}[act]
        with office.register.write() as session:
            do(session, office.vault, batch, signer=signer, operators=office.operators(), now=tool.now())
            found = rows.batch(session, batch)
    zh, en = _DONE[act]
    data = {**_plain(found), "act": act, "operator": operator}
    waiting = found.rows_waiting
    tool.finish(
        data, tool.pick(f"{zh} {batch}：{waiting} 行，{operator} 签字", f"{en} {batch}: {waiting} rows, {operator}")
    )


@app.command("list", epilog=EPILOG)
def list_all(context: typer.Context, home: Home = None, json_output: Json = False, language: Language = None) -> None:
    """列出全部批次。List all batches.

    \b
    例 Example:
      titlecert batch list --home ./office
    """
    from issuer.batches.rows import batches  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with register_of(open_home(home)) as register, register.read() as session:
        found = batches(session)
    tool.finish({"batches": [_plain(each) for each in found]}, _text(tool, found))


@app.command("show", epilog=EPILOG)
def show(
    context: typer.Context,
    batch: BatchId,
    with_rows: Annotated[
        bool, typer.Option("--rows", help="逐行列出（需要服务口令）。List the rows too; takes the service passphrase.")
    ] = False,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """显示一个批次办到哪一步。Show where a batch stands.

    \b
    例 Example:
      titlecert batch show sf-hrss-0001 --rows --home ./office
    """
    from issuer.batches import rows  # noqa: PLC0415

    tool = begin(context, json_output, language)
    opened = open_home(home)
    if with_rows:
        with open_office(tool, opened, service_passphrase_file) as it, it.office.register.read() as session:
            found = rows.batch(session, batch)
            listed = checking.stored_rows(session, it.office.vault, batch)
    else:
        listed = []
        with register_of(opened) as register, register.read() as session:
            found = rows.batch(session, batch)
    data = _plain(found) | ({"awards": listed} if with_rows else {})
    text = _text(tool, [found])
    if with_rows:
        pairs = (("行", "row"), ("状态", "state"), ("姓名", "name"), ("说明", "note"))
        cells = [(e["sheet_row"], award_name(tool, e["state"]), e["name"], "；".join(e["findings"])) for e in listed]
        text += "\n\n" + table([tool.pick(*pair) for pair in pairs], cells)
    tool.finish(data, text)


def _text(tool: Tool, found: list[Batch]) -> str:
    pairs = (
        *(("批次", "batch"), ("状态", "state"), ("总行", "rows"), ("待发", "waiting"), ("办理中", "reserved")),
        *(("已发", "issued"), ("未收", "rejected"), ("批准文号", "decision")),
    )
    cells = [
        (
            *(each.id, _STATES[each.state.value][0 if tool.console.language == "zh" else 1], each.rows_total),
            *(each.rows_waiting, each.rows_reserved, each.rows_issued, each.rows_rejected, each.decision_document),
        )
        for each in found
    ]
    return table([tool.pick(*pair) for pair in pairs], cells)


_STATES = {
    "checked": ("已核对", "checked"),
    "submitted": ("已提交", "submitted"),
    "approved": ("已批准", "approved"),
    "issuing": ("发证中", "issuing"),
    "issued": ("已发证", "issued"),
    "rejected": ("已退回", "rejected"),
}


_AWARDS = {
    "waiting": ("待发", "waiting"),
    "reserved": ("办理中", "reserved"),
    "issued": ("已发", "issued"),
    "rejected": ("未收", "rejected"),
}


def award_name(tool: Tool, state: str) -> str:
    """Return the word for where a row stands."""
    return tool.pick(*_AWARDS.get(state, (state, state)))


def _plain(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "authority": batch.authority,
        "state": batch.state.value,
        "decision_document": batch.decision_document or None,
        "file_digest": batch.file_digest.hex(),
        "rows_digest": batch.rows_digest.hex(),
        "rows": batch.rows_total,
        "waiting": batch.rows_waiting,
        "reserved": batch.rows_reserved,
        "issued": batch.rows_issued,
        "rejected": batch.rows_rejected,
        "created": batch.created.isoformat(),
    }
