"""Rules across rooms that the model test finds out within one play: verdicts that nobody decided, acts done in part."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

PLAY: Final = "model/test_model.py::test_every_verdict_is_what_was_decided"
RESTORED: Final = "services/test_replacements.py::test_a_restored_title_frees_of_what_the_withdrawal_took_along"
PLAN: Final = "issuer/status/plan.py"
APPLY: Final = "issuer/status/apply.py"
HISTORY: Final = "credential/history.py"
BARRING: Final = "issuer/integrity/barring.py"

BREAKS: Final = (
    Break(
        "status: who plays finds that a withdrawn successor leaves its predecessors",
        PLAN,
        "    if asked.order.act is Act.WITHDRAW:\n",
        "    if False:\n",
        PLAY,
    ),
    Break(
        "status: who plays finds that an order over what moved on is done",
        APPLY,
        "    if plan.seen != tuple(seen):\n",
        "    if False:\n",
        PLAY,
    ),
    Break(
        "status: who plays finds that an act takes effect on another day",
        APPLY,
        "        effective=order.effective,\n",
        "        effective=day_of(now),\n",
        PLAY,
    ),
    Break(
        "status: who plays finds that an order is approved after its time",
        "issuer/seconding.py",
        "return self.state is OrderState.WAITING and now >= self.until",
        "return False",
        PLAY,
    ),
    Break(
        "status: who plays finds that a withdrawal is done by one operator",
        "credential/statements.py",
        "return statement.act in SECONDED or ",
        "return ",
        PLAY,
    ),
    Break(
        "status: who plays finds that a reader takes events before their day",
        HISTORY,
        "return self._with([event for event in self.events if event.effective <= day])",
        "return self._with(self.events)",
        PLAY,
    ),
    Break(
        "status: who plays finds that what was set aside names no successor",
        HISTORY,
        "        return str(aside[-1]) if aside else None\n",
        "        return None\n",
        PLAY,
    ),
    Break(
        "status: the record of a predecessor ends with the withdrawal that took it along",
        BARRING,
        "    return found | {older for older, successor in newer.items() if successor in ended}\n",
        "    return found\n",
        RESTORED,
    ),
    Break(
        "status: a title is restored though the same withdrawal took its predecessors along",
        "issuer/batches/asking.py",
        "    gone = {restored, *barring.taken_along(session, restored)}\n",
        "    gone = {restored}\n",
        RESTORED,
    ),
)
