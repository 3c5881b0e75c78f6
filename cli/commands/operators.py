"""``titlecert operator``: the people who act, each with an own key, in a file that the administrator signs.

titlecert operator add clerk1 --name 王经办 --role clerk --authority sf-hrss --home ./office
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.setup import keep_new_passphrase
from cli.console import table
from cli.exits import EPILOG
from cli.opening import ADMINISTRATOR, open_home, passphrase, register_of
from cli.options import AdministratorPassphraseFile, Home, Json, Language, OperatorPassphraseFile
from cli.tool import Tool, begin
from credential.statements import OperatorRole

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.home.paths import Home as OpenHome
    from keys.signers import FileSigner

app = typer.Typer(help="办理人。Operators: the people who act.", no_args_is_help=True, rich_markup_mode=None)


OperatorId = Annotated[str, typer.Argument(metavar="ID", help="办理人编号。The operator's id.")]


@app.command("add", epilog=EPILOG)
def add(
    context: typer.Context,
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
    passphrase_file: OperatorPassphraseFile = None,
    administrator_passphrase_file: AdministratorPassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """登记办理人并生成其密钥，由管理员签署新名单。Add an operator; the administrator signs the new list.

    \b
    例 Example:
      titlecert operator add clerk1 --name 王经办 --role clerk --authority sf-hrss --home ./office
    """
    from issuer.worker import setup  # noqa: PLC0415

    tool = begin(context, json_output, language)
    opened = open_home(home)
    administrator = _administrator(tool, opened, administrator_passphrase_file)
    if make_passphrase:
        keep_new_passphrase(opened.secrets, operator_id)
    secret = passphrase(tool, opened.secrets, operator_id, passphrase_file, new=True)
    setup.add_operator(
        opened,
        setup.NewOperator(id=operator_id, name=name, role=role.value, authority=authority),
        passphrase=secret,
        administrator=administrator,
        now=tool.now(),
        cost=tool.cost,
    )
    data = {"id": operator_id, "name": name, "role": role.value, "authority": authority}
    tool.finish(
        data, tool.pick(f"已登记 {operator_id} {name}（{role.value}）", f"Added {operator_id} {name}, {role.value}")
    )


@app.command("end", epilog=EPILOG)
def end(
    context: typer.Context,
    operator_id: OperatorId,
    administrator_passphrase_file: AdministratorPassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """停用办理人：从现在起其签字不再有效，已签的批次须另一人重办。End an operator: from now on the key counts no more.

    \b
    例 Example:
      titlecert operator end clerk1 --home ./office
    """
    from issuer.worker import setup  # noqa: PLC0415

    tool = begin(context, json_output, language)
    opened = open_home(home)
    administrator = _administrator(tool, opened, administrator_passphrase_file)
    setup.end_operator(opened, operator_id, administrator=administrator, now=tool.now())
    tool.finish({"id": operator_id, "state": "ended"}, tool.pick(f"已停用 {operator_id}", f"Ended {operator_id}"))


@app.command("list", epilog=EPILOG)
def list_all(context: typer.Context, home: Home = None, json_output: Json = False, language: Language = None) -> None:
    """列出管理员签署的名单里的办理人。List the operators of the file that the administrator signed.

    \b
    例 Example:
      titlecert operator list --home ./office
    """
    tool = begin(context, json_output, language)
    found = _entries(open_home(home))
    pairs = (("编号", "id"), ("角色", "role"), ("机关", "authority"), ("状态", "state"), ("姓名", "name"))
    rows = [(e["id"], e["role"], e["authority"] or "*", e["state"], e["name"]) for e in found]
    tool.finish({"operators": found}, table([tool.pick(*each) for each in pairs], rows))


def _entries(home: OpenHome) -> list[dict[str, Any]]:
    from issuer.office import lists  # noqa: PLC0415
    from issuer.worker import setup  # noqa: PLC0415

    if not home.operators.exists():
        return []
    with register_of(home) as register, register.read() as session:
        verified = setup.read_operators(home, lists.deployment(session).operators_version)
    return [
        {
            "id": each.operator.id,
            "name": each.operator.name,
            "role": each.operator.role.value,
            "authority": each.operator.authority,
            "state": each.state.value,
            "key": each.operator.key.key_id.hex(),
        }
        for each in verified.entries
    ]


def _administrator(tool: Tool, home: OpenHome, file: Path | None) -> FileSigner:
    from credential.signing import KeyUse  # noqa: PLC0415
    from issuer.worker import setup  # noqa: PLC0415

    record = setup.administrator_record(home)
    secret = passphrase(tool, home.secrets, ADMINISTRATOR, file)
    return setup.key_store(home).signer(record.key_id, secret, use=KeyUse.ADMINISTRATOR)
