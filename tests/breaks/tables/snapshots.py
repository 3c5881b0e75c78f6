"""FORMAT 10 and 11: the snapshot, statements of operators."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

JOSE: Final = "credential/jose.py"
MEMBERS: Final = "credential/members.py"
OPERATORS: Final = "issuer/office/operators.py"
SNAPSHOT: Final = "credential/snapshot.py"
STATEMENTS: Final = "credential/statements.py"
MERKLE: Final = "credential/merkle.py"
TRUSTED: Final = "verifier/reader/trusted.py"
TRUSTFORM: Final = "credential/trustform.py"

SNAPSHOTS: Final = (
    Break(
        "10 signed by a publisher key",
        SNAPSHOT,
        'use="publisher")',
        'use=next(iter({"status"})))',
        "vectors snapshot_signed_by_the_status_key",
    ),
    Break(
        "10 from memory no look is older than a look may be",
        "verifier/reader/publication.py",
        "        recent = self._recent(now)\n",
        "        recent = self._current.view if self._current is not None else None\n",
        "verifier/test_at_hand.py::test_nothing_is_at_hand_when_a_look_is_due",
    ),
    Break(
        "10 the signature holds",
        SNAPSHOT,
        "    unverified.message.verify(entry.key)\n",
        "",
        "test_snapshot.py",
    ),
    Break(
        "10 a compromised or ended key signs none",
        SNAPSHOT,
        "    entry.check_signs_now(content.iat)\n",
        "",
        "vectors snapshot_signed_by_a_compromised_key snapshot_signed_by_an_ended",
    ),
    Break(
        "10 a compromised key signs none, whatever instant it names",
        TRUSTFORM,
        "if self.state == KeyState.COMPROMISED:",
        'if self.state == "":',
        "vectors snapshot_backdated_by_a_compromised_key",
    ),
    Break(
        "10 typ is that of a snapshot",
        SNAPSHOT,
        "jose.parse(token, typ=TYP,",
        "jose.parse(token, typ=jose.typ_of(token.decode()),",
        "vectors token_with_typ_of",
    ),
    Break(
        "10 exp - iat is at most 7 days",
        SNAPSHOT,
        "MAX_LIFETIME: Final = timedelta(days=7)",
        "MAX_LIFETIME: Final = timedelta(days=8)",
        "vectors snapshot_lives_too_long",
    ),
    Break(
        "10 exp - iat may be 7 days",
        SNAPSHOT,
        "MAX_LIFETIME: Final = timedelta(days=7)",
        "MAX_LIFETIME: Final = timedelta(days=6)",
        "vectors snapshot_of_seven_days",
    ),
    Break(
        "10 exp lies behind iat",
        SNAPSHOT,
        "if not timedelta(0) < content.exp - content.iat <= MAX_LIFETIME:",
        "if content.exp - content.iat > MAX_LIFETIME:",
        "vectors snapshot_ends_before_it_begins",
    ),
    Break(
        "10 a snapshot ends at exp", SNAPSHOT, "if now >= self.content.exp:", "if not now:", "vectors snapshot_frozen"
    ),
    Break(
        "10 a snapshot ends in the second of exp",
        SNAPSHOT,
        "if now >= self.content.exp:",
        "if now > self.content.exp:",
        "test_snapshot.py",
    ),
    Break(
        "10 a snapshot is not from the future",
        SNAPSHOT,
        "if content.iat > now + CLOCK_DIFFERENCE:",
        "if not now:",
        "vectors snapshot_from_the_future",
    ),
    Break(
        "10 seq below one that was seen is refused",
        TRUSTED,
        "if found[0] < seen[0] or (",
        "if (",
        "vectors snapshot_rolled_back",
    ),
    Break(
        "10 the same seq with other bytes is refused",
        TRUSTED,
        "(snapshot.content.seq, snapshot.digest), (seen.seq,",
        "(snapshot.content.seq, seen.snapshot_digest), (seen.seq,",
        "vectors snapshot_forked",
    ),
    Break(
        "10 a reader begins at the root that it remembers",
        TRUSTED,
        "pinned_root if memory is None else _remembered(pinned_root, memory)",
        "pinned_root if memory is None or memory.root else _remembered(pinned_root, memory)",
        "vectors root_remembered_though_withheld",
    ),
    Break(
        "10 that a trust list was rolled back is told before its end",
        TRUSTED,
        "        seen = self._memory\n        if seen is not None:\n            _check_not_older(\n",
        "        with _untrusted():\n            trust.check_fresh(now)\n"
        "        seen = self._memory\n        if seen is not None:\n            _check_not_older(\n",
        "verifier/test_reader.py",
    ),
    Break(
        "10 an authentic snapshot is remembered before it is refused",
        TRUSTED,
        "        self._memory = self._remember(self.trust, snapshot)\n",
        "        if now < snapshot.content.exp:\n            self._memory = self._remember(self.trust, snapshot)\n",
        "vectors snapshot_rolled_back_behind_an_expired_one",
    ),
    Break(
        "10 what is not authentic is not remembered",
        TRUSTED,
        "snapshot = verify_snapshot(",
        "claimed = VerifiedSnapshot(content=unverified.content, token=b'', proof=_PROOF)\n"
        "            self._memory = self._remember(self.trust, claimed)\n            snapshot = verify_snapshot(",
        "vectors snapshot_after_an_untrusted_one",
        (
            Edit(
                TRUSTED,
                "from credential.snapshot import UnverifiedSnapshot",
                "from credential.snapshot import _PROOF, UnverifiedSnapshot",
            ),
        ),
    ),
    Break(
        "10 p leaves 128 certificates a shard on average",
        "credential/shards.py",
        "MEAN_CERTIFICATES: Final = 128",
        "MEAN_CERTIFICATES: Final = 127",
        "test_shards.py",
    ),
    Break(
        "10 p is no longer than the register allows",
        SNAPSHOT,
        "if content.prefix > longest_prefix(content.records):",
        "if content.records < 0:",
        "vectors prefix_too_long prefix_of_two_bits_too_long",
    ),
    Break(
        "10 p is at most 20",
        "credential/shards.py",
        "return min(PREFIX_BITS, max(",
        "return min(PREFIX_BITS + 1, max(",
        "test_shards.py",
    ),
    Break(
        "10 writers take a shorter prefix when a shard would hold fewer than 64",
        "issuer/publishing/records.py",
        "while longest and min(crowd) <",
        "while longest and max(crowd) <",
        "publishing/test_records.py::test_a_prefix_that_leaves_one_shard_too_small_is_not_taken",
    ),
    Break(
        "10 there are 2^(p/2) manifests",
        SNAPSHOT,
        "if len(content.manifests) != 1 << manifest_bits(content.prefix):",
        "if not content.manifests:",
        "vectors snapshot_with_two_manifests",
    ),
    Break(
        "10 status lists stand in the order of their ids",
        SNAPSHOT,
        "if [each.id for each in content.status] != list(range(len(content.status))):",
        "if content.status is None:",
        "vectors snapshot_with_status_id_one",
    ),
    Break(
        "10 the status lists are those of the trust list",
        SNAPSHOT,
        "if len(content.status) != len(trust.content.status):",
        "if content.status is None:",
        "vectors snapshot_without_status_lists",
    ),
    Break(
        "10 the deployment is the trust list's",
        SNAPSHOT,
        "if content.deployment != trust.content.deployment:",
        "if not content.deployment:",
        "vectors snapshot_of_another_deployment",
    ),
    Break(
        "10 the trust list is the one that the snapshot names (by the set and by the snapshot)",
        SNAPSHOT,
        "if (content.trust_version, content.trust_digest) != (trust.content.version, trust.digest):",
        "if not content:",
        "vectors snapshot_names_another_trust_list",
        (
            Edit(
                TRUSTED,
                "if (trust.content.version, trust.digest) != (",
                "if not trust and (trust.content.version, trust.digest) != (",
            ),
        ),
    ),
    Break(
        "10 seq from 1",
        SNAPSHOT,
        'members.integer("seq", least=1)',
        'members.integer("seq")',
        "vectors snapshot_with_sequence_zero",
    ),
    Break(
        "10 true is no number",
        MEMBERS,
        "if not isinstance(value, int) or isinstance(value, bool) or not",
        "if not isinstance(value, int) or not",
        "vectors snapshot_with_sequence_true",
    ),
    Break(
        "10 at most 1 MiB",
        SNAPSHOT,
        "MAX_SNAPSHOT_BYTES: Final = 1 << 20",
        "MAX_SNAPSHOT_BYTES: Final = 2 << 20",
        "test_caps.py",
    ),
)

ACTS: Final = (
    Break(
        "11 a statement has exactly its members",
        STATEMENTS,
        "} if not more and _ACT.fullmatch(act)",
        "} if _ACT.fullmatch(act)",
        "test_statements.py",
    ),
    Break("11 v is 1", STATEMENTS, "if isinstance(version, bool) or version != VERSION or", "if", "test_statements.py"),
    Break("11 a nonce has 16 bytes", STATEMENTS, "and _NONCE.fullmatch(nonce):", "and nonce:", "test_statements.py"),
    Break(
        "11 typ is that of a statement",
        STATEMENTS,
        "    return _decode(jose.verify(token, keys, typ=TYP,",
        "    return _decode(jose.verify(token, keys, typ=jose.typ_of(token),",
        "test_statements.py",
    ),
    Break(
        "11 a count is a whole number",
        STATEMENTS,
        "or isinstance(value, bool) or value < 0:",
        "or isinstance(value, bool):",
        "test_statements.py",
    ),
    Break(
        "11 a digest is 64 hexadecimal digits",
        STATEMENTS,
        ' or not re.fullmatch(r"[0-9a-f]{64}", value, re.ASCII):',
        ":",
        "test_statements.py",
    ),
    Break(
        "11 a statement has at most 64 KiB",
        STATEMENTS,
        "MAX_BYTES: Final = 64 << 10",
        "MAX_BYTES: Final = 256 << 10",
        "test_statements.py",
    ),
    Break(
        "11.1 a statement of an act that is not known proves nothing",
        STATEMENTS,
        "    if act not in _FORMS and act not in ANSWERS:\n        raise",
        "    if act not in list(Act):\n        raise",
        "test_statements.py",
    ),
    Break(
        "11.1 an act has its form",
        STATEMENTS,
        "if not more and _ACT.fullmatch(act) and",
        "if not more and",
        "test_statements.py",
    ),
    Break(
        "11.1 a statement is about a batch or about certificates, as its act says",
        STATEMENTS,
        "    if found != wanted:\n",
        "    if False:\n",
        "test_statements.py",
    ),
    Break(
        "11.1 what it is about is told in texts",
        STATEMENTS,
        '    if not isinstance(value, str):\n        raise MalformedError("bad_statement", "statement: what',
        '    if value is None:\n        raise MalformedError("bad_statement", "statement: what',
        "test_statements.py",
    ),
    Break(
        "11.1 a reason is one of those that there are",
        STATEMENTS,
        '    if said["reason"] not in _REASONS:\n',
        "    if False:\n",
        "test_statements.py",
    ),
    Break(
        "11.1 the day on which it takes effect is a date",
        STATEMENTS,
        "            days.parse_date(said[name])\n",
        "            str(said[name])\n",
        "test_statements.py",
    ),
    Break(
        "11.1 basis and document are as an event has them",
        STATEMENTS,
        "        if len(said[name]) > most or not is_plain(said[name]):\n",
        "        if len(said[name]) > most:\n",
        "test_statements.py",
    ),
    Break(
        "11.2 1 to 1,000,000 certificates",
        STATEMENTS,
        '    if not 1 <= statement.counts["certificates"] <= MAX_STATED:\n',
        '    if not 1 <= statement.counts["certificates"]:\n',
        "test_statements.py",
    ),
    Break(
        "11.2 every row waits or is rejected",
        STATEMENTS,
        '    elif statement.counts["rows"] != statement.counts["rejected"] + statement.counts["waiting"]:\n',
        "    elif False:\n",
        "test_statements.py",
    ),
    Break(
        "11.2 a certificate's leaf is number, state by its name, and events",
        STATEMENTS,
        "jsonform.encode([self.number, self.state.word, self.events])",
        "jsonform.encode([self.number, int(self.state), self.events])",
        "test_statements.py",
    ),
    Break(
        "11.2 a leaf is hashed behind a zero byte",
        MERKLE,
        'return sha256(b"\\x00" + entry).digest()',
        "return sha256(entry).digest()",
        "test_merkle.py",
    ),
    Break(
        "11.2 a node is hashed behind a one",
        MERKLE,
        'return sha256(b"\\x01" + left + right).digest()',
        'return sha256(b"\\x00" + left + right).digest()',
        "test_merkle.py",
    ),
    Break(
        "11.2 a path leads to the root",
        MERKLE,
        "    if last != 0 or found != root:\n",
        "    if last != 0:\n",
        "test_merkle.py",
    ),
    Break(
        "11.2 a path is no shorter than its tree is high",
        MERKLE,
        "    if last != 0 or found != root:\n",
        "    if found != root:\n",
        "test_merkle.py",
    ),
    Break(
        "11.2 the right edge of a tree that is not complete",
        MERKLE,
        "            while not place & 1 and place:\n",
        "            while False:\n",
        "test_merkle.py",
    ),
    Break(
        "11.2 a place lies within the tree that was signed",
        MERKLE,
        "    if not 0 <= index < size <= MAX_SIZE:\n",
        "    if not 0 <= index <= size <= MAX_SIZE:\n",
        "test_merkle.py",
    ),
    Break(
        "11.2 a tree has at most 1,000,000 leaves",
        MERKLE,
        "    if not 0 <= index < size <= MAX_SIZE:\n",
        "    if not 0 <= index < size:\n",
        "test_merkle.py",
    ),
    Break(
        "11.2 a hash that is not there proves nothing",
        MERKLE,
        "    if len(found) != HASH_BYTES:\n",
        "    if False:\n",
        "test_merkle.py",
    ),
    Break(
        "11.2 subtrees of the right edge are joined from the right",
        MERKLE,
        "    return reduce(lambda right, left: node_hash(left, right), reversed(parts))",
        "    return reduce(node_hash, parts)",
        "test_merkle.py",
    ),
    Break(
        "11 only an operator's key signs",
        JOSE,
        '        raise NotTrustedError("unknown_key"',
        '        return message.payload\n        raise NotTrustedError("unknown_key"',
        "test_statements.py",
    ),
    Break(
        "11 the file of operators is of this deployment",
        OPERATORS,
        "if found.deployment != deployment:",
        "if not deployment:",
        "register/test_operators.py",
    ),
    Break(
        "11 an older file of operators is refused",
        OPERATORS,
        "if found.version < at_least:",
        "if at_least < 0:",
        "register/test_operators.py",
    ),
    Break(
        "11 typ is that of a file of operators",
        OPERATORS,
        "typ=OPERATORS_TYP, max_bytes=MAX_BYTES)",
        "typ=jose.typ_of(token), max_bytes=MAX_BYTES)",
        "register/test_operators.py",
    ),
)

BREAKS: Final = (*SNAPSHOTS, *ACTS)
