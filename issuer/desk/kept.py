"""What the unlock service opened for a session, kept sealed, so that later pages ask for changes only.

Rules: each page asks the unlock service whether what is kept still holds, so that what changed or was erased is gone at
once, and a ticket that does not hold any more gets nothing. What is kept is sealed under a key that the holder's data
key gives, and the data key stands nowhere but under the cookie's: a copy of this memory between two pages opens
nothing. It is bounded; what was used longest ago goes, and is asked for anew.

    kept = KeptViews()
    view = kept.view(unlock, live)
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from issuer.desk import sealing
from issuer.desk.sessions import Live
from issuer.desk.unlocking import Unlocking
from issuer.errors import NotAllowedError
from issuer.unlock import wire
from issuer.unlock.model import HolderView

MAX_KEPT: Final = 64 << 20
"""Bytes of sealed views in one process: some ten thousand sessions of people with few certificates."""
_TABLE: Final = "desk_views"
"""The name under which a view is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    mark: str
    sealed: bytes = field(repr=False)
    expires: datetime


class KeptViews:
    """The views of the sessions of one process, each sealed for its session. Pages may ask at the same time."""

    def __init__(self, *, most: int = MAX_KEPT) -> None:
        """Begin with none.

        Args:
            most: bytes of sealed views that are kept.
        """
        self._most = most
        self._size = 0
        self._views: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def view(self, unlock: Unlocking, live: Live) -> HolderView:
        """Return what the holder of a session may see now.

        Raises:
            NotAllowedError: ``ticket_refused``; nothing is kept of the session any more.
            MachineError: ``unlock_gone``.
        """
        with self._lock:
            kept = self._views.get(live.session)
        if kept is None:
            return self._keep(live, unlock.view(live.ticket))
        try:
            changed = unlock.view_since(live.ticket, kept.mark)
        except NotAllowedError:
            self.forget(live.session)
            raise
        return self._opened(live, kept) if changed is None else self._keep(live, changed)

    def forget(self, session: str) -> None:
        """Drop what is kept of a session; nothing where nothing is."""
        with self._lock:
            self._drop(session)

    def sweep(self, *, now: datetime) -> int:
        """Drop what is kept of sessions that are over. Returns how many there were."""
        with self._lock:
            over = [session for session, kept in self._views.items() if kept.expires <= now]
            for session in over:
                self._drop(session)
        return len(over)

    def _keep(self, live: Live, view: HolderView) -> HolderView:
        plain = wire.encode(wire.to_json(view))
        sealed = sealing.seal(sealing.view_key(live.data_key), plain, table=_TABLE, column="view", row=live.session)
        with self._lock:
            self._drop(live.session)
            self._views[live.session] = _Kept(mark=view.mark, sealed=sealed, expires=live.expires)
            self._size += len(sealed)
            while self._size > self._most:
                self._drop(next(iter(self._views)))
        return view

    def _opened(self, live: Live, kept: _Kept) -> HolderView:
        key = sealing.view_key(live.data_key)
        plain = sealing.unseal(key, kept.sealed, table=_TABLE, column="view", row=live.session)
        with self._lock:
            if live.session in self._views:
                self._views.move_to_end(live.session)
        return wire.from_json(HolderView, wire.decode(plain))

    def _drop(self, session: str) -> None:
        dropped = self._views.pop(session, None)
        self._size -= 0 if dropped is None else len(dropped.sealed)
