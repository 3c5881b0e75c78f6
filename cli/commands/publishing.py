"""``titlecert publish``: a new snapshot of the register, and with ``--trust`` a new trust list signed by the root.

Rules: the root signs rarely and in front of a person, so what changed is shown first, and nothing is signed without
``--yes``. When nothing changed, nothing is signed.

    titlecert publish --home ./office
    titlecert publish --trust --yes --home ./office
    titlecert publish --anew --yes --home ./office         # a folder that somebody altered, laid out from the register
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.console import local_time
from cli.errors import RefusedError, UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import ROOT, SERVICE, ClockIsRight, Yes
from cli.tool import Tool
from cli.working import say_held_back, snapshot, worker_of
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.services import trust as trust_lists
from issuer.worker.worker import Anew as LaidAnew
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
Anew = Annotated[
    bool,
    typer.Option(
        "--anew",
        help="核对全部证明后，按登记簿重新摆放整个公布目录；不加 --yes 只报告。"
        "Lay the whole publication out again from the register, after every proof; without --yes it only tells.",
    ),
]


@command(app, "publish", passphrases=(ROOT, SERVICE))
def publish(
    run: Run,
    trust: Trust = False,
    anew: Anew = False,
    yes: Yes = False,
    if_needed: IfNeeded = False,
    clock_is_right: ClockIsRight = False,
) -> None:
    """公布登记簿现状；--trust 先列出变化，加 --yes 才由根密钥签署。Publish the register; --trust signs a trust list.

    \b
    例 Example:
      titlecert publish --home ./office
      titlecert publish --trust --yes --home ./office
      titlecert publish --anew --home ./office
    """
    tool = run.tool
    if anew and (trust or if_needed):
        raise UsageError(
            "anew_alone",
            "--anew 不能与 --trust、--if-needed 同时使用",
            "--anew goes with neither --trust nor --if-needed",
        )
    if anew:
        _lay_out_anew(run, act=yes, clock_is_right=clock_is_right)
        return
    with open_home(run) as opened:
        if not if_needed:
            machine.require_whole(opened.home)
        data: dict[str, Any] = {"home": str(opened.home.directory)}
        if trust and not yes:
            data |= {"changes": list(trust_lists.draft(opened).changes), "signed": False}
        else:
            data |= _publish(tool, opened, trust=trust, if_needed=if_needed, clock_is_right=clock_is_right)
    _tell(tool, data, trust=trust, yes=yes)


def _lay_out_anew(run: Run, *, act: bool, clock_is_right: bool) -> None:
    """Tell how the folder differs and what has no proof; lay it out when everything has one and ``act`` says so."""
    tool = run.tool
    with open_home(run) as opened, worker_of(opened, clock_is_right=clock_is_right) as worker:
        if worker is None:
            raise _stop_worker("重新摆放公布目录", "the publication is laid out anew")
        machine.require_whole(opened.home)
        found = worker.lay_out_anew(act=act)
    say_held_back(tool, found.held_back)
    if found.held_back:
        raise RefusedError(
            "not_proven",
            f"登记簿里有 {len(found.held_back)} 处没有证明（见上），没有摆放任何文件；请用备份比对登记簿",
            f"{len(found.held_back)} things in the register have no proof (see above); nothing was laid out. "
            "Compare the register with a backup",
        )
    data = {
        "difference": found.difference,
        "certificates": found.certificates,
        "published": snapshot(found.published),
    }
    tool.finish(data, "\n".join(_anew_lines(tool, found)))
    if not act:
        tool.say(
            "没有改动任何文件。确认后加 --yes 再运行一次。", "Nothing was changed. Run it again with --yes to do it."
        )


def _anew_lines(tool: Tool, found: LaidAnew) -> list[str]:
    lines = [
        tool.pick(f"公布目录与上次公布不一致：{found.difference}", f"The publication differs: {found.difference}")
        if found.difference
        else tool.pick("公布目录与上次公布一致", "The publication is as it was left"),
        tool.pick(
            f"登记簿里 {found.certificates} 张证书的每项变更都有证明",
            f"Every event of the register's {found.certificates} certificates is proven",
        ),
    ]
    if found.published is not None:
        made = found.published
        lines.append(
            tool.pick(
                f"已重新摆放并公布第 {made.sequence} 期，{made.records} 张证书",
                f"Laid out again: snapshot {made.sequence}, {made.records} certificates",
            )
        )
    return lines


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
    made = pending.published
    if made is None:
        outcome = worker.publish_changes(even_without=True) if even_without else worker.renew_if_needed()
        say_held_back(tool, outcome.held_back)
        made = outcome.published
    walked = worker.walk()
    say_held_back(tool, walked.held_back)
    return snapshot(walked.published or made)


def _leave_to_worker(trust: bool) -> dict[str, Any]:
    """A running worker publishes by itself; the root does not sign behind its back."""
    if trust:
        raise _stop_worker("签署信任清单", "the root signs a trust list")
    return {"published": None, "handed_over": True}


def _stop_worker(zh: str, en: str) -> RefusedError:
    return RefusedError(
        "worker_running",
        f"后台服务正在运行；{zh}要先停下它（titlecert serve）",
        f"a worker is running; stop it (titlecert serve) before {en}",
    )


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
