"""The tree of commands: the name of each, the module that holds it, and its line in the list of all commands.

Rules: this is the one place that names them. A module is imported when its command runs or its own help is asked, so
that ``titlecert --help`` and ``titlecert verify`` load nothing of the issuer's side. What a command lacks on this
machine is reported when its module is imported, before anything is asked of anyone.

    root = TyperGroup(name="titlecert", commands=commands())
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any, Final

from typer.main import get_group

from cli.errors import Told, explain
from cli.helping import SpokenCommand, asked

_TREE: Final = (
    (
        "demo",
        "cli.demo.command",
        "演示：示范省的一份名单，从核对、批准、发证到撤销、查验。The whole path, shown with an invented office.",
    ),
    (
        "verify",
        "cli.commands.verifying",
        "查验证书：真伪、权限、当前状态。Verify certificates: are they genuine, authorised, in force?",
    ),
    (
        "init",
        "cli.commands.setup",
        "新建部署目录：登记簿、密钥、信任根和内置目录。Make the home of a deployment: register, keys, root, catalogue.",
    ),
    (
        "withdraw",
        "cli.commands.status",
        "撤销证书，不能恢复；不加 --yes 只说明会做什么。Withdraw certificates, for good; dry run until --yes.",
    ),
    (
        "suspend",
        "cli.commands.status",
        "暂停证书，核查期间不能使用，可以恢复。Suspend certificates while they are under review; can be reinstated.",
    ),
    ("reinstate", "cli.commands.status", "恢复暂停的证书。Reinstate suspended certificates."),
    (
        "cancel",
        "cli.commands.status",
        "注销证书：行政手续，不是处罚，例如差错或交回。Cancel certificates: an administrative act, not a sanction.",
    ),
    (
        "correct",
        "cli.commands.correcting",
        "更正证书：换发一张，原证书指向新证书；不加 --yes 只说明。Correct a certificate; dry run until --yes.",
    ),
    (
        "set-aside",
        "cli.commands.correcting",
        "撤销决定被撤销：发一张取得时间不变的新证书；不加 --yes 只说明。A withdrawal was annulled: a new certificate.",
    ),
    (
        "reissue",
        "cli.commands.reissuing",
        "换发失密的密钥签的证书；不加 --yes 只说明。Issue anew what a stolen key signed; dry run until --yes.",
    ),
    (
        "annotate",
        "cli.commands.annotating",
        "给证书加附注，状态不变；不加 --yes 只说明会做什么。Add a note to a certificate; dry run until --yes.",
    ),
    (
        "order",
        "cli.commands.orders",
        "待批件：一人签了、等第二人签字的。Orders that one operator signed and that wait for a second one.",
    ),
    (
        "review",
        "cli.commands.reviews",
        "核查中的证书，最迟哪一天决定。Suspended certificates, and the day by which each is decided.",
    ),
    (
        "publish",
        "cli.commands.publishing",
        "公布登记簿现状；--trust 先列出变化，加 --yes 才由根密钥签署。"
        "Publish the register; --trust signs a trust list.",
    ),
    (
        "serve",
        "cli.commands.serving",
        "运行一个部署的全部服务：查验页、接口、公布目录和后台办理。Serve a home: page, API, publication and worker.",
    ),
    (
        "status",
        "cli.commands.standing",
        "现在怎样：公布到什么时候、什么在等、谁在办。How things stand: what is public, what waits, who works.",
    ),
    (
        "doctor",
        "cli.commands.standing",
        "全面检查，每项给出下一步。Look at everything, with advice for each finding.",
    ),
    ("region", "cli.commands.regions", "行政区划。Administrative regions."),
    ("authority", "cli.commands.authorities", "发证机关及其权限。Authorities and their grants."),
    ("grant", "cli.commands.grants", "授权：序号、停用。Grants: their numbers and their end."),
    ("committee", "cli.commands.committees", "评审委员会和核准备案。Committees and their filings."),
    ("filing", "cli.commands.filings", "核准备案：停用。Filings: their end."),
    ("specialty", "cli.commands.specialties", "专业目录。Specialties of an authority."),
    ("operator", "cli.commands.operators", "办理人。Operators: the people who act."),
    ("catalogue", "cli.commands.catalogue", "职称系列和资格名称目录。The catalogue of series and titles."),
    ("batch", "cli.commands.batches", "批次：从名单到证书。Batches: from a list to certificates."),
    ("certificate", "cli.commands.certificates", "证书。Certificates."),
    ("holder", "cli.commands.holders", "持证人：合并、删除。Holders: merged, or erased."),
    (
        "claim",
        "cli.commands.claims",
        "领取码：持证人用它登录。Claim codes, with which holders sign in.",
    ),
    ("document", "cli.commands.documents", "盖章 PDF，有人要时才制作。Sealed PDFs, made when asked for."),
    (
        "request",
        "cli.commands.requests",
        "持证人的申请：查看、答复。What holders ask: see it, answer it.",
    ),
    ("notice", "cli.commands.notices", "通知书：查看送达情况，打印。Notices to holders: how they were reached, paper."),
    ("case", "cli.commands.cases", "投诉举报和移送：受理、关联证书、决定、不服。Complaints and reports."),
    (
        "integrity",
        "cli.commands.integrity",
        "诚信档案：记入、异议、更正、终止、报送。The integrity record: who is issued nothing, why, until when.",
    ),
    (
        "audit",
        "cli.commands.auditing",
        "审计：谁办了什么，记录是否完整。The audit: who did what, and is it whole?",
    ),
    (
        "root",
        "cli.commands.rooting",
        "信任根：分开保管的根密钥、签署和轮换。The root: its keys elsewhere, their signatures, the next set.",
    ),
    ("keys", "cli.commands.keyring", "密钥。Keys of a home."),
    (
        "register",
        "cli.commands.registering",
        "登记簿：逐张证实证书、逐表核对。The register: is everything in it as it was signed?",
    ),
    (
        "backup",
        "cli.commands.backups",
        "备份登记簿、持证人网页和部署文件，用恢复密钥加密，不用停办。"
        "Back up everything, encrypted to the recovery key.",
    ),
    (
        "restore",
        "cli.commands.restoring",
        "从备份和日志恢复部署，放进新目录；不加 --yes 只查看。Restore a home into a new directory; --yes does it.",
    ),
    (
        "home",
        "cli.commands.homes",
        "部署目录：登记簿的搬迁和升级。The home itself: its register moves, or is upgraded.",
    ),
)


def commands() -> dict[str, Any]:
    """Return all commands by their names, none of them loaded, in the order of the list."""
    return {name: Later(name, module, line) for name, module, line in _TREE}


class Later(SpokenCommand):
    """A command or group that is known by its line, until it is wanted."""

    def __init__(self, name: str, module: str, line: str) -> None:
        super().__init__(name, help=line, rich_markup_mode=None)
        self.module = module
        self.missing: Told | None = None
        """What this machine lacks for it, once its help was asked for."""

    @cached_property
    def loaded(self) -> Any:
        """The command itself, from the ``app`` of its module. Raises ModuleNotFoundError: an extra is missing."""
        group = get_group(import_module(self.module).app)
        found = group.commands.get(str(self.name), group)  # a command of the module, else its whole group
        found.help = found.help or self.help
        return found

    def get_help(self, context: Any) -> str:
        """Return the page, with what is missing at its end."""
        page = super().get_help(context)
        return page if self.missing is None else f"{page}\n\n{self.missing.text(asked(context))}"

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Return the context of the command itself, or of this line when help is asked for what cannot be loaded."""
        try:
            return self.loaded.make_context(info_name, args, parent, **extra)
        except ModuleNotFoundError as error:
            told = explain(error)
            if told.code != "missing_extra" or not {"--help", "-h"} & set(args):
                raise
            self.missing = told
            return super().make_context(info_name, ["--help"], parent, **extra)
