"""Genres and media types: "rom-com", "no horror", "animated series"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.domain import MediaType
from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.said.scope import headed
from core.understanding.tokens import Draft, Mark, phrases

__all__ = ["GENRE_PHRASES", "MEDIA_WORDS", "genre_words", "read_genres", "read_media_type"]


@dataclass(frozen=True, slots=True)
class _Genre:
    """What a phrase says besides its words."""

    names: tuple[str, ...]
    media_type: MediaType | None = None
    language: str | None = None
    quality: bool = False
    """An adjective that may hold more or less ("scary")."""
    needs_head: bool = False
    """Means the genre only before a noun like "film" ("war film"), or where it is refused."""


def _phrases() -> Mapping[str, _Genre]:
    table: dict[str, _Genre] = {}

    def add(spellings: str, *names: str, **more: object) -> None:
        for spelling in spellings.split("|"):
            table[spelling] = _Genre(names, **more)  # type: ignore[arg-type]

    add("action|actioner|actioners", "Action")
    add("adventure|adventures", "Adventure")
    add("animated|animation|animations|cartoon|cartoons|toons", "Animation")
    add("anime|animes", "Animation", language="ja")
    add("comedy|comedies|comedic|slapstick|stand up|standup|stand up comedy", "Comedy")
    add("funny|hilarious", "Comedy", quality=True)
    add("sitcom|sitcoms", "Comedy", media_type=MediaType.TV)
    add("rom com|rom coms|romcom|romcoms|romantic comedy|romantic comedies", "Romance", "Comedy")
    add("crime|true crime", "Crime")
    add("documentary|documentaries|docu|docus|doc|docs", "Documentary")
    add("docuseries|docu series", "Documentary", media_type=MediaType.TV)
    add("drama|dramas", "Drama")
    add("dramatic", "Drama", quality=True)
    add("dramedy|dramedies", "Drama", "Comedy")
    add("k drama|k dramas|kdrama|kdramas", "Drama", media_type=MediaType.TV, language="ko")
    add("j drama|jdrama", "Drama", media_type=MediaType.TV, language="ja")
    add("c drama|cdrama", "Drama", media_type=MediaType.TV, language="zh")
    add("k horror", "Horror", language="ko")
    add("j horror|jhorror", "Horror", language="ja")
    add("fantasy", "Fantasy")
    add("family friendly", "Family")
    add("family|families", "Family", needs_head=True)
    add("kids movie|kids movies|kids film|kids films|children s film|children s films", "Family")
    add("kids show|kids shows|kids series|children s show|children s shows", "Kids", media_type=MediaType.TV)
    add("kids tv", "Kids", media_type=MediaType.TV)
    add("news", "News", needs_head=True)
    add("history", "History", needs_head=True)
    add("historical", "History")
    add("horror|horrors|slasher|slashers", "Horror")
    add("scary|spooky", "Horror", quality=True)
    add("musical|musicals", "Music")
    add("mystery|mysteries|whodunit|whodunits|whodunnit|whodunnits|murder mystery", "Mystery")
    add("murder mysteries", "Mystery")
    add("reality tv|reality show|reality shows|reality series", "Reality", media_type=MediaType.TV)
    add("romance|romances|love story|love stories", "Romance")
    add("romantic", "Romance", quality=True)
    add("sci fi|scifi|science fiction|sciencefiction|sf", "Science Fiction")
    add("soap opera|soap operas|soap series|telenovela|telenovelas|soaps", "Soap", media_type=MediaType.TV)
    add("talk show|talk shows", "Talk", media_type=MediaType.TV)
    add("thriller|thrillers|suspense", "Thriller")
    add("suspenseful", "Thriller", quality=True)
    add("war|wartime|ww2|wwii|wwi|ww1", "War", needs_head=True)
    add("western|westerns", "Western")
    add("cowboy|cowboys", "Western", needs_head=True)
    return MappingProxyType(table)


GENRE_PHRASES = _phrases()
# Of these a filter is one where something is refused: "no slashers" still allows other horror.
_NARROWER = frozenset({"slasher", "slashers", "stand up", "standup", "slapstick", "true crime docs"})
# What follows a genre that is a manner: "action packed", "horror of war", "comedy of errors".
_THEMATIC = frozenset({"packed", "of", "elements", "vibes", "vibe", "tension", "undertones", "esque"})

MEDIA_WORDS: Mapping[str, MediaType] = MappingProxyType(
    {
        **dict.fromkeys(
            ("movie", "movies", "film", "films", "flick", "flicks", "moive", "moives"), MediaType.MOVIE
        ),
        **dict.fromkeys(
            ("series", "show", "shows", "sitcom", "sitcoms", "miniseries", "docuseries", "tv", "tvshow"),
            MediaType.TV,
        ),
    }
)


def genre_words(names: Iterable[str]) -> frozenset[str]:
    """Single words that stand for these genres."""
    wanted = set(names)
    return frozenset(
        phrase for phrase, genre in GENRE_PHRASES.items() if " " not in phrase and wanted & set(genre.names)
    )


def read_genres(draft: Draft, plot: frozenset[int]) -> None:
    """Wanted and unwanted genres, and the media type and language that some of their names bring along.

    Genres must all apply, so of alternatives ("horror or comedy") none becomes a filter. Words of wanted
    genres still colour the search by sense.
    """
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    open_ends: set[int] = set()
    place = 0
    while place < len(draft):
        found = draft.phrase_at(place, GENRE_PHRASES)
        if found is None:
            place += 1
            continue
        count, genre = found
        after = place + count
        position, first = stance(draft, place, after, degree=genre.quality)
        if position is Stance.REFUSED:
            meant = "Family" not in genre.names or _meant(draft, place, after, genre)
            if meant and " ".join(draft.words[place:after]) not in _NARROWER:
                unwanted.update(dict.fromkeys(genre.names))
                after = _past_media_word(draft, after)
                draft.claim(first, after, Mark.DROP)
            refuse(draft, first, after)
        elif position is Stance.OPEN or (place - 1 in open_ends and _lists_on(draft, place)):
            open_ends.add(after - 1)
        elif position is Stance.WANTED and place not in plot and _meant(draft, place, after, genre):
            if _alternative(draft, place, after, open_ends):
                open_ends.add(after - 1)
            else:
                wanted.update(dict.fromkeys(genre.names))
                _bring(draft, genre)
                draft.claim(place, after, Mark.SENSE)
        place = after
    draft.say(genres=tuple(name for name in wanted if name not in unwanted), exclude_genres=tuple(unwanted))


def _meant(draft: Draft, place: int, after: int, genre: _Genre) -> bool:
    """Whether the phrase stands for what is wanted, not for a part of a theme."""
    follower = "" if draft.breaks(after) else draft.word(after)
    if follower in _THEMATIC and not (follower == "of" and draft.word(after + 1) in ("the", "all")):
        return False
    if genre.needs_head:
        return not draft.breaks(after) and (
            draft.word(after) in MEDIA_WORDS
            or draft.phrase_at(after, GENRE_PHRASES) is not None
            or follower == "friendly"
        )
    return headed(draft, after)


def _alternative(draft: Draft, place: int, after: int, open_ends: set[int]) -> bool:
    """Whether it is one of several that would do: then none of them is a must."""
    before = place - 1 - (draft.word(place - 1) in ("a", "an", "some"))
    if draft.word(before) == "or" and before - 1 in open_ends:
        return True
    if draft.word(after) != "or" or draft.breaks(after):
        return False
    ahead = after + 1
    if draft.word(ahead) in ("a", "an", "some"):
        ahead += 1
    return draft.phrase_at(ahead, GENRE_PHRASES) is not None or draft.word(ahead) in (
        "whatever",
        "anything",
        "something",
    )


def _lists_on(draft: Draft, place: int) -> bool:
    return draft.gap(place).strip() in (",", "/")


def _past_media_word(draft: Draft, after: int) -> int:
    """In "not a war movie", the word for the medium belongs to what is refused."""
    while not draft.breaks(after) and (draft.word(after) in MEDIA_WORDS or draft.word(after) in _THEMATIC):
        after += 1
    return after


def _bring(draft: Draft, genre: _Genre) -> None:
    if genre.language and not draft.filters.languages:
        draft.say(languages=(genre.language,))


def read_media_type(draft: Draft, plot: frozenset[int]) -> None:
    """Films or series, where exactly one of the two is spoken of. The words stay: they say nothing wrong."""
    said: dict[MediaType, None] = {}
    refused: dict[MediaType, None] = {}
    for place, word in enumerate(draft.words):
        media_type = MEDIA_WORDS.get(word)
        genre = draft.phrase_at(place, GENRE_PHRASES) or draft.phrase_at(place, GENRE_PHRASES, Mark.SENSE)
        if media_type is None and genre is not None:
            media_type = genre[1].media_type
        if media_type is None or place in plot or not _medium(draft, place, word):
            continue
        if draft.marks[place] is Mark.DROP:
            continue
        position, _ = stance(draft, place, place + 1)
        if position is Stance.REFUSED:
            refused[media_type] = None
        elif position is Stance.WANTED:
            said[media_type] = None
    for media_type in refused:
        said.pop(media_type, None)
    if not said and len(refused) == 1:
        said = {kind: None for kind in MediaType if kind not in refused}
    if len(said) == 1:
        draft.say(media_type=next(iter(said)))


# "Show me", "to show my kids", "TV host": no series.
_BEFORE_VERBS = frozenset("to can could will would please should must they i we let".split())
# "Film student", "movie star".
_OF_THE_TRADE = phrases("bot | star | stars | director | crew | maker | makers | school | student")
_AFTER_SHOWING = frozenset("me us up off business host him her them".split())


def _medium(draft: Draft, place: int, word: str) -> bool:
    """ "Show me" and "tv host" are no series."""
    follower = "" if draft.breaks(place + 1) else draft.word(place + 1)
    if draft.marks[place] is Mark.KEEP:
        return False
    if word in ("show", "shows"):
        before = draft.word(place - 1)
        noun = before and before not in _BEFORE_VERBS
        return follower not in _AFTER_SHOWING and bool(noun or follower not in ("my", "our", "your"))
    if word == "tv":
        leads = follower in MEDIA_WORDS or draft.phrase_at(place + 1, GENRE_PHRASES) is not None
        claimed = draft.marks[place + 1 : place + 2] == [Mark.SENSE]
        return leads or claimed or draft.word(place - 1) in ("good", "reality", "great", "some")
    if word == "series" and follower == "of":
        return False
    return follower not in _OF_THE_TRADE
