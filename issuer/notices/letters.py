"""What a letter says that tells a holder of a notice, in Chinese and English.

Rules: no name, no title and no decision stand in it: an address may have become somebody else's. The notice itself is
read after signing in, or fetched at the counter.

    letter_of("notice-id", Way.EMAIL, "wang@example.cn", address="https://zc.example/desk/", authority="…")
"""

from __future__ import annotations

from typing import Final

from issuer.delivering.model import Letter, Way

NOTICE_SUBJECT: Final = "职称证书通知书 / Notice about a title certificate"
_LETTER: Final = """\
{authority}有一份关于职称证书的通知书给您。

请打开 {address} ，登录后在“通知”里阅读和下载；也可以带证件到本机关窗口领取。
通知书里写明了您可以怎样提出不服以及期限，请及时查看。如果您不知道这是什么，请忽略本信。

{authority} has a notice about a title certificate for you.

Open {address} , sign in, and read it under Notices; or fetch it at the counter with your ID document.
It says what you can do against it and by when, so look at it soon. If you do not know what this is, ignore this letter.
"""
_SHORT: Final = (
    "您有一份职称证书通知书，内有权利和期限，请登录 {address} 查看。"
    "There is a notice about a title certificate for you: sign in at {address}."
)


def letter_of(notice: str, way: Way, to: str, *, address: str, authority: str) -> Letter:
    """Return the letter that tells of a notice.

    Args:
        notice: its id.
        way: how it goes: a message to a mobile number is short.
        to: the address.
        address: where to sign in.
        authority: name of the authority that decided.
    """
    form = _SHORT if way is Way.MOBILE else _LETTER
    return Letter(
        id=f"notice-{notice}",
        way=way,
        to=to,
        subject=NOTICE_SUBJECT,
        text=form.format(address=address, authority=authority),
    )
