"""A real office: what a certification service returned, marks, tokens, and the root's ceremony."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

ACCREDITED: Final = "issuer/trust/accredited.py"
MEETINGS: Final = "issuer/trust/meetings.py"
ROOTS: Final = "issuer/services/roots.py"
SEALS: Final = "issuer/services/seals.py"
TOKENS: Final = "keys/tokens.py"
SEALS_TESTS: Final = "services/test_seals.py"
ROOTING: Final = "cli/test_rooting.py"

BREAKS: Final = (
    Break(
        "founding: a certificate is for the requested key",
        ACCREDITED,
        "if _key_of(each) == key:",
        "if _key_of(each) is not None:",
        f"{SEALS_TESTS} -k that",
    ),
    Break(
        "founding: a certificate names the authority exactly",
        ACCREDITED,
        "if [folded(each) for each in names] != [folded(owner.name)]:",
        "if not any(folded(owner.name)[:6] in folded(each) for each in names):",
        f"{SEALS_TESTS} -k that",
    ),
    Break(
        "founding: a certificate states the authority's credit code and no other",
        ACCREDITED,
        "if set(codes) != {owner.credit_code}:",
        "if owner.credit_code not in codes:",
        f"{SEALS_TESTS} -k that",
    ),
    Break(
        "founding: a certificate's key may sign",
        ACCREDITED,
        "    if not signs:",
        "    if signs is None:",
        f"{SEALS_TESTS} -k that",
    ),
    Break(
        "founding: a certificate is for documents",
        ACCREDITED,
        "if not purposes & _PURPOSES:",
        "if not purposes:",
        f"{SEALS_TESTS} -k that",
    ),
    Break(
        "founding: a certificate is good today",
        ACCREDITED,
        "if not begin <= now <= end:",
        "if not begin <= end:",
        f"{SEALS_TESTS} -k 'that or over'",
    ),
    Break(
        "founding: a real office takes no marked certificate",
        ACCREDITED,
        'MARKS: Final = ("演示", "演练")',
        'MARKS: Final = ("演示",)',
        f"{SEALS_TESTS} -k mark",
    ),
    Break(
        "founding: a root is named by the administrator",
        SEALS,
        "    if not roots:",
        "    if roots is None:",
        f"{SEALS_TESTS} -k named_once",
    ),
    Break(
        "founding: an authority is added with the name that was certified",
        SEALS,
        "replace(waiting, owner=owner), waiting.chain",
        "waiting, waiting.chain",
        f"{SEALS_TESTS} -k another_name_is_not_added",
    ),
    Break(
        "founding: a demonstration asks no service",
        SEALS,
        "if opened.home.settings.demonstration:",
        "if opened.home.settings.demonstration is None:",
        f"{SEALS_TESTS} -k certifies_itself",
    ),
    Break(
        "founding: a second request is the same key",
        SEALS,
        "    if waiting is not None:\n        _check_same(waiting, owner, uri)\n        return waiting",
        "    if waiting is not None:\n        _check_same(waiting, owner, uri)",
        f"{SEALS_TESTS} -k second_request",
    ),
    Break(
        "founding: a key of a container that does not do is not kept",
        SEALS,
        "        opened.custody.discard(key.key_id)\n        raise",
        "        raise",
        f"{SEALS_TESTS} -k leaves_no_key",
    ),
    Break(
        "founding: a training home says so in its contact words",
        "issuer/trust/lists.py",
        "marked_contacts(each.contact, each.id) if training else each.contact",
        "each.contact",
        f"{SEALS_TESTS} -k legal_effect",
    ),
    Break(
        "founding: a training page says 演练",
        "issuer/documents/model.py",
        '("演练" if self.training else "演示")',
        '("演示" if self.training else "演示")',
        "cli/test_founding.py -k training",
    ),
    Break(
        "founding: a real page says no mark",
        "issuer/documents/model.py",
        'else "演示") if self.demonstration else None',
        'else "演示")',
        "cli/test_founding.py -k everyone_accepts",
    ),
    Break(
        "founding: a token proves its key before it signs",
        TOKENS,
        "            public.verify(self.sign(probe), probe)",
        "            self.sign(probe)",
        "keys/test_tokens.py -k another",
    ),
    Break(
        "founding: signatures of a token are low-s",
        TOKENS,
        "return normalise_low_s(bytes(raw))",
        "return bytes(raw)",
        "keys/test_tokens.py -k low_s",
    ),
    Break(
        "founding: a key that is made in a token stays there",
        TOKENS,
        "Attribute.EXTRACTABLE: False",
        "Attribute.EXTRACTABLE: True",
        "keys/test_tokens.py -k taken_out",
    ),
    Break(
        "founding: no PIN stands in a URI",
        "keys/uri.py",
        'if name == "pin-value":',
        'if name == "pin-values":',
        "keys/test_uri.py",
    ),
    Break(
        "founding: too few root keys publish nothing",
        ROOTS,
        "return all(signed >= threshold for signed, threshold in self.needs)",
        "return all(signed >= 1 for signed, threshold in self.needs)",
        ROOTING,
    ),
    Break(
        "founding: what root keys signed is kept until there are enough",
        MEETINGS,
        "*([meeting.signed] if meeting.signed else [])",
        "",
        ROOTING,
    ),
    Break(
        "founding: what another key signed counts as not seen",
        ROOTS,
        "        if each.key_id == signer.key_id:\n            return each.verify(signer)",
        "        return each.payload",
        f"{ROOTING} -k counts_as_seen",
    ),
)
