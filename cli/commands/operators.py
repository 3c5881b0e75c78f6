"""``titlecert operator``: the people who act, each with an own key, in a file that the administrator signs.

titlecert operator add clerk1 --name 王经办 --role clerk --authority sf-hrss --home ./office
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.commands.setup import keep_new_passphrase
from cli.console import table
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import ADMINISTRATOR, OPERATOR
from credential.statements import OperatorRole
from issuer.services import operators
from issuer.services.operators import NewOperator, OperatorEntry

app = group()


OperatorId = Annotated[str, typer.Argument(metavar="ID", help="办理人编号。The operator's id.")]


@command(app, "add", passphrases=(OPERATOR, ADMINISTRATOR))
def add(
    run: Run,
    operator_id: OperatorId,
    name: Annotated[str, typer.Option("--name", help="姓名。Name.")],
    role: Annotated[OperatorRole, typer.Option("--role", help="clerk 经办；approver 批准；admin 管理。The role.")],
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
      titlecert operator add clerk1 --name 王经办 --role clerk --authority sf-hrss --home ./office
    """
    tool = run.tool
    new = NewOperator(id=operator_id, name=name, role=role.value, authority=authority)
    with open_home(run) as opened:
        if make_passphrase:
            operators.checked(opened, new)  # the id becomes the name of a file
            keep_new_passphrase(opened.home.secrets, operator_id)
        operators.add_here(opened, local_actor(), new)
    data = {"id": operator_id, "name": name, "role": role.value, "authority": authority}
    tool.finish(
        data, tool.pick(f"已登记 {operator_id} {name}（{role.value}）", f"Added {operator_id} {name}, {role.value}")
    )


@command(app, "end", passphrases=(ADMINISTRATOR,))
def end(run: Run, operator_id: OperatorId) -> None:
    """停用办理人：从现在起其签字不再有效，已签的批次须另一人重办。End an operator: from now on the key counts no more.

    \b
    例 Example:
      titlecert operator end clerk1 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        operators.end_here(opened, local_actor(), operator_id)
    tool.finish({"id": operator_id, "state": "ended"}, tool.pick(f"已停用 {operator_id}", f"Ended {operator_id}"))


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
    pairs = (("编号", "id"), ("角色", "role"), ("机关", "authority"), ("状态", "state"), ("姓名", "name"))
    rows = [(e["id"], e["role"], e["authority"] or "*", e["state"], e["name"]) for e in found]
    tool.finish({"operators": found}, table([tool.pick(*each) for each in pairs], rows))


def _plain(entry: OperatorEntry) -> dict[str, Any]:
    return {
        "id": entry.operator.id,
        "name": entry.operator.name,
        "role": entry.operator.role.value,
        "authority": entry.operator.authority,
        "state": entry.state.value,
        "key": entry.operator.key.key_id.hex(),
    }
