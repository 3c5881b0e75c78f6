"""FORMAT 8: root sets and the ceremony."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

CEREMONY: Final = "credential/ceremony.py"
JOSE: Final = "credential/jose.py"
MEMBERS: Final = "credential/members.py"
PUBLISH: Final = "issuer/trust/roots.py"
READER: Final = "verifier/reader/publication.py"
ROOTS: Final = "credential/roots.py"

BREAKS: Final = (
    Break(
        "8 N is signed by t of its own keys",
        ROOTS,
        "[(each.keys, each.root.threshold) for each in asked]",
        "[(each.keys, 1 if each is verified else each.root.threshold) for each in asked]",
        "test_roots.py",
    ),
    Break(
        "8 N is signed by t' of the keys of N-1",
        ROOTS,
        "[(each.keys, each.root.threshold) for each in asked]",
        "[(each.keys, each.root.threshold if each is verified else 1) for each in asked]",
        "vectors root_too_few_signatures",
    ),
    Break(
        "8 N's predecessor signs it at all",
        ROOTS,
        "else [previous, verified]",
        "else [verified]",
        "vectors root_by_a_stranger root_signed_by_others",
    ),
    Break(
        "8 a signature by a stranger counts nothing",
        JOSE,
        "lines = [message for message in messages if message.key_id in keys]",
        "lines = [message for message in messages if message.key_id in keys or print()]\n"
        "    threshold -= len(messages) - len(lines)",
        "vectors root_one_and_a_stranger",
    ),
    Break(
        "8 a signature by a known key holds",
        JOSE,
        "            message.verify(key)\n",
        "            message.check_algorithm(key)\n",
        "vectors root_with_a_broken_signature_fail",
    ),
    Break(
        "9.1 a root file has at most 256 KiB",
        ROOTS,
        "MAX_ROOT_BYTES: Final = 256 << 10",
        "MAX_ROOT_BYTES: Final = 257 << 10",
        "vectors root_file_over_256_kib",
    ),
    Break(
        "9.1 a root file may have 256 KiB",
        ROOTS,
        "MAX_ROOT_BYTES: Final = 256 << 10",
        "MAX_ROOT_BYTES: Final = 255 << 10",
        "vectors root_file_of_256_kib",
    ),
    Break(
        "8 every step is the next",
        ROOTS,
        "if root.version != previous.version + 1:",
        "if root.version <= previous.version:",
        "vectors root_skips_a_version",
    ),
    Break(
        "8 keys are sorted by kid", ROOTS, "if kids != sorted(kids):", "if not kids:", "vectors root_with_keys_unsorted"
    ),
    Break("8 no key twice", ROOTS, 'unique(kids, "root.keys")', "", "vectors root_with_a_key_twice"),
    Break("8 at most 16 keys", ROOTS, "MAX_KEYS: Final = 16", "MAX_KEYS: Final = 17", "test_caps.py"),
    Break(
        "8 the threshold is at least 1",
        ROOTS,
        '"threshold", least=1, most=len(keys))',
        '"threshold", most=len(keys))',
        "test_roots.py",
    ),
    Break(
        "8 the threshold is at most the number of keys",
        ROOTS,
        '"threshold", least=1, most=len(keys))',
        '"threshold", least=1)',
        "test_roots.py",
    ),
    Break(
        "8 a version has at most nine digits",
        ROOTS,
        'members.integer("version", least=1, most=MAX_VERSION)',
        'members.integer("version", least=1)',
        "test_roots.py",
    ),
    Break(
        "8 a demonstration never turns into the real thing",
        ROOTS,
        "if root.demonstration != previous.demonstration:",
        "if root.demonstration and not previous.demonstration:",
        "test_roots.py",
    ),
    Break(
        "8 an object has exactly its members",
        MEMBERS,
        "if set(value) != set(names):",
        "if not set(value) >= set(names):",
        "vectors root_with_another_member",
    ),
    Break(
        "8 a reader walks until a file is absent",
        READER,
        "trusted.update_root(data)\n",
        "trusted.update_root(data)\n            return\n",
        "vectors root_rotated_by_three root_handed_over_by_two",
    ),
    Break(
        "8 a reader must learn whether there is N+1",
        READER,
        "            except NotFoundError:\n                return\n",
        "            except FetchError:\n                return\n",
        "verifier/test_reader.py",
    ),
    Break(
        "8 the pinned file is a root that holds",
        ROOTS,
        "    jose.verify_thresholds(messages, [",
        "    previous and jose.verify_thresholds(messages, [",
        "test_roots.py",
    ),
    Break(
        "8.1 a request names the digest of its payload",
        CEREMONY,
        'if members.digest("digest") != sha256(payload).digest():',
        "if not payload:",
        "test_ceremony.py",
    ),
    Break(
        "8.1 a signer makes the words itself",
        CEREMONY,
        'if members.listing("summary", most=MAX_SUMMARY_LINES) != list(summary):',
        'if not members.listing("summary", most=MAX_SUMMARY_LINES):',
        "test_ceremony.py",
    ),
    Break(
        "8.1 the words tell every key with its thumbprint",
        CEREMONY,
        "*(_named(key) for key in root.keys),",
        "*(_kid(key.key_id) for key in root.keys[:1]),",
        "test_ceremony.py",
    ),
    Break(
        "8.1 the last line is the digest",
        CEREMONY,
        'return (*words(payload), f"SHA-256 of the payload',
        'return (*words(payload)[1:], f"SHA-256 of the payload',
        "test_ceremony.py",
    ),
    Break(
        "8.1 only root sets, trust lists and catalogues are signed this way",
        CEREMONY,
        "{roots.TYP: _root,",
        '{"titlecert-snapshot+jwt": _root, roots.TYP: _root,',
        "test_ceremony.py",
    ),
    Break(
        "8.1 a response signs this payload",
        CEREMONY,
        "if message.payload != parsed.payload:",
        "if not message.payload:",
        "test_ceremony.py",
    ),
    Break("8.1 a response has the request's typ", CEREMONY, "if typ != parsed.typ:", "if not typ:", "test_ceremony.py"),
    Break(
        "8.1 a response is by a key that may sign it",
        CEREMONY,
        "    if key is None:\n",
        "    if key is None:\n        return message\n    if key is None:\n",
        "test_ceremony.py",
    ),
    Break("8.1 a response's signature holds", CEREMONY, "    message.verify(key)\n", "", "test_ceremony.py"),
    Break(
        "8.1 the smaller text when a key signed twice",
        CEREMONY,
        "= min(tokens.get(message.key_id, message.token), message.token)",
        "= message.token",
        "test_ceremony.py",
    ),
    Break(
        "8.1 no root set while the present list is not signed by its threshold",
        PUBLISH,
        "        _check_carried_on(store, root, version, now)\n",
        "        str(version)\n",
        "simulation/test_rotation.py::test_a_root_set_that_the_present_trust_list_does_not_carry_on_is_not_published",
    ),
    Break(
        "8.1 no step needs more than 16 signatures",
        PUBLISH,
        "- both > MAX_LINES:",
        "- both > 2 * MAX_LINES:",
        "simulation/test_rotation.py::test_no_root_set_is_drafted_with",
    ),
)
