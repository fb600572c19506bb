"""What a card says of a title, in plain text: only what the catalogue knows."""

from core.answering.text import where_and_when
from core.domain import MediaType, Title

__all__ = ["facts_line", "where_line"]


def facts_line(title: Title) -> str:
    """Rating with votes, length and genres; only what is known."""
    parts: list[str] = []
    if title.rating:
        votes = f" ({_short(title.rating.votes)} {title.rating.source} votes)" if title.rating.votes else ""
        parts.append(f"★ {title.rating.average:.1f}{votes}")
    if title.media_type is MediaType.TV and title.seasons:
        parts.append(f"{title.seasons} season{'s' if title.seasons > 1 else ''}")
    elif title.runtime_minutes:
        hours, minutes = divmod(title.runtime_minutes, 60)
        parts.append(f"{hours} h {minutes:02}" if hours else f"{minutes} min")
    parts.append(", ".join(title.genres[:3]))
    return " · ".join(part for part in parts if part)


def where_line(title: Title) -> str:
    """Where it streamed, by country and date: `Netflix, Hulu (US, as of 2022)`."""
    by_source: dict[tuple[str, str], list[str]] = {}
    for item in title.availability:
        by_source.setdefault((item.region, item.as_of), []).append(item.service)
    return "; ".join(
        ", ".join(services) + where_and_when(region, as_of) for (region, as_of), services in by_source.items()
    )


def _short(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1e6:.1f}M"
    return f"{count // 1000}k" if count >= 1000 else str(count)
