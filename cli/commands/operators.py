"""``titlecert operator``: the people who act, each with an own key, in a file that the administrator signs.

Rules: an end is final, so it is shown first, and done with ``--yes``. A failed ``add`` leaves no key.

    titlecert operator add clerk1 --name 王经办 --role clerk --authority sf-hrss --home ./office
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from cli import values
from cli.commands.setup import keep_new_passphrase
from cli.console import local_time
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import ADMINISTRATOR, OPERATOR, Yes
from cli.tool import Tool
from credential.statements import OperatorRole
from issuer.home.opening import OpenedHome
from issuer.services import operators
from issuer.services.operators import DECIDERS, Ending, NewOperator, OperatorEntry, schemes_to_json

app = group()


OperatorId = Annotated[str, typer.Argument(metavar="ID", help="办理人编号。The operator's id.")]


@command(app, "add", passphrases=(OPERATOR, ADMINISTRATOR))
def add(
    run: Run,
    operator_id: OperatorId,
    name: Annotated[str, typer.Option("--name", help="姓名。Name.")],
    role: Annotated[OperatorRole, typer.Option("--role", help="clerk 经办；approver 批准；admin 管理。The role.")],
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            metavar="TEXT",
            help="这是谁的手，如工号；同一人的各个密钥写同一个，不写则同编号。Whose hand it is; by default the id.",
        ),
    ] = None,
    authority: Annotated[
        str | None,
        typer.Option("--authority", metavar="ID", help="所属发证机关，不写为全部。By default every authority."),
    ] = None,
    make_passphrase: Annotated[
        bool,
        typer.Option(
            "--make-passphrase", help="随机生成口令并存入 HOME/secrets。Make a random one and keep it in HOME/secrets."
        ),
    ] = False,
) -> None:
    """登记办理人并生成其密钥，由管理员签署新名单。Add an operator; the administrator signs the new list.

    \b
    例 Example:
      titlecert operator add clerk1 --name 王经办 --person 20210017 --role clerk --authority sf-hrss --home ./office
    """
    tool = run.tool
    whose = operator_id if person is None else person
    new = NewOperator(id=operator_id, person=whose, name=name, role=role.value, authority=authority)
    with open_home(run) as opened, _new_passphrase(opened, new, make=make_passphrase):
        operators.add_here(opened, local_actor(), new)
    if person is None:
        tool.say(
            f"没有写 --person：{operator_id} 算作名为 {whose} 的另一个人；一人两钥时须写同一个 --person。",
            f"No --person was given: {operator_id} counts as a person of their own, {whose}. "
            "Someone's second key takes the --person of the first.",
        )
    data = {"id": operator_id, "person": whose, "name": name, "role": role.value, "authority": authority}
    called = tool.name("role", role.value)
    tool.finish(data, tool.pick(f"已登记 {operator_id} {name}（{called}）", f"Added {operator_id} {name}, {called}"))


@contextmanager
def _new_passphrase(opened: OpenedHome, new: NewOperator, *, make: bool) -> Iterator[None]:
    """Keep a random passphrase while the block makes the key; an error leaves no file that was not there before."""
    if not make:
        yield
        return
    operators.checked(opened, new)  # the id becomes the name of a file
    made = keep_new_passphrase(opened.home.secrets, new.id)
    try:
        yield
    except BaseException:
        if made is not None and not _is_known(opened, new.id):
            made.unlink(missing_ok=True)
        raise


def _is_known(opened: OpenedHome, operator_id: str) -> bool:
    """Whether the operator is there after all; where nobody can say, what was made stays."""
    try:
        return operator_id in {each.operator.id for each in operators.listed(opened)}
    except Exception:
        return True


@command(app, "end", passphrases=(ADMINISTRATOR,))
def end(
    run: Run,
    operator_id: OperatorId,
    first: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE", help="从哪一天起不再办理，默认现在。First day without them; by default now."
        ),
    ] = None,
    basis: Annotated[str, typer.Option("--basis", metavar="TEXT", help="依据，记入审计。Why, for the audit.")] = "",
    yes: Yes = False,
) -> None:
    """停用办理人，不能恢复；不加 --yes 只说明会做什么。End an operator, for good; dry run until --yes.

    停用前已受理的签字仍有效，此后不算。--from 写以后的日期只定任期，到那天再停用一次。
    What was accepted by now counts, nothing later. A later --from sets a term only: end them again on that day.

    \b
    例 Example:
      titlecert operator end clerk1 --home ./office
      titlecert operator end clerk1 --from 2027-01-01 --basis 调离 --home ./office
      titlecert operator end clerk1 --yes --home ./office
    """
    tool, day = run.tool, values.optional_day(first, "--from")
    with open_home(run) as opened:
        planned = operators.plan_end(opened, operator_id)
        if not yes:
            _tell_plan(tool, planned)
            return
        entry = operators.end_here(opened, local_actor(), operator_id, first=day, basis=basis)
    ended = _plain(entry)
    if entry.audit is None:
        data = {"id": operator_id, "state": "active", "until": ended["until"], "audit": None, "done": True}
        until = local_time(ended["until"])
        text = tool.pick(f"{operator_id} 的任期到 {until} 为止", f"The term of {operator_id} ends at {until}")
    else:
        length = entry.audit.length
        text = tool.pick(f"已停用 {operator_id}，审计至第 {length} 条", f"Ended {operator_id} at audit entry {length}")
        data = {"id": operator_id, "state": "ended", "audit": ended["audit"], "done": True}
    tool.finish(data | _left(planned), text)
    _warn(tool, planned)


def _tell_plan(tool: Tool, planned: Ending) -> None:
    who, left = planned.ends.operator, planned.left
    stands = [(who, tool.pick("将停用", "would end")), *((each.operator, tool.pick("留任", "stays")) for each in left)]
    rows = [
        (each.id, tool.name("role", each.role.value), _where(tool, each.authority), each.name, what)
        for each, what in stands
    ]
    pairs = (("编号", "id"), ("角色", "role"), ("机关", "authority"), ("姓名", "name"), ("停用以后", "afterwards"))
    data = {"id": who.id, "state": planned.ends.state.value, "done": False}
    tool.finish(data | _left(planned), tool.table(pairs, rows, kept=("id", "role", "afterwards")))
    _warn(tool, planned)
    tool.say(
        "停用后不能恢复，其密钥不再能签字。现在什么都没有改动。确认后加 --yes 再运行一次。",
        "An end is final: the key signs nothing more. Nothing was changed; if this is right, run it again with --yes.",
    )


def _left(planned: Ending) -> dict[str, Any]:
    return {
        "left": [each.operator.id for each in planned.left],
        "nobody_left": [each.value for each in planned.nobody],
        "deciders_left": planned.deciders,
    }


def _warn(tool: Tool, planned: Ending) -> None:
    """An end is never refused for it: a stolen key is put out of use at once, no matter who is left."""
    where = _where(tool, planned.ends.operator.authority)
    for role in planned.nobody:
        called = tool.name("role", role.value)
        tool.say(
            f"注意：停用以后 {where} 没有别的{called}；请随后用 operator add 登记一位，否则这一步没有人能办。",
            f"Beware: {where} has no other {called} then. Add one with `operator add`, or nobody can do that part.",
        )
    if planned.deciders is not None and planned.deciders < DECIDERS:
        tool.say(
            f"注意：停用以后，能为 {where} 作决定的人员只剩 {planned.deciders} 位。撤销、恢复资格、删除和大批量的办理"
            "须由两位不同的人员签字；请随后用 operator add 登记一位批准人员，否则这些都办不成。",
            f"Beware: {planned.deciders} left who may decide for {where}. To withdraw, to erase, and any act on many "
            "takes two persons. Add an approver with `operator add`, or none of that can be done.",
        )


@command(app, "show")
def show(run: Run, operator_id: OperatorId) -> None:
    """查看一位办理人：是谁的手、怎样签字、何时停用。Show an operator: whose hand, signing how, ended when.

    \b
    例 Example:
      titlecert operator show clerk1 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        entry, others = operators.shown(opened, operator_id)
    data = _plain(entry) | {"same_person": list(others)}
    labels = {
        "id": ("编号", "id"),
        "person": ("人员", "person"),
        "same_person": ("同一人的其他编号", "same person"),
        "name": ("姓名", "name"),
        "role": ("角色", "role"),
        "authority": ("机关", "authority"),
        "state": ("状态", "state"),
        "from": ("起", "from"),
        "until": ("止", "until"),
        "schemes": ("签字方式", "schemes"),
        "key": ("密钥", "key"),
        "audit": ("停用时的审计", "audit at the end"),
    }
    told = data | _told(tool, data)
    rows = [(tool.pick(*labels[name]), _text(told[name])) for name in labels if data[name] not in (None, [])]
    tool.finish(data, tool.facts(rows))


@command(app, "list")
def list_all(run: Run) -> None:
    """列出管理员签署的名单里的办理人。List the operators of the file that the administrator signed.

    \b
    例 Example:
      titlecert operator list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = [_plain(each) for each in operators.listed(opened)]
    pairs = (
        ("编号", "id"),
        ("人员", "person"),
        ("角色", "role"),
        ("机关", "authority"),
        ("状态", "state"),
        ("签字方式", "schemes"),
        ("姓名", "name"),
    )
    rows = [
        (e["id"], e["person"], e["role"], e["authority"], e["state"], _text(e["schemes"]), e["name"])
        for e in (each | _told(tool, each) for each in found)
    ]
    tool.finish({"operators": found}, tool.table(pairs, rows, kept=("id", "role", "state")))


def _where(tool: Tool, authority: str | None) -> str:
    return authority or tool.pick("全部机关", "every authority")


def _told(tool: Tool, data: dict[str, Any]) -> dict[str, Any]:
    """What a table shows in the place of stored words and instants."""
    acts = [{**each, "acts": _acts(tool, each["acts"])} for each in data["schemes"]]
    return {
        "role": tool.name("role", data["role"]),
        "state": tool.name("state", data["state"]),
        "authority": _where(tool, data["authority"]),
        "from": local_time(data["from"]),
        "until": data["until"] and local_time(data["until"]),
        "schemes": acts,
    }


def _acts(tool: Tool, acts: str | list[str]) -> list[str]:
    return [tool.pick("全部事项", "every act")] if acts == "*" else [tool.name("act", each) for each in acts]


def _plain(entry: OperatorEntry) -> dict[str, Any]:
    return {
        "id": entry.operator.id,
        "person": entry.operator.person,
        "name": entry.operator.name,
        "role": entry.operator.role.value,
        "authority": entry.operator.authority,
        "state": entry.state.value,
        "from": entry.valid_from.isoformat(),
        "until": None if entry.valid_until is None else entry.valid_until.isoformat(),
        "schemes": schemes_to_json(entry.operator.schemes),
        "alg": entry.operator.key.alg,
        "key": entry.operator.key.key_id.hex(),
        "audit": None if entry.audit is None else {"length": entry.audit.length, "head": entry.audit.head.hex()},
    }


def _text(value: Any) -> str:
    """What stands in a table for a member of the JSON answer."""
    match value:
        case {"scheme": scheme, "acts": acts}:
            return f"{scheme}: {', '.join(acts)}"
        case {"length": length, "head": head}:
            return f"{length} {head}"
        case list():
            return "; ".join(map(_text, value))
        case _:
            return str(value)
