"""``titlecert publish``: a new snapshot of the register, and with ``--trust`` a new trust list signed by the root.

Rules: the root signs rarely and in front of a person, so what changed is shown first, and nothing is signed without
``--yes``. When nothing changed, nothing is signed.

    titlecert publish --home ./office
    titlecert publish --trust --yes --home ./office
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.console import local_time
from cli.errors import RefusedError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import ROOT, SERVICE, ClockIsRight, Yes
from cli.tool import Tool
from cli.working import say_held_back, snapshot, worker_of
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.services import trust as trust_lists
from issuer.worker.worker import Worker

app = group()

Trust = Annotated[
    bool,
    typer.Option("--trust", help="机关、权限、备案、密钥有变化时，由根密钥签署新的信任清单。Sign a new trust list."),
]
IfNeeded = Annotated[
    bool,
    typer.Option("--if-needed", help="没有待公布内容且未近到期时不做。Only for pending changes, or near expiry."),
]


@command(app, "publish", passphrases=(ROOT, SERVICE))
def publish(
    run: Run, trust: Trust = False, yes: Yes = False, if_needed: IfNeeded = False, clock_is_right: ClockIsRight = False
) -> None:
    """公布登记簿现状；--trust 先列出变化，加 --yes 才由根密钥签署。Publish the register; --trust signs a trust list.

    \b
    例 Example:
      titlecert publish --home ./office
      titlecert publish --trust --yes --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        if not if_needed:
            machine.require_whole(opened.home)
        data: dict[str, Any] = {"home": str(opened.home.directory)}
        if trust and not yes:
            data |= {"changes": list(trust_lists.draft(opened).changes), "signed": False}
        else:
            data |= _publish(tool, opened, trust=trust, if_needed=if_needed, clock_is_right=clock_is_right)
    _tell(tool, data, trust=trust, yes=yes)


def _publish(tool: Tool, opened: Opened, *, trust: bool, if_needed: bool, clock_is_right: bool) -> dict[str, Any]:
    with worker_of(opened, clock_is_right=clock_is_right) as worker:
        if worker is None:
            return _leave_to_worker(trust)
        data = _sign_trust(opened) if trust else {}
        data["published"] = _snapshot(tool, worker, even_without=not if_needed or data.get("signed", False))
        expires = worker.expires()
    return data | {"expires": expires and expires.isoformat()}


def _sign_trust(opened: Opened) -> dict[str, Any]:
    draft = trust_lists.draft(opened)
    if not draft.changes:
        return {"changes": [], "signed": False}
    version = trust_lists.publish_here(opened, local_actor(), draft)
    return {"changes": list(draft.changes), "signed": True, "trust_list": version}


def _snapshot(tool: Tool, worker: Worker, *, even_without: bool) -> dict[str, Any] | None:
    pending = worker.run_pending()
    say_held_back(tool, pending.held_back)
    if pending.published is not None:
        return snapshot(pending.published)
    made = worker.publish_changes(even_without=True).published if even_without else worker.renew_if_needed()
    return snapshot(made)


def _leave_to_worker(trust: bool) -> dict[str, Any]:
    """A running worker publishes by itself; the root does not sign behind its back."""
    if trust:
        raise RefusedError(
            "worker_running",
            "后台服务正在运行；签署信任清单要先停下它（titlecert serve）",
            "a worker is running; stop it (titlecert serve) before the root signs a trust list",
        )
    return {"published": None, "handed_over": True}


def _tell(tool: Tool, data: dict[str, Any], *, trust: bool, yes: bool) -> None:
    lines = []
    if trust:
        head = tool.pick("信任清单的变化：", "Changes of the trust list:")
        lines += [head, *(f"  {each}" for each in data["changes"])] if data["changes"] else []
        if data["signed"]:
            lines.append(
                tool.pick(f"根密钥已签署第 {data['trust_list']} 版", f"The root signed version {data['trust_list']}")
            )
        elif not data["changes"]:
            lines.append(tool.pick("信任清单没有变化，没有签署", "The trust list has not changed; nothing was signed"))
    if not trust or yes:
        lines.append(_published(tool, data))
    tool.finish(data, "\n".join(lines))
    if trust and data["changes"] and not yes:
        tool.say(
            "没有签署。确认无误后加 --yes 再运行一次。",
            "Nothing was signed. If this is right, run it again with --yes.",
        )


def _published(tool: Tool, data: dict[str, Any]) -> str:
    if data.get("handed_over"):
        return tool.pick(
            "后台服务正在运行，变化由它随时公布", "A worker is running and publishes every change by itself"
        )
    until, made = local_time(data["expires"]), data["published"]
    if made is None:
        return tool.pick(f"没有需要公布的变化，现有公布有效至 {until}", f"Nothing to publish; it holds until {until}")
    return tool.pick(
        f"已公布第 {made['sequence']} 期，{made['records']} 张证书，有效至 {until}",
        f"Published snapshot {made['sequence']}: {made['records']} certificates, valid until {until}",
    )
