"""``titlecert authority``: who issues, with which keys, within which grants.

titlecert authority add sf-hrss --name ... --home ./office
titlecert authority contact sf-hrss --telephone 000-0000-0000 --home ./office
titlecert authority grant sf-hrss --series 5 --levels 1,2 --ways 1 --acts issue --until 2030-12-31 ... --home ./office
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from cli import values
from cli.changes import LATER
from cli.commands import ending
from cli.contacts import TypedContacts, contact_options
from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.layout import wrapped
from cli.opening import local_actor, open_home
from cli.options import SERVICE, RegionCode
from cli.tool import Tool
from credential.contacts import NO_CONTACTS, Contacts, contact_to_json, contacts_to_json
from credential.grants import ACTS, Grant, grant_to_json
from issuer.services import authorities
from issuer.services.authorities import Authority, AuthorityListing

app = group()

Id = Annotated[
    str, typer.Argument(metavar="ID", help="发证机关编号，2 到 16 位 a-z 0-9 -。Its id: 2 to 16 of a-z 0-9 -.")
]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="起始日期。First day.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="截止日期（含当日）。Last day, included.")]
Parent = Annotated[
    str | None,
    typer.Option("--parent", metavar="ID", help="委托授权的上级机关。The authority that delegates to it."),
]


@command(app, "add", passphrases=(SERVICE,))
@contact_options
def add(
    run: Run,
    reached: TypedContacts,
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
    parent: Parent = None,
) -> None:
    """登记发证机关，并生成它的签发密钥和印章密钥。Add an authority and make its credential and document keys.

    \b
    例 Example:
      titlecert authority add sf-hrss --name 示范省人力资源和社会保障厅 --name-en 'Shifan HRSS' \\
        --code 11990000000010014J --region 990000 --home ./office
    """
    tool = run.tool
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
        parent=parent,
        contact=reached.over(NO_CONTACTS),
    )
    with open_home(run) as opened:
        authorities.add(opened, local_actor(), authority)
    tool.finish(_plain(authority, ()), tool.pick(f"已登记 {authority_id} {name}", f"Added {authority_id} {name}"))
    tool.say(*LATER)


@command(app, "contact")
@contact_options
def contact(run: Run, reached: TypedContacts, authority_id: Id) -> None:
    """更改发证机关的联系方式；没有写的项保持不变，写空的清除。Say how an authority is reached; '' takes an entry away.

    \b
    例 Example:
      titlecert authority contact sf-hrss --telephone 000-0000-0000 --web https://rst.shifan.example --home ./office
    """
    tool = run.tool
    if not reached:
        raise UsageError("nothing_stated", "没有写要更改的联系方式", "say what changes: --telephone, --web ...")
    with open_home(run) as opened:
        made = authorities.change_contact(opened, local_actor(), authority_id, reached.over)
    said = tool.pick(f"已更改 {authority_id} 的联系方式", f"Changed how {authority_id} is reached")
    tool.finish(
        {"authority": authority_id, "contact": contacts_to_json(made)}, "\n".join([said, *_reached(tool, made)])
    )
    tool.say(*LATER)


@command(app, "grant")
def grant(
    run: Run,
    authority_id: Id,
    region: RegionCode,
    legal_basis: Annotated[str, typer.Option("--legal-basis", help="法定依据。Legal basis.")],
    series: Annotated[
        str | None,
        typer.Option("--series", help="必须写明：系列编号，'*' 为全部。Must be given: series numbers, '*' for all."),
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option("--levels", help="必须写明：级别 1 到 5，'*' 为全部。Must be given: levels 1 to 5, '*' for all."),
    ] = None,
    ways: Annotated[
        str | None,
        typer.Option(
            "--ways", help="必须写明：取得方式，'*' 不含 9（历史补录）。Must be given: ways; '*' never includes 9."
        ),
    ] = None,
    committee_ways: Annotated[
        str, typer.Option("--committee-ways", help="须经评委会的取得方式。Ways that need a committee.")
    ] = "1,5,6",
    acts: Annotated[
        str | None,
        typer.Option(
            "--acts",
            help="必须写明：可办事项 issue,suspend,withdraw,cancel,supersede，'*' 为全部；supersede 用于更正和换发。"
            "Must be given: what it may do, '*' for all; supersede is for corrections and replacements.",
        ),
    ] = None,
    over: Annotated[str, typer.Option("--over", help="own 仅本机关的证书，all 全部证书。Over own or all.")] = "own",
    max_gap_days: Annotated[
        int, typer.Option("--max-gap-days", help="取得到发证最多相隔天数。Most days from award to issue.")
    ] = 3650,
    scope_required: Annotated[
        bool, typer.Option("--scope-required", help="必须写明有效范围。Every title needs a stated scope.")
    ] = False,
    first: From = "2020-01-01",
    last: Until = None,
    no_end: Annotated[
        bool,
        typer.Option(
            "--no-end", help="不设截止日期；与 --until 必须写明一项。No last day; this or --until must be given."
        ),
    ] = False,
) -> None:
    """给发证机关授权：哪些系列、级别、方式，可办哪些事项。Grant an authority series, levels, ways and acts.

    \b
    例 Example:
      titlecert authority grant sf-hrss --region 990000 --series 5 --levels 1,2 --ways 1,5,6 \\
        --acts issue,suspend,withdraw --until 2030-12-31 --legal-basis 示范省职称评审管理办法 --home ./office
    """
    tool = run.tool
    typed = _stated({"--series": series, "--levels": levels, "--ways": ways, "--acts": acts}, last, no_end=no_end)
    granted = Grant(
        series=values.numbers(typed["--series"], "--series"),
        levels=values.numbers(typed["--levels"], "--levels"),
        ways=values.numbers(typed["--ways"], "--ways"),
        committee_ways=values.some_numbers(committee_ways, "--committee-ways"),
        region=region,
        scope_required=scope_required,
        first=values.day(first, "--from"),
        last=values.optional_day(last, "--until"),
        max_gap_days=max_gap_days,
        legal_basis=legal_basis,
        acts=frozenset(ACTS if typed["--acts"] == "*" else values.words(typed["--acts"])),
        over=over,
    )
    with open_home(run) as opened:
        authorities.grant(opened, local_actor(), authority_id, granted)
    told = granted_line(tool, granted)
    said = tool.pick(f"已授权 {authority_id}：{told}", f"Granted {authority_id}: {told}")
    tool.finish({"authority": authority_id, "grant": _grant(granted)}, said)
    tool.say(*LATER)


_TO_STATE: Final = {
    "--series": ("--series 系列编号（'*' 为全部）", "--series NUMBERS ('*' for all)"),
    "--levels": ("--levels 级别（'*' 为全部）", "--levels NUMBERS ('*' for all)"),
    "--ways": ("--ways 取得方式（'*' 为除 9 以外的全部）", "--ways NUMBERS ('*' for all but 9)"),
    "--acts": ("--acts 可办事项（如 issue,suspend，'*' 为全部）", "--acts ACTS (like issue,suspend; '*' for all)"),
}
_END: Final = ("--until 截止日期，或 --no-end（不设期限）", "--until DATE, or --no-end for none")


def _stated(typed: Mapping[str, str | None], last: str | None, *, no_end: bool) -> dict[str, str]:
    """Return what a grant covers, all of it typed: nobody grants everything, or for good, by leaving an option out.

    Raises:
        UsageError: ``grant_not_stated``, with all that is still to be typed; ``which_end``: both ends were given.
    """
    if last is not None and no_end:
        raise UsageError("which_end", "--until 和 --no-end 只能写一项", "give --until or --no-end, not both")
    missing = [_TO_STATE[name] for name, value in typed.items() if value is None]
    missing += [_END] if last is None and not no_end else []
    if missing:
        zh, en = zip(*missing, strict=True)
        raise UsageError(
            "grant_not_stated",
            f"授权的范围和期限要逐项写明，没有默认值；请加上：{'；'.join(zh)}",
            f"what a grant covers, and until when, has no default; add: {'; '.join(en)}",
        )
    return {name: value for name, value in typed.items() if value is not None}


@command(app, "list")
def list_all(run: Run) -> None:
    """列出发证机关及其权限。List authorities with their grants.

    \b
    例 Example:
      titlecert authority list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = authorities.listed(opened)
    tool.finish({"authorities": [_plain(each.authority, each.grants) for each in found]}, _text(tool, found))


def _text(tool: Tool, found: Sequence[AuthorityListing]) -> str:
    pairs = (("编号", "id"), ("区划", "region"), ("上级", "parent"), ("信用代码", "code"), ("名称", "name"))
    lines = [tool.table(pairs, [_row(each.authority) for each in found], kept=("id", "region", "code"))]
    lines += [f"{each.authority.id}  {granted_line(tool, granted)}" for each in found for granted in each.grants]
    lines += [f"{each.authority.id}  {line}" for each in found for line in _reached(tool, each.authority.contact)]
    return "\n".join(wrapped(line, tool.console.columns, hanging=2) for part in lines for line in part.splitlines())


def _reached(tool: Tool, contacts: Contacts) -> list[str]:
    """How an authority is reached, a line a language; none where nothing is said."""
    named = (
        (tool.pick("联系方式（中文）", "reached, in Chinese"), contacts.zh),
        (tool.pick("联系方式（英文）", "reached, in English"), contacts.en),
    )
    found = [(name, [text for text in contact_to_json(each).values() if text]) for name, each in named]
    return [f"{name}  {'  '.join(texts)}" for name, texts in found if texts]


def _row(authority: Authority) -> tuple[str, ...]:
    return (authority.id, authority.region_code, authority.parent or "-", authority.credit_code, authority.name)


def granted_line(tool: Tool, granted: Grant) -> str:
    """Return a grant in one line."""
    series = values.shown(granted.series)
    levels, ways = values.named(tool, "levels", granted.levels), values.named(tool, "ways", granted.ways)
    acts = tool.pick("、", ", ").join(tool.name("act", each) for each in sorted(granted.acts))
    over = tool.name("over", str(granted.over))
    what = tool.pick(
        f"系列 {series} 级别 {levels} 方式 {ways} 区划 {granted.region}",
        f"series {series} levels {levels} ways {ways} region {granted.region}",
    )
    span = f"{granted.first}–{granted.last or '…'}"
    return f"{what} {acts}{tool.pick(f'（{over}）', f' ({over})')} {span} {granted.legal_basis}"


def _grant(granted: Grant) -> dict[str, Any]:
    return dict(grant_to_json(granted))


def _plain(authority: Authority, grants: Sequence[Grant]) -> dict[str, Any]:
    return {
        "id": authority.id,
        "name": authority.name,
        "name_en": authority.name_en,
        "code": authority.credit_code,
        "region": authority.region_code,
        "parent": authority.parent,
        "contact": contacts_to_json(authority.contact),
        "number_template": authority.number_template,
        "state": authority.state.value,
        "from": authority.valid_from.isoformat(),
        "until": authority.valid_until and authority.valid_until.isoformat(),
        "grants": [_grant(each) for each in grants],
    }


command(app, "end", passphrases=(SERVICE,))(ending.authority)
