"""FORMAT 7: status lists."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

STATUS: Final = "credential/statuslist.py"
STEPS: Final = "verifier/steps.py"
TRUSTFORM: Final = "credential/trustform.py"
VIEW: Final = "verifier/reader/view.py"

BREAKS: Final = (
    Break(
        "7 2 is suspended, 3 is superseded",
        STATUS,
        "SUSPENDED = 2\n    SUPERSEDED = 3",
        "SUPERSEDED = 2\n    SUSPENDED = 3",
        "vectors suspended superseded",
    ),
    Break("7 12 is cancelled", STATUS, "CANCELLED = 12", "CANCELLED = 11", "vectors cancelled"),
    Break(
        "7 other values are refused where they are read",
        *(STATUS, "if found is None:", "if found is None:\n            return Status.VALID", "vectors status_value_"),
    ),
    Break(
        "7 the first entry has the lowest bits",
        STATUS,
        "byte, offset = divmod(index * self.bits, 8)\n        if",
        "byte, offset = divmod((index ^ 1) * self.bits, 8)\n        if",
        "test_statuslist.py",
    ),
    Break(
        "7 there is no entry behind the last one or in front of the first",
        STATUS,
        "if not 0 <= byte < len(self.data):",
        "if byte >= len(self.data):",
        "test_statuslist.py",
    ),
    Break(
        "7 entries have 4 bits",
        STATUS,
        '65533: {"bits": 4, ',
        '65533: {"bits": 4 | 8 | 1, ',
        "vectors list_of_eight_bits list_of_one_bit",
    ),
    Break(
        "7 exactly these claims (CWT)",
        STATUS,
        "bytes(packed), **more},\n            **others,\n        } if not more and not others and",
        "bytes(packed), **more},\n            **others,\n        } if not more and",
        "vectors list_with_another_claim",
    ),
    Break(
        "7 a list of bits and lst only (CWT)",
        STATUS,
        "bytes(packed), **more},\n            **others,\n        } if not more and not others and",
        "bytes(packed), **more},\n            **others,\n        } if not others and",
        "vectors list_with_aggregation",
    ),
    Break(
        "7 exactly these members (JWT)",
        STATUS,
        "str(packed), **more},\n            **others,\n        } if not more and not others and",
        "str(packed), **more},\n            **others,\n        } if",
        "test_statuslist.py",
    ),
    Break(
        "7 true is no instant",
        STATUS,
        "return any(isinstance(value, bool) for value in values)",
        "return values == ()",
        "test_statuslist.py",
    ),
    Break(
        "7 sub is the address of the file",
        STATUS,
        "if sub != uri:",
        "if not sub:",
        "vectors list_of_another_address list_of_the_jwt",
    ),
    Break(
        "7 at most 1 MiB packed",
        STATUS,
        "MAX_PACKED: Final = 1 << 20",
        "MAX_PACKED: Final = 2 << 20",
        "test_statuslist.py",
    ),
    Break(
        "7 no more than 524,288 bytes unpacked",
        *(STATUS, "inflater.decompress(packed, plain_bytes + 1)", "inflater.decompress(packed)[:plain_bytes]"),
        "vectors list_of_one_byte_more list_bomb",
    ),
    Break(
        "7 no less than 524,288 bytes unpacked",
        STATUS,
        "if len(plain) != plain_bytes or",
        "if",
        "vectors list_of_one_byte_less",
    ),
    Break(
        "7 the stream is whole",
        STATUS,
        "or not inflater.eof or",
        "or",
        "vectors list_cut_short list_with_wrong_checksum",
    ),
    Break(
        "7 nothing behind the stream",
        STATUS,
        " or inflater.unused_data or",
        " or",
        "vectors list_with_a_byte_behind_the_stream",
    ),
    Break(
        "7 exp - iat is at most 7 days",
        STATUS,
        "MAX_LIFETIME: Final = timedelta(days=7)",
        "MAX_LIFETIME: Final = timedelta(days=8)",
        "vectors list_lives_too_long",
    ),
    Break(
        "7 exp lies behind iat",
        STATUS,
        "if not timedelta(0) < expires_at - issued_at <= cap:",
        "if expires_at - issued_at > cap:",
        "vectors list_ends_before_it_begins",
    ),
    Break("7 ttl is not negative", STATUS, "if ttl < 0 or", "if", "vectors list_with_ttl_negative"),
    Break(
        "7 a malformed list is untrusted and not expired",
        STATUS,
        "    if ttl < 0 or",
        "    check_lifetime(days.from_seconds(iat), days.from_seconds(exp), now=now, cap=MAX_LIFETIME, what='')\n"
        "    if ttl < 0 or",
        "vectors list_malformed_and_expired",
    ),
    Break("7 a list ends at exp", STATUS, "if now >= expires_at:", "if now > expires_at:", "test_statuslist.py"),
    Break(
        "7 a list that was read before ends at exp too",
        *(VIEW, "if now >= verified.expires_at:", "if not verified:", "verifier/test_reader.py"),
    ),
    Break(
        "7 a list is not from the future",
        STATUS,
        "if issued_at > now + CLOCK_DIFFERENCE:",
        "if not now:",
        "vectors list_not_yet_valid",
    ),
    Break(
        "7 a list may be from within 300 seconds",
        STATUS,
        "if issued_at > now + CLOCK_DIFFERENCE:",
        "if issued_at > now:",
        "vectors list_within_clock_difference",
    ),
    Break(
        "7 only the keys that the trust list assigns to the address",
        *(
            VIEW,
            "for kid in assignment.kids}",
            'for kid in [k.key.key_id for k in self.trust.content.keys if k.use == "status"]}',
        ),
        "vectors list_signed_by_unassigned_key",
    ),
    Break(
        "7 a compromised status key signs no list",
        *(
            VIEW,
            ".check_signs_now(verified.issued_at)",
            "",
            "vectors list_signed_by_compromised_key list_signed_by_ended_key",
        ),
    ),
    Break(
        "7 the prefix chooses the list",
        STEPS,
        "if assignment.id != prefix(claims.cti, bits):",
        "if bits < 0:",
        "vectors list_of_another_prefix status_at_another_list",
    ),
    Break(
        "7 the number of lists is a power of two",
        TRUSTFORM,
        " or count & (count - 1):",
        ":",
        "test_trustlist.py",
    ),
    Break(
        "7 ids are 0 to L-1 in order",
        TRUSTFORM,
        "if [each.id for each in content.status] != list(range(count)) or",
        "if",
        "test_trustlist.py",
    ),
    Break(
        "7 readers fetch the immutable copy",
        *(VIEW, "publication.status_at(digest.hex())", "publication.status_cwt(str(list_id))"),
        "vectors status_list_at_its_address_absent",
    ),
    Break(
        "7 every list is fetched that shares the shard's bits",
        VIEW,
        "beside = lists_beside(own,",
        "beside = range(own, own + 1) or lists_beside(own,",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 the bits of a shard choose the lists that are fetched",
        STATUS,
        "lists.bit_length() - 1 - prefix_length)",
        "lists.bit_length() - 2 - prefix_length)",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 only a fault of the list that is needed counts",
        VIEW,
        "            with contextlib.suppress(FetchError):\n",
        "            with contextlib.nullcontext():\n",
        "vectors beside_",
    ),
    Break(
        "7 a fault is told when all lists have been asked for",
        VIEW,
        "        for ask in (self._catalogue_file, self._filings_file, *status_files):\n"
        "            with contextlib.suppress(FetchError):\n",
        "        with contextlib.suppress(FetchError):\n"
        "            for ask in (self._catalogue_file, self._filings_file, *status_files):\n",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 what was held back every check asks for anew",
        VIEW,
        "        if self._faults is None:\n            self._at_hand",
        "        if beside:\n            self._at_hand",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 a check from memory asks a host for nothing",
        "verifier/reader/cache.py",
        "                raise NotAtHandError\n",
        "                return make()\n",
        "verifier/test_at_hand.py::test_what_is_not_in_memory_is_left_to_who_may_wait",
        also=(Edit(VIEW, "shelf = Shelf(NoFetcher(), self._store)", "shelf = Shelf(self._fetcher, self._store)"),),
    ),
    Break(
        "7 what does not come is asked for once in a check",
        VIEW,
        "if self._faults is not None and path in self._faults:",
        "if self._faults is not None and not path:",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 who asks for a shard asks for the catalogue whatever it finds",
        VIEW,
        "for ask in (self._catalogue_file, self._filings_file, *status_files):",
        "for ask in (self._filings_file, *status_files):",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 who asks for a shard asks for the filings whatever it finds",
        VIEW,
        "for ask in (self._catalogue_file, self._filings_file, *status_files):",
        "for ask in (self._catalogue_file, *status_files):",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 who asks for a shard asks for the status lists whatever it finds",
        VIEW,
        "for ask in (self._catalogue_file, self._filings_file, *status_files):",
        "for ask in (self._catalogue_file, self._filings_file):",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 all is asked for though the shard has no record",
        VIEW,
        "        shard = self._reach(prefix)\n        self._looked",
        "        shard = self._shard(prefix)\n        if shard.find(keys.locator) is not None:\n"
        "            self._gather(prefix)\n        self._looked",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 all is asked for though the shard does not come",
        VIEW,
        "        self._gather(prefix)\n        return self._shard(prefix)\n",
        "        shard = self._shard(prefix)\n        self._gather(prefix)\n        return shard\n",
        "verifier/test_crowds.py",
    ),
    Break(
        "7 a check looks again for whichever file was amiss, needed or not",
        VIEW,
        'if not path.startswith("catalogue/")]',
        'if not path.startswith(("catalogue/", "status/"))]',
        "verifier/test_crowds.py",
    ),
    Break(
        "7 a list that was read for one place answers for no other",
        VIEW,
        "(self.snapshot.status_digest(assignment.id), self.trust.digest, assignment.id)",
        "(self.snapshot.status_digest(assignment.id), self.trust.digest)",
        "verifier/test_reader.py",
    ),
    Break(
        "7 a list that was read under one trust list answers for no other",
        VIEW,
        "(self.snapshot.status_digest(assignment.id), self.trust.digest, assignment.id)",
        "(self.snapshot.status_digest(assignment.id), assignment.id)",
        "verifier/test_reader.py",
    ),
    Break(
        "7 a manifest that was read for one place answers for no other (nor do its shards)",
        VIEW,
        "self._shelf.manifests.get((named, length, number), ",
        "self._shelf.manifests.get(named, ",
        "verifier/test_reader.py",
        (Edit(VIEW, "            (digest, length, wanted),\n", "            digest,\n"),),
    ),
    Break(
        "7 a shard that was read for one place answers for no other",
        VIEW,
        "            (digest, length, wanted),\n",
        "            digest,\n",
        "verifier/test_reader.py",
    ),
)
