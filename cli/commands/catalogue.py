"""``titlecert catalogue``: the versioned list of series, titles and levels.

titlecert catalogue show --series 5 --home ./office
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import values
from cli.commands import ending, publishing
from cli.commands.keychange import say_run_again
from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import ROOT, SERVICE, Yes
from cli.tool import Tool
from credential.catalogue import MAX_CATALOGUE_BYTES, Catalogue
from issuer.services import catalogue

app = group()


@command(app, "import")
def import_file(
    run: Run,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="目录文件（JSON）。A catalogue as JSON.")
    ] = None,
    builtin: Annotated[bool, typer.Option("--builtin", help="用内置目录。Take the built-in one.")] = False,
) -> None:
    """启用一个目录版本；版本号必须比现用的大。Take a version of the catalogue into use; its number must be new.

    \b
    例 Example:
      titlecert catalogue import catalogue-2.json --home ./office
    """
    tool = run.tool
    if builtin == (file is not None):
        raise UsageError(
            "which_catalogue",
            "请给出一个目录文件，或者 --builtin，二者取一",
            "give a FILE or --builtin, one of the two",
        )
    with open_home(run) as opened:
        found = catalogue.take_into_use(opened, local_actor(), _read(file))
    data = {"version": found.version, "series": len(found.all_series), "titles": len(found.titles)}
    tool.finish(data, tool.pick(f"已启用目录第 {found.version} 版", f"Catalogue version {found.version} is in use"))
    tool.say("对外公布：titlecert catalogue publish。", "To make it public: `titlecert catalogue publish`.")


@command(app, "show")
def show(
    run: Run,
    series: Annotated[int | None, typer.Option("--series", metavar="N", help="只看一个系列。One series only.")] = None,
) -> None:
    """显示现用目录：系列，或一个系列的资格名称。Show the catalogue in use: the series, or the titles of one.

    \b
    例 Example:
      titlecert catalogue show --series 5 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = catalogue.current(opened)
    data: dict[str, Any] = {"version": found.version}
    if series is None:
        data["series"] = [{"number": s.number, "name": s.name, "name_en": s.name_en} for s in found.all_series]
        heads = (("编号", "number"), ("系列", "series"), ("英文", "English"))
        rows = [(s.number, s.name, s.name_en) for s in found.all_series]
        tool.finish(data, tool.table(heads, rows, kept=("number",)))
        return
    _show_series(tool, found, series, data)


def _show_series(tool: Tool, found: Catalogue, series: int, data: dict[str, Any]) -> None:
    titles = [
        {"number": each.number, "name": each.name, "level": each.level, "abolished": each.abolished}
        for each in found.titles_of(found.series(series).number)
    ]
    data["titles"] = titles
    pairs = (("编号", "number"), ("级别", "level"), ("资格名称", "title"))
    rows = [(each["number"], found.level(int(str(each["level"]))).name, each["name"]) for each in titles]
    tool.finish(data, tool.table(pairs, rows, kept=("number", "level")))


@command(app, "publish", passphrases=(ROOT, SERVICE))
def publish(run: Run, yes: Yes = False, seen: publishing.Seen = None) -> None:
    """公布现用目录：先列出变化，加 --yes 才由根密钥签署。Publish the catalogue: the root signs a trust list with --yes.

    \b
    例 Example:
      titlecert catalogue publish --home ./office
      titlecert catalogue publish --yes --home ./office
    """
    publishing.publish_trust(run, yes=yes, seen=seen)


@command(app, "end", passphrases=(SERVICE,))
def end(
    run: Run,
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=1, help="资格或系列的编号。Number of a title, or of a series.")
    ],
    first: ending.FirstDay,
    basis: ending.Basis,
    yes: Yes = False,
) -> None:
    """取消一个资格，或一个系列的全部资格；只能从当天起。Abolish a title, or all of a series, from today on.

    \b
    例 Example:
      titlecert catalogue end 5002 --from 2026-11-21 --basis 人社部发〔2026〕9号 --home ./office
    """
    tool, day = run.tool, values.day(first, "--from")
    with open_home(run) as opened:
        act = partial(catalogue.end, opened, local_actor()) if yes else partial(catalogue.plan_end, opened)
        found = act(number, first=day, basis=basis)
    data = {
        "titles": [{"number": each.number, "name": each.name} for each in found.titles],
        "version": found.version,
        "batches": [{"batch": each.batch, "rows": each.rows} for each in found.batches],
        "done": yes,
    }
    pairs = (("编号", "number"), ("资格名称", "title"))
    tool.finish(data, tool.table(pairs, [(each.number, each.name) for each in found.titles], kept=("number",)))
    for each in found.batches:
        tool.say(
            f"注意：批次 {each.batch} 还没有办完，其中 {each.rows} 行是这个资格，仍可签发；不该发的先撤回。",
            f"Beware: batch {each.batch} is open, and {each.rows} of its rows are of it and can still be issued; take "
            "back what should not be.",
        )
    if yes:
        tool.say("对外公布：titlecert catalogue publish。", "To make it public: `titlecert catalogue publish`.")
    else:
        say_run_again(tool)


def _read(file: Path | None) -> bytes:
    if file is None:
        return Catalogue.load_builtin().to_json()
    with file.open("rb") as stream:
        return stream.read(MAX_CATALOGUE_BYTES + 1)
