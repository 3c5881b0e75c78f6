"""``titlecert authority``: who issues, with which keys, within which grants.

titlecert authority add sf-hrss --name ... --home ./office
titlecert authority grant sf-hrss --series '*' --levels '*' --ways '*' ... --home ./office
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import values
from cli.console import table
from cli.exits import EPILOG
from cli.opening import SERVICE, open_home, passphrase, register_of
from cli.options import Home, Json, Language, ServicePassphraseFile
from cli.tool import Tool, begin

if TYPE_CHECKING:
    from credential.grants import Grant
    from issuer.office.values import Authority

app = typer.Typer(help="发证机关及其权限。Authorities and their grants.", no_args_is_help=True, rich_markup_mode=None)

Id = Annotated[
    str, typer.Argument(metavar="ID", help="发证机关编号，2 到 16 位 a-z 0-9 -。Its id: 2 to 16 of a-z 0-9 -.")
]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="起始日期。First day.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="截止日期（含当日）。Last day, included.")]
RegionCode = Annotated[str, typer.Option("--region", metavar="CODE", help="行政区划代码。Code of the region.")]
LATER = (
    "这项变更在 titlecert publish --trust 之后才对外生效。",
    "This takes effect outside after `titlecert publish --trust`.",
)


@app.command("add", epilog=EPILOG)
def add(
    context: typer.Context,
    authority_id: Id,
    name: Annotated[str, typer.Option("--name", help="全称。Full name.")],
    name_en: Annotated[str, typer.Option("--name-en", help="英文名称。English name.")],
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="统一社会信用代码。Unified social credit code.")],
    region: RegionCode,
    template: Annotated[
        str, typer.Option("--number-template", help="证书编号规则。Template of certificate numbers.")
    ] = "{region}{year}{level}{serial:06}",
    seal: Annotated[
        str | None, typer.Option("--seal", help="印章文字，默认“全称＋职称专用章”。Text of the seal.")
    ] = None,
    first: From = "2020-01-01",
    last: Until = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """登记发证机关，并生成它的签发密钥和印章密钥。Add an authority and make its credential and document keys.

    \b
    例 Example:
      titlecert authority add sf-hrss --name 示范省人力资源和社会保障厅 --name-en 'Shifan HRSS' \\
        --code 11990000000010014J --region 990000 --home ./office
    """
    from issuer.office.values import Authority  # noqa: PLC0415
    from issuer.worker import setup  # noqa: PLC0415

    tool = begin(context, json_output, language)
    authority = Authority(
        id=authority_id,
        name=name,
        name_en=name_en,
        credit_code=code,
        region_code=region,
        number_template=template,
        seal_text=seal or f"{name}职称专用章",
        valid_from=values.day(first, "--from"),
        valid_until=values.optional_day(last, "--until"),
    )
    opened = open_home(home)
    service = passphrase(tool, opened.secrets, SERVICE, service_passphrase_file)
    setup.add_authority(opened, authority, service, actor=values.local_actor(), now=tool.now(), cost=tool.cost)
    tool.finish(_plain(authority, ()), tool.pick(f"已登记 {authority_id} {name}", f"Added {authority_id} {name}"))
    tool.say(*LATER)


@app.command("grant", epilog=EPILOG)
def grant(
    context: typer.Context,
    authority_id: Id,
    region: RegionCode,
    legal_basis: Annotated[str, typer.Option("--legal-basis", help="法定依据。Legal basis.")],
    series: Annotated[str, typer.Option("--series", help="系列编号，'*' 为全部。Series numbers, '*' for all.")] = "*",
    levels: Annotated[str, typer.Option("--levels", help="级别 1 到 5，'*' 为全部。Levels 1 to 5, '*' for all.")] = "*",
    ways: Annotated[
        str, typer.Option("--ways", help="取得方式，'*' 不含 9（历史补录）。Ways; '*' never includes 9.")
    ] = "*",
    committee_ways: Annotated[
        str, typer.Option("--committee-ways", help="须经评委会的取得方式。Ways that need a committee.")
    ] = "1,5,6",
    acts: Annotated[
        str, typer.Option("--acts", help="可办事项：issue,suspend,withdraw,cancel,supersede。What it may do.")
    ] = "issue",
    over: Annotated[str, typer.Option("--over", help="own 仅本机关的证书，all 全部证书。Over own or all.")] = "own",
    max_gap_days: Annotated[
        int, typer.Option("--max-gap-days", help="取得到发证最多相隔天数。Most days from award to issue.")
    ] = 3650,
    scope_required: Annotated[
        bool, typer.Option("--scope-required", help="必须写明有效范围。Every title needs a stated scope.")
    ] = False,
    first: From = "2020-01-01",
    last: Until = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """给发证机关授权：哪些系列、级别、方式，可办哪些事项。Grant an authority series, levels, ways and acts.

    \b
    例 Example:
      titlecert authority grant sf-hrss --region 990000 --acts issue,suspend,withdraw --over all \\
        --legal-basis 示范省职称评审管理办法 --home ./office
    """
    from credential.grants import Grant  # noqa: PLC0415
    from issuer.office.service import add_grant  # noqa: PLC0415

    tool = begin(context, json_output, language)
    granted = Grant(
        series=values.numbers(series, "--series"),
        levels=values.numbers(levels, "--levels"),
        ways=values.numbers(ways, "--ways"),
        committee_ways=values.some_numbers(committee_ways, "--committee-ways"),
        region=region,
        scope_required=scope_required,
        first=values.day(first, "--from"),
        last=values.optional_day(last, "--until"),
        max_gap_days=max_gap_days,
        legal_basis=legal_basis,
        acts=frozenset(values.words(acts)),
        over=over,
    )
    with register_of(open_home(home)) as register, register.write() as session:
        add_grant(session, authority_id, granted, actor=values.local_actor(), now=tool.now())
    said = tool.pick(
        f"已授权 {authority_id}：{_line(tool, granted)}", f"Granted {authority_id}: {_line(tool, granted)}"
    )
    tool.finish({"authority": authority_id, "grant": _grant(granted)}, said)
    tool.say(*LATER)


@app.command("list", epilog=EPILOG)
def list_all(context: typer.Context, home: Home = None, json_output: Json = False, language: Language = None) -> None:
    """列出发证机关及其权限。List authorities with their grants.

    \b
    例 Example:
      titlecert authority list --home ./office
    """
    from issuer.office import lists  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with register_of(open_home(home)) as register, register.read() as session:
        found = [(each, lists.grants(session, each.id)) for each in lists.authorities(session)]
    tool.finish({"authorities": [_plain(each, granted) for each, granted in found]}, _text(tool, found))


def _text(tool: Tool, found: list[tuple[Authority, list[Grant]]]) -> str:
    head = [tool.pick(*each) for each in (("编号", "id"), ("区划", "region"), ("信用代码", "code"), ("名称", "name"))]
    lines = [table(head, [(each.id, each.region_code, each.credit_code, each.name) for each, _ in found])]
    lines += [f"{each.id}  {_line(tool, granted)}" for each, grants in found for granted in grants]
    return "\n".join(lines)


def _line(tool: Tool, granted: Grant) -> str:
    series, levels, ways = values.shown(granted.series), values.shown(granted.levels), values.shown(granted.ways)
    what = tool.pick(
        f"系列 {series} 级别 {levels} 方式 {ways} 区划 {granted.region}",
        f"series {series} levels {levels} ways {ways} region {granted.region}",
    )
    span = f"{granted.first}–{granted.last or '…'}"
    return f"{what} {','.join(sorted(granted.acts))}/{granted.over} {span} {granted.legal_basis}"


def _grant(granted: Grant) -> dict[str, Any]:
    from credential.grants import grant_to_json  # noqa: PLC0415

    return dict(grant_to_json(granted))


def _plain(authority: Authority, grants: list[Grant] | tuple[()]) -> dict[str, Any]:
    return {
        "id": authority.id,
        "name": authority.name,
        "name_en": authority.name_en,
        "code": authority.credit_code,
        "region": authority.region_code,
        "number_template": authority.number_template,
        "state": authority.state.value,
        "from": authority.valid_from.isoformat(),
        "until": authority.valid_until and authority.valid_until.isoformat(),
        "grants": [_grant(each) for each in grants],
    }
