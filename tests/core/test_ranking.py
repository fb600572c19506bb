"""Fusion, blend and franchises."""

from dataclasses import replace

import pytest

from core.domain import MediaType, Popularity, RankedTitle, Rating, ScoreBreakdown, Title
from core.ports import Hit, Rankings
from core.ranking import BlendWeights, bayesian_rating, blend, fame, franchise, fuse, one_per_franchise


def title(name: str, average: float = 7.0, votes: int | None = 1000, popularity: float | None = 10) -> Title:
    rating = Rating(average, votes, "TMDB")
    return Title(f"tmdb:movie:{abs(hash(name))}", MediaType.MOVIE, name, rating=rating, popularity=popularity)


def test_fusion_adds_the_scores_and_guesses_those_that_stand_outside_a_ranking() -> None:
    rankings = Rankings((Hit("a", 0.9), Hit("b", 0.5)), (Hit("b", 10.0), Hit("c", 4.0)))
    fused = {item.key: item for item in fuse(rankings, sparse_weight=0.1)}
    assert list(fused) == ["b", "a", "c"]
    assert fused["b"].relevance == pytest.approx(1.5)
    assert fused["a"].relevance == pytest.approx(0.9 + 0.1 * 0.75 * 4)
    assert fused["c"].relevance == pytest.approx(0.5 + 0.4), "as similar as the last of the dense ranking"
    assert fused["c"].dense is None
    assert fused["a"].sparse is None


def test_a_title_without_any_of_the_words_gets_nothing_for_words() -> None:
    """BM25's ranking is shorter than the dense one: nothing was cut off, so `a` has no word."""
    rankings = Rankings((Hit("a", 0.9), Hit("b", 0.5)), (Hit("b", 10.0),))
    fused = {item.key: item for item in fuse(rankings, sparse_weight=0.1)}
    assert fused["a"].relevance == pytest.approx(0.9)


def test_a_few_high_votes_do_not_win() -> None:
    """9.8 from 12 votes ranks below 8.5 from 20,000."""
    assert bayesian_rating(Rating(9.8, 12, "TMDB")) < bayesian_rating(Rating(8.5, 20_000, "TMDB"))
    assert bayesian_rating(Rating(9.8, None, "TMDB")) == bayesian_rating(None)


def test_an_imdb_vote_weighs_a_fifty_fifth_of_tmdbs() -> None:
    assert bayesian_rating(Rating(8.0, 5_500, "IMDb")) == pytest.approx(
        bayesian_rating(Rating(8.0, 100, "TMDB"))
    )


def test_the_total_is_the_sum_of_the_parts() -> None:
    shown = replace(title("A"), moods=("wry",))
    rankings = Rankings((Hit("a", 0.5),), (Hit("a", 2.0),))
    (ranked,) = blend(fuse(rankings), {"a": shown}, BlendWeights())
    score = ranked.score
    assert score.total == pytest.approx(score.relevance + score.rating + score.popularity + score.described)
    assert score.described > 0
    assert score.as_dict()["dense"] == 0.5


def test_wishes_for_popularity_turn_the_ranking() -> None:
    known, obscure = title("Known", votes=30_000, popularity=300), title("Obscure", votes=40, popularity=1)
    rankings = Rankings((Hit("known", 0.5), Hit("obscure", 0.5)), ())
    titles = {"known": known, "obscure": obscure}

    def first(wish: Popularity | None) -> str:
        return blend(fuse(rankings), titles, BlendWeights(), wish)[0].title.name

    assert first(None) == "Known"
    assert first(Popularity.POPULAR) == "Known"
    assert first(Popularity.HIDDEN_GEMS) == "Obscure"


def test_a_candidate_that_is_gone_is_passed_over() -> None:
    assert blend(fuse(Rankings((Hit("gone", 1.0),), ())), {}, BlendWeights()) == []


def test_fame_stays_within_bounds() -> None:
    assert fame(title("A", votes=10**9, popularity=10**6)) == 1.0
    assert fame(title("A", votes=None, popularity=None)) == 0.0


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (["Toy Story", "Toy Story 2", "Toy Story 3"], "toy story"),
        (["Alien", "Alien: Covenant"], "alien"),
        (["Harry Potter and the Goblet of Fire", "Harry Potter and the Half-Blood Prince"], "harry potter"),
        (["The Godfather", "The Godfather Part II", "The Godfather: Part III"], "the godfather"),
        (["Rocky", "Rocky IV"], "rocky"),
        (["Mission: Impossible", "Mission: Impossible - Fallout"], "mission"),
        (["Kill Bill: Vol. 1", "Kill Bill: Vol. 2"], "kill bill"),
    ],
)
def test_sequels_share_a_franchise(names: list[str], key: str) -> None:
    assert {franchise(name) for name in names} == {key}


@pytest.mark.parametrize("name", ["1917", "X", "Se7en", "Up", "8½", "300", "Beauty and the Beast", "M"])
def test_a_short_or_numeric_name_keeps_itself(name: str) -> None:
    assert franchise(name)
    assert franchise(name) != franchise("Another Film")


def ranked(name: str) -> RankedTitle:
    return RankedTitle(title(name), ScoreBreakdown(1, 0, 0, 0, 1))


def test_one_title_per_franchise_unless_it_is_asked_for() -> None:
    found = [ranked(name) for name in ("Toy Story 2", "Up", "Toy Story", "Coco")]

    def names(request: str) -> list[str]:
        return [item.title.name for item in one_per_franchise(found, request)]

    assert names("something for the kids") == ["Toy Story 2", "Up", "Coco"]
    assert names("all the Toy Story films") == ["Toy Story 2", "Up", "Toy Story", "Coco"]
