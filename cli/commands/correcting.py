"""``titlecert correct`` and ``titlecert set-aside``: a new certificate in the place of an older one.

Rules: both are a batch of one row that names the certificate replaced. One operator submits it here, another approves
it, and issuing it changes the older certificate in the same act: corrected, it points to the new one; set aside, it
stays withdrawn, with the note that the withdrawal was annulled.

    titlecert correct 99000020262000001 --name 欧阳示范 --document 示人社更〔2026〕1号 --as clerk1 --home ./office
    titlecert set-aside 99000020262000001 --document 示人社复〔2026〕2号 --as clerk1 --home ./office
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.errors import RefusedError, UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.tool import Tool
from credential.history import Act
from issuer.home.opened import Opened
from issuer.services import batches, replacements
from issuer.services.batches import CheckedList, field_name
from issuer.services.replacements import Compared, Correction, ReplacementReason

app = group()

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.")]
Document = Annotated[
    str, typer.Option("--document", metavar="NUMBER", help="决定文号；持证人可见。Number of the decision.")
]


@command(app, "correct", passphrases=(OPERATOR, SERVICE))
def correct(
    run: Run,
    number: Number,
    document: Document,
    acting_as: ActingAs,
    name: Annotated[str | None, typer.Option("--name", help="更正后的姓名。The name as it is right.")] = None,
    id_number: Annotated[
        str | None, typer.Option("--id", metavar="TEXT", help="更正后的证件号码。The ID number as it is right.")
    ] = None,
    specialty: Annotated[
        str | None, typer.Option("--specialty", metavar="TEXT", help="更正后的专业。The specialty as it is right.")
    ] = None,
    other: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=TEXT", help="其他项目，如 employer=某单位。Another field, such as employer=..."
        ),
    ] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="ID", help="更正的机关，默认发证机关。By default the issuer.")
    ] = None,
    yes: Yes = False,
) -> None:
    """更正证书：换发一张，原证书指向新证书；不加 --yes 只说明。Correct a certificate; dry run until --yes.

    --yes 由经办人提交；另一个人用 batch approve 批准，再用 batch issue 换发。
    With --yes a first operator submits it; another one approves it (`batch approve`), then it is issued.

    \b
    例 Example:
      titlecert correct 99000020262000001 --name 欧阳示范 --document 示人社更〔2026〕1号 --as clerk1 --home ./office
    """
    typed = {"name": name, "id_number": id_number, "specialty": specialty}
    changes = {field: text for field, text in typed.items() if text is not None} | _set(other or [])
    wanted = Correction(number=number, changes=changes)
    _replace(run, wanted, authority, document, acting_as, yes=yes)


@command(app, "set-aside", passphrases=(OPERATOR, SERVICE))
def set_aside(
    run: Run,
    number: Number,
    document: Document,
    acting_as: ActingAs,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="ID", help="办理的机关，默认发证机关。By default the issuer.")
    ] = None,
    yes: Yes = False,
) -> None:
    """撤销决定被撤销：发一张取得时间不变的新证书；不加 --yes 只说明。A withdrawal was annulled: a new certificate.

    原证书仍为已撤销，附注撤销决定已被撤销；诚信记录随之结束。
    The withdrawn certificate stays withdrawn, and says that this was annulled; the integrity record ends with it.

    \b
    例 Example:
      titlecert set-aside 99000020262000001 --document 示人社复〔2026〕2号 --as clerk1 --home ./office
    """
    wanted = Correction(number=number, reason=ReplacementReason.RESTORED)
    _replace(run, wanted, authority, document, acting_as, yes=yes)


def _set(words: list[str]) -> dict[str, str]:
    """What was typed as FIELD=TEXT."""
    found = {}
    for word in words:
        field, sign, text = word.partition("=")
        if not sign:
            raise UsageError("set_form", f"--set 写成 FIELD=TEXT，不是 {word}", f"write --set FIELD=TEXT, not {word}")
        found[field] = text
    return found


def _replace(run: Run, wanted: Correction, authority: str | None, document: str, operator: str, *, yes: bool) -> None:
    tool = run.tool
    with open_home(run) as opened:
        deciding = authority or replacements.authority_of(opened, wanted.number)
        found, compared = replacements.compare(opened, local_actor(), [wanted], authority=deciding, decision=document)
        _require_good(found)
        data, text = _told(tool, wanted, compared[0], deciding, document)
        batch = _submitted(opened, wanted, deciding, document, operator) if yes else None
    tool.finish(data | {"batch": batch, "operator": operator, "done": False, "submitted": yes}, text)
    if batch is None:
        tool.say(
            "以上是将要办理的内容，现在什么都没有改动。确认后加 --yes 再运行一次。",
            "This is what would be done; nothing was changed. If it is right, run it again with --yes.",
        )
        return
    lines = f"  titlecert batch approve {batch} --as {{}}\n  titlecert batch issue {batch}"
    tool.say(
        f"已提交为批次 {batch}，原证书还没有改动。另一个人批准，然后换发：\n{lines.format('另一人')}",
        f"Submitted as batch {batch}; the older certificate is not changed yet. Another person approves it, then it is "
        f"issued:\n{lines.format('OTHER')}",
    )


def _submitted(opened: Opened, wanted: Correction, authority: str, document: str, operator: str) -> str:
    made = replacements.prepare(opened, local_actor(), [wanted], authority=authority, decision=document)
    _require_good(made)
    assert made.batch is not None  # nothing stands against it
    batches.act_here(opened, operator, Act.SUBMIT, made.batch)
    return made.batch


def _require_good(found: CheckedList) -> None:
    faults = [each for each in found.findings if each.severity.value == "error"]
    if faults or found.rejected:
        zh, en = "；".join(each.line_zh() for each in faults), "; ".join(each.line_en() for each in faults)
        raise RefusedError(
            "correction_faulty", f"更正后的内容不合要求：{zh}", f"the corrected row is not in order: {en}"
        )


def _told(
    tool: Tool, wanted: Correction, compared: Compared, authority: str, document: str
) -> tuple[dict[str, Any], str]:
    act = "correct" if wanted.reason is ReplacementReason.CORRECTED else "set_aside"
    data = {
        "act": act,
        "number": wanted.number,
        "authority": authority,
        "document": document,
        "changes": [
            {"field": name, "before": compared.before[name], "after": compared.after[name]} for name in compared.after
        ],
    }
    rows = [
        (tool.pick("原证书", "Certificate"), wanted.number),
        (tool.pick("事项", "Act"), tool.name("act", act)),
        (tool.pick("决定机关", "Authority"), authority),
        (tool.pick("文号", "Document"), document),
    ]
    rows += [
        (tool.pick(field_name(name), name), f"{compared.before[name] or '—'} → {compared.after[name] or '—'}")
        for name in compared.after
    ]
    return data, tool.facts(rows)
