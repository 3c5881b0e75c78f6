"""``titlecert catalogue``: the versioned list of series, titles and levels.

titlecert catalogue show --series 5 --home ./office
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import values
from cli.console import table
from cli.errors import UsageError
from cli.exits import EPILOG
from cli.opening import open_home, register_of
from cli.options import Home, Json, Language
from cli.tool import Tool, begin

if TYPE_CHECKING:
    from credential.catalogue import Catalogue

app = typer.Typer(
    help="职称系列和资格名称目录。The catalogue of series and titles.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("import", epilog=EPILOG)
def import_file(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="目录文件（JSON）。A catalogue as JSON.")
    ] = None,
    builtin: Annotated[bool, typer.Option("--builtin", help="用内置目录。Take the built-in one.")] = False,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """启用一个目录版本；版本号必须比现用的大。Take a version of the catalogue into use; its number must be new.

    \b
    例 Example:
      titlecert catalogue import catalogue-2.json --home ./office
    """
    from issuer.worker.setup import import_catalogue  # noqa: PLC0415

    tool = begin(context, json_output, language)
    if builtin == (file is not None):
        raise UsageError(
            "which_catalogue",
            "请给出一个目录文件，或者 --builtin，二者取一",
            "give a FILE or --builtin, one of the two",
        )
    with register_of(open_home(home)) as register, register.write() as session:
        found = import_catalogue(session, _read(file), actor=values.local_actor(), now=tool.now())
    data = {"version": found.version, "series": len(found.all_series), "titles": len(found.titles)}
    tool.finish(data, tool.pick(f"已启用目录第 {found.version} 版", f"Catalogue version {found.version} is in use"))
    tool.say("对外公布：titlecert catalogue publish。", "To make it public: `titlecert catalogue publish`.")


@app.command("show", epilog=EPILOG)
def show(
    context: typer.Context,
    series: Annotated[int | None, typer.Option("--series", metavar="N", help="只看一个系列。One series only.")] = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """显示现用目录：系列，或一个系列的资格名称。Show the catalogue in use: the series, or the titles of one.

    \b
    例 Example:
      titlecert catalogue show --series 5 --home ./office
    """
    from issuer.office import lists  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with register_of(open_home(home)) as register, register.read() as session:
        found = lists.catalogue(session)
    data: dict[str, Any] = {"version": found.version}
    if series is None:
        data["series"] = [{"number": s.number, "name": s.name, "name_en": s.name_en} for s in found.all_series]
        head = [tool.pick(*each) for each in (("编号", "number"), ("系列", "series"), ("英文", "English"))]
        tool.finish(data, table(head, [(s.number, s.name, s.name_en) for s in found.all_series]))
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
    tool.finish(data, table([tool.pick(*each) for each in pairs], rows))


@app.command("publish", epilog=EPILOG)
def publish(
    context: typer.Context,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """公布现用目录，即由根密钥签署新的信任清单。Publish the catalogue: the root signs a new trust list.

    \b
    例 Example:
      titlecert catalogue publish --home ./office
    """
    from cli.commands.publishing import publish as publish_all  # noqa: PLC0415

    publish_all(context, trust=True, yes=True, home=home, json_output=json_output, language=language)


def _read(file: Path | None) -> bytes:
    from credential.catalogue import MAX_CATALOGUE_BYTES, Catalogue  # noqa: PLC0415

    if file is None:
        return Catalogue.load_builtin().to_json()
    with file.open("rb") as stream:
        return stream.read(MAX_CATALOGUE_BYTES + 1)
