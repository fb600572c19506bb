"""Questions about titles and people: what is asked, and of whom ("who directed Heat?", "how long is #2?")."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.domain import QuestionKind, SearchFilters
from core.ports import RosterEntry
from core.understanding.directory import Directory
from core.understanding.said.places import country_at
from core.understanding.said.services import SERVICE_WORDS
from core.understanding.tokens import Draft, Token, common, tokens_of
from core.understanding.words import read
from core.vocabulary.nationalities import NATIONALITIES
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["Asked", "read_question"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands in a text, before its titles are looked up."""

    kind: QuestionKind
    title: str = ""
    """Name of the title, as the catalogue spells it."""
    year: int | None = None
    """Which of several titles of that name."""
    every_version: bool = False
    """Whether all of them are meant."""
    people: tuple[str, ...] = ()
    expected: SearchFilters | None = None
    unknown: str = ""
    """What seems to be the name of a title or a person, but is not in the catalogue."""
    certain: bool = False
    """Whether both a title or a person and what is asked of them were recognized."""
    region: str | None = None
    """ISO 3166-1 alpha-2 code of the country that it asks of, where it asks where something streams."""


# Tried in this order: what comes first is the more specific. Names are blanked out before.
_KINDS: tuple[tuple[QuestionKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            QuestionKind.OTHER,
            r"box office|budget|\bwins?\b|\bwon\b|awards?|oscars?|\bend(?:ing|s)?\b|\bmusic\b|"
            r"soundtrack|compos|\bdies?\b|"
            r"how many times|where .*(?:filmed|shot)|(?:filmed|shot) where|true story|based on|sequel|"
            r"net worth|married|"
            r"\bhow much\b.*(?:make|made|earn|cost)|who is older|who'?s older|\bbetter\b|post.?credit|"
            r"theme song|"
            r"\bhow tall\b|\bjump ?scares?\b|\bbook\b|character|real name|in your opinion|"
            r"\bdog\b.*\b(?:die|survive|live)|"
            r"\bwhy\b|nominat|\bsad\b|\bhappy\b",
        ),
        (QuestionKind.SEASONS, r"\bseasons?\b|how many (?:series|episodes)"),
        (
            QuestionKind.COUNTRY,
            r"\bcountr(?:y|ies)\b|nationality|\bwhere\b[^?]*\bfrom\b|\bwhere\b[^?]*\b(?:made|produced)\b|production\b",
        ),
        (
            QuestionKind.CERTIFICATION,
            r"age rating|certificat|mpaa|\brated\b(?! by| on)(?!.*(?:viewers|people|imdb))|suitable|"
            r"appropriate|"
            r"(?:ok|okay|alright|fine|good|safe) (?:for|with) (?:a |an |my |our |the |kids?|children|"
            r"\d)|kids? (?:friendly|safe)|"
            r"child friendly|family friendly|old do (?:u|you) have to be|\b(?:a |an )?(?:g|pg|r|pg-13|"
            r"tv-\w+) or (?:a |an )?(?:g|pg|r|nc|tv)|"
            r"with my \d|\btoo scary for\b",
        ),
        (
            QuestionKind.WHERE,
            r"\bwher\w*\b|\bstream\w*|which (?:app|service|platform|streaming)|what (?:app|service|"
            r"platform)|\bavailable\b|"
            r"who'?s got|\banywhere\b|\bto watch\b|\bto rent\b|what'?s? (?:is )?~[^?]*\bon\b\W*$|"
            r"what is ~[^?]*\bon\b\W*$",
        ),
        (
            QuestionKind.LANGUAGE,
            r"\blanguages?\b|\blang\b|\bspeak|\bsubtitle|\bsubs\b|\bdubbed\b|what'?s it in\b|\btalking in\b",
        ),
        (
            QuestionKind.RATING,
            r"\bratings?\b|\bscores?\b|\brated\b|\bvotes?\b|any good|\bworth\b|\breview|out of (?:10|"
            r"ten)|how good|\bimdb\b|"
            r"\bgood or\b|how well\b|is ~ good",
        ),
        (
            QuestionKind.RUNTIME,
            r"how long|run ?time|\blength\b|\blenght\b|how many (?:min|hour|hrs)|\bduration\b|"
            r"\blonger\b|\bshorter\b|"
            r"\bfinish\b|\bminutes\b.*long|\bhours long\b",
        ),
        (
            QuestionKind.GENRE,
            r"\bgenres?\b|what (?:kind|type|sort)|what kinda|\bcategory\b|filed under|listed as|\bwtf is\b",
        ),
        (
            QuestionKind.CAST,
            r"\bcast\b|\bactors?\b|\bactress\b|\bstars?\b|\bstarring\b|\bplays?\b|\bplayed\b|"
            r"\bwho\W*(?:s|is|are|was|were)? (?:else )?(?:is )?"
            r"in\b|anyone famous|\b(?:girl|guy|lead|dude|woman|man|kid|lady) (?:in|from|of)\b|"
            r"\bvoices?\b|\bacts?\b|\bwho'?s it with\b",
        ),
        (
            QuestionKind.CREATOR,
            r"\bcreat(?:ed|or|ors|e|es)\b|show ?runner|came up with|\bdeveloped\b|\bidea\b|"
            r"\bbrains?\b|people behind|\bwrote\b|"
            r"\bwritten\b|\bwriters?\b|made the (?:series|show)",
        ),
        (
            QuestionKind.DIRECTOR,
            r"\bdirect|\bwho'?s? (?:made|did|shot|is behind|behind)|behind the camera|\bwhose (?:film|"
            r"movie)|film ?maker|"
            r"by who\b|\bwho (?:made|did) it\b|guy behind|\bwhich director\b|\bwho made\b",
        ),
        (
            QuestionKind.YEAR,
            r"\b(?:what|which) y(?:ea)?r\b|\bwhen\b|release (?:date|year)|how old|come out|came out|"
            r"\bhit cinemas\b|\bwhat, \d{4}",
        ),
        (
            QuestionKind.ABOUT,
            r"\babout\b|\bplot\b|synopsis|\bstory\b|premise|\bhappens\b|\bgist\b|summary|the deal\b|"
            r"tell me|\bdescri",
        ),
    )
)
_FILMOGRAPHY = re.compile(
    r"\b(?:movies?|films?|shows?|series|filmography|work|stuff|things|everything|anything|else|done|"
    r"made|make|direct|been in|"
    r"known for|in)\b"
)
_YES_OR_NO = re.compile(
    r"^\W*(?:(?:hey|so|and|wait|ok|okay|um|hm+|yo|hi|btw|but|does anyone know if|do you know if|"
    r"wasn'?t|isn'?t|didn'?t)\W+)*"
    r"(?:is|are|was|were|did|does|do|has|have|can|would|will|could|isn'?t|wasn'?t|didn'?t|aren'?t)\b"
)
# A filter of the text → what the question is then about.
_CHECKED = MappingProxyType(
    {
        "max_certification": QuestionKind.CERTIFICATION,
        "providers": QuestionKind.WHERE,
        "max_runtime": QuestionKind.RUNTIME,
        "min_runtime": QuestionKind.RUNTIME,
        "languages": QuestionKind.LANGUAGE,
        "countries": QuestionKind.COUNTRY,
        "genres": QuestionKind.GENRE,
        "year_from": QuestionKind.YEAR,
        "year_to": QuestionKind.YEAR,
    }
)
# Words of questions that belong to no name unless they stand where one must.
_ASKING = (
    STOP_WORDS
    | frozenset(
        """who whos whose directed director direct created creator creators made makes long old year yr come
    came out stream streaming watch where wheres plays play played star stars starring cast actor
    actors actress season seasons runtime length lenght language lang speak country genre kind type
    rated rating score plot story synopsis premise happens gist summary quick short deal available
    app service did does is are was again pls plz please rn right moment know anyone hi hey yo wait
    btw lol lmao so number many minutes mins hours run original old new remake version one movie
    film show series first release released start end called guy girl behind camera showrunner
    people brain idea wrote developed kinda tell gimme give could can get would like good worth
    votes viewers certification certificate age mpaa nationality origin produced category falls fall
    under which filed whats wheres thing things wtf idk actually really maybe also just else besides
    other""".split()
    )
    | NATIONALITIES
)
# Where a name stands although it is an everyday word: after these …
_SLOT_BEFORE = frozenset(
    """directed direct in of is was are were watch stream see about did does for made long rated has have
    would call start finish on plays runs movie film show series find got akira year from whats what
    s with by score director called hated liked seen like""".split()
)
# … and before these, or at the end.
_SLOT_AFTER = frozenset(
    """about on in out come came rated streaming for any good have is was a an the anywhere from with run
    released at when which how who what where got now so right rn again please pls plz or under over
    longer suitable ok okay really movie film series show genre seasons cast plot start get worth
    available directed director rating hit finish by too besides except like end ends ending die dies win
    won""".split()
)
_FIRST = frozenset({"old", "original", "first", "oldest", "classic"})
_LATEST = frozenset({"new", "remake", "latest", "newest", "recent"})
_EVERY = re.compile(r"\bwhich\b.*\b(?:longer|higher|better|newer|older)\b|\bvs\.?\b|\bversus\b|\bboth\b")
_BLANK = "~"
# Questions are short; what is longer is cut.
READ_CHARACTERS = 300
# So many words of a misspelt title, and so many attempts at one.
_LONGEST_RUN = 5
_GUESSES = 8


def read_question(text: str, directory: Directory, *, forgiving: bool = True) -> Asked:
    """What is asked. A title that is only pointed at ("#1", "it") is left for the caller to resolve.

    Args:
        text: The message.
        directory: Names of titles and people.
        forgiving: Whether misspelt names are looked for too, which compares with every name there is.
    """
    text = text[:READ_CHARACTERS]
    tokens = tokens_of(text)
    words = [token.word for token in tokens]
    person_span, people = _people_in(words, directory)
    title_span, entry, spelling = _title_in(text, tokens, words, directory, person_span)
    if entry is None and forgiving:
        title_span, entry, spelling = _misspelt_in(text, tokens, words, directory, person_span)
    blanked = _blanked(text, tokens, title_span)
    kind, recognized = _kind_of(blanked.lower().replace("’", "'"), people, entry is not None)
    year, every_version = _version(text, words, title_span, directory, entry, people)
    asked = Asked(
        kind,
        entry.name if entry else "",
        year,
        every_version,
        people=people,
        unknown="" if entry else spelling,
        certain=recognized and (entry is not None or bool(people)),
    )
    if kind is QuestionKind.FILMOGRAPHY:
        return replace(
            asked, title="", year=None, every_version=False, unknown="" if people else asked.unknown
        )
    asked = _with_expectation(asked, blanked, directory)
    return replace(asked, region=_region_in(blanked)) if asked.kind is QuestionKind.WHERE else asked


def _region_in(blanked: str) -> str | None:
    """ "Where can I watch Heat in the UK?": the country, names blanked out."""
    draft = Draft(blanked)
    found = (country_at(draft, place + 1) for place in range(len(draft)) if draft.word(place) == "in")
    return next((code for _, code in filter(None, found)), None)


def _kind_of(text: str, people: Sequence[str], titled: bool) -> tuple[QuestionKind, bool]:
    """What is asked, and whether words say so."""
    if people and not titled and _FILMOGRAPHY.search(text) and not re.search(r"\bwho\b", text):
        return QuestionKind.FILMOGRAPHY, True
    if people and re.search(
        r"\b(?:what|which) (?:other|else)\b.*\b(?:do|did|made|make|done|has|have)\b", text
    ):
        return QuestionKind.FILMOGRAPHY, True
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind, True
    return (QuestionKind.ABOUT if titled else QuestionKind.OTHER), False


def _with_expectation(asked: Asked, blanked: str, directory: Directory) -> Asked:
    """ "Did Greta Gerwig direct Lady Bird?", "is Severance on Netflix?": what the answer yes would take."""
    text = blanked.lower().replace("’", "'")
    if not _YES_OR_NO.search(text) and not re.search(r"\bor\b", text):
        return asked
    people_kinds = (QuestionKind.DIRECTOR, QuestionKind.CREATOR, QuestionKind.CAST)
    if asked.people and _YES_OR_NO.search(text):
        kind = asked.kind if asked.kind in people_kinds else QuestionKind.CAST
        return replace(asked, kind=kind, expected=SearchFilters())
    said = read(blanked.replace(_BLANK, "it"), directory).filters
    for key, kind in _CHECKED.items():
        if key in said.set_keys() and asked.kind in (
            kind,
            QuestionKind.ABOUT,
            QuestionKind.OTHER,
            QuestionKind.RATING,
        ):
            keys = [name for name, about in _CHECKED.items() if about is kind]
            return replace(
                asked, kind=kind, expected=SearchFilters(**{name: getattr(said, name) for name in keys})
            )
    if asked.kind is QuestionKind.YEAR and (said.year_from or said.year_to):
        return replace(asked, expected=SearchFilters(year_from=said.year_from, year_to=said.year_to))
    return asked


def _people_in(words: Sequence[str], directory: Directory) -> tuple[set[int], tuple[str, ...]]:
    """Places of people's names, and the names."""
    places: set[int] = set()
    names: dict[str, None] = {}
    place = 0
    while place < len(words):
        step = 1
        for count in (4, 3, 2):
            person = directory.person(words[place : place + count]) if place + count <= len(words) else None
            if person is not None and not all(word in STOP_WORDS for word in words[place : place + count]):
                names[person.name] = None
                places.update(range(place, place + count))
                step = count
                break
        else:
            word = words[place]
            pair = words[place : place + 2]
            plain = common(word) or word in _ASKING
            person = None if plain or directory.versions(word) else directory.by_one_name(word)
            if person is None and len(pair) == 2 and word not in _ASKING and not common(pair[1]):
                near = directory.nearest_person(*pair)
                person = None if near is None or directory.nearest_title(" ".join(pair)) else near
                step = 2 if person else 1
            if person is not None:
                names[person.name] = None
                places.update(range(place, place + step))
        place += step
    return places, tuple(names)


def _title_in(
    text: str, tokens: Sequence[Token], words: Sequence[str], directory: Directory, taken: set[int]
) -> tuple[range, RosterEntry | None, str]:
    """Where a title is named, which one it is, and how it is spelled (also where it is not known)."""
    best: tuple[float, range, RosterEntry] | None = None
    for place in range(len(words)):
        found = directory.title_at(words, place)
        if found is None:
            continue
        count, entry, whole = found
        span = range(place, place + count)
        if set(span) <= taken:
            continue
        weight = _weight(tokens, words, span, whole)
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, span, entry)
    if best is not None:
        _, span, entry = best
        return span, entry, text[tokens[span.start].start : tokens[span.stop - 1].end]
    return range(0), None, ""


def _weight(tokens: Sequence[Token], words: Sequence[str], span: range, whole: bool) -> float:
    """How much speaks for a name there; 0 where nothing does."""
    named = [words[place] for place in span]
    letters = sum(map(len, named))
    written = all(tokens[place].capital or words[place] in STOP_WORDS for place in span) and span.start > 0
    telling = [word for word in named if word not in _ASKING]
    rare = [word for word in telling if not common(word)]
    before = words[span.start - 1] if span.start else ""
    after = words[span.stop] if span.stop < len(words) else ""
    slotted = (not before or before in _SLOT_BEFORE) and (
        not after or after in _SLOT_AFTER or after.isdecimal()
    )
    if rare or (written and (telling or tokens[span.start].capital)):
        return letters + 20 * bool(rare) + 10 * written + 5 * whole + 3 * slotted
    if len(span) > 1 and telling:
        return letters + 5 * whole + 3 * slotted
    if telling and slotted:
        return letters / 2 + 2 * whole
    if len(span) > 1 and whole and slotted:
        return letters / 4
    if (
        len(span) == 1
        and named[0] in ("it", "her", "up", "us", "you", "him", "lost", "her", "old")
        and slotted
        and not telling
    ):
        return 0.0 if named[0] in ("it", "you", "him") else 0.5
    return letters / 8 if len(span) > 2 and whole else 0.0


def _misspelt_in(
    text: str, tokens: Sequence[Token], words: Sequence[str], directory: Directory, taken: set[int]
) -> tuple[range, RosterEntry | None, str]:
    """The first run of words that look like a name: a misspelt title, or one that is not known."""
    runs: list[range] = []
    place = 0
    draft = Draft(text)
    while place < len(words):
        end = place
        while (
            end < min(len(words), place + _LONGEST_RUN)
            and (words[end] not in _ASKING or (end > place and tokens[end].capital))
            and end not in taken
            and not (end > place and draft.breaks(end))
        ):
            end += 1
        if end > place:
            runs.append(range(place, end))
        place = max(end, place + 1)
    spans = [range(run.start, stop) for run in runs for stop in range(run.stop, run.start, -1)]
    for span in spans[:_GUESSES]:
        entry = directory.nearest_title(" ".join(words[span.start : span.stop]))
        if any(words[place] in SERVICE_WORDS for place in span):
            continue
        if entry is not None and not all(common(words[place]) for place in span):
            return span, entry, text[tokens[span.start].start : tokens[span.stop - 1].end]
    if not runs:
        return range(0), None, ""
    first = runs[0]
    if first.start and words[first.start - 1] == "another":
        first = range(first.start - 1, first.stop)
    return range(0), None, text[tokens[first.start].start : tokens[first.stop - 1].end]


def _version(
    text: str,
    words: Sequence[str],
    span: range,
    directory: Directory,
    entry: RosterEntry | None,
    people: Sequence[str],
) -> tuple[int | None, bool]:
    """Which of several titles of one name is meant, and whether all are: told by the year, by "old" or
    "remake", or by who is in it.
    """
    versions = directory.versions(entry.name) if entry else []
    years = sorted({entry.year for entry in versions if entry.year})
    if len(years) < 2:
        return None, False
    if _EVERY.search(text.lower()):
        return None, True
    beside = [word for place, word in enumerate(words) if place not in span]
    for word in beside:
        if word.isdecimal():
            for year in years:
                if word in (str(year), str(year)[2:]):
                    return year, False
    for version in versions:
        if set(people) & {*version.stars, *version.makers}:
            return version.year, False
    if _FIRST & set(beside):
        return years[0], False
    if _LATEST & set(beside):
        return years[-1], False
    return None, False


def _blanked(text: str, tokens: Sequence[Token], span: range) -> str:
    if not len(span):
        return text
    return text[: tokens[span.start].start] + _BLANK + text[tokens[span.stop - 1].end :]
