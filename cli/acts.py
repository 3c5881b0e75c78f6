"""The words for the acts of the audit, in Chinese and English, for anyone who looks it through.

act_name(tool, "batch.submit")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cli.tool import Tool

ACT_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "authority.add": ("登记发证机关", "added an authority"),
    "authority.contact": ("修改机关联系方式", "changed how an authority is reached"),
    "batch.approve": ("批准批次", "approved a batch"),
    "administrator.rotate": ("更换管理员密钥", "took another administrator's key into use"),
    "backup.key": ("启用恢复密钥", "took a recovery key into use"),
    "backup.make": ("做了备份", "made a backup"),
    "catalogue.end": ("停用目录中的资格", "ended a title of the catalogue"),
    "journal.begin": ("开始写日志", "began a journal"),
    "journal.end": ("停止写日志", "ended the journal"),
    "kek.rotate": ("更换数据主密钥", "wrapped every data key under another key-encryption key"),
    "passphrase.change": ("更换口令", "changed a passphrase"),
    "register.restore": ("从备份恢复登记簿", "restored the register from a backup"),
    "batch.check": ("核对名单并存为批次", "checked a list and stored it as a batch"),
    "batch.open_rows": ("查看批次各行", "looked at the rows of a batch"),
    "batch.pause": ("暂停办理批次", "paused a batch"),
    "batch.reject": ("退回批次", "rejected a batch"),
    "batch.request_issue": ("要求发证", "asked for a batch to be issued"),
    "batch.resume": ("继续办理批次", "resumed a batch"),
    "batch.take_back": ("撤回批次或其中一行", "took a batch or a row back"),
    "batch.submit": ("提交批次", "submitted a batch"),
    "case.appeal": ("记下有人不服决定", "put an appeal on record"),
    "case.decide": ("对案件作出决定", "decided a case"),
    "case.link": ("写明案件涉及的证书", "linked certificates to a case"),
    "case.open": ("受理投诉举报或移送", "took in a complaint or report"),
    "case.open_file": ("查看案件", "looked at a case"),
    "catalogue.publish": ("公布职称目录", "published a catalogue"),
    "catalogue.import": ("启用职称目录", "took a catalogue into use"),
    "certificate.annotate": ("给证书加附注", "added a note to a certificate"),
    "certificate.erase": ("删除证书的个人信息", "erased what a certificate says of a person"),
    "certificate.set_aside": ("撤销决定被撤销", "a withdrawal was set aside"),
    "certificate.supersede": ("更正换发证书", "a certificate was superseded"),
    "certificate.cancel": ("注销证书", "cancelled a certificate"),
    "certificate.document": ("取出证书文件", "fetched a certificate's document"),
    "certificate.issue": ("发证", "issued a certificate"),
    "certificate.list": ("列出证书", "listed certificates"),
    "claim.collect": ("记下领走领取单", "recorded who collected a slip"),
    "claim.end": ("作废领取码", "ended a claim code"),
    "claim.make": ("制作领取码", "made a claim code"),
    "claim.replace": ("换领取码", "replaced a claim code"),
    "holder.erase": ("删除持证人的资料", "erased what could be read about a holder"),
    "holder.merge": ("合并持证人", "merged two holders"),
    "holder.document": ("持证人取走 PDF", "the holder took the PDF"),
    "holder.sign_in": ("持证人登录", "a holder signed in"),
    "holder.view": ("持证人查看自己的资料", "the holder looked at the own data"),
    "certificate.open": ("查看证书", "looked at a certificate"),
    "certificate.plan": ("试办状态变更", "looked at what a change of status would do"),
    "certificate.reinstate": ("恢复证书", "reinstated a certificate"),
    "certificate.suspend": ("暂停证书", "suspended a certificate"),
    "certificate.withdraw": ("撤销证书", "withdrew a certificate"),
    "committee.add": ("登记评审委员会", "added a committee"),
    "document.request": ("要求制作 PDF", "asked for documents to be made"),
    "deployment.found": ("建立部署", "founded the deployment"),
    "filing.add": ("登记核准备案", "put a committee on file"),
    "grant.add": ("授予权限", "gave an authority a grant"),
    "holder.document_made": ("应持证人要求制作 PDF", "made a document that its holder asked for"),
    "holder.job_refused": ("拒绝没有凭据的请求", "refused what the desk asked without a ticket"),
    "holder.request": ("收到持证人的申请", "took in a holder's request"),
    "integrity.add": ("记入诚信档案", "put somebody on the integrity record"),
    "integrity.correct": ("更正诚信记录", "corrected an integrity record"),
    "integrity.end": ("终止诚信记录", "ended an integrity record"),
    "integrity.expire": ("移出到期的诚信记录", "signed that an integrity record is over"),
    "integrity.export": ("写出报送信用平台的文件", "wrote a file for the credit platform"),
    "integrity.object": ("记下对诚信记录的异议", "put an objection on record"),
    "integrity.open": ("查看诚信记录", "looked at an integrity record"),
    "integrity.receive": ("收下信用平台的回执", "took in the credit platform's answers"),
    "key.add": ("登记密钥", "added a key"),
    "key.end": ("停用密钥", "ended a key"),
    "list.check": ("核对名单，没有存", "checked a list that was not stored"),
    "notice.print": ("打印通知书", "printed a notice"),
    "operator.add": ("登记办理人", "added an operator"),
    "operator.end": ("停用办理人", "ended an operator"),
    "operators.accept": ("启用新的办理人名单", "took a file of operators into use"),
    "register.move": ("开始把登记簿搬到另一个数据库", "began to move the register to another database"),
    "order.approve": ("批准待批件", "approved an order as the second operator"),
    "order.refuse": ("退回待批件", "refused an order"),
    "order.sign": ("签署待批件", "signed an order that takes a second operator"),
    "order.take_back": ("撤回待批件", "took an order back"),
    "region.add": ("登记行政区划", "added a region"),
    "request.answer": ("答复持证人的申请", "answered a holder's request"),
    "request.open": ("查看持证人的申请", "looked at a holder's request"),
    "root.publish": ("公布新的信任根", "published the next root set"),
    "root.request": ("请信任根签署", "asked the root to sign"),
    "seal.add": ("登记文件证书", "added a document certificate"),
    "seal.import": ("收下文件证书", "took a document certificate in"),
    "seal.request": ("申请文件证书", "asked for a document certificate"),
    "specialty.add": ("登记专业", "added a specialty"),
    "trust_list.publish": ("签署并公布信任清单", "signed and published a trust list"),
}
"""By the act's tag. A later program's acts are told by their tag."""


def act_name(tool: Tool, act: str) -> str:
    """Return the words for an act, or its tag."""
    return tool.pick(*ACT_WORDS.get(act, (act, act)))


DONE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "submit": ("提交", "submitted"),
    "approve": ("批准", "approved"),
    "reject": ("退回", "rejected"),
    "take_back": ("撤回", "took back"),
    "request_issue": ("要求发证", "asked for issue"),
    "issue": ("发证", "issued"),
    "suspend": ("暂停", "suspended"),
    "reinstate": ("恢复", "reinstated"),
    "withdraw": ("撤销", "withdrew"),
    "cancel": ("注销", "cancelled"),
    "annotate": ("加附注", "annotated"),
    "erase": ("删除个人信息", "erased"),
    "second": ("批准（第二人）", "approved as the second operator"),
    "refuse": ("退回待批件", "refused an order"),
    "recall": ("撤回待批件", "took an order back"),
}
"""By the act of a statement, for lists of who did what."""
