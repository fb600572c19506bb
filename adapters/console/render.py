"""Reply events → the terminal: a spinner with the stage, the stream, then a table of the picks."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import assert_never

from rich.box import SIMPLE
from rich.console import Console, RenderableType
from rich.status import Status
from rich.table import Table
from rich.text import Text

from adapters import copy
from adapters.cards import facts_line, where_line
from core.answering.chips import told_chips
from core.domain import Title
from core.events import (
    ReplyEvent,
    ReplyFailed,
    ReplyFinished,
    Stage,
    StageStarted,
    TextDelta,
    TitlePicked,
    TitlesFound,
)

# Below this width a table of four columns breaks its words.
NARROW_COLUMNS = 72

__all__ = ["Shown", "show"]


class Shown:
    """What a turn put on the screen, for the caller to remember or to exit by."""

    def __init__(self) -> None:
        self.found: TitlesFound | None = None
        self.finished: ReplyFinished | None = None
        self.failed: ReplyFailed | None = None


async def show(
    events: AsyncGenerator[ReplyEvent, None], out: Console, err: Console, *, fell_back_before: bool = False
) -> Shown:
    """Print a turn as it happens. Failures go to `err`; what was printed before them stays.

    `fell_back_before` says whether the conversation knows already that no model writes.
    """
    shown = Shown()
    status: Status | None = None
    if out.is_terminal:
        status = out.status(copy.stage_line(Stage.UNDERSTANDING))
        status.start()
    try:
        async with aclosing(events) as stream:
            async for event in stream:
                if status is not None and not isinstance(event, (StageStarted, TitlesFound)):
                    status.stop()
                    status = None
                match event:
                    case StageStarted(stage):
                        if status is not None:
                            status.update(copy.stage_line(stage))
                    case TitlesFound():
                        shown.found = event
                        chips = _chips(event)
                        if chips.plain:
                            out.print(chips, soft_wrap=True)
                    case TextDelta(text):
                        out.print(Text(text), end="", soft_wrap=True)
                    case TitlePicked():
                        pass
                    case ReplyFinished():
                        shown.finished = event
                        out.print()
                        notice = copy.notice(event, fell_back_before=fell_back_before)
                        if notice:
                            out.print(Text(f"\n{notice}", style="dim"), soft_wrap=True)
                        if event.picks:
                            titles = [pick.ranked.title for pick in event.picks]
                            out.print(_cards(titles, out))
                    case ReplyFailed():
                        shown.failed = event
                        if event.partial_text:
                            out.print()
                        err.print(Text(copy.failure(event)), soft_wrap=True)
                    case _:
                        assert_never(event)
    finally:
        if status is not None:
            status.stop()
    return shown


def _chips(found: TitlesFound) -> Text:
    """What was understood; a wish that had to be dropped is struck through."""
    kept, dropped = told_chips(found.understood.filters, found.relaxed)
    parts = [Text(f"[{chip}]", style="cyan") for chip in kept]
    parts += [Text(f"[~~{chip}~~ nothing left]", style="dim") for chip in dropped]
    return Text(" ").join(parts)


def _cards(titles: Sequence[Title], out: Console) -> RenderableType:
    """A table, or on a narrow terminal a few lines a title."""
    if out.width >= NARROW_COLUMNS:
        return _table(titles, linked=out.is_terminal)
    lines = [Text("\n").join(_stacked(title)) for title in titles]
    return Text("\n\n").join([Text(""), *lines])


def _stacked(title: Title) -> list[Text]:
    cells = [
        Text(title.label, style=_link("bold", title.url)),
        Text(facts_line(title)),
        Text(where_line(title)),
        _poster(title.poster_url, linked=True),
    ]
    return [cell for cell in cells if cell.plain]


def _table(titles: Sequence[Title], *, linked: bool) -> Table:
    """A row a title; a column that no title has anything for is left out.

    A terminal shows links as such; elsewhere the poster's address stands in full.
    """
    columns = {
        "title": [Text(title.label, style=_link("bold", title.url)) for title in titles],
        "facts": [Text(facts_line(title)) for title in titles],
        "where to watch": [Text(where_line(title)) for title in titles],
        "poster": [_poster(title.poster_url, linked=linked) for title in titles],
    }
    filled = {header: cells for header, cells in columns.items() if any(cell.plain for cell in cells)}
    table = Table(box=SIMPLE, pad_edge=False)
    for header in filled:
        table.add_column(header, overflow="fold")
    for cells in zip(*filled.values(), strict=True):
        table.add_row(*cells)
    return table


def _poster(url: str | None, *, linked: bool) -> Text:
    if url is None:
        return Text("")
    return Text("picture", style=_link("", url)) if linked else Text(url)


def _link(style: str, url: str | None) -> str:
    return f"{style} link {url}".strip() if url else style
