"""``titlecert demo``: an office of a province that does not exist, from its list to verdicts, served on this machine.

Rules: it is a script of the same commands that anyone types, and shows each of them. Run again, it adds what is
missing, issues nothing twice, and renews signed files near their end. An interrupted run is continued by the next.

    titlecert demo
    titlecert demo --no-serve --dir ./try --json
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.demo import words
from cli.demo.office import APPROVER, CLERK, SECOND, Facts, set_up
from cli.demo.script import Script, StoppedError
from cli.errors import RefusedError
from cli.framing import Run, command, group
from cli.place import Place
from cli.tool import Tool
from issuer.home.holders import desk_address, read_settings
from issuer.home.paths import Home as OpenHome

app = group()

DEPLOYMENT: Final = "shifan-demo"
PORT: Final = 8787
SAMPLE: Final = "engineering-senior-2026.xlsx"
AUTHORITY: Final = "sf-hrss"
HOLDER: Final = ("王䶮", "citizen", "13990119760512380X")
"""A holder of the sample, who signs in at the desk: name, kind and number of the identity document."""
NEWEST_AWARD: Final = date(2026, 10, 30)
"""The newest award date of the sample: on an earlier day there is nothing that could be issued."""
_WITHDRAWAL: Final = (
    "--reason",
    "fraud",
    "--basis",
    "示范省职称评审管理办法（演示）第三十条：申报材料弄虚作假",
    "--document",
    "示人社撤〔2026〕1号",
    "--as",
    APPROVER,
)

Directory = Annotated[Path, typer.Option("--dir", metavar="DIR", help="演示目录。Where the demonstration lives.")]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=1024,
        max=65535,
        help="本机端口，默认 8787；建目录时定下，写在证书上。The port, 8787; fixed when the directory is made.",
    ),
]
NoServe = Annotated[
    bool, typer.Option("--no-serve", help="办完就结束，不运行服务。End when all is issued; do not serve.")
]


@command(app, "demo", home=False)
def demo(run: Run, directory: Directory = Path("demo-home"), port: Port = None, no_serve: NoServe = False) -> None:
    """演示：示范省的一份名单，从核对、批准、发证到撤销、查验。The whole path, shown with an invented office.

    \b
    例 Example:
      titlecert demo
      titlecert demo --dir ./try --port 9000
      titlecert demo --no-serve --dir ./try --json
    """
    tool = run.tool
    _require_clock(tool)
    chosen = port or PORT
    home = _existing(directory, port)
    if not no_serve:
        _require_port(Place.of(f"http://127.0.0.1:{chosen}" if home is None else home.settings.origin, None), directory)
    script = Script(run, directory.absolute())
    try:
        made = _run(script, home is None, chosen)
    except StoppedError as error:
        tool.finish({}, "", exit_code=error.exit_code)
        return
    tool.finish(made, words.summary(script, made, serving=not no_serve))
    if not no_serve:
        _serve(run, directory)


def _run(script: Script, is_new: bool, port: int) -> dict[str, Any]:
    if is_new:
        origin = f"http://127.0.0.1:{port}"
        script.run("init", "--deployment", DEPLOYMENT, "--origin", origin, "--demonstration", "--make-passphrases")
    set_up(script, Facts.load())
    new = _issue(script)
    certificates = script.ask("certificate", "list", "--full")["certificates"]
    if not any(each["status"] == "withdrawn" for each in certificates):
        _withdraw(script, certificates[-1]["number"])
        certificates = script.ask("certificate", "list", "--full")["certificates"]
    published = script.ask("publish", "--if-needed", "--clock-is-right")
    holder = _holder(script, certificates)
    return _result(script.directory, certificates, new=new, published=published) | holder


def _withdraw(script: Script, number: str) -> None:
    """One operator signs, another one approves: the order of an interrupted run is taken up."""
    waiting = script.ask("order", "list")["orders"]
    if not waiting:
        script.run("withdraw", number, *_WITHDRAWAL, "--yes")
        waiting = script.ask("order", "list")["orders"]
    script.run("order", "approve", str(waiting[0]["order"]), "--as", SECOND)


def _issue(script: Script) -> int:
    """Take the sample as far as it still has to go; returns how many certificates are new."""
    with as_file(files("cli.demo") / "data" / SAMPLE) as sample:
        batch = _batch(script, hashlib.sha256(sample.read_bytes()).hexdigest())
        if batch is None:
            checked = script.run("batch", "check", str(sample), "--authority", AUTHORITY)
            batch = {"batch": checked["batch"], "state": "checked"}
    name, state = batch["batch"], batch["state"]
    if state == "checked":
        state = script.run("batch", "submit", name, "--as", CLERK)["state"]
    if state == "submitted":
        state = script.run("batch", "approve", name, "--as", APPROVER)["state"]
    issued = script.ask("certificate", "list")["certificates"]
    if state == "issued" and all(each["document"] for each in issued):
        return 0
    return int(script.run("batch", "issue", name, "--documents")["new"] or 0)


def _batch(script: Script, file_digest: str) -> Mapping[str, Any] | None:
    found = script.ask("batch", "list")["batches"]
    same = [each for each in found if each["file_digest"] == file_digest and each["state"] != "rejected"]
    return same[-1] if same else None


def _holder(script: Script, certificates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How a holder of the sample signs in at the desk: with the slip that is there, or a new one when it was used."""
    name, id_type, id_number = HOLDER
    number = next(each["number"] for each in certificates if each["name"] == name)
    made = sorted(script.directory.glob(f"slips-*/{number}.txt"))
    codes = script.ask("claim", "list", "--certificate", number)["claims"]
    if not made or not any(each["state"] == "open" for each in codes):
        folder = script.directory / f"slips-{len(made) + 1:03}"
        script.run("claim", "replace", number, "--slips", str(folder))
        made.append(folder / f"{number}.txt")
    lines = made[-1].read_text(encoding="utf-8").splitlines()
    code = next(line.rpartition(": ")[2] for line in lines if line.startswith("领取码"))
    home = OpenHome.open(script.directory)
    return {
        "desk": desk_address(home, read_settings(home)),
        "holder": {"name": name, "id_type": id_type, "id_number": id_number, "claim_code": code},
    }


def _result(
    directory: Path, certificates: Sequence[Mapping[str, Any]], *, new: int, published: Mapping[str, Any]
) -> dict[str, Any]:
    settings = OpenHome.open(directory).settings
    names = ("number", "name", "status", "check_code", "qr_text", "document")
    return {
        "home": str(directory),
        "publication": str(directory / "publication"),
        "trust_root": str(directory / "trust-root"),
        "origin": settings.origin,
        "page": f"{settings.origin}/v/",
        "new": new,
        "renewed": bool(published.get("published")),
        "expires": published.get("expires"),
        "certificates": [{name: each[name] for name in names} for each in certificates],
    }


def _require_clock(tool: Tool) -> None:
    today = tool.today()
    if today < NEWEST_AWARD:
        raise RefusedError(
            "clock",
            f"本机日期是 {today}，早于样例中的取得时间 {NEWEST_AWARD}：还没有取得的职称不能发证。请校正本机时钟",
            f"this machine says it is {today}, before the sample's award date {NEWEST_AWARD}; a title that is not "
            "awarded yet is not issued. Set the clock",
            today=today.isoformat(),
        )


def _existing(directory: Path, port: int | None) -> OpenHome | None:
    """The demonstration that is there, None for none. Raises RefusedError when it is another home, or another port."""
    if not (directory / "home.json").exists():
        return None
    home = OpenHome.open(directory)
    if home.settings.deployment != DEPLOYMENT or not home.settings.demonstration:
        raise RefusedError(
            "not_the_demonstration",
            f"{directory} 是别的部署目录，没有改动；请用 --dir 另选目录",
            f"{directory} is the home of {home.settings.deployment}; nothing was changed; choose another with --dir",
        )
    fixed = Place.of(home.settings.origin, None).port
    if port is not None and port != fixed:
        raise RefusedError(
            "port_fixed",
            f"{directory} 建立时定下了端口 {fixed}，已写在证书上；换端口请同时换目录：--port {port} --dir 新目录",
            f"{directory} was made for port {fixed}, which its certificates carry; for another one take another "
            f"directory too: --port {port} --dir NEW",
        )
    return home


def _require_port(place: Place, directory: Path) -> None:
    try:
        place.require_free()
    except RefusedError as error:
        raise RefusedError(
            "demo_port_taken",
            f"{error.zh}。请先停下它，或另建一个演示：--port {place.port + 1} --dir {directory}-{place.port + 1}",
            f"{error.en}. Stop it, or make another demonstration: --port {place.port + 1} "
            f"--dir {directory}-{place.port + 1}",
        ) from error


def _serve(run: Run, directory: Path) -> None:
    nested = run.tool.nested()
    nested.console.quiet = False
    run.tool.exit_code = run.another(["serve", "--home", str(directory)], nested)
