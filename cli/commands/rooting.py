"""``titlecert root``: root keys that are kept elsewhere, what they sign, and the next root set.

Rules: ``make-key`` and ``sign`` work on a machine without a network and without a home. Before anything is signed, its
program reads the payload itself and shows every member of it, or every one that differs from what the same key signed
before. Nothing is signed without ``--yes``. What comes back is held against the home's own copy of the request.

titlecert root make-key root-a.key.json --label 甲 --public root-a.pub.json
titlecert root request --key root-a.pub.json --key root-b.pub.json --threshold 2 --out set.json --home ./office
titlecert root sign set.json --key root-a.key.json --yes --out set-a.jws
titlecert root import set-a.jws set-b.jws --home ./office
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import changes, output
from cli.errors import RefusedError, UsageError
from cli.framing import Run, command, group
from cli.opening import Asking, local_actor, open_home
from cli.options import ROOT, SERVICE, ClockIsRight, Yes
from cli.tool import Tool
from cli.working import worker_of
from credential.catalogue import Catalogue
from credential.ceremony import MAX_REQUEST_BYTES, parse_request, sign_request
from credential.errors import CredentialError
from credential.signing import VerifyKey
from issuer.services import roots
from issuer.services.roots import Meeting, Standing
from keys.store import RootFile

app = group()

_MAX_PUBLIC: Final = 4096
KeyFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="新的根密钥文件，放在离线介质上。The new key's file, on a medium of its own."),
]
Label = Annotated[str, typer.Option("--label", help="密钥的名称，例如保管人。What it is called, such as its holder.")]
Public = Annotated[Path, output.out_option("--public", "json", "公钥写到哪里，交给管理员。Where its public half goes.")]
PublicKeys = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="下一组根密钥的公钥文件，逐个写全；不写则请求签署信任清单或目录。"
        "A public key of the next root set, each of them; without any, a trust list or catalogue is asked for.",
    ),
]
Threshold = Annotated[
    int | None,
    typer.Option("--threshold", min=1, help="其中至少几把签署才有效。How many of them must sign what follows."),
]
RequestOut = Annotated[Path, output.out_option("--out", "json", "签署请求写到哪里。Where the request goes.")]
ResponseOut = Annotated[Path | None, output.out_option("--out", "jws", "签字写到哪里。Where the response goes.")]
RequestFile = Annotated[Path, typer.Argument(metavar="FILE", help="签署请求。The request.")]
SigningKey = Annotated[Path, typer.Option("--key", metavar="FILE", help="根密钥文件。The file of the root key.")]
Previous = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        metavar="FILE",
        help="这把密钥签过的上一版；写了就只列出变化。The version that this key signed before: only changes are shown.",
    ),
]
Responses = Annotated[list[Path], typer.Argument(metavar="FILE...", help="收到的签字。The responses.")]


@command(app, "make-key", passphrases=(ROOT,), home=False)
def make_key(run: Run, file: KeyFile, label: Label, public: Public) -> None:
    """在离线机器上生成一把根密钥，写出它的公钥。Make a root key on a machine without a network.

    \b
    例 Example:
      titlecert root make-key root-a.key.json --label 甲 --public root-a.pub.json
    """
    tool = run.tool
    output.check(public, option="--public", inputs=[file])
    chosen = Asking(run, file.parent / "secrets")(ROOT, new=True)
    made = RootFile(file, cost=tool.cost).create(chosen, tool.now(), label)
    content = {"jwk": made.public.to_jwk(), "label": label, "use": "root"}
    output.write(public, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n", option="--public")
    kid = made.key_id.hex()
    tool.finish(
        {"id": kid, "thumbprint": made.public.thumbprint.hex(), "file": str(file), "public": str(public)},
        tool.pick(f"已生成根密钥 {kid}，公钥在 {public}", f"Made root key {kid}; its public half is in {public}"),
    )
    tool.say(
        f"指纹 {made.public.thumbprint.hex()}：交出公钥时当面或电话核对。",
        f"Thumbprint {made.public.thumbprint.hex()}: compare it in person or by telephone when you hand it over.",
    )


@command(app, "request", passphrases=(SERVICE,))
def request(run: Run, out: RequestOut, key: PublicKeys = None, threshold: Threshold = None) -> None:
    """写出请根密钥签署的请求：下一组根密钥，或信任清单、目录。Write what the root keys are to sign.

    \b
    例 Example:
      titlecert root request --key root-a.pub.json --key root-b.pub.json --threshold 2 --out set.json --home ./office
      titlecert root request --out list.json --home ./office
    """
    tool = run.tool
    output.check(out, option="--out", inputs=key or [])
    if bool(key) != (threshold is not None):
        raise UsageError("key_and_threshold", "--key 和 --threshold 要一起写", "give --key and --threshold together")
    with open_home(run) as opened:
        if key and threshold is not None:
            found: Meeting | None = roots.request_set(opened, local_actor(), [_public(each) for each in key], threshold)
        else:
            found = roots.request_next(opened, local_actor())
    if found is None:
        raise RefusedError("nothing_to_sign", "没有要由信任根签署的变化", "nothing changed that the root would sign")
    output.write(out, found.request, option="--out")
    said = tool.pick(f"{found.name} 的签署请求已写到 {out}", f"Wrote the request for {found.name} to {out}")
    tool.finish({"request": found.name, "file": str(out), "digest": found.parsed.summary[-1][-64:]}, said)
    tool.say(
        "下一步：带到存有根密钥的离线机器，用 titlecert root sign 核对签署；签字带回后用 titlecert root import 收下。",
        "Next: take it to the machines with the root keys, compare and sign there with `titlecert root sign`, and "
        "bring what they write back to `titlecert root import`.",
    )


@command(app, "sign", passphrases=(ROOT,), home=False)
def sign(
    run: Run, file: RequestFile, key: SigningKey, previous: Previous = None, out: ResponseOut = None, yes: Yes = False
) -> None:
    """在离线机器上核对并签署一份请求：先列出全部内容。Compare and sign a request, on a machine without a network.

    \b
    例 Example:
      titlecert root sign set.json --key root-a.key.json
      titlecert root sign set.json --key root-a.key.json --yes --out set-a.jws
    """
    tool = run.tool
    if yes != (out is not None):
        raise UsageError("needs_yes", "签署要同时写 --yes 和 --out", "to sign, give both --yes and --out")
    if out is not None:
        output.check(out, option="--out", inputs=[file, key])
    data = _read(file)
    parsed, holder = parse_request(data), RootFile(key, cost=tool.cost)
    before = None if previous is None else _read(previous)
    found = roots.changes_of(parsed.payload, parsed.typ, before, holder.public())
    digest = parsed.summary[-1][-64:]
    tool.say(changes.told(tool, found, Catalogue.load_builtin()), changes.told(tool, found, Catalogue.load_builtin()))
    tool.say(f"内容的 SHA-256：{digest}", f"SHA-256 of the payload: {digest}")
    plain: dict[str, Any] = {
        "digest": digest,
        "changes": [changes.plain(each) for each in found],
        "signed": out is not None,
    }
    if out is None:
        tool.finish(plain, tool.pick("没有签署", "Nothing was signed"))
        tool.say("逐项核对无误后，加 --yes 和 --out 签署。", "If every line is right, add --yes and --out to sign.")
        return
    signer = holder.signer(Asking(run, key.parent / "secrets")(ROOT))
    output.write(out, sign_request(data, signer), option="--out")
    kid = signer.key_id.hex()
    tool.finish(
        plain | {"key": kid, "file": str(out)},
        tool.pick(f"密钥 {kid} 已签署，签字在 {out}", f"Key {kid} signed it; the response is in {out}"),
    )


@command(app, "import", passphrases=(SERVICE,))
def import_responses(run: Run, files: Responses, clock_is_right: ClockIsRight = False) -> None:
    """收下根密钥的签字；够数的就公布，按不落下任何查验者的次序。Take responses in; publish what enough keys signed.

    \b
    例 Example:
      titlecert root import set-a.jws set-b.jws --home ./office
    """
    tool = run.tool
    data = [_read(each) for each in files]
    with open_home(run) as opened, worker_of(opened, clock_is_right=clock_is_right) as worker:
        if worker is None:
            raise RefusedError(
                "worker_running",
                "后台服务正在运行；收下签字要先停下它（titlecert serve）",
                "a worker is running; stop it (titlecert serve) before responses are taken in",
            )
        roots.collect(opened, data)
        done = list(roots.publish(opened, local_actor()))
        if done:
            worker.publish_changes(even_without=True)
        handed = roots.hand_over(opened, local_actor())
        if handed is not None:
            done.append(f"root-{handed}")
            worker.publish_changes(even_without=True)
        left = roots.standing(opened)
    _tell(tool, done, left)


@command(app, "show", passphrases=(SERVICE,))
def show(run: Run) -> None:
    """信任根现有的密钥，和等待签署的请求。The keys of the root, and the requests that wait for signatures.

    \b
    例 Example:
      titlecert root show --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        root, left = roots.current(opened), roots.standing(opened)
    keys = [key.key_id.hex() for key in root.keys]
    data = {"version": root.version, "threshold": root.threshold, "keys": keys, "waiting": [_plain(e) for e in left]}
    head = tool.pick(
        f"第 {root.version} 组根密钥，{len(keys)} 把，至少 {root.threshold} 把签署：{'、'.join(keys)}",
        f"Root set {root.version}: {root.threshold} of {len(keys)} keys sign: {', '.join(keys)}",
    )
    tool.finish(data, "\n".join([head, *(_line(tool, each) for each in left)]))


def _tell(tool: Tool, done: Sequence[str], left: Sequence[Standing]) -> None:
    lines = [tool.pick(f"已公布 {each}", f"Published {each}") for each in done]
    lines += [_line(tool, each) for each in left]
    tool.finish({"published": list(done), "waiting": [_plain(each) for each in left]}, "\n".join(lines))
    if any(each.meeting.name.startswith("root-") and each.is_complete for each in left):
        tool.say(
            "下一组根密钥已签够：还要一份新旧两组都签署的信任清单，用 titlecert root request 请求。",
            "The next root set has its signatures. A trust list that both sets sign comes first: see "
            "`titlecert root request`.",
        )


def _line(tool: Tool, standing: Standing) -> str:
    counts = "；".join(f"{signed}/{threshold}" for signed, threshold in standing.needs)
    return tool.pick(
        f"{standing.meeting.name} 等待签署：已签/须签 {counts}",
        f"{standing.meeting.name} waits: signed/needed {counts.replace('；', '; ')}",
    )


def _plain(standing: Standing) -> dict[str, Any]:
    return {
        "request": standing.meeting.name,
        "needs": [{"signed": signed, "threshold": threshold} for signed, threshold in standing.needs],
        "complete": standing.is_complete,
    }


def _public(file: Path) -> VerifyKey:
    try:
        return VerifyKey.from_jwk(json.loads(file.read_bytes()[:_MAX_PUBLIC])["jwk"])
    except (ValueError, KeyError, TypeError, CredentialError) as error:
        raise UsageError(
            "public_key_file", f"{file} 不是 root make-key 写出的公钥文件", f"{file} holds no public key of a root"
        ) from error


def _read(file: Path) -> bytes:
    with file.expanduser().open("rb") as opened:
        return opened.read(MAX_REQUEST_BYTES + 1)
