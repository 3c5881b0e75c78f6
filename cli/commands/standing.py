"""``titlecert status`` and ``titlecert doctor``: how a deployment stands, for a person and for monitoring.

Rules: neither asks for anything nor writes; without a passphrase file what needs keys is told as not looked at. The
exit code says the worst: 0 good, 40 warning, 41 critical.

    titlecert status --home ./office
    titlecert doctor --json --home ./office
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from cli import exits, findings
from cli.checker import check
from cli.console import CYAN, RED, YELLOW, local_time
from cli.framing import Run, command, group
from cli.layout import prose
from cli.opening import open_home
from cli.options import SERVICE
from cli.tool import Tool
from credential.errors import CodedError
from issuer.home.opened import Opened
from issuer.home.opening import OF_SERVICES
from issuer.home.paths import Home
from issuer.services import standing
from issuer.services.standing import Finding, Level, Looked, Overview, Report

app = group()

_EXITS: Final = {Level.WARNING: exits.WARNING, Level.CRITICAL: exits.CRITICAL}
_COLOURS: Final = {Level.CRITICAL: RED, Level.WARNING: YELLOW, Level.NOT_LOOKED: CYAN, Level.GOOD: None}


@command(app, "status", passphrases=(SERVICE,), epilog=exits.STANDING_EPILOG)
def status(run: Run) -> None:
    """现在怎样：公布到什么时候、什么在等、谁在办。How things stand: what is public, what waits, who works.

    \b
    例 Example:
      titlecert status --home ./office
      titlecert status --json --home ./office
    """
    tool = run.tool
    with _opened(run) as found:
        report = _examine(run, found, only_quick=True)
        opened = None if isinstance(found, _Closed) else found
        seen = None if opened is None else standing.overview(opened)
    data = {**_plain(report, tool), "overview": None if seen is None else _plain_overview(seen)}
    parts = [] if seen is None else [_told_overview(tool, seen)]
    tool.finish(data, "\n\n".join([*parts, _told(tool, report)]), exit_code=_exit(report))


@command(app, "doctor", passphrases=(SERVICE,), epilog=exits.STANDING_EPILOG)
def doctor(run: Run) -> None:
    """全面检查，每项给出下一步。Look at everything, with advice for each finding.

    \b
    例 Example:
      titlecert doctor --home ./office
      titlecert doctor --service-passphrase-file ./service.passphrase --home ./office
    """
    tool = run.tool
    with _opened(run) as found:
        report = _examine(run, found, only_quick=False)
    tool.finish(_plain(report, tool), _told(tool, report), exit_code=_exit(report))


class _Closed(NamedTuple):
    """A home whose register does not open, and why."""

    home: Home
    fault: CodedError


@contextmanager
def _opened(run: Run) -> Iterator[Opened | _Closed]:
    """The home, opened, or why its register does not open."""
    home = Home.open(run.directory)
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_home(run))
        except CodedError as error:
            yield _Closed(home, error)
            return
        yield opened


def _examine(run: Run, found: Opened | _Closed, *, only_quick: bool) -> Report:
    if isinstance(found, _Closed):
        now = run.tool.now()
        return standing.examine_closed(found.home, fault=found.fault, checker=check, now=now, only_quick=only_quick)
    kept = (found.home.secrets / f"{OF_SERVICES}.passphrase").is_file()
    has_keys = kept or run.passphrase_files.get(SERVICE) is not None
    return standing.examine(found, checker=check, has_keys=has_keys, only_quick=only_quick)


def _exit(report: Report) -> int:
    return _EXITS.get(report.level, exits.DONE)


def _plain(report: Report, tool: Tool) -> dict[str, Any]:
    return {"level": report.level.value, "checks": [_plain_looked(each, tool) for each in report.looked]}


def _plain_looked(looked: Looked, tool: Tool) -> dict[str, Any]:
    found = [_plain_finding(each, tool) for each in looked.findings]
    return {"check": looked.check, "level": looked.level.value, "findings": found}


def _plain_finding(finding: Finding, tool: Tool) -> dict[str, Any]:
    language = tool.console.language
    return {
        "code": finding.code,
        "level": finding.level.value,
        "subject": finding.subject,
        "message": findings.text(finding, language),
        "advice": finding.advice,
        "next": findings.advice(finding, language),
        "numbers": {name: _plain_value(value) for name, value in finding.numbers.items()},
    }


def _plain_value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _told(tool: Tool, report: Report) -> str:
    """What is bad first, each with its advice; then what is good, a line a check."""
    rest = [Level.CRITICAL, Level.WARNING, Level.NOT_LOOKED]
    bad = [_told_finding(tool, looked, each) for level in rest for looked, each in _of_level(report, level)]
    fine = [
        (
            findings.word("check", each.check, tool.console.language),
            findings.text(each.findings[-1], tool.console.language),
        )
        for each in report.looked
        if each.level is Level.GOOD
    ]
    parts = [_summary(tool, report), *bad]
    return "\n\n".join([*parts, tool.facts(fine)] if fine else parts)


def _of_level(report: Report, level: Level) -> Sequence[tuple[Looked, Finding]]:
    return [(looked, each) for looked in report.looked for each in looked.findings if each.level is level]


def _summary(tool: Tool, report: Report) -> str:
    """How many checks ended at each level, from bad to good."""
    counted = [(level, sum(each.level is level for each in report.looked)) for level in reversed(Level)]
    told = [f"{_level(tool, level)} {count}" for level, count in counted if count]
    return tool.pick("，", ", ").join(told)


def _told_finding(tool: Tool, looked: Looked, finding: Finding) -> str:
    language = tool.console.language
    head = _level(tool, finding.level)
    name = findings.word("check", looked.check, language)
    colon = tool.pick("：", ": ")
    lines = [f"{head}  {name}{colon}{findings.text(finding, language)}"]
    step = findings.advice(finding, language)
    lines += [tool.pick(f"  下一步：{step}", f"  Next: {step}")] if step else []
    return prose("\n".join(lines), tool.console.columns)


def _level(tool: Tool, level: Level) -> str:
    said = findings.word("level", level.value, tool.console.language)
    return said if level is Level.GOOD else tool.console.painted(said, _COLOURS[level])


def _plain_overview(seen: Overview) -> dict[str, Any]:
    published = seen.published
    return {
        "published": published
        and {
            "sequence": published.sequence,
            "made": published.made.isoformat(),
            "expires": published.expires.isoformat(),
            "certificates": published.records,
            "trust_version": published.trust_version,
        },
        "waiting": [
            {
                "topic": each.topic.value,
                "count": each.count,
                "oldest": each.oldest and each.oldest.isoformat(),
                "noted": list(each.noted),
                "paused": each.paused,
            }
            for each in seen.waiting
        ],
        "leases": [
            {
                "topic": each.topic,
                "object": each.object,
                "piece": each.piece,
                "owner": each.owner,
                "since": each.since.isoformat(),
                "until": each.until.isoformat(),
            }
            for each in seen.leases
        ],
        "audit_walked": seen.audit_walked and seen.audit_walked.isoformat(),
        "certificates_walked": seen.certificates_walked and seen.certificates_walked.isoformat(),
    }


def _told_overview(tool: Tool, seen: Overview) -> str:
    published = seen.published
    pairs: list[tuple[str, object]] = []
    if published is not None:
        made, ends = local_time(published.made.isoformat()), local_time(published.expires.isoformat())
        pairs.append(
            (
                tool.pick("公布", "published"),
                tool.pick(
                    f"第 {published.sequence} 期，{made}，{ends} 到期，{published.records} 张证书",
                    f"snapshot {published.sequence}, {made}, ends {ends}, {published.records} certificates",
                ),
            )
        )
    for each in seen.waiting:
        since = "" if each.oldest is None else local_time(each.oldest.isoformat())
        zh = f"等候 {each.count} 项" + (f"，最早自 {since} 起" if since else "")
        en = f"{each.count} wait" + (f", the oldest since {since}" if since else "")
        pairs.append((tool.name("topic", each.topic.value), tool.pick(zh, en)))
    for lease in seen.leases:
        since = local_time(lease.since.isoformat())
        zh = f"“{tool.name('topic', lease.topic)}”由 {lease.owner} 自 {since} 起办理"
        en = f"{tool.name('topic', lease.topic)} is with {lease.owner} since {since}"
        pairs.append((tool.pick("在办", "lease"), tool.pick(zh, en)))
    return tool.facts(pairs)
