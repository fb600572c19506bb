"""Filters said in words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import FIRST_YEAR, LAST_YEAR, MediaType, SearchFilters, filters_from_mapping
from core.ports import RosterEntry
from core.retrieval import resolved
from core.understanding.directory import Directory
from core.understanding.words import read
from core.vocabulary.nationalities import BY_COUNTRY, BY_LANGUAGE, LANGUAGE_OF_COUNTRY
from core.vocabulary.places import countries, languages

THIS_YEAR = 2026


def said(text: str, directory: Directory) -> dict[str, Any]:
    return read(text, directory, THIS_YEAR).filters.as_dict()


@pytest.mark.parametrize(
    ("text", "filters", "rest"),
    [
        (
            "dark comedies with moral ambiguity, on Netflix, from the 90s",
            {"genres": ["Comedy"], "providers": ["Netflix"], "year_from": 1990, "year_to": 1999},
            "dark comedies with moral ambiguity",
        ),
        (
            "korean thrillers under 2 hours rated above 7.5",
            {"genres": ["Thriller"], "max_runtime": 120, "min_rating": 7.5, "languages": ["ko"]},
            "thrillers",
        ),
        ("no horror, something warm", {"exclude_genres": ["Horror"]}, "something warm"),
        ("animated but not a musical", {"genres": ["Animation"], "exclude_genres": ["Music"]}, "animated"),
        (
            "sci-fi series on max or hulu since 2015",
            {
                "media_type": "tv",
                "genres": ["Science Fiction"],
                "providers": ["HBO Max", "Hulu"],
                "year_from": 2015,
            },
            "sci-fi series",
        ),
        (
            "hidden gems from the early seventies",
            {"year_from": 1970, "year_to": 1973, "popularity": "hidden_gems"},
            "",
        ),
        ("a war film before 1980", {"media_type": "movie", "genres": ["War"], "year_to": 1979}, "a war film"),
        ("horror or comedy", {}, "horror or comedy"),
        ("movies not on netflix", {"media_type": "movie"}, "movies not on netflix"),
    ],
)
def test_phrases_become_filters_and_leave_the_text(text: str, filters: dict[str, Any], rest: str) -> None:
    found = read(text, today=THIS_YEAR)
    assert found.filters.as_dict() == filters
    assert found.rest == rest


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        # genres and media types
        ("a rom-com", {"genres": ["Romance", "Comedy"]}),
        ("something scary", {"genres": ["Horror"]}),
        ("horor pls", {"genres": ["Horror"]}),
        ("anything but horror", {"exclude_genres": ["Horror"]}),
        ("i dont want romance", {"exclude_genres": ["Romance"]}),
        ("no horror or musicals", {"exclude_genres": ["Horror", "Music"]}),
        ("not animated", {"exclude_genres": ["Animation"]}),
        ("warm and funny, isn't cheesy", {"genres": ["Comedy"]}),
        ("funny but not too scary", {"genres": ["Comedy"]}),
        ("i don't mind horror", {}),
        ("not a war movie", {"exclude_genres": ["War"]}),
        ("a k-drama", {"media_type": "tv", "genres": ["Drama"], "languages": ["ko"]}),
        ("anime", {"genres": ["Animation"], "languages": ["ja"]}),
        ("series, not films", {"media_type": "tv"}),
        ("a film or a series", {}),
        ("show me something", {}),
        # themes and moods are no filters
        ("movies about a crime family", {"media_type": "movie"}),
        ("romantic tension at work", {}),
        ("a documentary filmmaker falls in love", {}),
        ("feels like a western", {}),
        ("a horror writer loses his mind", {}),
        ("a series of coincidences", {}),
        ("max tension", {}),
        ("peacock feathers", {}),
        ("in the prime of her life", {}),
        ("a french chef moves to tokyo", {}),
        # services
        ("only on hulu", {"providers": ["Hulu"]}),
        ("got peacock and paramount+", {"providers": ["Peacock", "Paramount Plus"]}),
        ("neither netflix nor hulu", {}),
        ("i dont have netflix anymore", {}),
        # years
        ("films between 1990 and 1995", {"media_type": "movie", "year_from": 1990, "year_to": 1995}),
        ("comedies between 1995 and 1985", {"genres": ["Comedy"], "year_from": 1985, "year_to": 1995}),
        ("nothing from before 2000", {"year_from": 2000}),
        ("nothing newer than 1980", {"year_to": 1980}),
        ("after 2010 but before 2015", {"year_from": 2011, "year_to": 2014}),
        ("films of 2019", {"media_type": "movie", "year_from": 2019, "year_to": 2019}),
        ("films from the 1850s", {"media_type": "movie", "year_from": 1850, "year_to": 1859}),
        ("'99 thrillers", {"genres": ["Thriller"], "year_from": 1999, "year_to": 1999}),
        ("something from the last five years", {"year_from": 2021}),
        ("this year's films", {"media_type": "movie", "year_from": 2026, "year_to": 2026}),
        ("the 80s or 90s", {"year_from": 1980, "year_to": 1999}),
        ("2018 onwards", {"year_from": 2018}),
        ("up to 1997", {"year_to": 1997}),
        ("nothing over 10 years old", {"year_from": 2016}),
        ("set in the 1920s", {}),
        ("a man stuck in 1955", {}),
        ("90s kid here", {}),
        # lengths
        ("over three hours", {"min_runtime": 180}),
        ("90 min", {"max_runtime": 90}),
        ("no more than 100 minutes", {"max_runtime": 100}),
        ("at most 1 h 45", {"max_runtime": 105}),
        ("two and a half hours tops", {"max_runtime": 150}),
        ("between 90 and 120 minutes", {"min_runtime": 90, "max_runtime": 120}),
        ("a man has 24 hours to live", {}),
        ("a two hour drive turns into a nightmare", {}),
        # ratings
        ("8+ on imdb", {"min_rating": 8.0}),
        ("at least a 7", {"min_rating": 7.0}),
        ("nothing under 6.5 on imdb", {"min_rating": 6.5}),
        ("4 out of 5 stars", {"min_rating": 8.0}),
        ("at least 80% on rotten tomatoes", {"min_rating": 8.0}),
        # languages and countries
        ("a korean film", {"media_type": "movie", "languages": ["ko"]}),
        ("a british film", {"media_type": "movie", "countries": ["GB"]}),
        ("in french", {"languages": ["fr"]}),
        ("swedish or danish dramas", {"genres": ["Drama"], "languages": ["sv", "da"]}),
        ("from iran or turkey", {"countries": ["IR", "TR"]}),
        ("nothing with subtitles", {"languages": ["en"]}),
        ("subtitles are fine", {}),
        ("something that isn't american", {}),
        # audience
        ("for my 6 year old", {"max_certification": "G"}),
        ("my kids are 13 and 15", {"max_certification": "PG-13"}),
        ("PG-13 or lower", {"max_certification": "PG-13"}),
        ("not R rated please", {"max_certification": "PG-13"}),
        ("nothing beyond an R", {"max_certification": "R"}),
        ("about a 6 year old girl", {}),
        # the well-known and the overlooked
        ("underrated movies", {"media_type": "movie", "popularity": "hidden_gems"}),
        ("popular rather than obscure", {"popularity": "popular"}),
        ("about a famous painter", {}),
    ],
)
def test_what_is_said_becomes_filters_and_nothing_else(text: str, filters: dict[str, Any]) -> None:
    assert said(text, Directory()) == filters


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("by Nolan", {"people": ["Christopher Nolan"]}),
        ("with Meryl Streep and Robert Redford", {"people": ["Meryl Streep", "Robert Redford"]}),
        ("not directed by woody allen", {"exclude_people": ["Woody Allen"]}),
        ("with meryl strep", {"people": ["Meryl Streep"]}),
        ("scarlet johanson in something quiet", {"people": ["Scarlett Johansson"]}),
        ("leo dicaprio", {"people": ["Leonardo DiCaprio"]}),
        ("coen brothers", {"people": ["Joel Coen", "Ethan Coen"]}),
        ("something by the coens", {"people": ["Joel Coen", "Ethan Coen"]}),
        ("something by anderson", {}),  # Wes, Paul Thomas, …
        ("swinton or blanchett", {}),  # people must all apply
        ("a tarantino-esque bloodbath", {}),
        ("anything without adam sandler", {"exclude_people": ["Adam Sandler"]}),
        ("a movie w/o daniel craig", {"media_type": "movie", "exclude_people": ["Daniel Craig"]}),
        (
            "nolan films but not directed by him",
            {"media_type": "movie", "exclude_people": ["Christopher Nolan"]},
        ),
        ("a girl named hope", {}),
        ("my wife loves Jane Austen", {}),
        ("cage fighting", {}),
        ("like Interstellar but funnier", {"like_titles": ["Interstellar"]}),
        ("like intersteller", {"like_titles": ["Interstellar"]}),
        ("a mix of Fargo and Her", {"like_titles": ["Fargo", "Her"]}),
        ("I loved Arrival. What next?", {"like_titles": ["Arrival"]}),
        ("up was so good. more?", {"like_titles": ["Up"]}),
        ("something like scary movie", {"like_titles": ["Scary Movie"]}),
        ("parasite vibes", {"like_titles": ["Parasite"]}),
        ("like parks and rec", {"like_titles": ["Parks and Recreation"]}),
        ("I'd like something warm", {}),
        ("movies that are like a warm hug", {"media_type": "movie"}),
        ("villeneuve, except Dune", {"people": ["Denis Villeneuve"], "exclude_titles": ["Dune"]}),
        ("thrillers but not se7en", {"genres": ["Thriller"], "exclude_titles": ["Se7en"]}),
        ("newer than Gladiator", {"year_from": 2001}),
        ("older than jaws", {"year_to": 1974}),
        ("cold war spies", {}),
    ],
)
def test_names_are_those_of_the_catalogue(text: str, filters: dict[str, Any], directory: Directory) -> None:
    assert said(text, directory) == filters


def test_a_misspelt_name_is_reported_with_the_one_it_was_taken_for(directory: Directory) -> None:
    assert read("with meryl strep", directory).corrected == {"meryl strep": "Meryl Streep"}
    assert read("with meryl streep", directory).corrected == {}


TITLES_LIKE_FILTERS = (
    *("Cold War", "Her", "Up", "The Office", "Scary Movie", "1917", "2001: A Space Odyssey", "War Horse"),
    *("The Italian Job", "An American Werewolf in London", "Modern Family", "A Series of Unfortunate Events"),
    *("Documentary Now!", "French Kiss", "The Spanish Apartment", "60 Minutes", "Eighth Grade", "Last Year"),
    *("No Country for Old Men", "Under 2 Hours", "Popular", "Max", "Prime Suspect", "The Nineties"),
    *(
        "That '70s Show",
        "Not Another Teen Movie",
        "What We Do in the Shadows",
        "Only Murders in the Building",
    ),
)


@pytest.mark.parametrize("name", TITLES_LIKE_FILTERS)
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "something like {}",
        "I loved {}. What next?",
        "{} was great, more like that",
        "have you seen {}?",
    ],
)
def test_words_of_titles_are_no_filters(name: str, frame: str) -> None:
    directory = Directory([RosterEntry(name, MediaType.MOVIE, 2000, 0.5)])
    found = read(frame.format(name), directory, THIS_YEAR).filters
    assert set(found.set_keys()) <= {"like_titles"}
    if frame in ("something like {}", "I loved {}. What next?"):
        assert found.like_titles == (name,)


def test_words_for_wanted_genres_are_no_search_terms() -> None:
    """The dense encoder still reads them, since they colour the mood."""
    found = read("dark comedies about guilt")
    assert found.rest == "dark comedies about guilt"
    assert found.terms == "dark about guilt"


def test_what_is_not_wanted_is_no_search_term() -> None:
    assert read("slow but not too gory").terms == "slow"
    assert read("tender, nothing too violent, without zombies").terms == "tender"


@pytest.mark.parametrize(
    "text", ["under " + "9" * 400 + " hours", "over 999 hours", "rated 99999", "-" * 3000, "1" * 4000]
)
def test_absurd_numbers_are_left_unsaid(text: str) -> None:
    assert said(text, Directory()) == {}


def test_every_nationality_stands_for_a_code_of_the_closed_lists() -> None:
    assert set(BY_LANGUAGE.values()) | set(LANGUAGE_OF_COUNTRY.values()) <= set(languages().canonical)
    assert set(BY_COUNTRY.values()) | set(LANGUAGE_OF_COUNTRY) <= set(countries().canonical)


def assert_valid(filters: SearchFilters) -> None:
    """It survives the JSON contract, and every value is of the closed lists."""
    assert filters_from_mapping(filters.as_dict()) == filters
    assert resolved(filters) == filters
    for year in (filters.year_from, filters.year_to):
        assert year is None or FIRST_YEAR <= year <= LAST_YEAR


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_can_be_read(directory: Directory, text: str) -> None:
    found = read(text, directory, THIS_YEAR)
    assert_valid(found.filters)
    assert len(found.rest) <= 2 * len(text) + 2


WORDS = st.sampled_from(
    """not no without like loved except mix of and or , . with by horror comedies scary war movie series
    netflix on max the a an 90s 1999 '99 before after since newer than older under over 2 hours 90 min rated
    7.5 8+ korean french in from british subtitles for my 6 year old pg-13 r rated hidden gems popular nolan
    meryl streep strep hanks her up heat fargo interstellar dune too less more about set where feels ? ! 7 10
    last five years this isn't don't mind only also #1 second one w/o & - — “ ” coen brothers""".split()
)


@given(st.lists(WORDS, max_size=25).map(" ".join))
@settings(deadline=None, max_examples=300)
def test_any_mixture_of_known_words_gives_a_valid_request(directory: Directory, text: str) -> None:
    assert_valid(read(text, directory, THIS_YEAR).filters)


@pytest.mark.parametrize(
    ("text", "providers"),
    [
        ("a drama on iPlayer", ["BBC iPlayer"]),
        ("something on the bbc", ["BBC iPlayer"]),
        ("crime on ITVX or Channel 4", ["ITVX", "Channel 4"]),
        ("comedies on NOW", ["NOW"]),
        ("a series on now tv", ["NOW"]),
        ("krimi auf Joyn", ["Joyn"]),
        ("RTL+ or the ARD Mediathek", ["RTL+", "ARD Mediathek"]),
        ("documentaries on arte", ["Arte"]),
        ("thriller on wow", ["WOW"]),
        ("on Canal+ or myCANAL", ["Canal+"]),
        ("horror on Crave", ["Crave"]),
        ("drama on CBC Gem", ["CBC Gem"]),
        ("comedy on Stan", ["Stan"]),
        ("I have Binge and Stan", ["Binge", "Stan"]),
        ("something on SBS On Demand", ["SBS On Demand"]),
        ("bollywood on JioHotstar or SonyLIV", ["JioHotstar", "SonyLIV"]),
        ("a telenovela on globoplay", ["Globoplay"]),
        ("on Movistar Plus+ or Filmin", ["Movistar Plus+", "Filmin"]),
        ("on raiplay", ["RaiPlay"]),
        ("anime on U-NEXT or Hulu Japan", ["U-NEXT", "Hulu"]),
        ("free films on plex", ["Plex"]),
        ("thriller on max", ["HBO Max"]),
    ],
)
def test_services_of_many_countries_are_read(text: str, providers: list[str], directory: Directory) -> None:
    assert said(text, directory)["providers"] == providers


@pytest.mark.parametrize(
    "text",
    [
        "something binge-worthy",
        "a series to binge",
        "I just want to sit down and binge",
        "something funny right now",
        "what's good on now",
        "Stan & Ollie",
        "a film with Stan Laurel",
        "max 2 hours",
        "nothing gory, two hours max",
        "I crave something sweet",
        "wow, more of that",
        "arte povera",
        "my plex server is full",
        "rated 7+",
        "for all 4 of us",
        "hallmark movies",
        "BBC dramas",
        "romance under the open sky",
        "a comet on the sky",
        "hot chili and a film",
        "a canal in Venice",
        "angel studios films",
        "bet plus win",
        "global tv habits",
        "a film that I saw on YouTube",
        "SOMETHING FUNNY THAT IS ON NOW",
    ],
)
def test_words_that_are_services_too_stay_words(text: str, directory: Directory) -> None:
    assert "providers" not in said(text, directory)


@pytest.mark.parametrize(
    ("text", "providers", "region"),
    [
        ("on Netflix in Germany", ["Netflix"], "DE"),
        ("thrillers on Netflix or Hulu in the US", ["Netflix", "Hulu"], "US"),
        ("a comedy on Prime Video in the UK please", ["Amazon Prime Video"], "GB"),
        ("available on Disney+ here in canada", ["Disney Plus"], "CA"),
        ("horror on max in south korea", ["HBO Max"], "KR"),
    ],
)
def test_the_country_behind_a_service_is_the_region(
    text: str, providers: list[str], region: str, directory: Directory
) -> None:
    found = read(text, directory, THIS_YEAR)
    assert (list(found.filters.providers), found.filters.region) == (providers, region)
    assert "countries" not in found.filters.as_dict()
    assert not {"germany", "us", "uk", "canada", "korea"} & set(found.told)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("a film set in Germany on Netflix", {"media_type": "movie", "providers": ["Netflix"]}),
        ("on Netflix set in Japan", {"providers": ["Netflix"]}),
        (
            "films from France on Netflix",
            {"media_type": "movie", "providers": ["Netflix"], "countries": ["FR"]},
        ),
        ("on Netflix in german", {"providers": ["Netflix"], "languages": ["de"]}),
        ("on Netflix in the 90s", {"providers": ["Netflix"], "year_from": 1990, "year_to": 1999}),
        ("not on Netflix in Germany", {}),
        ("a summer in Italy", {}),
    ],
)
def test_other_countries_are_no_region(text: str, filters: dict[str, Any], directory: Directory) -> None:
    assert said(text, directory) == filters


def test_the_name_of_a_country_is_not_misspelt_for_its_adjective() -> None:
    assert read("films from Germany", today=THIS_YEAR).filters.countries == ("DE",)
