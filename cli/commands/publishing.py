"""``titlecert publish``: a new snapshot of the register, and with ``--trust`` a new trust list signed by the root.

Rules: the root signs rarely and in front of a person, so every member that changes is shown first, and nothing is
signed without ``--yes``. When nothing changed, nothing is signed. Once it is written, the publication is read as
anybody reads it, and only then is it called published.

    titlecert publish --home ./office
    titlecert publish --trust --home ./office
    titlecert publish --trust --yes --home ./office
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import typer

from cli import changes
from cli.console import local_time
from cli.errors import RefusedError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import ROOT, SERVICE, Yes
from cli.tool import Tool
from cli.working import look, say_held_back, snapshot, worker_of
from issuer.home.opened import Opened
from issuer.services import catalogue
from issuer.services import trust as trust_lists
from issuer.services.trust import Draft
from issuer.worker.worker import Done, Worker

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


@command(app, "publish", passphrases=(ROOT, SERVICE))
def publish(run: Run, trust: Trust = False, yes: Yes = False, seen: Seen = None, if_needed: IfNeeded = False) -> None:
    """公布登记簿现状；--trust 先列出变化，加 --yes 才由根密钥签署。Publish the register; --trust signs a trust list.

    \b
    例 Example:
      titlecert publish --home ./office
      titlecert publish --trust --home ./office
      titlecert publish --trust --yes --home ./office
    """
    if trust:
        publish_trust(run, yes=yes, seen=seen, if_needed=if_needed)
        return
    with open_home(run) as opened:
        said = _Said(data={"home": str(opened.home.directory)})
        with worker_of(opened) as worker:
            done = None if worker is None else _run(worker, even_without=not if_needed)
        _tell_published(run.tool, opened, said, done)
    said.finish(run.tool)


def publish_trust(run: Run, *, yes: bool, seen: str | None = None, if_needed: bool = False) -> None:
    """Show what the root would sign; with ``yes`` it signs, and the register is published."""
    tool = run.tool
    with open_home(run) as opened:
        said = _Said(data={"home": str(opened.home.directory)})
        if yes:
            _sign_and_publish(tool, opened, said, seen, if_needed=if_needed)
        else:
            _show(tool, opened, said, trust_lists.draft(opened))
    said.finish(tool)
    if said.data["changes"] and not yes:
        again = f"--trust --yes --seen {said.data['seen']}"
        tool.say(
            f"没有签署。逐项核对无误后，用 titlecert publish {again} 签署以上内容。",
            f"Nothing was signed. If every line is right, `titlecert publish {again}` signs exactly this.",
        )


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


def _sign_and_publish(tool: Tool, opened: Opened, said: _Said, seen: str | None, *, if_needed: bool) -> None:
    with worker_of(opened) as worker:
        if worker is None:
            # The root does not sign behind the back of a running worker.
            raise RefusedError(
                "worker_running",
                "后台服务正在运行；签署信任清单要先停下它（titlecert serve）",
                "a worker is running; stop it (titlecert serve) before the root signs a trust list",
            )
        draft = trust_lists.draft(opened)
        _show(tool, opened, said, draft)
        _require_seen(draft, seen)
        if draft.changes:
            version = trust_lists.publish_here(opened, local_actor(), draft)
            said.data |= {"signed": True, "trust_list": version}
            said.lines.append(tool.pick(f"根密钥已签署第 {version} 版", f"The root signed version {version}"))
        done = _run(worker, even_without=bool(draft.changes) or not if_needed)
    _tell_published(tool, opened, said, done)


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
    if done.published is None and even_without:
        made = worker.publish_changes(even_without=True)
        held_back = (*done.held_back, *made.held_back)
        done = Done(published=made.published, touched=made.touched, held_back=held_back)
    elif done.published is None:
        done = Done(published=worker.renew_if_needed(), held_back=done.held_back)
    return _Run(done=done, expires=worker.expires())


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
