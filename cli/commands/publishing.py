"""``titlecert publish``: a new snapshot of the register, and with ``--trust`` a new trust list signed by the root.

Rules: the root signs rarely and in front of a person, so every member that changes is shown first, and nothing is
signed without ``--yes``. When nothing changed, nothing is signed. Once it is written, the publication is read as
anyone reads it, and only then is it called published.

    titlecert publish --home ./office
    titlecert publish --trust --home ./office
    titlecert publish --trust --yes --home ./office
    titlecert publish --anew --yes --home ./office         # a folder that someone altered, laid out from the register
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import typer

from cli import changes
from cli.console import local_time
from cli.errors import RefusedError, UsageError
from cli.framing import Run, command, group
from cli.hints import explanation
from cli.opening import local_actor, open_home
from cli.options import ROOT, SERVICE, ClockIsRight, Events, Yes
from cli.progress import progress
from cli.stopping import Left, going_on
from cli.tool import Tool
from cli.working import look, say_held_back, snapshot, worker_of
from credential.errors import CodedError
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.services import catalogue, work
from issuer.services import trust as trust_lists
from issuer.services.trust import Draft
from issuer.worker.worker import Anew as LaidAnew
from issuer.worker.worker import Done, HeldBack, Outcome, Worker

app = group()

Trust = Annotated[
    bool,
    typer.Option("--trust", help="机关、权限、备案、密钥有变化时，由根密钥签署新的信任清单。Sign a new trust list."),
]
Seen = Annotated[
    str | None,
    typer.Option(
        "--seen",
        metavar="DIGITS",
        help="不加 --yes 时给出的核对码；内容变了就不签。What was shown without --yes; nothing else is signed.",
    ),
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
        "Lay the whole publication out again from the register, after every proof; without --yes it only reports.",
    ),
]


@command(app, "publish", passphrases=(ROOT, SERVICE))
def publish(
    run: Run,
    trust: Trust = False,
    anew: Anew = False,
    yes: Yes = False,
    seen: Seen = None,
    if_needed: IfNeeded = False,
    clock_is_right: ClockIsRight = False,
    events: Events = False,
) -> None:
    """公布登记簿现状；--trust 先列出变化，加 --yes 才由根密钥签署。Publish the register; --trust signs a trust list.

    \b
    例 Example:
      titlecert publish --home ./office
      titlecert publish --trust --home ./office
      titlecert publish --trust --yes --home ./office
      titlecert publish --anew --home ./office
    """
    run.tool.console.events = events
    if anew and (trust or if_needed):
        raise UsageError(
            "anew_alone",
            "--anew 不能与 --trust、--if-needed 同时使用",
            "--anew goes with neither --trust nor --if-needed",
        )
    if anew:
        _lay_out_anew(run, act=yes, clock_is_right=clock_is_right)
        return
    if trust:
        publish_trust(run, yes=yes, seen=seen, if_needed=if_needed, clock_is_right=clock_is_right)
        return
    with open_home(run) as opened:
        if not if_needed:
            machine.require_whole(opened.home)
        said = _Said(data={"home": str(opened.home.directory)})
        words = ("publish", *(["--if-needed"] if if_needed else []))
        with (
            going_on(run, *words, done=lambda: _left(opened)),
            progress(run.tool, "publish") as (step,),
            worker_of(opened, clock_is_right=clock_is_right) as worker,
        ):
            if worker is not None:
                worker.show_publishing(step)
            done = None if worker is None else _run(worker, even_without=not if_needed)
        _tell_published(run.tool, opened, said, done)
    said.finish(run.tool)


def publish_trust(
    run: Run, *, yes: bool, seen: str | None = None, if_needed: bool = False, clock_is_right: bool = False
) -> None:
    """Show what the root would sign; with ``yes`` it signs, and the register is published."""
    tool = run.tool
    with open_home(run) as opened:
        said = _Said(data={"home": str(opened.home.directory)})
        if yes:
            _sign_and_publish(tool, opened, said, seen, if_needed=if_needed, clock_is_right=clock_is_right)
        else:
            _show(tool, opened, said, trust_lists.draft(opened))
    said.finish(tool)
    if said.data["changes"] and not yes:
        again = f"--trust --yes --seen {said.data['seen']}"
        tool.say(
            f"没有签署。逐项核对无误后，用 titlecert publish {again} 签署以上内容。",
            f"Nothing was signed. If every line is right, `titlecert publish {again}` signs exactly this.",
        )


def _lay_out_anew(run: Run, *, act: bool, clock_is_right: bool) -> None:
    """Tell how the folder differs and what has no proof; lay it out when everything has one and ``act`` says so."""
    tool = run.tool
    with open_home(run) as opened, worker_of(opened, clock_is_right=clock_is_right) as worker:
        if worker is None:
            raise _stop_worker("重新摆放公布目录", "the publication is laid out anew")
        machine.require_whole(opened.home)
        found = worker.lay_out_anew(act=act)
        checked = look(opened, ()) if found.published else None
    say_held_back(tool, found.held_back)
    if found.held_back:
        raise RefusedError(
            "not_proven",
            f"登记簿里有 {len(found.held_back)} 处没有证明（见上），没有摆放任何文件；请用备份比对登记簿",
            f"{len(found.held_back)} things in the register have no proof (see above); nothing was laid out. "
            "Compare the register with a backup",
        )
    data: dict[str, Any] = {
        "difference": None if found.difference is None else str(found.difference),
        "certificates": found.certificates,
        "published": snapshot(found.published),
        "checked": checked,
    }
    tool.finish(data, "\n".join(_anew_lines(tool, found)))
    if not act:
        tool.say(
            "没有改动任何文件。确认后加 --yes 再运行一次。", "Nothing was changed. Run it again with --yes to do it."
        )


def _anew_lines(tool: Tool, found: LaidAnew) -> list[str]:
    lines = [
        tool.pick("公布目录与上次公布一致", "The publication is as it was left")
        if found.difference is None
        else _differs(tool, found.difference),
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


def _differs(tool: Tool, difference: CodedError) -> str:
    zh = explanation(difference.code, difference.fields, "zh")
    return tool.pick(f"公布目录与上次公布不一致：{zh}", f"The publication differs: {difference}")


@dataclass(slots=True, kw_only=True)
class _Said:
    """What the command has to say, as it comes to be."""

    data: dict[str, Any]
    lines: list[str] = field(default_factory=list)

    def finish(self, tool: Tool) -> None:
        tool.finish(self.data, "\n".join(self.lines))


def _show(tool: Tool, opened: Opened, said: _Said, draft: Draft) -> None:
    said.data |= {"changes": [changes.plain(each) for each in draft.changes], "signed": False}
    if not draft.changes:
        said.lines.append(tool.pick("信任清单没有变化，没有签署", "The trust list has not changed; nothing was signed"))
        return
    said.data["seen"] = trust_lists.fingerprint(draft.changes)
    said.lines.append(tool.pick("信任清单的变化：", "Changes of the trust list:"))
    said.lines.append(changes.told(tool, draft.changes, catalogue.current(opened)))


def _sign_and_publish(
    tool: Tool, opened: Opened, said: _Said, seen: str | None, *, if_needed: bool, clock_is_right: bool
) -> None:
    with worker_of(opened, clock_is_right=clock_is_right) as worker:
        if worker is None:
            # The root does not sign behind the back of a running worker.
            raise _stop_worker("签署信任清单", "the root signs a trust list")
        draft = trust_lists.draft(opened)
        _show(tool, opened, said, draft)
        _require_seen(draft, seen)
        if draft.changes:
            version = trust_lists.publish_here(opened, local_actor(), draft)
            said.data |= {"signed": True, "trust_list": version}
            said.lines.append(tool.pick(f"根密钥已签署第 {version} 版", f"The root signed version {version}"))
        done = _run(worker, even_without=bool(draft.changes) or not if_needed)
    _tell_published(tool, opened, said, done)


def _stop_worker(zh: str, en: str) -> RefusedError:
    return RefusedError(
        "worker_running",
        f"后台服务正在运行；{zh}要先停下它（titlecert serve）",
        f"a worker is running; stop it (titlecert serve) before {en}",
    )


def _require_seen(draft: Draft, seen: str | None) -> None:
    """Refuse to sign something else than what was shown. Raises RefusedError ``not_seen``."""
    if seen is not None and seen != trust_lists.fingerprint(draft.changes):
        raise RefusedError(
            "not_seen",
            "将要签署的内容与核对过的不同，没有签署",
            "what would be signed is not what was shown; nothing was signed",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the worker did."""

    done: Done
    expires: datetime | None


def _run(worker: Worker, *, even_without: bool) -> _Run:
    done = worker.run_pending()
    if done.published is None:
        made = worker.publish_changes(even_without=True) if even_without else worker.renew_if_needed()
        done = _joined(made, done.held_back)
    walked = worker.walk()
    held_back = (*done.held_back, *walked.held_back, *worker.look_around())
    done = replace(done, held_back=held_back, published=walked.published or done.published)
    return _Run(done=done, expires=worker.expires())


def _left(opened: Opened) -> Left:
    """What a publication that was told to end leaves: readers have the old snapshot or the new one, whole."""
    waiting = work.unpublished(opened)
    return Left(
        zh=f"还有 {waiting} 张证书的变化没有公布；公众看到的仍是完整的一期",
        en=f"changes of {waiting} certificates are not public yet; what readers have is one whole snapshot",
    )


def _joined(made: Outcome, held_back: Sequence[HeldBack]) -> Done:
    return Done(published=made.published, touched=made.touched, held_back=(*held_back, *made.held_back))


def _tell_published(tool: Tool, opened: Opened, said: _Said, run: _Run | None) -> None:
    if run is None:
        said.data |= {"published": None, "handed_over": True}
        sentence = ("后台服务正在运行，变化由它随时公布", "A worker is running and publishes every change by itself")
        said.lines.append(tool.pick(*sentence))
        return
    done = run.done
    say_held_back(tool, done.held_back)
    found, until = look(opened, done.touched), run.expires and run.expires.isoformat()
    said.data |= {"published": snapshot(done.published), "expires": until, "checked": found}
    said.lines.append(_published(tool, said.data))


def _published(tool: Tool, data: dict[str, Any]) -> str:
    until, made = local_time(data["expires"]), data["published"]
    if made is None:
        return tool.pick(f"没有需要公布的变化，现有公布有效至 {until}", f"Nothing to publish; it holds until {until}")
    return tool.pick(
        f"已公布第 {made['sequence']} 期，{made['records']} 张证书，有效至 {until}",
        f"Published snapshot {made['sequence']}: {made['records']} certificates, valid until {until}",
    )
