"""The office of the demonstration, set up by commands: only what is missing is added, so an interrupted run goes on.

set_up(script, Facts.load())
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from cli.demo.script import Script

CLERK: Final = "clerk1"
APPROVER: Final = "chief1"
SECOND: Final = "chief2"
_OPERATORS: Final = ((CLERK, "王经办", "clerk"), (APPROVER, "李审批", "approver"), (SECOND, "赵复核", "approver"))
_ALL: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What ``data/demo.json`` says of the province that does not exist."""

    regions: Sequence[Mapping[str, Any]]
    authorities: Sequence[Mapping[str, Any]]
    committees: Sequence[Mapping[str, Any]]
    filings: Sequence[Mapping[str, Any]]
    specialties: Sequence[Mapping[str, Any]]

    @classmethod
    def load(cls) -> Facts:
        """Read the package's own file."""
        plain = json.loads((files("cli.demo") / "data" / "demo.json").read_text(encoding="utf-8"))
        return cls(**{name: plain[name] for name in cls.__dataclass_fields__})


def set_up(script: Script, facts: Facts) -> None:
    """Add regions, authorities with grants, committees with filings, specialties, operators; then the root signs."""
    _regions(script, facts)
    _authorities(script, facts)
    _committees(script, facts)
    _specialties(script, facts)
    _operators(script)
    if script.ask("publish", "--trust")["changes"]:
        script.run("publish", "--trust", "--yes")


def _regions(script: Script, facts: Facts) -> None:
    known = {each["code"] for each in script.ask("region", "list")["regions"]}
    for region in facts.regions:
        if region["code"] not in known:
            script.run("region", "add", region["code"], region["name"])


def _authorities(script: Script, facts: Facts) -> None:
    known = {each["id"]: each for each in script.ask("authority", "list")["authorities"]}
    for authority in facts.authorities:
        if authority["id"] not in known:
            script.run("authority", "add", authority["id"], *_authority_options(authority))
        granted = known.get(authority["id"], {}).get("grants", [])
        for grant in authority["grants"]:
            if not any(_same(grant, each) for each in granted):
                script.run("authority", "grant", authority["id"], *_grant_options(grant))


def _authority_options(authority: Mapping[str, Any]) -> list[str]:
    options = _options(
        {
            "--name": authority["name"],
            "--name-en": authority["name_en"],
            "--code": authority["code"],
            "--region": authority["region"],
            "--number-template": authority["number_template"],
        }
    )
    options += ["--parent", authority["parent"]] if authority["parent"] else []
    options += _options({f"--{name}": text for name, text in authority["contact"]["zh"].items()})
    return options + _options({f"--{name}-en": text for name, text in authority["contact"]["en"].items()})


def _grant_options(grant: Mapping[str, Any]) -> list[str]:
    options = _options(
        {
            "--series": _numbers(grant["series"]),
            "--levels": _numbers(grant["levels"]),
            "--ways": _numbers(grant["ways"]),
            "--committee-ways": _numbers(grant["committee_ways"]),
            "--region": grant["region"],
            "--from": grant["from"],
            "--max-gap-days": str(grant["max_gap_days"]),
            "--acts": ",".join(grant["acts"]),
            "--over": grant["over"],
            "--legal-basis": grant["legal_basis"],
        }
    )
    options += ["--until", grant["until"]] if grant["until"] else ["--no-end"]
    return options + (["--scope-required"] if grant["scope_required"] else [])


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two grants say the same; the order of acts says nothing."""
    return all(
        sorted(value) == sorted(other[name]) if isinstance(value, list) else value == other[name]
        for name, value in one.items()
    )


def _committees(script: Script, facts: Facts) -> None:
    found = script.ask("committee", "list")["committees"]
    known = {each["id"] for each in found}
    filed = {filing["number"] for each in found for filing in each["filings"]}
    filing_authority = {each["committee"]: each["authority"] for each in facts.filings}
    for committee in facts.committees:
        if committee["id"] not in known:
            authority = filing_authority[committee["id"]]
            script.run("committee", "add", committee["id"], committee["name"], "--authority", authority)
    for filing in facts.filings:
        if filing["number"] not in filed:
            script.run("committee", "file", filing["number"], *_filing_options(filing))


def _filing_options(filing: Mapping[str, Any]) -> list[str]:
    options = _options(
        {
            "--committee": filing["committee"],
            "--authority": filing["authority"],
            "--series": _numbers(filing["series"]),
            "--levels": _numbers(filing["levels"]),
            "--region": filing["region"],
            "--from": filing["from"],
            "--until": filing["until"],
        }
    )
    return options + (["--scope", filing["scope"]] if filing["scope"] else [])


def _specialties(script: Script, facts: Facts) -> None:
    """A specialty without authority is every authority's that may grant its series."""
    for authority in facts.authorities:
        found = script.ask("specialty", "list", "--authority", authority["id"])["specialties"]
        known = {(each["series"], each["name"]) for each in found}
        for series in sorted({each["series"] for each in facts.specialties}):
            names = [
                each["name"]
                for each in facts.specialties
                if each["series"] == series and _uses(authority, each) and (series, each["name"]) not in known
            ]
            if names:
                script.run("specialty", "add", *names, "--authority", authority["id"], "--series", str(series))


def _uses(authority: Mapping[str, Any], specialty: Mapping[str, Any]) -> bool:
    granted = any(grant["series"] == _ALL or specialty["series"] in grant["series"] for grant in authority["grants"])
    return granted and specialty["authority"] in {None, authority["id"]}


def _operators(script: Script) -> None:
    known = {each["id"] for each in script.ask("operator", "list")["operators"]}
    for operator, name, role in _OPERATORS:
        if operator not in known:
            script.run("operator", "add", operator, "--name", name, "--role", role, "--make-passphrase")


def _options(values: Mapping[str, str]) -> list[str]:
    """The words of a command line: each option before its value."""
    return [word for pair in values.items() for word in pair]


def _numbers(value: Any) -> str:
    return value if isinstance(value, str) else ",".join(map(str, value))
