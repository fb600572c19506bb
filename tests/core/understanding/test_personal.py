"""What a profile adds to a wish."""

import pytest

from core.domain import Author, Conversation, Intent, Profile, Request, SearchFilters, Turn, Understanding
from core.errors import ForbiddenGenre
from core.understanding.personal import personalised

DEFAULTS = SearchFilters(providers=("Netflix",), languages=("en",), genres=("Comedy",))


def filters_of(understood: Understanding, profile: Profile, history: tuple[Turn, ...] = ()) -> SearchFilters:
    request = Request("…", Conversation("test", "here"), Author("ann"), history=history, profile=profile)
    return personalised(understood, request).filters


def wish(terms: str = "", intent: Intent = Intent.RECOMMEND, **said: object) -> Understanding:
    return Understanding(intent, SearchFilters(**said), terms, terms)  # type: ignore[arg-type]


def test_defaults_hold_where_the_wish_says_nothing() -> None:
    assert filters_of(wish(), Profile(DEFAULTS)) == DEFAULTS


def test_what_the_wish_says_stands() -> None:
    said = wish("space", providers=("Hulu",), countries=("KR",))
    assert filters_of(said, Profile(DEFAULTS)) == said.filters


def test_a_described_wish_keeps_its_subject() -> None:
    found = filters_of(wish("space survival"), Profile(DEFAULTS))
    assert (found.genres, found.providers) == ((), ("Netflix",))
    found = filters_of(wish(intent=Intent.SIMILAR, like_titles=("Parasite",)), Profile(DEFAULTS))
    assert (found.genres, found.languages, found.providers) == ((), (), ("Netflix",))


def test_several_preferred_genres_are_looked_for_since_one_of_them_will_do() -> None:
    profile = Profile(SearchFilters(genres=("Comedy", "Drama")))
    request = Request("anything", Conversation("test", "here"), Author("ann"), profile=profile)
    understood = personalised(wish(), request)
    assert (understood.filters.genres, understood.search_terms) == ((), "Comedy or Drama")


def test_a_follow_up_that_dropped_a_default_does_not_get_it_back() -> None:
    before = Turn("…", wish("space", providers=("Netflix",)), ())
    follow_up = wish("space", Intent.REFINE)
    assert filters_of(follow_up, Profile(DEFAULTS), (before,)) == SearchFilters()


def test_services_are_those_of_the_region_unless_the_wish_names_another() -> None:
    profile = Profile(SearchFilters(providers=("Netflix",)), region="DE")
    assert filters_of(wish("space"), profile) == SearchFilters(providers=("Netflix",), region="DE")
    assert filters_of(wish(providers=("Hulu",), region="US"), profile).region == "US"
    before = Turn("…", wish("space", providers=("Hulu",)), ())
    follow_up = wish("space", Intent.REFINE, providers=("Hulu",))
    assert filters_of(follow_up, profile, (before,)).region == "DE"


def test_a_region_alone_asks_for_nothing() -> None:
    assert filters_of(wish("space"), Profile(region="DE")) == SearchFilters()
    assert not SearchFilters(region="DE").any_wish
    assert SearchFilters(providers=("Netflix",), region="DE").without("providers") == SearchFilters()


def test_blocked_genres_give_way_to_a_wish_and_forbidden_ones_do_not() -> None:
    profile = Profile(blocked_genres=("Horror", "War"), forbidden_genres=("Western",))
    found = filters_of(wish(genres=("Horror",), exclude_genres=("War",)), profile)
    assert found.genres == ("Horror",)
    assert found.exclude_genres == ("War", "Western")
    with pytest.raises(ForbiddenGenre, match="this server does not recommend Western"):
        filters_of(wish(genres=("Western",)), profile)


@pytest.mark.parametrize(
    ("said", "allowed", "holds"), [("R", "PG", "PG"), ("G", "PG", "G"), (None, "PG", "PG")]
)
def test_the_stricter_certification_holds(said: str | None, allowed: str, holds: str) -> None:
    assert (
        filters_of(wish(max_certification=said), Profile(max_certification=allowed)).max_certification
        == holds
    )


@pytest.mark.parametrize("intent", [Intent.QUESTION, Intent.HELP, Intent.SMALLTALK])
def test_what_is_no_wish_is_left_alone(intent: Intent) -> None:
    assert filters_of(wish(intent=intent), Profile(DEFAULTS, ("Horror",))) == SearchFilters()
