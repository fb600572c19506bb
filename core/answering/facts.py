"""Answers to questions, in a sentence or two. Every fact is the catalogue's; what it lacks is said."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from core.answering.text import escaped, joined, sentences_of, where_and_when
from core.domain import Question, QuestionKind, Title
from core.vocabulary.certifications import level
from core.vocabulary.names import folded
from core.vocabulary.places import country_name, language_name, the_country

__all__ = ["answer"]

_MOST_TITLES = 8
_MOST_STARS = 6
_MOST_SENTENCES = 2

_UNKNOWN_FACT = MappingProxyType(
    {
        QuestionKind.DIRECTOR: "who directed {}",
        QuestionKind.CREATOR: "who created {}",
        QuestionKind.CAST: "who is in {}",
        QuestionKind.RUNTIME: "how long {} is",
        QuestionKind.SEASONS: "how many seasons {} has",
        QuestionKind.YEAR: "when {} came out",
        QuestionKind.GENRE: "the genre of {}",
        QuestionKind.WHERE: "where {} streams",
        QuestionKind.RATING: "how {} is rated",
        QuestionKind.CERTIFICATION: "the age rating of {}",
        QuestionKind.LANGUAGE: "the language of {}",
        QuestionKind.COUNTRY: "where {} was made",
        QuestionKind.ABOUT: "what {} is about",
        QuestionKind.FILMOGRAPHY: "that about {}",
        QuestionKind.OTHER: "that about {}",
    }
)


def answer(question: Question, region: str | None = None) -> str:
    """The answer, as CommonMark.

    Args:
        question: What is asked.
        region: ISO code of the country whose services count, where the question names none.
    """
    if question.kind is QuestionKind.WHERE:
        question = replace(question, region=question.region or region)
    if question.kind is QuestionKind.FILMOGRAPHY:
        return _filmography(question)
    if not question.titles:
        return _nothing_to_answer_from(question)
    if question.yes_or_no:
        return _yes_or_no(question, question.titles[0])
    return " ".join(_told(question, title) for title in question.titles)


def _nothing_to_answer_from(question: Question) -> str:
    if question.unknown:
        return f"I don't know *{escaped(question.unknown)}*; it isn't in my catalogue under that name."
    return (
        "I can't tell which title you mean. Ask me with its name, for example: *who directed Heat?*, "
        "*how long is Oppenheimer?*"
    )


def _told(question: Question, title: Title) -> str:
    if question.kind is QuestionKind.OTHER:
        return f"That is more than my catalogue tells of {_name(title)}. {_in_short(title)}"
    told = _teller(question)(title)
    return told or f"I don't know {_UNKNOWN_FACT[question.kind].format(_name(title))}."


def _name(title: Title) -> str:
    return f"**{escaped(title.label)}**"


def _director(title: Title) -> str:
    if title.directors:
        return f"{_name(title)} was directed by {_people(title.directors)}."
    return f"{_name(title)} was created by {_people(title.creators)}." if title.creators else ""


def _creator(title: Title) -> str:
    if title.creators:
        return f"{_name(title)} was created by {_people(title.creators)}."
    return _director(title)


def _cast(title: Title) -> str:
    return f"{_name(title)} has {_people(title.stars[:_MOST_STARS])} in it." if title.stars else ""


def _runtime(title: Title) -> str:
    if title.runtime_minutes is None:
        return ""
    hours, minutes = divmod(title.runtime_minutes, 60)
    length = f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
    episodes = " an episode" if title.seasons else ""
    return f"{_name(title)} runs {length}{episodes}."


def _seasons(title: Title) -> str:
    if title.seasons is None:
        return ""
    return f"{_name(title)} has {title.seasons} season{'' if title.seasons == 1 else 's'}, as far as I know."


def _year(title: Title) -> str:
    return f"{_name(title)} is from {title.year}." if title.year else ""


def _genre(title: Title) -> str:
    genres = [genre.lower() for genre in title.genres]
    return f"{_name(title)} is filed under {joined(genres, 'and')}." if genres else ""


def _where(title: Title, region: str | None = None) -> str:
    """Where it streamed: in one country, else everywhere that is known, which is then said."""
    seen = title.seen_from(region)
    if not seen.availability:
        return ""
    told: list[str] = []
    for code in dict.fromkeys(item.region for item in seen.availability):
        listed = [item for item in seen.availability if item.region == code]
        services = list(dict.fromkeys(item.service for item in listed))
        told.append(joined(services, "and") + where_and_when(code, max(item.as_of for item in listed)))
    on = f"on {'; on '.join(told)}"
    if region and all(item.region and item.region != region for item in seen.availability):
        there = the_country(region)
        return f"I don't know where {_name(title)} streams in {there}; elsewhere it was {on}."
    return f"{_name(title)} was {on}."


def _teller(question: Question) -> Callable[[Title], str]:
    if question.kind is QuestionKind.WHERE:
        return partial(_where, region=question.region)
    return _TELLERS[question.kind]


def _rating(title: Title) -> str:
    if title.rating is None:
        return ""
    votes = f" from {title.rating.votes:,} votes" if title.rating.votes else ""
    return f"{_name(title)} has {title.rating.average:.1f} out of 10{votes} on {title.rating.source}."


def _certification(title: Title) -> str:
    return f"{_name(title)} is rated {title.certification} in the US." if title.certification else ""


def _language(title: Title) -> str:
    return f"{_name(title)} is in {language_name(title.language)}." if title.language else ""


def _country(title: Title) -> str:
    countries = [country_name(code) for code in title.countries]
    return f"{_name(title)} comes from {joined(countries, 'and')}." if countries else ""


def _about(title: Title) -> str:
    return _in_short(title) if title.overview else ""


_TELLERS: MappingProxyType[QuestionKind, Callable[[Title], str]] = MappingProxyType(
    {
        QuestionKind.DIRECTOR: _director,
        QuestionKind.CREATOR: _creator,
        QuestionKind.CAST: _cast,
        QuestionKind.RUNTIME: _runtime,
        QuestionKind.SEASONS: _seasons,
        QuestionKind.YEAR: _year,
        QuestionKind.GENRE: _genre,
        QuestionKind.WHERE: _where,
        QuestionKind.RATING: _rating,
        QuestionKind.CERTIFICATION: _certification,
        QuestionKind.LANGUAGE: _language,
        QuestionKind.COUNTRY: _country,
        QuestionKind.ABOUT: _about,
    }
)


def _in_short(title: Title) -> str:
    """The first sentences of our own overview, which give no ending away; else the plain facts."""
    if title.overview:
        told = " ".join(sentences_of(title.overview)[:_MOST_SENTENCES])
        return f"{_name(title)}: {escaped(told)}"
    return " ".join(part for part in (_genre(title), _director(title), _cast(title)) if part)


def _yes_or_no(question: Question, title: Title) -> str:
    verdict = _verdict(question, title)
    told = _told(question, title)
    if verdict is None:
        return told
    return f"{'Yes' if verdict else 'No'}: {told}" if _known(question, title) else told


def _known(question: Question, title: Title) -> bool:
    return bool(_teller(question)(title)) if question.kind in _TELLERS else False


def _verdict(question: Question, title: Title) -> bool | None:
    """Whether it is as the question supposes; None where the catalogue cannot tell.

    A cast lists the leading actors, a list of services is years old: who is not there may still be in it.
    """
    expected = question.expected
    if expected is None:
        return None
    match question.kind:
        case QuestionKind.DIRECTOR | QuestionKind.CREATOR | QuestionKind.CAST:
            listed = (
                title.stars if question.kind is QuestionKind.CAST else (*title.directors, *title.creators)
            )
            held = {folded(name) for name in listed}
            found = all(folded(name) in held for name in question.people)
            return True if found else (None if question.kind is QuestionKind.CAST else False)
        case QuestionKind.WHERE:
            held = {
                item.service
                for item in title.availability
                if question.region is None or item.region == question.region
            }
            return True if held & set(expected.providers) else None
        case QuestionKind.LANGUAGE:
            return title.language in expected.languages if title.language else None
        case QuestionKind.COUNTRY:
            return bool(set(title.countries) & set(expected.countries)) if title.countries else None
        case QuestionKind.GENRE:
            return set(expected.genres) <= set(title.genres) if title.genres else None
        case QuestionKind.RUNTIME:
            return _within(title.runtime_minutes, expected.min_runtime, expected.max_runtime)
        case QuestionKind.YEAR:
            return _within(title.year, expected.year_from, expected.year_to)
        case QuestionKind.CERTIFICATION:
            if title.certification is None or expected.max_certification is None:
                return None
            return level(title.certification) <= level(expected.max_certification)
        case _:
            return None


def _within(value: int | None, low: int | None, high: int | None) -> bool | None:
    if value is None:
        return None
    return (low is None or value >= low) and (high is None or value <= high)


def _filmography(question: Question) -> str:
    if not question.people:
        return _nothing_to_answer_from(question)
    who = escaped(joined(question.people, "and"))
    if not question.titles:
        return f"I know of nothing with {who}."
    listed = joined([_name(title) for title in question.titles[:_MOST_TITLES]], "and")
    return f"With {who} I know {listed}."


def _people(names: Sequence[str]) -> str:
    return escaped(joined(list(names), "and"))
