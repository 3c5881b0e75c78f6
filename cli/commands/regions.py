"""``titlecert region``: administrative regions, named before authorities and grants can name them.

titlecert region add 990000 示范省 --home ./office
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from issuer.services import regions
from issuer.services.regions import Region

app = group()

Code = Annotated[str, typer.Argument(metavar="CODE", help="六位区划代码（GB/T 2260）。Six digits, GB/T 2260.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="区划名称。Its name.")]


@command(app, "add")
def add(run: Run, code: Code, name: Name) -> None:
    """登记一个行政区划。Add a region.

    \b
    例 Example:
      titlecert region add 990000 示范省 --home ./office
    """
    tool = run.tool
    region = Region(code=code, name=name)
    with open_home(run) as opened:
        regions.add(opened, local_actor(), region)
    tool.finish({"code": code, "name": name}, tool.pick(f"已登记 {code} {name}", f"Added {code} {name}"))


@command(app, "list")
def list_all(run: Run) -> None:
    """列出全部行政区划。List all regions.

    \b
    例 Example:
      titlecert region list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = [{"code": each.code, "name": each.name} for each in regions.listed(opened)]
    pairs = (("代码", "code"), ("名称", "name"))
    tool.finish({"regions": found}, tool.table(pairs, [tuple(each.values()) for each in found], kept=("code",)))
