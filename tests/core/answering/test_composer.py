"""The answer without a model."""

from dataclasses import replace
from string import Formatter
from typing import Any

import pytest

from core.answering.answer import Brief
from core.answering.chips import RELAXED_WORDS, filter_chips, told_chips, unmet
from core.answering.composer import Composer, _gaps, chosen
from core.answering.frames import FACTS, MOODS, REASONS
from core.answering.matches import matches_of
from core.answering.text import escaped, sentences_of
from core.catalog.appeals import Appeal
from core.domain import (
    Author,
    Conversation,
    Intent,
    MediaType,
    Popularity,
    RankedTitle,
    Rating,
    Request,
    ScoreBreakdown,
    SearchFilters,
    Title,
    Understanding,
)
from core.retrieval import RELAXATION_ORDER
from tests.scripted import films

APPEAL = Appeal(
    "weather with a grudge",
    "the things that brothers leave unsaid",
    "two keepers on a wet rock",
    ("The storms sound like a third man at the table.", "Silence does the arguing, and wins."),
)
TITLE = Title(
    "x",
    MediaType.MOVIE,
    "X",
    overview="Two brothers run a lighthouse on a rock in the northern sea. "
    "The storms outside are nothing beside the silence at their table.",
    moods=("slow-burn", "brooding"),
)


def brief(text: str, liked: tuple[Title, ...] = (), **filters: Any) -> Brief:
    understood = Understanding(Intent.RECOMMEND, SearchFilters(**filters), text, text)
    request = Request(text, Conversation("test", "here"), Author("someone"))
    return Brief(request, understood, (), liked=liked)


def film(**facts: Any) -> Title:
    return Title("x", MediaType.MOVIE, "X", **facts)


def ranked(title: Title, relevance: float) -> RankedTitle:
    return RankedTitle(title, ScoreBreakdown(relevance, 0, 0, 0, relevance))


@pytest.mark.parametrize(
    ("scores", "count"),
    [([], 0), ([1.0], 1), ([1.0, 0.1, 0.1, 0.1], 3), ([1.0] * 9, 5), ([1, 0.9, 0.8, 0.7], 4)],
)
def test_three_to_five_are_chosen_as_far_as_they_hold_up(scores: list[float], count: int) -> None:
    titles = [ranked(title, score) for title, score in zip(films(len(scores)), scores, strict=True)]
    assert chosen(titles) == titles[:count]


def test_sentences_end_neither_at_initials_nor_at_titles_and_short_ones_join() -> None:
    first = "Paris, 1899. Physicist J. Robert Oppenheimer meets Mr. Strauss in the rain."
    second = "Nobody who was there that night is ever the same."
    assert sentences_of(f"{first} {second}") == [first, second]


def test_a_reason_is_made_of_what_matched_and_of_our_own_phrases() -> None:
    said = Composer({"x": APPEAL}).reason(TITLE, brief("a slow film about storms"), set())
    assert "low-burn" in said
    assert any(text in said or text.capitalize() in said for text in APPEAL.texts)
    assert TITLE.overview not in said


def test_the_overview_is_never_repeated() -> None:
    composer = Composer({"x": APPEAL})
    for word in ("storms", "silence", "brothers", "lighthouse", "anything", "slow", "brooding"):
        said = composer.reason(TITLE, brief(f"something with {word}"), set())
        assert not any(sentence in said for sentence in sentences_of(TITLE.overview))


@pytest.mark.parametrize(
    ("filters", "facts", "named"),
    [
        ({"people": ("A B",)}, {"directors": ("A B",)}, "A B"),
        ({"people": ("C D",)}, {"stars": ("C D", "E F")}, "C D"),
        ({"max_runtime": 100}, {"runtime_minutes": 95}, "95"),
        ({"languages": ("ko",)}, {"language": "ko"}, "Korean"),
        ({"genres": ("Comedy",)}, {"genres": ("Comedy",)}, "omedies"),
        ({"year_from": 1990}, {"year": 1996}, "199"),
    ],
)
def test_what_was_asked_for_is_named(filters: Any, facts: Any, named: str) -> None:
    title = film(moods=("odd",), **facts)
    composer = Composer({"x": APPEAL})
    said = [composer.reason(title, brief(f"wish {turn}", **filters), set()) for turn in range(4)]
    assert sum(named in text for text in said) >= 3


def test_likeness_is_said_by_the_moods_or_the_maker_in_common() -> None:
    liked = Title("y", MediaType.MOVIE, "Other", moods=("odd", "sad"), directors=("A B",))
    pick = film(moods=("odd",), directors=("A B",))
    shared = film(moods=("odd",))
    wish = brief("like Other", liked=(liked,), like_titles=("Other",))
    assert "Other" in Composer({"x": APPEAL}).reason(pick, wish, set())
    assert "A B" in Composer({"x": APPEAL}).reason(pick, wish, set())
    said = Composer({"x": APPEAL}).reason(shared, wish, set())
    assert "dd" in said
    assert "Other" in said


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        (film(genres=("Action", "Crime"), directors=("A B",)), ("ction and crime film", "A B")),
        (
            Title("x", MediaType.TV, "X", genres=("Drama",), language="ko", stars=("C D", "E F", "G H")),
            ("Korean drama series", "C D and E F"),
        ),
        (film(genres=("Comedy",), countries=("GB",)), ("comedy film from the United Kingdom",)),
        (film(genres=("War",), countries=("DE", "US")), ("war film",)),
    ],
)
def test_a_title_of_facts_gets_an_honest_line(title: Title, parts: tuple[str, ...]) -> None:
    composer = Composer({})
    said = " ".join(composer.reason(title, brief(f"wish {turn}"), set()) for turn in range(8))
    assert all(part in said for part in parts)
    assert "{" not in said


def test_frames_do_not_come_back_soon() -> None:
    composer = Composer({"x": APPEAL})
    title = film(moods=("odd",))
    said = [composer.reason(title, brief(f"something odd, {turn}"), set()) for turn in range(60)]
    framed = [text for text in said if text not in (*APPEAL.lines, " ".join(APPEAL.lines))]
    assert len(framed) == len(set(framed))


def test_every_frame_can_be_filled() -> None:
    gaps = {name for frames in (FACTS, MOODS, *REASONS.values()) for frame in frames for name in names(frame)}
    liked = Title("y", MediaType.MOVIE, "Other", moods=("odd",), directors=("A B",))
    title = film(
        moods=("odd",), keywords=("rain",), directors=("A B",), stars=("C D",), runtime_minutes=90, year=1990,
        genres=("Comedy",), language="ko", countries=("KR",), rating=Rating(7, 100, "TMDB"),
    )  # fmt: skip
    wish = brief("odd rain", liked=(liked,), people=("A B", "C D"), genres=("Comedy",))
    filled = {key for key, text in _gaps(title, APPEAL, matches_of(title, APPEAL, wish)).items() if text}
    assert gaps <= filled


def names(frame: str) -> set[str]:
    return {name.lower() for _, name, _, _ in Formatter().parse(frame) if name}


def opening(asked: str, wish: str, **filters: Any) -> str:
    understood = Understanding(Intent.RECOMMEND, SearchFilters(**filters), wish, wish)
    whole = Brief(Request(asked, Conversation("test", "here"), Author("x")), understood, (ranked(TITLE, 1),))
    return str(next(iter(Composer({}).pieces(whole))))


def test_a_wish_is_said_back_only_where_it_stands_in_one_piece() -> None:
    assert "ark films*" in opening("dark films from the 90s", "dark films")
    assert "that move me" not in opening("films not on netflix that move me", "films that move me")
    assert r"*\*x\**" in opening("*x*", "*x*")


def test_a_likeness_and_people_open_an_answer() -> None:
    assert "Arrival" in opening("like Arrival", "", like_titles=("Arrival",))
    assert "C D" in opening("with C D", "", people=("C D",))


def test_every_filter_that_may_be_dropped_has_words_for_it() -> None:
    every = SearchFilters(
        media_type=MediaType.TV, genres=("Comedy",), providers=("MUBI",), year_from=1990, year_to=1999,
        min_runtime=20, max_runtime=60, min_rating=7.5, languages=("ko",), countries=("GB",), people=("A B",),
    )  # fmt: skip
    for key in RELAXATION_ORDER:
        assert RELAXED_WORDS[key]
        assert unmet(every, (key,))
        understood = Understanding(Intent.RECOMMEND, every, "x", "x")
        request = Request("x", Conversation("test", "here"), Author("x"))
        whole = Brief(request, understood, (ranked(TITLE, 1),), (key,))
        said = str(next(iter(Composer({}).pieces(whole))))
        assert unmet(every, (key,)) in said
        assert RELAXED_WORDS[key] in said
    assert unmet(every, ("providers", "year_to")) == "on MUBI from 1999 or before"
    assert unmet(replace(every, region="GB"), ("providers",)) == "on MUBI in the United Kingdom"


@pytest.mark.parametrize(
    ("region", "relaxed", "kept", "dropped"),
    [
        (None, ("providers",), ["comedy"], ["MUBI or Hulu"]),
        ("US", (), ["comedy", "MUBI or Hulu in the United States"], []),
        ("US", ("providers",), ["comedy"], ["MUBI or Hulu in the United States"]),
        ("DE", ("region",), ["comedy", "MUBI or Hulu"], ["in Germany"]),
        ("DE", ("region", "providers"), ["comedy"], ["in Germany", "MUBI or Hulu"]),
    ],
)
def test_chips_tell_the_country_of_services_and_what_was_dropped(
    region: str | None, relaxed: tuple[str, ...], kept: list[str], dropped: list[str]
) -> None:
    filters = SearchFilters(genres=("Comedy",), providers=("MUBI", "Hulu"), region=region)
    assert told_chips(filters, relaxed) == (kept, dropped)
    assert filter_chips(SearchFilters(region="DE")) == []


def test_every_filter_has_a_chip() -> None:
    every = SearchFilters(
        media_type=MediaType.TV,
        genres=("Comedy",),
        exclude_genres=("Horror",),
        providers=("Netflix", "Hulu"),
        year_from=1990,
        year_to=1999,
        min_runtime=20,
        max_runtime=60,
        min_rating=7.5,
        languages=("ko",),
        countries=("GB",),
        people=("A_B",),
        exclude_people=("C",),
        max_certification="PG-13",
        like_titles=("D",),
        exclude_titles=("E",),
        popularity=Popularity.HIDDEN_GEMS,
    )
    assert filter_chips(every) == [
        "series",
        "comedy",
        "no horror",
        "1990 to 1999",
        "20 to 60 min",
        "★ 7.5 or more",
        "Korean",
        "United Kingdom",
        "Netflix or Hulu",
        r"with A\_B",
        "without C",
        "PG-13 at most",
        "like D",
        "not E",
        "hidden gems",
    ]


def test_markup_in_names_stays_text() -> None:
    assert escaped("**[x](y)** <b> ~~z~~ `q` _u_ |#") == (
        r"\*\*\[x\](y)\*\* \<b\> \~\~z\~\~ \`q\` \_u\_ \|\#"
    )
