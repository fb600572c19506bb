"""The answer that needs no model: a few picks, each with a reason made of what matched the wish."""

import re
from collections.abc import Iterator, Sequence

from core.domain import MediaType, PickedTitle, RankedTitle, SearchFilters, Title, Understanding
from core.vocabulary.names import folded
from core.vocabulary.places import country_name, language_name
from core.vocabulary.stop_words import STOP_WORDS

__all__ = [
    "MAX_PICKS",
    "chosen",
    "compose",
    "corrections",
    "escaped",
    "filter_chips",
    "help_text",
    "joined",
    "nothing_found_text",
    "opening",
    "reason",
    "sentences_of",
    "smalltalk_text",
    "unclear_text",
]

MAX_PICKS = 5
MIN_PICKS = 3
# A pick must be at least this share as relevant as the best one, beyond the first few.
RELEVANCE_SHARE = 0.6

# The end of a sentence: not after an initial ("J. Robert") or a title ("Mr. Robot").
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!Mr\.)(?<!Mrs\.)(?<!Ms\.)(?<!Dr\.)(?<!St\.)(?<!Jr\.)(?<!Sr\.)(?<!No\.)"
    r"\s+(?=[A-Z0-9“\"'])"
)
# A sentence that begins with one of these means someone of the sentence before.
_PRONOUNS = frozenset({"He", "She", "They", "It", "His", "Her", "Their", "Its", "Both", "Neither"})
# A sentence with fewer words ("Paris, 1899.") says too little alone; the next one joins it.
_TELLING_WORDS = 8
_MIN_STEM = 4
# A wish longer than this is not said back.
_LONGEST_ECHO = 80
_WITH_ARTICLE = frozenset({"AE", "CZ", "DO", "GB", "NL", "PH"})

_RELAXED_WORDS = {
    "min_rating": "the rating",
    "min_runtime": "the minimum length",
    "max_runtime": "the maximum length",
    "providers": "the service",
    "countries": "the country",
    "year_from": "the earliest year",
    "year_to": "the latest year",
    "languages": "the language",
    "genres": "the genre",
    "media_type": "film or series",
    "people": "the names",
}


def chosen(ranked: Sequence[RankedTitle]) -> list[RankedTitle]:
    """The three to five titles to show: five where they hold up beside the best, never fewer than
    three where there are that many.
    """
    if not ranked:
        return []
    floor = ranked[0].score.relevance * RELEVANCE_SHARE
    good = [item for item in ranked[:MAX_PICKS] if item.score.relevance >= floor]
    return good if len(good) >= MIN_PICKS else list(ranked[:MIN_PICKS])


def compose(
    asked: str, understood: Understanding, picks: Sequence[RankedTitle], relaxed: Sequence[str]
) -> Iterator[str | PickedTitle]:
    """The answer, piece by piece: texts to stream, and after each title's text the pick itself."""
    yield corrections(understood) + opening(asked, understood, relaxed) + "\n"
    for number, item in enumerate(picks, start=1):
        said = reason(item.title, understood)
        yield f"\n{number}. **{escaped(item.title.label)}** — {said}\n"
        yield PickedTitle(item, said)


def opening(asked: str, understood: Understanding, relaxed: Sequence[str]) -> str:
    """One sentence that takes up the wish and says what was dropped of it.

    The wish is said back only where it stands in one piece in what was asked.
    """
    if relaxed:
        dropped = joined(list(dict.fromkeys(_RELAXED_WORDS[key] for key in relaxed)), "and")
        return f"Nothing in my catalogue meets all of that. Without {dropped}, these come closest:"
    liked = understood.filters.like_titles
    wish = understood.search_text
    if liked:
        return f"If you liked {escaped(joined(liked, 'and'))}, try these:"
    says_something = understood.search_terms or understood.filters.genres
    if not (wish and says_something) or len(wish) > _LONGEST_ECHO or wish not in asked:
        return "Here is what comes closest:"
    return f"Here is what fits *{escaped(wish)}*:"


def corrections(understood: Understanding) -> str:
    """Says whom a misspelt name was taken for; empty where every name was right."""
    if not understood.corrected:
        return ""
    wrong = joined([f"*{escaped(written)}*" for written, _ in understood.corrected], "or")
    meant = joined([escaped(name) for _, name in understood.corrected], "and")
    return f"I don't know anyone called {wrong}; did you mean {meant}?\n\n"


def unclear_text() -> str:
    """What to ask where a message may be no wish at all."""
    return (
        "I'm not sure what you're after. Tell me a mood, a theme or a title to start from, for example: "
        "*something funny and warm*, *like Arrival but lighter*."
    )


def reason(title: Title, understood: Understanding) -> str:
    """Why this title for this wish: what matched, then our own overview or the plain facts."""
    stems = _stems(understood.search_text)
    if title.moods and title.overview:
        matched = _touched(title.moods, stems)
        lead = f"{_capitalised(joined(matched, 'and'))}. " if matched else ""
        return escaped(lead + _telling_sentence(title.overview, stems))
    matched = _touched(title.keywords, stems)
    end = f" It is filed under {joined(matched, 'and')}." if matched else ""
    return escaped(_facts(title) + end)


def _touched(phrases: Sequence[str], stems: set[str]) -> list[str]:
    """The phrases that a word of the request touches, up to two."""
    return [phrase for phrase in phrases if stems & _stems(phrase)][:2]


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in folded(text).split() if word not in STOP_WORDS}


def _stem(word: str) -> str:
    """Crude on purpose: `comedies` and `comedy`, `ambiguity` and `ambiguous` share their beginning."""
    return word[: max(_MIN_STEM, len(word) - 3)]


def _telling_sentence(overview: str, stems: set[str]) -> str:
    """The sentence of an overview that speaks to the request, else the first."""
    sentences = sentences_of(overview)
    best = max(range(len(sentences)), key=lambda place: len(stems & _stems(sentences[place])))
    leans = best > 0 and sentences[best].split()[0] in _PRONOUNS
    return " ".join(sentences[best - 1 : best + 1]) if leans else sentences[best]


def sentences_of(overview: str) -> list[str]:
    """The sentences of an overview; a short one stands with the next, or with the one before."""
    whole: list[str] = []
    for sentence in _SENTENCE_END.split(overview):
        if whole and min(len(whole[-1].split()), len(sentence.split())) < _TELLING_WORDS:
            whole[-1] += f" {sentence}"
        else:
            whole.append(sentence)
    return whole


def _facts(title: Title) -> str:
    """One honest line for a title of which only facts are known."""
    kind = "series" if title.media_type is MediaType.TV else "film"
    genre = joined([name.lower() for name in title.genres[:2]], "and")
    tongue = language_name(title.language) if title.language and title.language != "en" else ""
    words = " ".join(part for part in (tongue, genre, kind) if part)
    parts = [f"{'An' if words[:1].lower() in 'aeio' else 'A'} {words}"]
    country = title.countries[0] if len(title.countries) == 1 else "US"  # of several, any may lead
    if not tongue and country != "US":
        parts.append(f"from {'the ' if country in _WITH_ARTICLE else ''}{country_name(country)}")
    makers = title.directors[:2] or title.creators[:2]
    if makers:
        parts.append(f"by {joined(makers, 'and')}")
    if title.stars:
        parts.append(f"with {joined(title.stars[:2], 'and')}")
    return " ".join(parts) + "."


def filter_chips(filters: SearchFilters) -> list[str]:
    """What was understood, one short phrase a wish."""
    chips: list[str] = []
    if filters.media_type:
        chips.append("series" if filters.media_type is MediaType.TV else "film")
    chips += [genre.lower() for genre in filters.genres]
    chips += [f"no {genre.lower()}" for genre in filters.exclude_genres]
    chips += _range_chip(filters.year_from, filters.year_to, "from {}", "until {}", "{} to {}")
    chips += _range_chip(
        filters.min_runtime, filters.max_runtime, "{} min or more", "{} min at most", "{} to {} min"
    )
    if filters.min_rating is not None:
        chips.append(f"★ {filters.min_rating:g} or more")
    for values, shown in (
        (filters.languages, language_name),
        (filters.countries, country_name),
        (filters.providers, str),
    ):
        if values:
            chips.append(joined([shown(value) for value in values], "or"))
    if filters.people:
        chips.append(f"with {joined(filters.people, 'and')}")
    if filters.exclude_people:
        chips.append(f"without {joined(filters.exclude_people, 'and')}")
    if filters.max_certification:
        chips.append(f"{filters.max_certification} at most")
    if filters.like_titles:
        chips.append(f"like {joined(filters.like_titles, 'and')}")
    if filters.exclude_titles:
        chips.append(f"not {joined(filters.exclude_titles, 'or')}")
    if filters.popularity:
        chips.append(filters.popularity.value.replace("_", " "))
    return [escaped(chip) for chip in chips]


def _range_chip(low: int | None, high: int | None, above: str, below: str, both: str) -> list[str]:
    if low is not None and high is not None:
        return [str(low) if low == high else both.format(low, high)]
    if low is not None:
        return [above.format(low)]
    return [] if high is None else [below.format(high)]


def nothing_found_text() -> str:
    """What to say when even the relaxed search found nothing."""
    return "I found nothing in my catalogue for that. Try fewer filters, or say it in other words."


def smalltalk_text(asked: str) -> str:
    """One friendly line and an example."""
    greeting = "You're welcome." if folded(asked).startswith(("thank", "thx", "cheers")) else "Hello!"
    example = "*dark comedies from the 90s on Netflix*"
    return f"{greeting} Tell me what you feel like watching, for example: {example}."


def help_text() -> str:
    """What it can do, in six lines."""
    return "\n".join(
        (
            "Tell me what you feel like watching, in your own words:",
            "- a mood or a theme: *something slow and rainy about guilt*",
            "- genres, years, length: *sci-fi series since 2015*, *thrillers under 2 hours*",
            "- where to watch: *romantic comedies on Netflix or Hulu*",
            "- a title to start from: *like Arrival but warmer*",
            "- what you do not want: *no horror*, *without musicals*",
        )
    )


_MARKUP = re.compile(r"([\\`*_\[\]<>|~#])")


def escaped(text: str) -> str:
    """Text from the catalogue or the asker, so that CommonMark shows it as it is."""
    return _MARKUP.sub(r"\\\1", text)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def joined(items: Sequence[str], word: str) -> str:
    """`a, b and c`."""
    return f" {word} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
