"""``titlecert batch``: from an office's list to certificates: check, submit, approve, issue.

titlecert batch check results.xlsx --authority sf-hrss --home ./office
titlecert batch submit sf-hrss-0001 --as clerk1 --home ./office
titlecert batch approve sf-hrss-0001 --as chief1 --home ./office
titlecert batch issue sf-hrss-0001 --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli.commands import checking, issuing
from cli.console import table
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs
from cli.people import acted_json, people
from cli.tool import Tool
from issuer.services import acting, batches
from issuer.services.batches import Act, Batch, StoredRow

app = group()

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="批次编号。The batch; see `titlecert batch list`.")]

command(app, "check", passphrases=(SERVICE,))(checking.check)
command(app, "issue", passphrases=(SERVICE,))(issuing.issue)


@command(app, "submit", passphrases=(OPERATOR, SERVICE))
def submit(run: Run, batch: BatchId, acting_as: ActingAs) -> None:
    """经办人签字提交核对过的批次。Submit a checked batch, signed by the operator.

    \b
    例 Example:
      titlecert batch submit sf-hrss-0001 --as clerk1 --home ./office
    """
    _act(run, Act.SUBMIT, batch, acting_as)
    run.tool.say(
        "下一步：由另一位办理人批准，titlecert batch approve。",
        "Next: another operator approves it, `titlecert batch approve`.",
    )


@command(app, "approve", passphrases=(OPERATOR, SERVICE))
def approve(run: Run, batch: BatchId, acting_as: ActingAs) -> None:
    """另一位有批准权的办理人签字批准。Approve a submitted batch, as another operator than the one who submitted it.

    \b
    例 Example:
      titlecert batch approve sf-hrss-0001 --as chief1 --home ./office
    """
    _act(run, Act.APPROVE, batch, acting_as)
    run.tool.say("下一步：发证，titlecert batch issue。", "Next: issue it, `titlecert batch issue`.")


@command(app, "reject", passphrases=(OPERATOR, SERVICE))
def reject(run: Run, batch: BatchId, acting_as: ActingAs) -> None:
    """退回批次：不发证，名单改正后可重新核对。Reject a batch: nothing of it is issued, the file can be checked again.

    \b
    例 Example:
      titlecert batch reject sf-hrss-0001 --as chief1 --home ./office
    """
    _act(run, Act.REJECT, batch, acting_as)


_DONE = {Act.SUBMIT: ("已提交", "Submitted"), Act.APPROVE: ("已批准", "Approved"), Act.REJECT: ("已退回", "Rejected")}


def _act(run: Run, act: Act, batch: str, operator: str) -> None:
    tool = run.tool
    with open_home(run) as opened:
        found = batches.act_here(opened, operator, act, batch)
    zh, en = _DONE[act]
    data = {**_plain(found), "act": act.value, "operator": operator}
    waiting = found.rows_waiting
    tool.finish(
        data, tool.pick(f"{zh} {batch}：{waiting} 行，{operator} 签字", f"{en} {batch}: {waiting} rows, {operator}")
    )


@command(app, "list")
def list_all(run: Run) -> None:
    """列出全部批次。List all batches.

    \b
    例 Example:
      titlecert batch list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = batches.listed(opened)
    tool.finish({"batches": [_plain(each) for each in found]}, _text(tool, found))


@command(app, "show", passphrases=(SERVICE,))
def show(
    run: Run,
    batch: BatchId,
    with_rows: Annotated[
        bool, typer.Option("--rows", help="逐行列出（需要服务口令）。List the rows too; takes the service passphrase.")
    ] = False,
) -> None:
    """显示一个批次办到哪一步。Show where a batch stands.

    \b
    例 Example:
      titlecert batch show sf-hrss-0001 --rows --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = batches.shown(opened, batch)
        acted = acting.on_batch(opened, batch)
        listed = batches.shown_rows(opened, local_actor(), batch) if with_rows else ()
    data = _plain(found) | {"acts": [acted_json(each) for each in acted]}
    text = _text(tool, [found]) + (f"\n\n{people(tool, acted)}" if acted else "")
    if with_rows:
        data["awards"] = [_row(each) for each in listed]
        pairs = (("行", "row"), ("状态", "state"), ("姓名", "name"), ("说明", "note"))
        cells = [(e.sheet_row, award_name(tool, e.state), e.name, "；".join(e.findings)) for e in listed]
        text += "\n\n" + table([tool.pick(*pair) for pair in pairs], cells)
    tool.finish(data, text)


def _row(row: StoredRow) -> dict[str, Any]:
    return {"sheet_row": row.sheet_row, "state": row.state, "name": row.name, "findings": list(row.findings)}


def _text(tool: Tool, found: Sequence[Batch]) -> str:
    pairs = (
        ("批次", "batch"),
        ("状态", "state"),
        ("总行", "rows"),
        ("待发", "waiting"),
        ("办理中", "reserved"),
        ("已发", "issued"),
        ("未收", "rejected"),
        ("批准文号", "decision"),
    )
    cells = [
        (
            each.id,
            tool.name("state", each.state.value),
            each.rows_total,
            each.rows_waiting,
            each.rows_reserved,
            each.rows_issued,
            each.rows_rejected,
            each.decision_document,
        )
        for each in found
    ]
    return table([tool.pick(*pair) for pair in pairs], cells)


def award_name(tool: Tool, state: str) -> str:
    """Return the word for where a row stands."""
    return tool.name("award", state)


def _plain(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "authority": batch.authority,
        "state": batch.state.value,
        "decision_document": batch.decision_document or None,
        "file_digest": batch.file_digest.hex(),
        "rows_root": batch.rows_root.hex(),
        "rows": batch.rows_total,
        "waiting": batch.rows_waiting,
        "reserved": batch.rows_reserved,
        "issued": batch.rows_issued,
        "rejected": batch.rows_rejected,
        "created": batch.created.isoformat(),
    }
