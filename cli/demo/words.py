"""What the demonstration says at its end, in both languages: where things are, and what to try next.

print(summary(script, made, serving=True))
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from cli.console import local_time
from cli.demo.script import Script, join, program, shortest
from cli.layout import width

_LABELS = 34


def summary(script: Script, made: Mapping[str, Any], *, serving: bool) -> str:
    """Return the text for a person."""
    certificates = made["certificates"]
    valid = next(each for each in certificates if each["status"] == "valid")
    withdrawn = next(each for each in certificates if each["status"] == "withdrawn")
    lines = [
        "",
        _headline(made),
        "",
        _row("查验页 Page", made["page"]),
        _row("公布目录 Publication", shortest(Path(made["publication"]))),
        _row("信任根 Trust root", shortest(Path(made["trust_root"]))),
        _row("口令（仅演示）Passphrases", f"{script.shown_home}/secrets/"),
        _row("PDF（有效 valid）", shortest(Path(valid["document"]))),
        _row("查验码 Check code to type", f"{valid['check_code']}  {valid['name']}"),
        _row("持证人网页 Holder's desk", made["desk"]),
        _row("登录 To sign in there", f"居民身份证 resident identity card  {made['holder']['id_number']}"),
        _row("领取码，只用一次 Claim code, once", made["holder"]["claim_code"]),
        "",
        f"二维码内容 QR text, 有效 valid, {valid['name']}:",
        valid["qr_text"],
        "",
        f"二维码内容 QR text, 已撤销 withdrawn, {withdrawn['name']}:",
        withdrawn["qr_text"],
        "",
        "接着可以试 Things to try next:",
        *_to_try(script, valid, withdrawn, serving=serving),
        "",
        "手机打不开 127.0.0.1：演示只在本机。A phone cannot open 127.0.0.1: the demonstration stays on this machine.",
        "演示数据，人名均为虚构，不具法律效力。Invented people, without legal effect.",
    ]
    return "\n".join(lines)


def _headline(made: Mapping[str, Any]) -> str:
    count, until = len(made["certificates"]), local_time(made["expires"])
    if made["new"]:
        return (
            f"演示已办好：新发 {made['new']} 张，共 {count} 张，其中 1 张已撤销。\n"
            f"The demonstration is ready: {made['new']} certificates issued, one of them withdrawn."
        )
    if made["expires"] is None:
        renewed = ("公布文件由正在运行的后台服务续签。", "A running worker renews the published files.")
    else:
        renewed = _renewed(made["renewed"], until)
    return (
        f"演示早已办好：共 {count} 张，没有新发，没有改动任何证书。{renewed[0]}\n"
        f"The demonstration was there already: {count} certificates, none issued, none altered. {renewed[1]}"
    )


def _renewed(renewed: bool, until: str) -> tuple[str, str]:
    return (
        (f"公布文件已续签，有效至 {until}。", f"The published files were renewed, until {until}.")
        if renewed
        else (f"公布文件有效至 {until}，不需要续签。", f"The published files hold until {until} and were not renewed.")
    )


def _to_try(script: Script, valid: Mapping[str, Any], withdrawn: Mapping[str, Any], *, serving: bool) -> list[str]:
    home, name = script.shown_home, program()
    faults = shortest(Path(str(files("cli.demo") / "data" / "engineering-with-faults-2026.xlsx")))
    number = valid["number"]
    return [
        *_step(
            "在浏览器打开上面的二维码内容，或在查验页输入查验码",
            "open a QR text in a browser, or type the check code on the page",
            "" if serving else f"{name} serve --home {home}",
        ),
        *_step("查验 PDF", "verify a PDF", join(name, "verify", shortest(Path(valid["document"])), "--home", home)),
        *_step(
            "像外人一样，只凭公布目录和信任根查验已撤销的那张",
            "as a stranger, with publication and trust root only, the withdrawn one",
            join(name, "verify", withdrawn["check_code"], "--publication", f"{home}/publication")
            + f" --trust-root {home}/trust-root",
        ),
        *_step(
            "看看有错误的名单会怎样",
            "see what happens to a list with faults",
            join(name, "batch", "check", faults, "--authority", "sf-hrss", "--home", home),
        ),
        *_step(
            "再撤销一张（不加 --yes 只演练）",
            "withdraw another one (a dry run until --yes)",
            join(name, "withdraw", number, "--reason", "fraud", "--basis", "示例", "--document", "示人社撤〔2026〕2号")
            + f" --as chief1 --home {home}",
        ),
        *_step("全部证书", "all certificates", join(name, "certificate", "list", "--home", home)),
    ]


def _step(zh: str, en: str, line: str) -> list[str]:
    return [f"  · {zh}　{en}", *([f"      {line}"] if line else [])]


def _row(label: str, value: str) -> str:
    return f"  {label}{' ' * max(1, _LABELS - width(label))}{value}"
