"""Publications that are not in order, each with the verdict on a good certificate that is seen through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from credential import publication, statuslist
from credential.statuslist import StatusArray
from tests.support.case import Files
from tests.support.keys import Key
from tests.support.world import NOW, ORIGIN, World


def _without(prefix: str) -> Callable[[World], Files]:
    """A publication that lacks every file whose path begins so."""
    return lambda world: {path: data for path, data in world.publish().items() if not path.startswith(prefix)}


def _with_other_bytes(prefix: str) -> Callable[[World], Files]:
    """A publication in which the files whose paths begin so have a byte more."""
    return lambda world: {
        path: data + b"\n" if path.startswith(prefix) else data for path, data in world.publish().items()
    }


def _later(days: int) -> Callable[[World], tuple[Files, dict[str, Any]]]:
    return lambda world: (world.publish(), {"now": NOW + timedelta(days=days)})


def _trust_expired(world: World) -> Files:
    world.change_trust(exp=NOW)
    return world.publish()


def _wrong_publisher(world: World) -> Files:
    return world.publish(signer=world.status_key)


def _stranger_publisher(world: World) -> Files:
    return world.publish(signer=Key("stranger"))


def _compromised_publisher(world: World) -> Files:
    world.change_key(world.publisher, state="compromised", compromised_since=NOW)
    return world.publish()


def _long_lived(world: World) -> Files:
    return world.publish(exp=NOW + timedelta(days=8))


def _from_the_future(world: World) -> Files:
    return world.publish(iat=NOW + timedelta(seconds=301), exp=NOW + timedelta(days=1))


def _nearly_from_the_future(world: World) -> Files:
    return world.publish(iat=NOW + timedelta(seconds=300), exp=NOW + timedelta(days=1))


def _long_prefix(world: World) -> Files:
    world.prefix_length = 1
    return world.publish()


def _other_deployment(world: World) -> Files:
    return world.publish(deployment="other")


def _trust_by_stranger(world: World) -> Files:
    world.root_signers = [Key("stranger")]
    return world.publish()


def _trust_digest(world: World) -> Files:
    return world.publish(trust_digest=bytes(32))


def _rolled_back(world: World) -> tuple[Files, dict[str, Any]]:
    old = world.publish()
    return old, {"before": world.publish()}


def _forked(world: World) -> tuple[Files, dict[str, Any]]:
    first = world.publish()
    world.seq -= 1
    return world.publish(audit_length=77), {"before": first}


def _trust_rolled_back(world: World) -> tuple[Files, dict[str, Any]]:
    old = world.publish()
    world.change_trust()
    newer = world.publish()
    world.change_trust(version=1)
    world.files = dict(old)
    return world.publish(), {"before": newer}


def _rotated_root(world: World) -> Files:
    world.add_root([Key("root 2")])
    return world.publish()


def _root_without_old_keys(world: World) -> Files:
    world.add_root([Key("root 2")], signers=[Key("root 2")])
    return world.publish()


def _root_without_own_keys(world: World) -> Files:
    world.add_root([Key("root 2")], signers=[Key("root")])
    return world.publish()


def _root_two_of_three(world: World) -> Files:
    world.add_root([Key("root 2"), Key("root 3"), Key("root 4")], threshold=2)
    world.root_signers = [Key("root 2"), Key("root 4")]
    return world.publish()


def _root_one_of_two(world: World) -> Files:
    world.add_root([Key("root 2"), Key("root 3")], threshold=2)
    world.root_signers = [Key("root 2")]
    return world.publish()


def _compromised_status_key(world: World) -> Files:
    world.change_key(world.status_key, state="compromised", compromised_since=NOW)
    other = Key("new status")
    world.add_key(other, "status")
    for certificate in world.certificates:
        certificate.history_signer = other
    return world.publish()


def _status(**changes: Any) -> Callable[[World], Files]:
    """A publication whose status list was signed otherwise."""

    def make(world: World) -> Files:
        world.publish()
        values: dict[str, Any] = {
            "signer": world.status_key,
            "uri": world.trust.status[0].cwt,
            "issued_at": NOW,
            "expires_at": NOW + timedelta(hours=24),
            "ttl": timedelta(hours=1),
        }
        cwt = statuslist.sign_cwt(StatusArray.zeros(), **(values | changes))
        digests = world.put_status_list(0, cwt, b"")
        return world.publish(status=(replace(digests, jwt=digests.jwt),))

    return make


PUBLICATIONS: tuple[tuple[str, str, Callable[[World], Files | tuple[Files, dict[str, Any]]]], ...] = (
    ("no snapshot", "indeterminate/publication_unreachable", _without(publication.SNAPSHOT)),
    ("no trust list", "indeterminate/publication_unreachable", _without("trust/list")),
    ("a day later", "indeterminate/publication_expired", _later(1)),
    ("a year later", "indeterminate/trust_expired", _later(365)),
    ("the trust list ends this second", "indeterminate/trust_expired", _trust_expired),
    ("a snapshot signed by the status key", "indeterminate/publication_untrusted", _wrong_publisher),
    ("a snapshot signed by a stranger", "indeterminate/publication_untrusted", _stranger_publisher),
    ("a snapshot signed by a stolen key", "indeterminate/publication_untrusted", _compromised_publisher),
    ("a snapshot that lives too long", "indeterminate/publication_untrusted", _long_lived),
    ("a snapshot from the future", "indeterminate/publication_untrusted", _from_the_future),
    ("a snapshot within the difference of clocks", "valid/in_force", _nearly_from_the_future),
    ("shards too small to hide in", "indeterminate/publication_untrusted", _long_prefix),
    ("a snapshot of another deployment", "indeterminate/publication_untrusted", _other_deployment),
    ("a trust list signed by a stranger", "indeterminate/publication_untrusted", _trust_by_stranger),
    ("a trust list with another digest", "indeterminate/publication_untrusted", _trust_digest),
    ("a snapshot with other bytes", "indeterminate/publication_untrusted", _with_other_bytes(publication.SNAPSHOT)),
    ("an older snapshot than the one seen", "indeterminate/rollback", _rolled_back),
    ("another snapshot of the same number", "indeterminate/rollback", _forked),
    ("an older trust list than the one seen", "indeterminate/rollback", _trust_rolled_back),
    ("a root handed over", "valid/in_force", _rotated_root),
    ("a root that the old one did not sign", "indeterminate/publication_untrusted", _root_without_old_keys),
    ("a root that did not sign itself", "indeterminate/publication_untrusted", _root_without_own_keys),
    ("two of three root keys", "valid/in_force", _root_two_of_three),
    ("one of two root keys", "indeterminate/publication_untrusted", _root_one_of_two),
    ("no shards", "indeterminate/history_unreachable", _without("shards/")),
    ("shards with other bytes", "indeterminate/history_untrusted", _with_other_bytes("shards/")),
    ("no filings", "indeterminate/filings_unreachable", _without("trust/filings")),
    ("filings with other bytes", "indeterminate/filings_unreachable", _with_other_bytes("trust/filings")),
    ("no catalogue", "valid/in_force", _without("catalogue")),
    ("no status list", "indeterminate/status_unreachable", _without("status/at")),
    ("a status list with other bytes", "indeterminate/status_untrusted", _with_other_bytes("status/at")),
    (
        "a status list that has expired",
        "indeterminate/status_expired",
        _status(issued_at=NOW - timedelta(hours=2), expires_at=NOW),
    ),
    (
        "a status list that lives too long",
        "indeterminate/status_untrusted",
        _status(expires_at=NOW + timedelta(days=8)),
    ),
    (
        "a status list from the future",
        "indeterminate/status_untrusted",
        _status(issued_at=NOW + timedelta(seconds=301)),
    ),
    ("a status list signed by a stranger", "indeterminate/status_untrusted", _status(signer=Key("stranger"))),
    ("a status list signed by a stolen key", "indeterminate/status_untrusted", _compromised_status_key),
    ("a status list of another address", "indeterminate/status_untrusted", _status(uri=ORIGIN + "/p/status/1.cwt")),
)
