"""``titlecert region``: administrative regions, named before authorities and grants can name them.

titlecert region add 990000 示范省 --home ./office
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import table
from cli.exits import EPILOG
from cli.opening import open_home, register_of
from cli.options import Home, Json, Language
from cli.tool import begin
from cli.values import local_actor

app = typer.Typer(help="行政区划。Administrative regions.", no_args_is_help=True, rich_markup_mode=None)

Code = Annotated[str, typer.Argument(metavar="CODE", help="六位区划代码（GB/T 2260）。Six digits, GB/T 2260.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="区划名称。Its name.")]


@app.command("add", epilog=EPILOG)
def add(
    context: typer.Context,
    code: Code,
    name: Name,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """登记一个行政区划。Add a region.

    \b
    例 Example:
      titlecert region add 990000 示范省 --home ./office
    """
    from issuer.office.service import add_region  # noqa: PLC0415
    from issuer.office.values import Region  # noqa: PLC0415

    tool = begin(context, json_output, language)
    region = Region(code=code, name=name)
    with register_of(open_home(home)) as register, register.write() as session:
        add_region(session, region, actor=local_actor(), now=tool.now())
    tool.finish({"code": code, "name": name}, tool.pick(f"已登记 {code} {name}", f"Added {code} {name}"))


@app.command("list", epilog=EPILOG)
def list_all(context: typer.Context, home: Home = None, json_output: Json = False, language: Language = None) -> None:
    """列出全部行政区划。List all regions.

    \b
    例 Example:
      titlecert region list --home ./office
    """
    from issuer.office.lists import regions  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with register_of(open_home(home)) as register, register.read() as session:
        found = [{"code": each.code, "name": each.name} for each in regions(session)]
    head = (tool.pick("代码", "code"), tool.pick("名称", "name"))
    tool.finish({"regions": found}, table(head, [tuple(each.values()) for each in found]))
