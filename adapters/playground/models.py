"""Who may write the answers of a page: emulated models, well and unwell, beside those that are configured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from adapters.emulators.llm import Fault, Script
from adapters.emulators.llm.script import argue
from core.answering.failover import FailoverModel
from core.ports import ChatModel

__all__ = ["COMPOSER", "CONFIGURED", "SCRIPTS", "Scripted", "Writers"]

COMPOSER, CONFIGURED = "composer", "configured"


@dataclass(frozen=True, slots=True)
class Scripted:
    """An emulated model."""

    label: str
    script: Script


SCRIPTS: Mapping[str, Scripted] = MappingProxyType(
    {
        "steady": Scripted("An emulated model", Script(argue, delta_seconds=0.02)),
        "slow": Scripted(
            "An emulated model, slow", Script(argue, first_token_seconds=4.0, delta_seconds=0.06)
        ),
        "cut": Scripted(
            "An emulated model that is cut off", Script(argue, Fault.CUT, after=30, delta_seconds=0.02)
        ),
        "busy": Scripted("An emulated model that answers 429", Script(argue, Fault.RATE_LIMIT)),
    }
)
"""By name, in the order in which they are offered."""


class Writers:
    """Makes, for each page, the models that it may choose from: a fault that one page asks for must not make
    a model rest for the others.

    Args:
        configured: Those of the settings, in the order asked; there may be none.
        emulated: Makes those of `SCRIPTS`, by name, when one is first chosen: loading a vendor's client takes
            a third of a second.
        first_token_seconds: How long each may be silent at first.
        total_seconds: How long an answer may take.
    """

    def __init__(
        self,
        configured: Sequence[ChatModel],
        emulated: Callable[[str], Sequence[ChatModel]],
        first_token_seconds: float = 8.0,
        total_seconds: float = 40.0,
    ) -> None:
        self._configured = configured
        self._emulated = cache(emulated)
        self._seconds = first_token_seconds, total_seconds

    def choices(self) -> list[dict[str, str]]:
        """What a page offers: names, and what they are called."""
        offered = {COMPOSER: "No model: the composer"}
        if self._configured:
            offered[CONFIGURED] = ", ".join(model.name for model in self._configured)
        offered |= {name: scripted.label for name, scripted in SCRIPTS.items()}
        return [{"name": name, "label": label} for name, label in offered.items()]

    @property
    def first_choice(self) -> str:
        """The name of who writes where a page chose nobody."""
        return CONFIGURED if self._configured else COMPOSER

    def model(self, name: str) -> FailoverModel | None:
        """A fresh model, which knows of no failures; None for the composer."""
        if name == COMPOSER:
            return None
        models = self._configured if name == CONFIGURED else self._emulated(name)
        return FailoverModel(models, *self._seconds)
