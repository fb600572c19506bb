"""Cards as embeds, within Discord's limits by construction.

Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from collections.abc import Sequence
from types import MappingProxyType

import discord

from adapters.cards import facts_line, where_line
from adapters.pager import Limit, pages
from core.domain import PickedTitle, Title

__all__ = ["EMBEDS", "TOTAL", "card", "embeds", "in_text"]

EMBEDS = 10
"""The most embeds of one message."""
TOTAL = 6_000
"""The most characters of all its embeds together."""
_NAME, _DESCRIPTION, _FOOTER = 256, 4_096, 2_048
_ELLIPSIS = "…"

# The colour of a card is that of its title's first genre that has one.
_COLOURS = MappingProxyType(
    {
        "Action": 0xD9480F,
        "Adventure": 0xE67700,
        "Animation": 0xF06595,
        "Comedy": 0xF2B705,
        "Crime": 0x495057,
        "Documentary": 0x0B7285,
        "Drama": 0x5F3DC4,
        "Family": 0x66A80F,
        "Fantasy": 0x9C36B5,
        "History": 0x8D6E63,
        "Horror": 0x7F0000,
        "Music": 0xC2255C,
        "Mystery": 0x364FC7,
        "Romance": 0xE64980,
        "Science Fiction": 0x1098AD,
        "Thriller": 0x2B2D42,
        "War": 0x5C6B3C,
        "Western": 0xA0522D,
    }
)
_NO_COLOUR = 0x6C757D


def embeds(picks: Sequence[PickedTitle]) -> list[discord.Embed]:
    """A card for each pick, at most ten, with at most 6,000 characters in all: each has an equal share."""
    shown = picks[:EMBEDS]
    return [card(pick.ranked.title, pick.reason, TOTAL // len(shown)) for pick in shown]


def in_text(picks: Sequence[PickedTitle]) -> str:
    """The facts of the cards, where embeds are not permitted; a line a pick."""
    lines = []
    for title in (pick.ranked.title for pick in picks):
        where = where_line(title)
        parts = [f"**{discord.utils.escape_markdown(title.label)}**", facts_line(title)]
        parts += [f"On {where}" if where else "", f"<{title.url}>" if title.url else ""]
        lines.append(" · ".join(part for part in parts if part))
    return "\n".join(lines)


def card(title: Title, text: str, share: int = TOTAL) -> discord.Embed:
    """A title's card.

    Args:
        title: Whose.
        text: What is said of it, CommonMark.
        share: How many characters it may have.
    """
    name = _cut(discord.utils.escape_markdown(title.label), _NAME)
    where = where_line(title)
    footer = _cut(f"On {where}" if where else "", min(_FOOTER, share // 3))
    facts = _cut(facts_line(title), share // 4)
    if title.trailer_url:
        facts = f"{facts} · [Trailer]({title.trailer_url})".removeprefix(" · ")
    room = min(_DESCRIPTION, share - len(name) - len(footer)) - len(facts) - 2
    made: dict[str, object] = {
        "type": "rich",
        "title": name,
        "description": f"{_cut(text, room)}\n\n{facts}".strip(),
        "color": next((_COLOURS[genre] for genre in title.genres if genre in _COLOURS), _NO_COLOUR),
    }
    if title.url:
        made["url"] = title.url
    if title.poster_url:  # discord.py's own setter passes no alt text on
        made["thumbnail"] = {"url": title.poster_url, "description": f"Poster of {title.label}"}
    if footer:
        made["footer"] = {"text": footer}
    return discord.Embed.from_dict(made)


def _cut(text: str, room: int) -> str:
    """The text, or as much of it as fits, cut at a good place, with an ellipsis."""
    if len(text) <= room:
        return text
    return pages(text, Limit(max(room - len(_ELLIPSIS), 1)))[0].text.rstrip() + _ELLIPSIS
