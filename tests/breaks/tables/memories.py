"""FORMAT 9 between one trust list and the next: what a reader remembers, what a writer never takes back."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

GOES_ON: Final = "issuer/trust/succession.py"
MEMORY: Final = "verifier/reader/memory.py"

BREAKS: Final = (
    Break(
        "9 what another reader saw is not overwritten by something older",
        MEMORY,
        "        if kept is None:\n            return self\n",
        "        if kept is None or kept.seq:\n            return self\n",
        "verifier/test_memory.py::test_what_another_reader_saw_meanwhile_is_not_forgotten",
    ),
    Break(
        "9 what another thread saw is not overwritten by something older",
        MEMORY,
        "memory.joined(self._memory)",
        "memory.joined(None)",
        "verifier/test_memory.py::test_what_another_reader_saw_meanwhile_is_not_forgotten",
    ),
    Break(
        "9 what another process saw is not overwritten by something older",
        MEMORY,
        "memory.joined(self.load())",
        "memory.joined(None)",
        "verifier/test_memory.py::test_what_another_reader_saw_meanwhile_is_not_forgotten",
    ),
    Break(
        "9 of root, trust list and snapshot each the newer is remembered",
        MEMORY,
        'max(kept, self, key=attrgetter(each)) for each in ("root_version", "trust_version", "seq")',
        'max(kept, self, key=attrgetter("seq")) for _ in range(3)',
        "verifier/test_memory.py::test_memory_joins_the_newer_of_each",
    ),
    Break(
        "9 no authority is removed",
        GOES_ON,
        '_lost("authority", older.authorities, newer',
        '_lost("authority", older.authorities[:0], newer',
        "publishing/test_succession.py",
    ),
    Break(
        "9 no grant is removed",
        GOES_ON,
        "        yield from _lost(what, authority.grants,",
        "        yield from _lost(what, authority.grants[:0],",
        "publishing/test_succession.py",
    ),
    Break(
        "9 a grant becomes no other",
        GOES_ON,
        "    return replace(grant, last=None)\n",
        "    return replace(grant, last=None, max_gap_days=0)\n",
        "publishing/test_succession.py",
    ),
    Break(
        "9 a grant may end",
        GOES_ON,
        "    return replace(grant, last=None)\n",
        "    return grant\n",
        "publishing/test_succession.py",
    ),
    Break(
        "9 no key is removed",
        GOES_ON,
        '_lost("key", older.keys, newer',
        '_lost("key", older.keys[:0], newer',
        "publishing/test_succession.py",
    ),
    Break(
        "9 a key keeps its use, its authority and its begin",
        GOES_ON,
        "return same and still and old.state",
        "return old.state",
        "publishing/test_succession.py",
    ),
    Break(
        "9 a key's state never goes back",
        GOES_ON,
        "    return same and still and old.state.may_become(new.state)\n",
        "    return same and still\n",
        "publishing/test_succession.py",
    ),
    Break(
        "9 no document certificate is removed",
        GOES_ON,
        "(older.document_certificates, newer.document_certificates)",
        "(older.document_certificates[:0], newer.document_certificates)",
        "publishing/test_succession.py",
    ),
    Break(
        "9 a document certificate's state never goes back",
        GOES_ON,
        "        lambda old, new: old.state.may_become(new.state),\n",
        "        lambda _old, _new: True,\n",
        "publishing/test_succession.py",
    ),
    Break(
        "9 no committee is removed",
        GOES_ON,
        '_lost("committee", older.committees, newer',
        '_lost("committee", older.committees[:0], newer',
        "publishing/test_succession.py",
    ),
    Break(
        "9 no filing is removed",
        GOES_ON,
        "        older.filings,\n        newer.filings,\n",
        "        older.filings[:0],\n        newer.filings,\n",
        "publishing/test_succession.py",
    ),
    Break(
        "9 a filing keeps all but its last day",
        GOES_ON,
        "replace(new, last=old.last) == old",
        "bool(new)",
        "publishing/test_succession.py",
    ),
    Break(
        "9 the deployment stays",
        GOES_ON,
        "if (newer.deployment, newer.demonstration) != (older.deployment, older.demonstration):",
        "if newer.demonstration != older.demonstration:",
        "publishing/test_succession.py",
    ),
    Break(
        "9 the status lists keep their addresses",
        GOES_ON,
        "if [(each.id, each.cwt, each.jwt) for each in newer.status] != [(s.id, s.cwt, s.jwt) for s in older.status]:",
        "if len(newer.status) < len(older.status):",
        "publishing/test_succession.py",
    ),
    Break(
        "9 a draft is held against the published list before it is signed",
        GOES_ON,
        "    check_continues(content, parse_filings(filings), older.content, published.content)\n",
        "    str(published)\n",
        "publishing/test_succession.py",
    ),
)
