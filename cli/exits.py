"""Exit codes, the same in ``--help``, in docs/CLI.md and here.

>>> exits.worst([VALID, WITHDRAWN])
11
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

DONE: Final = 0
FAILED: Final = 1
"""The command could not do it; stderr says why and what next."""
USAGE: Final = 2
FINDINGS: Final = 3
"""A list has errors and nothing of it was stored."""
WARNING: Final = 40
"""``doctor`` and ``status`` found what somebody should act on in the next days."""
CRITICAL: Final = 41
"""``doctor`` and ``status`` found what does not work, or will not tomorrow."""
INTERRUPTED: Final = 130
"""Ctrl-C; running the same command again continues."""
HUNG_UP: Final = 129
"""SIGHUP: 128 and its number, as a shell says it; likewise."""
TOLD_TO_END: Final = 143
"""SIGTERM; likewise."""

OF_OUTCOME: Final = {
    "valid": 0,
    "suspended": 10,
    "withdrawn": 11,
    "cancelled": 12,
    "superseded": 13,
    "not_yet_issued": 14,
    "not_authentic": 20,
    "not_authorised": 21,
    "malformed": 22,
    "indeterminate": 30,
}
"""What ``verify`` ends with."""

_FROM_BAD_TO_GOOD: Final = (20, 21, 11, 12, 13, 10, 14, 22, FAILED, 30, 0)
"""A proven refusal is worse than a state, a state worse than what nobody can tell."""


def worst(codes: Iterable[int]) -> int:
    """Return the worst of several verdicts' exit codes."""
    return min(codes, key=_FROM_BAD_TO_GOOD.index, default=DONE)


EPILOG: Final = """\b
退出码 Exit codes:
  0    完成 done
  1    没有办成，标准错误说明原因 not done; stderr says why and what next
  2    用法有误 usage
  3    名单有错误，没有收 the list has errors and was not stored
  129  终端关闭，重新运行可继续 the terminal was closed; run it again to continue
  130  中断，重新运行可继续 interrupted; run it again to continue
  143  被要求停止，重新运行可继续 told to end; run it again to continue"""
VERIFY_EPILOG: Final = """\b
退出码 Exit codes:
  0    有效 valid
  10   核查中 suspended
  11   已撤销 withdrawn
  12   已注销 cancelled
  13   已更正换发 superseded
  14   尚未签发 not yet issued
  20   不是真实证书 not authentic
  21   超出权限 not authorised
  22   无法识别 malformed
  30   暂时无法判断 indeterminate
  1    没有查成 the check itself failed; stderr says why
  2    用法有误 usage
多个对象取最坏的（依次为 20 21 11 12 13 10 14 22 1 30 0） Of several, the worst: 20 21 11 12 13 10 14 22 1 30 0"""
STANDING_EPILOG: Final = """\b
退出码 Exit codes:
  0    正常，或有没查的 good, or not looked at
  40   有警告：几天内处理 warning: act in the next days
  41   严重：马上处理 critical: act now
  1    没有查成 the look itself failed; stderr says why
  2    用法有误 usage"""
