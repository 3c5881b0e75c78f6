"""The table of checks: every line once, in the order in which they are told.

[look(each, ground) for each in CHECKS]
"""

from __future__ import annotations

from typing import Final

from issuer.standing import files, holding, public, registering
from issuer.standing.ground import Check, Need

CHECKS: Final = (
    Check("database", Need.HOME, registering.database, is_quick=True),
    Check("whole", Need.REGISTER, registering.whole),
    Check("clock", Need.REGISTER, registering.believed_clock),
    Check("worker", Need.REGISTER, public.worker, is_quick=True),
    Check("waiting", Need.REGISTER, public.waiting, is_quick=True),
    Check("snapshot", Need.REGISTER, public.snapshot, is_quick=True),
    Check("readable", Need.HOME, public.readable, is_quick=True),
    Check("stranger", Need.KEYS, public.stranger),
    Check("trust_list", Need.REGISTER, public.trust_list),
    Check("root", Need.REGISTER, public.root),
    Check("modes", Need.HOME, files.modes),
    Check("key_files", Need.REGISTER, holding.key_files),
    Check("passphrase", Need.KEYS, holding.passphrase),
    Check("key_ends", Need.REGISTER, holding.key_ends),
    Check("seals", Need.REGISTER, holding.seals),
    Check("timestamp_root", Need.HOME, holding.timestamp_root),
    Check("walks", Need.REGISTER, public.walks, is_quick=True),
    Check("backup", Need.HOME, files.backup, is_quick=True),
    Check("journal", Need.REGISTER, files.journal, is_quick=True),
    Check("space", Need.HOME, files.space, is_quick=True),
    Check("fonts", Need.HOME, files.fonts),
    Check("lists", Need.REGISTER, registering.capacity),
    Check("numbers", Need.REGISTER, registering.numbers),
)
