"""Document certificates on the command line: ``keys request`` and ``keys import-certificate``.

Rules: what is asked for and what came back are shown with their names and dates, so that a person can compare them with
the paper. A file of a certification service is read and left as it is; of one that holds a private key the person is
told to destroy it.

titlecert keys request --use document --authority sf-hrss --name ... --code ... --out sf-hrss.csr --home ./office
titlecert keys import-certificate returned.pem --authority sf-hrss --trust-anchor root.pem --home ./office
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import output
from cli.console import local_time
from cli.errors import UsageError
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.options import AuthorityId
from cli.tool import Tool
from issuer.services import seals
from issuer.services.seals import Imported, Order, Owner
from keys.passphrase import Pin, prompt_pin, read_pin_file

MAX_BROUGHT: Final = 1 << 20
"""A chain or a key with its chain has 20 KB; more is another file."""


class RequestUse(StrEnum):
    """What a certificate is asked for."""

    DOCUMENT = "document"


Use = Annotated[
    RequestUse,
    typer.Option("--use", help="密钥用途，现为 document（盖章）。What the key is for: document, which seals."),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name", help="机关全称；机关登记过的可以不写。Full name; not needed for an authority that is registered."
    ),
]
Code = Annotated[str | None, typer.Option("--code", metavar="CODE", help="统一社会信用代码。Its credit code.")]
Signer = Annotated[
    str,
    typer.Option(
        "--signer",
        metavar="URI",
        help="密钥在哪里：file: 为加密的密钥文件，pkcs11: 为密码设备（RFC 7512），PIN 不写在里面。"
        "Where the key is: file: for an encrypted file, pkcs11: for a token (RFC 7512), without a PIN.",
    ),
]
Out = Annotated[Path, output.out_option("--out", "csr", "证书申请写到哪里（PEM）。Where the request goes, PEM.")]
Returned = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="认证服务机构返回的文件：PEM、DER、PKCS#7，或带私钥的 PKCS#12（.p12、.pfx）。"
        "What the service returned: PEM, DER, PKCS#7, or PKCS#12 with its key (.p12, .pfx).",
    ),
]
Anchor = Annotated[
    Path | None,
    typer.Option(
        "--trust-anchor",
        metavar="FILE",
        help="认证服务机构的根证书；第一次必须写，以后本目录一直信任它。"
        "The root certificate of the service; needed once, this home trusts it from then on.",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--pkcs12-password-file",
        metavar="FILE",
        help="PKCS#12 文件的口令（权限 0600）。The password of the PKCS#12 file, a 0600 file.",
    ),
]


def request(
    run: Run,
    authority_id: AuthorityId,
    out: Out,
    use: Use = RequestUse.DOCUMENT,
    name: Name = None,
    code: Code = None,
    signer: Signer = "file:",
) -> None:
    """生成证书申请，交给依法设立的电子认证服务机构。Make a certificate request for an accredited service.

    \b
    例 Example:
      titlecert keys request --use document --authority sf-hrss --name 示范省人力资源和社会保障厅 \\
        --code 11990000000010014J --out sf-hrss.csr --home ./office
    """
    tool = run.tool
    owner = _owner(name, code)
    output.check(out, option="--out")
    with open_home(run) as opened:
        order = seals.request(opened, local_actor(), authority_id, owner=owner, uri=signer)
    output.write(out, order.request, option="--out")
    said = tool.pick(
        f"证书申请已写到 {out}：{order.owner.name}，{order.owner.credit_code}，密钥 {order.key.key_id.hex()}",
        f"Wrote the request to {out}: {order.owner.name}, {order.owner.credit_code}, key {order.key.key_id.hex()}",
    )
    tool.finish(_plain(order) | {"use": use.value, "request": str(out)}, said)
    tool.say(
        "下一步：把这个文件交给认证服务机构，核对名称和信用代码；证书返回后用 titlecert keys import-certificate 收下。",
        "Next: give this file to the certification service; when the certificate is there, take it in with "
        "`titlecert keys import-certificate`.",
    )


def import_certificate(
    run: Run,
    file: Returned,
    authority_id: AuthorityId,
    trust_anchor: Anchor = None,
    name: Name = None,
    code: Code = None,
    pkcs12_password_file: PasswordFile = None,
) -> None:
    """收下认证服务机构返回的证书：逐项核对后才保存。Take in what the service returned; everything is compared first.

    \b
    例 Example:
      titlecert keys import-certificate returned.pem --authority sf-hrss --trust-anchor root.pem --home ./office
    """
    tool = run.tool
    data, anchor = _read(file), None if trust_anchor is None else _read(trust_anchor)
    holds_key = file.suffix.lower() in {".p12", ".pfx"}
    with open_home(run) as opened:
        if holds_key:
            password = _password(tool, pkcs12_password_file).reveal()
            owner = _owner(name, code)
            taken = seals.import_pkcs12(opened, local_actor(), authority_id, data, password, owner=owner, anchor=anchor)
        else:
            taken = seals.import_certificate(opened, local_actor(), authority_id, data, anchor=anchor)
    _told(tool, taken)
    if holds_key:
        tool.say(
            f"私钥已加密存入本目录。{file} 仍在原处，里面有同一把私钥：确认办好以后请销毁它和它的副本。",
            f"The key is stored encrypted in this home. {file} is left as it was and holds the same key: "
            "destroy it and its copies when all is done.",
        )


def _told(tool: Tool, taken: Imported) -> None:
    leaf, root = taken.order.chain[0], taken.order.chain[-1]
    data = _plain(taken.order) | {
        "subject": leaf.subject.rfc4514_string(),
        "root": root.subject.rfc4514_string(),
        "from": leaf.not_valid_before_utc.isoformat(),
        "until": leaf.not_valid_after_utc.isoformat(),
        "chain": len(taken.order.chain),
        "in_register": taken.in_register,
    }
    until = local_time(data["until"])
    said = tool.pick(
        f"已收下 {taken.order.owner.name} 的文件证书，有效至 {until}，上级共 {len(taken.order.chain) - 1} 张",
        f"Took in the document certificate of {taken.order.owner.name}, good until {until}, "
        f"{len(taken.order.chain) - 1} above it",
    )
    tool.finish(data, said)
    if taken.in_register:
        tool.say(
            "下一步：titlecert publish --trust 核对并签署；在此以前不要制作文件，查验的人还不认识这张证书。",
            "Next: `titlecert publish --trust`; make no documents before it is signed, readers do not know the "
            "certificate yet.",
        )
    else:
        tool.say(
            f"下一步：titlecert authority add {taken.order.authority} --help，用同样的名称和信用代码登记机关。",
            f"Next: `titlecert authority add {taken.order.authority} --help`, with the same name and credit code.",
        )


def _owner(name: str | None, code: str | None) -> Owner | None:
    if (name is None) != (code is None):
        raise UsageError("name_and_code", "--name 和 --code 要一起写", "give --name and --code together")
    return None if name is None or code is None else Owner(name=name, credit_code=code)


def _read(file: Path) -> bytes:
    with file.expanduser().open("rb") as opened:
        return opened.read(MAX_BROUGHT + 1)


def _password(tool: Tool, file: Path | None) -> Pin:
    if file is not None:
        return read_pin_file(file.expanduser())
    return prompt_pin(tool.pick("PKCS#12 文件的口令", "Password of the PKCS#12 file"), ask=tool.ask)


def _plain(order: Order) -> dict[str, Any]:
    return {
        "authority": order.authority,
        "name": order.owner.name,
        "code": order.owner.credit_code,
        "key": order.key.key_id.hex(),
        "signer": order.uri,
    }
