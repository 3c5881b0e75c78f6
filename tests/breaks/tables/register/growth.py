"""What a register of any size costs, and the way back to older versions: no table read whole, nothing lost."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

COST: Final = "growth/test_cost.py::"
MIGRATIONS: Final = "migrations/test_migrations.py::"
VERSIONS: Final = "issuer/db/migrations/versions/"

BREAKS: Final = (
    Break(
        "database: a page of the audit of one operator reads no further than it must",
        "issuer/audit.py",
        "(column == of, *older).order_by(AuditRow.id.desc()).limit(limit)",
        "(column == of, *older).order_by(AuditRow.id.desc())",
        COST + "test_looking_costs_the_same",
    ),
    Break(
        "database: a page of a list counts no further than it must",
        "issuer/services/certificates.py",
        "        counted = MOST_COUNTED + 1 if name is None else None\n",
        "        counted = None\n",
        COST + "test_looking_costs_the_same",
    ),
    Break(
        "database: certificates of some days are found by the day",
        "issuer/db/certificates.py",
        "        yield CertificateRow.id.in_(select(CertificateRow.id).where(*days))\n",
        "        yield from days\n",
        COST + "test_looking_costs_the_same",
    ),
    Break(
        "database: whether states are disputed is asked of those that changed",
        "issuer/status/standing.py",
        "        .where(LATER_EVENTS, EventRow.kind",
        "        .where(EventRow.ordinal > 1, EventRow.kind",
        COST + "test_a_change_of_status_and_its_publication_cost_the_same",
    ),
    Break(
        "database: the last work on a list is found among that on lists",
        "issuer/db/outbox.py",
        ".where(ABOUT_LISTS, OutboxRow.topic == topic,",
        ".where(OutboxRow.topic == topic,",
        COST + "test_looking_costs_the_same",
    ),
    Break(
        "database: what goes with old snapshots is found without reading them all",
        "issuer/db/publications.py",
        ".where(older, KEPT_WITH)",
        ".where(older)",
        COST + "test_the_number_of_snapshots_does_not_matter",
    ),
    Break(
        "database: what went out is marked in short transactions",
        "issuer/publishing/publisher.py",
        "        while part := dict(islice(waiting, MARKED)):\n",
        "        while part := dict(waiting):\n",
        COST + "test_no_transaction_that_writes_grows_with_a_list",
    ),
    Break(
        "database: a snapshot keeps the sizes that the next one needs",
        "issuer/db/models/publishing.py",
        'text("(lists IS NOT NULL OR sizes IS NOT NULL)")',
        'text("lists IS NOT NULL OR sizes IS NOT NULL")',
        "growth/test_cost.py::test_the_sizes_of_the_newest_snapshot_are_kept",
    ),
    Break(
        "database: a way back that would lose something is refused",
        "issuer/db/migrations/back.py",
        "    if rows:\n",
        "    if False:\n",
        MIGRATIONS + "test_a_way_back_that_would_lose_something_is_refused_and_changes_nothing",
    ),
    Break(
        "database: there is no way back to before roots",
        VERSIONS + "0012_roots.py",
        "    refuse_way_back(revision)\n",
        "    str(revision)\n",
        MIGRATIONS + "test_there_is_no_way_back_before_roots",
    ),
    Break(
        "database: a way back leads to an older version only",
        "issuer/db/migrate.py",
        "        if to not in older:\n",
        "        if False:\n",
        MIGRATIONS + "test_the_present_version_is_no_older_one",
    ),
)
