"""What stands behind buttons, where the store takes its time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.buttons import keep_state, kept_state
from core.errors import StoreFault
from core.memory.records import Owner, Subject
from tests import virtual_time

ANN = Owner(Subject.USER, "discord", "1")


@dataclass
class Slow:
    """Answers after some seconds. Implements `InteractionStore`."""

    seconds: float
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def keep_state(self, owner: Owner, state: Mapping[str, Any], lasting_seconds: float) -> str:
        await asyncio.sleep(self.seconds)
        self.kept["signed"] = state
        return "signed"

    async def state(self, signed_id: str) -> Mapping[str, Any]:
        await asyncio.sleep(self.seconds)
        return self.kept[signed_id]


def test_a_busy_store_is_waited_for_longer_at_the_end_of_an_answer_than_at_a_press() -> None:
    store = Slow(5)
    assert virtual_time.run(keep_state(store, ANN, {"picks": 3})) == "signed"
    with pytest.raises(StoreFault, match="takes too long"):
        virtual_time.run(kept_state(store, "signed"))


def test_a_store_that_hangs_holds_no_answer_up() -> None:
    store = Slow(60)
    with pytest.raises(StoreFault, match="takes too long"):
        virtual_time.run(keep_state(store, ANN, {"picks": 3}))
    assert not store.kept
