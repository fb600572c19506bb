"""What a message of an answer is made of, and whom it must not call.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from adapters.pager import Limit, utf16_length
from adapters.slack.blocks import Block, answer
from adapters.slack.calls import Line, SlackRefused, SlackTold
from adapters.slack.mrkdwn import fitted
from core.domain import PickedTitle

__all__ = ["BESIDE_BLOCKS", "CALM", "TEXT", "Dressing", "dressed", "shown", "spoken"]

_ENTITIES = {"&": 4, "<": 3, ">": 3}


def _in_markup(text: str) -> int:
    """A text's length with Slack's entities in it."""
    return utf16_length(text) + sum(text.count(char) * more for char, more in _ENTITIES.items())


TEXT = Limit(4_000, _in_markup)
"""Of one message. Blocks take more, but the cards and the buttons need room too."""
CALM: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none"}
"""Nobody is called, and no link is unfolded."""
BESIDE_BLOCKS = 3_900
"""What `text` holds beside blocks, for notifications; `chat.update` takes 4,000 of it."""
_MARKDOWN = 12_000
# What could call a person, a channel or everyone; in CommonMark nothing else begins so.
_CALL = re.compile(r"<(?=[!@#])")
_BLOCKS_REFUSED = frozenset(
    "invalid_blocks invalid_blocks_format msg_blocks_too_long invalid_arguments".split()
)


@dataclass(frozen=True, slots=True)
class Dressing:
    """What is put under the last message of an answer."""

    picks: tuple[PickedTitle, ...] = ()
    state_id: str | None = None
    rest_id: str | None = None
    private: bool = False
    cut: bool = False

    def blocks(self, text: str, *, in_carousel: bool) -> list[Block]:
        """With the text in front of it; see `answer`."""
        return answer(
            text,
            self.picks,
            self.state_id,
            self.rest_id,
            private=self.private,
            cut=self.cut,
            in_carousel=in_carousel,
        )


_BARE = Dressing()


def spoken(text: str) -> str:
    """CommonMark that calls nobody, as streams take it."""
    return _CALL.sub("<\u200b", text)


def shown(
    text: str, dressing: Dressing | None = None, *, in_carousel: bool = True, below: Block | None = None
) -> dict[str, Any]:
    """A message's arguments: a text, CommonMark, and what stands under it."""
    try:
        blocks = (dressing or _BARE).blocks(text, in_carousel=in_carousel)
    except ValueError:  # markup has made it longer than blocks may be; so it is taken as it stands
        return {"markdown_text": spoken(text)[:_MARKDOWN]}
    return {"text": fitted(text, BESIDE_BLOCKS), "blocks": [*blocks, *([below] if below else [])]}


async def dressed(
    line: Line, dressing: Dressing | None, call: Callable[[bool], Awaitable[SlackTold | None]]
) -> SlackTold | None:
    """Make a call with the cards in a carousel, else, where the workspace takes none, as sections."""
    if not line.takes_carousels or dressing is None or not dressing.picks:
        return await call(False)
    try:
        return await call(True)
    except SlackRefused as error:
        if error.error not in _BLOCKS_REFUSED:
            raise
    answered = await call(False)
    line.takes_carousels = False
    return answered
