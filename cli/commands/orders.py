"""``titlecert order``: what a first operator signed and waits for a second one.

Rules: what is approved is shown in full first. Approving does what was ordered and publishes it; refusing and taking
back change no certificate.

    titlecert order show 7 --home ./office
    titlecert order approve 7 --as chief2 --home ./office
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import typer

from cli import names
from cli.console import local_time
from cli.errors import explain
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs
from cli.tool import Tool
from cli.working import publish_changes
from credential.history import Reason
from credential.words import words
from issuer.services import orders
from issuer.services.orders import Line, ListedOrder, ShownOrder

app = group()

OrderNumber = Annotated[int, typer.Argument(metavar="N", min=1, help="待批件的号。Number of the order.")]
_SHOWN: Final = 20
"""As many certificates are listed on a screen; with ``--json`` all are there."""


@command(app, "list")
def list_all(
    run: Run,
    all_of_them: Annotated[
        bool, typer.Option("--all", help="也列出已办、已退、已撤回和过期的。Also those that wait no more.")
    ] = False,
) -> None:
    """列出等待第二人签字的待批件。List the orders that wait for a second operator.

    \b
    例 Example:
      titlecert order list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = orders.listed(opened, all_of_them=all_of_them)
    pairs = (
        ("号", "order"),
        ("事项", "act"),
        ("张数", "certificates"),
        ("签字人", "signed by"),
        ("文号", "document"),
        ("状态", "standing"),
        ("等到", "until"),
    )
    rows = [_row(tool, each) for each in found]
    text = tool.table(pairs, rows, kept=("order", "act", "standing"))
    tool.finish({"orders": [_plain(each) for each in found]}, text if found else tool.pick("没有待批件", "no orders"))


@command(app, "show", passphrases=(SERVICE,))
def show(run: Run, number: OrderNumber) -> None:
    """查看待批件全文：签字人签了什么，现在会改变什么。Show an order in full: what was signed, and what it would do now.

    \b
    例 Example:
      titlecert order show 7 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = orders.shown(opened, local_actor(), number)
    tool.finish(_shown(found), _text(tool, found))
    _say_next(tool, found)


@command(app, "approve", passphrases=(OPERATOR, SERVICE))
def approve(run: Run, number: OrderNumber, acting_as: ActingAs) -> None:
    """第二人签字，随即办理并公布。签字前显示全文。Sign as the second operator; then it is done and published.

    \b
    例 Example:
      titlecert order approve 7 --as chief2 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = orders.shown(opened, local_actor(), number)
        told = _text(tool, found)
        tool.say(told, told)
        done = orders.approve_here(opened, acting_as, number)
        data = _plain(done.order) | {"numbers": list(found.numbers), "approved_by": acting_as, "done": True}
        data |= publish_changes(tool, opened, done.certificates)
    zh = f"已办理待批件 {number}：{names.name('act', done.order.statement.act.value, 'zh')} {len(found.numbers)} 张，"
    en = f"Order {number} is done: {done.order.statement.act.value} {len(found.numbers)}, "
    tool.finish(
        data, tool.pick(f"{zh}{done.order.operator} 和 {acting_as} 签字", f"{en}{done.order.operator} and {acting_as}")
    )
    tool.say("已公布。", "Published.")


@command(app, "refuse", passphrases=(OPERATOR,))
def refuse(run: Run, number: OrderNumber, acting_as: ActingAs) -> None:
    """退回别人的待批件：什么都不改变。Refuse another operator's order: nothing is changed.

    \b
    例 Example:
      titlecert order refuse 7 --as chief2 --home ./office
    """
    with open_home(run) as opened:
        done = orders.refuse_here(opened, acting_as, number)
    _ended(run.tool, done.order, acting_as, ("已退回", "Refused"))


@command(app, "take-back", passphrases=(OPERATOR,))
def take_back(run: Run, number: OrderNumber, acting_as: ActingAs) -> None:
    """撤回自己签的待批件：什么都不改变。Take an order of one's own back: nothing is changed.

    \b
    例 Example:
      titlecert order take-back 7 --as chief1 --home ./office
    """
    with open_home(run) as opened:
        done = orders.take_back_here(opened, acting_as, number)
    _ended(run.tool, done.order, acting_as, ("已撤回", "Took back"))


def say_waiting(tool: Tool, number: int, until: datetime) -> None:
    """Say that an order waits, and who goes on with what."""
    when = local_time(until.isoformat())
    tool.say(
        f"已签字，还没有改动：待批件 {number} 等另一个人签字，等到 {when}。"
        f"另一个人运行：titlecert order approve {number} --as 另一人",
        f"Signed, and nothing is changed yet: order {number} waits for another person until {when}. "
        f"That person runs: titlecert order approve {number} --as OTHER",
    )


def _ended(tool: Tool, order: ListedOrder, operator: str, done: tuple[str, str]) -> None:
    zh, en = done
    text = tool.pick(
        f"{zh}待批件 {order.number}，{operator} 签字；证书没有改动",
        f"{en} order {order.number}, {operator}; no certificate changed",
    )
    tool.finish(_plain(order) | {"answered_by": operator, "done": True}, text)


def _plain(order: ListedOrder) -> dict[str, Any]:
    said = order.statement
    return {
        "order": order.number,
        "standing": order.standing,
        "act": said.act.value,
        "counts": dict(said.counts),
        "said": dict(said.object),
        "operator": order.operator,
        "person": order.person,
        "made": order.made.isoformat(),
        "until": order.until.isoformat(),
    }


def _shown(found: ShownOrder) -> dict[str, Any]:
    hindrance = None if found.hindrance is None else found.hindrance.code
    return _plain(found.order) | {
        "numbers": list(found.numbers),
        "possible": found.plan is not None,
        "hindrance": hindrance,
    }


def _row(tool: Tool, order: ListedOrder) -> tuple[str, ...]:
    said = order.statement
    return (
        str(order.number),
        tool.name("act", said.act.value),
        str(sum(said.counts.values())),
        order.operator,
        said.object.get("document", ""),
        tool.name("order", order.standing),
        local_time(order.until.isoformat()),
    )


_SAID: Final = {
    "authority": ("决定机关", "Authority"),
    "basis": ("依据", "Basis"),
    "document": ("文号", "Document"),
    "reason": ("公开原因", "Public reason"),
    "effective": ("生效日期", "Effective"),
}
"""What a statement's members are called."""


def _text(tool: Tool, found: ShownOrder) -> str:
    order, said = found.order, found.order.statement.object
    rows: list[tuple[tuple[str, str], str]] = [
        (("待批件", "Order"), f"{order.number}  {tool.name('order', order.standing)}"),
        (("事项", "Act"), tool.name("act", order.statement.act.value)),
        (("张数", "Certificates"), str(len(found.numbers))),
    ]
    rows += [
        (_SAID.get(member, (member, member)), _reason(tool, value) if member == "reason" else value)
        for member, value in said.items()
    ]
    rows += [
        (("签字人", "Signed by"), f"{order.operator} ({order.person})"),
        (("等到", "Waits until"), local_time(order.until.isoformat())),
    ]
    if found.hindrance is not None:
        zh, en = explain(found.hindrance).headline
        rows.append((("现在不能办", "Not possible now"), tool.pick(zh, en)))
    text = tool.facts([(tool.pick(*label), value) for label, value in rows])
    return f"{text}\n\n{_certificates(tool, found)}"


def _reason(tool: Tool, word: str) -> str:
    number = next(int(each) for each in Reason if each.word == word)
    return str(words()["reason_classes"][str(number)][tool.console.language]["title"])


def _certificates(tool: Tool, found: ShownOrder) -> str:
    if found.plan is None:
        shown = list(found.numbers[:_SHOWN])
    else:
        shown = [_line(tool, line) for line in found.plan.lines[:_SHOWN]]
    left = len(found.numbers) - len(shown)
    if left:
        shown.append(tool.pick(f"……还有 {left} 张，--json 全部列出", f"... and {left} more; --json lists all"))
    return "\n".join(shown)


def _line(tool: Tool, line: Line) -> str:
    before, after = (tool.name("state", state.word) for state in (line.before, line.after))
    return f"{line.number}  {line.holder_masked}  {before} → {after}"


def _say_next(tool: Tool, found: ShownOrder) -> None:
    if found.plan is not None:
        number = found.order.number
        tool.say(
            f"同意：titlecert order approve {number} --as 另一人；不同意：titlecert order refuse {number} --as 另一人",
            f"To agree: titlecert order approve {number} --as OTHER; else: titlecert order refuse {number} --as OTHER",
        )
