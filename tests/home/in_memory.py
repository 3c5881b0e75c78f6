"""An office whose keys are in memory, from founding to one certificate and its withdrawal, by services and worker only.

main(directory)          # prints what a reader found and which packages were loaded, as JSON
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

from cli.checker import check
from credential.catalogue import Specialty
from credential.days import day_of
from credential.filings import Committee, Filing
from credential.grants import Grant
from credential.history import Act, Reason
from issuer.home.opened import Actor
from issuer.office.values import Authority, Region
from issuer.services import (
    authorities,
    batches,
    certificates,
    committees,
    founding,
    operators,
    orders,
    regions,
    specialties,
    status,
    trust,
)
from issuer.worker.worker import Worker
from tests.support.clock import NOW
from tests.support.custody import OpenedParts, found_in_memory
from tests.support.settings import demo_settings
from tests.support.tools import ROOT
from tests.support.worldparts import wide_grant

ACTOR = Actor("setup")
DISTRICT = "sfq-hrss"
LIST = ROOT / "cli" / "demo" / "data" / "teachers-targeted-2026.csv"


def one_row() -> bytes:
    """The heading of the sample list and its first row."""
    return b"".join(LIST.read_bytes().splitlines(keepends=True)[:2])


def set_up(opened: OpenedParts) -> None:
    """One authority that may do everything in its district, its committee, two operators, a published trust list."""
    founding.found(opened, ACTOR)
    regions.add(opened, ACTOR, Region(code="990101", name="示范市示范区"))
    authority = Authority(
        id=DISTRICT,
        name="示范市示范区人力资源和社会保障局",
        name_en="Bureau of Human Resources and Social Security of Shifan District, Shifan City",
        credit_code="11990101000020028B",
        region_code="990101",
        number_template="{region}{year}{level}{serial:06}",
        seal_text="示范市示范区人力资源和社会保障局职称专用章",
        valid_from=date(2020, 1, 1),
    )
    authorities.add(opened, ACTOR, authority)
    authorities.grant(opened, ACTOR, DISTRICT, grant())
    committees.add(opened, ACTOR, Committee(id="teachers", name="示范市示范区中小学教师评审委员会"), authority=DISTRICT)
    committees.put_on_file(opened, ACTOR, filing())
    found = [
        Specialty(series=22, name=name, name_en=name, authority=DISTRICT, valid_from=date(2020, 1, 1), valid_until=None)
        for name in ("数学", "物理", "英语", "语文")
    ]
    specialties.add(opened, ACTOR, found)
    for name, role in (("clerk", "clerk"), ("approver", "approver"), ("second", "approver")):
        new = operators.NewOperator(id=name, person=name, name=f"操作员{name}", role=role, authority=DISTRICT)
        operators.add_here(opened, ACTOR, new)
    trust.publish_here(opened, ACTOR, trust.draft(opened))


def grant() -> Grant:
    """Everything, in the district."""
    return wide_grant(
        committee_ways=frozenset({1, 5, 6}),
        region="990101",
        scope_required=True,
        max_gap_days=730,
        legal_basis="示范",
        over="own",
    )


def filing() -> Filing:
    """The committee that the sample list names, on file."""
    return Filing(
        number="示评备〔2024〕107号",
        committee="teachers",
        authority=DISTRICT,
        series=frozenset({22}),
        levels=frozenset({2}),
        region="990101",
        scope="990101",
        first=date(2024, 6, 1),
        last=date(2027, 5, 31),
    )


def issue(opened: OpenedParts) -> str:
    """Check the list of one row, submit, approve, issue; returns what the reader found of the certificate."""
    file = batches.ListFile(name=LIST.name, data=one_row())
    made = batches.check(opened, ACTOR, file, authority=DISTRICT, decision="示区人社〔2026〕19号", take_good_rows=True)
    assert made.batch is not None, made.findings
    batches.act_here(opened, "clerk", Act.SUBMIT, made.batch)
    batches.act_here(opened, "approver", Act.APPROVE, made.batch)
    with Worker.open(opened, check) as worker:
        report = worker.issue(made.batch)
    assert report.checked is not None
    return report.checked.outcome


def withdraw(opened: OpenedParts) -> str:
    """Withdraw the certificate and publish; returns its state in the register."""
    [certificate] = certificates.listed(opened, ACTOR).certificates
    with Worker.open(opened, check) as worker:
        assert worker.make_document(certificate.number).is_file()
    order = status.Order(
        act=Act.WITHDRAW,
        numbers=(certificate.number,),
        authority=DISTRICT,
        reason=Reason.FRAUD,
        basis="职称评审管理暂行规定第三十四条",
        document="示区人社撤〔2026〕1号",
        effective=day_of(opened.clock()),
    )
    waiting = status.act_here(opened, "approver", status.plan(opened, ACTOR, order)).waiting
    assert waiting is not None
    orders.approve_here(opened, "second", waiting.number)
    with Worker.open(opened, check) as worker:
        worker.run_pending()
    return certificates.shown(opened, ACTOR, certificate.number).certificate.status


def main(directory: Path) -> None:
    """Do all of it, and say what came of it and which rooms were loaded."""
    now = [NOW]
    settings = demo_settings(deployment="shifan-memory")
    opened = found_in_memory(directory, settings, lambda: now[0])
    set_up(opened)
    issued = issue(opened)
    now[0] += timedelta(minutes=1)
    withdrawn = withdraw(opened)
    [listed] = certificates.listed(opened, ACTOR, full=True).certificates
    opened.register.close()
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    print(json.dumps({"issued": issued, "withdrawn": withdrawn, "qr": listed.qr_text, "loaded": loaded}))
