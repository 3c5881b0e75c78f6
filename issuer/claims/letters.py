"""What a letter with a claim code says, in Chinese and English.

Rules: no name and no title stand in it: an address may have become somebody else's. The code alone opens nothing; the
ID document that belongs to it is not said.

    letter_of("claim-id", Way.EMAIL, "wang@example.cn", code, expires, "https://zc.example/desk/", authority)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credential.days import day_of
from issuer.delivering.model import Letter, Way

SUBJECT: Final = "职称电子证书领取码 / Claim code of your title certificate"
_LETTER: Final = """\
{authority}给您的职称电子证书领取码：

    {code}

请在 {day} 之前打开 {address} ，用您的证件类型、证件号码和这个领取码登录。领取码只能使用一次。
请不要把领取码告诉任何人，本机关不会向您索要。如果您不知道这是什么，请忽略本信。

Your claim code for the title certificate, from {authority}:

    {code}

Open {address} before {day} and sign in with the type and number of your ID document and this code. It works once.
Give it to nobody: this office never asks for it. If you do not know what this is about, ignore this letter.
"""
_SHORT: Final = (
    "职称电子证书领取码 {code}，{day} 前在 {address} 使用一次有效，请勿告诉他人。"
    "Claim code {code}: use it once at {address} before {day}; give it to nobody."
)


def letter_of(claim: str, way: Way, to: str, code: str, *, expires: datetime, address: str, authority: str) -> Letter:
    """Return the letter with a code.

    Args:
        claim: the code's id.
        way: how it goes: a message to a mobile number is short.
        to: the address.
        code: in groups.
        expires: aware instant; the day before which it is to be used is named, in Chinese time.
        address: where to sign in.
        authority: name of the authority.
    """
    form = _SHORT if way is Way.MOBILE else _LETTER
    text = form.format(code=code, day=day_of(expires).isoformat(), address=address, authority=authority)
    return Letter(id=claim, way=way, to=to, subject=SUBJECT, text=text)
