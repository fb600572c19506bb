"""The answer that needs no model: a few picks, each with a reason made of what matched the wish.

What it says of a title comes from our own phrases and sentences about it, else from its facts.
"""

import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter

from core.answering.answer import Brief, Piece
from core.answering.chips import RELAXED_WORDS, unmet
from core.answering.frames import FACTS, MOODS, OPENINGS, REASONS
from core.answering.matches import Matches, matches_of, wish_stems
from core.answering.text import capitalised, escaped, joined, with_article
from core.catalog.appeals import Appeal
from core.domain import Intent, MediaType, RankedTitle, Title, Understanding
from core.vocabulary.names import folded
from core.vocabulary.places import language_name, the_country

__all__ = ["MAX_PICKS", "MIN_PICKS", "Composer", "chosen", "corrections"]

MAX_PICKS = 5
MIN_PICKS = 3
# A pick must be at least this share as relevant as the best one, beyond the first few.
RELEVANCE_SHARE = 0.6
# A wish longer than this is not said back.
_LONGEST_ECHO = 80
# A frame comes back only after this many others: about twenty answers' worth of reasons.
_REASONS_REMEMBERED = 90
_OPENINGS_REMEMBERED = 13
# A reason with fewer words gets one of the title's own sentences behind it.
_SHORT_REASON = 14
# Two texts about a title that share this many words say the same thing.
_SAME_WORDS = 3
_TOO_MANY_WITH = 2
_COUNTS = ("none", "one", "two", "three", "four", "five")
_FEW_VOTES = 3_000
_LONGEST_KEYWORD = 30
# What begins with one of these is not said back: it is no thing that one could ask for.
_NO_NOUN = frozenset("about with without on in from for by of to that which who set like and or but".split())
_PLURALS = {
    "action": "action films",
    "comedy": "comedies",
    "documentary": "documentaries",
    "drama": "dramas",
    "mystery": "mysteries",
    "thriller": "thrillers",
    "western": "westerns",
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


def corrections(understood: Understanding) -> str:
    """Says whom a misspelt name was taken for; empty where every name was right."""
    if not understood.corrected:
        return ""
    wrong = joined([f"*{escaped(written)}*" for written, _ in understood.corrected], "or")
    meant = joined([escaped(name) for _, name in understood.corrected])
    return f"I don't know anyone called {wrong}; did you mean {meant}?\n\n"


class _Phrasebook:
    """Chooses frames so that none comes back soon, whoever asks.

    Args:
        remembered: How many uses lie between two of the same frame, where there are enough frames.
    """

    def __init__(self, remembered: int) -> None:
        self._used: deque[str] = deque(maxlen=remembered)

    def fresh(self, frames: Sequence[str], seed: int) -> str | None:
        """One that was not used lately, by the seed; None where all were."""
        unused = [frame for frame in frames if frame not in self._used]
        return self._use(unused[seed % len(unused)]) if unused else None

    def least_recent(self, frames: Sequence[str], seed: int) -> str:
        """One that was not used lately, or else the one that was used longest ago."""
        return self.fresh(frames, seed) or self._use(min(frames, key=list(self._used).index))

    def _use(self, frame: str) -> str:
        if frame in self._used:
            self._used.remove(frame)
        self._used.append(frame)
        return frame


class Composer:
    """Writes answers. Remembers which sentences it used lately, so that it does not repeat itself.

    Args:
        appeals: What speaks for a title, by canonical id; of the others it tells the facts.
    """

    def __init__(self, appeals: Mapping[str, Appeal]) -> None:
        self._appeals = appeals
        self._reasons = _Phrasebook(_REASONS_REMEMBERED)
        self._moods = _Phrasebook(len(MOODS) - 1)
        self._facts = _Phrasebook(len(FACTS) - 1)
        self._openings = _Phrasebook(_OPENINGS_REMEMBERED)

    def pieces(self, brief: Brief) -> Iterator[Piece]:
        """The answer, piece by piece: a sentence that takes up the wish, then the picks."""
        picks = chosen(brief.ranked)
        yield corrections(brief.understood) + self._opening(brief, len(picks)) + "\n"
        yield from self._listed(brief, picks, 1)

    def rest(self, brief: Brief, picked: frozenset[str]) -> Iterator[Piece]:
        """What an answer lacks that a model left unfinished: picks other than its own, up to three in all."""
        left = [item for item in brief.ranked if item.title.id not in picked]
        count = max(MIN_PICKS - len(picked), 0)
        if left and count:
            if not picked:
                yield self._openings.least_recent(OPENINGS["rest"], _seed(brief)) + "\n"
            yield from self._listed(brief, left[:count], len(picked) + 1)

    def _listed(self, brief: Brief, picks: Sequence[RankedTitle], first: int) -> Iterator[Piece]:
        kinds_used: set[str] = set()
        for number, item in enumerate(picks, start=first):
            yield f"\n{number}. "
            yield item
            yield f" — {self.reason(item.title, brief, kinds_used)}\n"

    # --- the opening ---

    def _opening(self, brief: Brief, count: int) -> str:
        """One sentence that takes up the wish and says what was dropped of it.

        The wish is said back only where it stands in one piece in what was asked.
        """
        understood, filters = brief.understood, brief.understood.filters
        wish, seed = understood.search_text, _seed(brief)
        gaps = {"count": _COUNTS[count]}
        if brief.relaxed:
            relaxed = [key for key in brief.relaxed if key != "region"]
            dropped = list(dict.fromkeys(RELAXED_WORDS[key] for key in relaxed))
            gaps |= {"unmet": unmet(filters, relaxed), "dropped": joined(dropped)}
            kind = "relaxed"
            if len(relaxed) < len(brief.relaxed):
                gaps["place"] = escaped(the_country(filters.region or ""))
                gaps["services"] = escaped(joined(filters.providers, "or"))
                kind = "unknown place" if relaxed else "elsewhere"
        elif filters.like_titles:
            gaps["liked"] = escaped(joined(filters.like_titles))
            kind = "like"
        elif filters.people:
            gaps["people"] = escaped(joined(filters.people))
            kind = "people"
        elif (
            (understood.search_terms or filters.genres)
            and 0 < len(wish) <= _LONGEST_ECHO
            and wish in brief.request.text
            and "://" not in wish
            and folded(wish).split(" ")[0] not in _NO_NOUN
        ):
            gaps["wish"] = escaped(wish)
            kind = "wish"
        else:
            kind = "refine" if understood.intent is Intent.REFINE else "plain"
        return _filled(self._openings.least_recent(OPENINGS[kind], seed), gaps)

    # --- the reasons ---

    def reason(self, title: Title, brief: Brief, kinds_used: set[str]) -> str:
        """Why this title for this wish, in CommonMark.

        Args:
            title: The title.
            brief: The wish.
            kinds_used: Kinds of frames that the answer has used already; one is added, so that the next
                reason argues differently where it can.
        """
        appeal = next((self._appeals[key] for key in title.ids if key in self._appeals), None)
        matches = matches_of(title, appeal, brief)
        seed = _seed(brief, title.id)
        gaps = {key: escaped(text) for key, text in _gaps(title, appeal, matches).items() if text}
        if appeal is None:
            book, frames = (self._moods, MOODS) if title.moods else (self._facts, FACTS)
            return _filled(book.least_recent([frame for frame in frames if _fits(frame, gaps)], seed), gaps)
        wished = wish_stems(brief.understood.search_text)
        for kind in sorted(_kinds(matches, seed, few="votes" in gaps), key=lambda kind: kind in kinds_used):
            fitting = [frame for frame in REASONS[kind] if _fits(frame, gaps) and _reads(frame, gaps)]
            frame = self._reasons.fresh(fitting, seed)
            if frame is not None:
                kinds_used.add(kind)
                said = _filled(frame, gaps)
                if len(said.split()) >= _SHORT_REASON:
                    return said
                return f"{said} {escaped(_line(appeal, wished, said))}"
        return escaped(" ".join(appeal.lines) if seed % 2 else _line(appeal, wished, ""))


def _seed(brief: Brief, *further: str) -> int:
    return zlib.crc32("\n".join([brief.request.text, *further]).encode())


def _kinds(matches: Matches, seed: int, *, few: bool) -> list[str]:
    """The kinds of frames that what matched calls for, the most telling first."""
    kinds = [
        kind
        for kind, matched in (
            ("same_maker", matches.same_maker),
            ("maker", matches.maker),
            ("lead", matches.star and matches.leads and seed % 2),
            ("star", matches.star),
            ("shared", matches.shared),
            ("like", matches.like),
            ("moods", matches.moods),
            *((part, True) for part in matches.touched),
            ("overlooked", matches.overlooked and few),
            ("short", matches.short),
            ("foreign", matches.foreign),
            ("era", matches.era),
            ("genres", matches.genres),
        )
        if matched
    ]
    return kinds or [("theme", "who", "tone")[seed % 3]]


def _line(appeal: Appeal, wished: set[str], said: str) -> str:
    """The sentence of ours that speaks to the wish and does not say again what was said."""
    stems_said = wish_stems(said)
    return max(
        appeal.lines,
        key=lambda line: (
            len(stems_said & wish_stems(line)) < _SAME_WORDS,
            len(wished & wish_stems(line)),
        ),
    )


def _gaps(title: Title, appeal: Appeal | None, matches: Matches) -> dict[str, str]:
    """What the gaps of frames are filled with, as far as it is known."""
    kind = "series" if title.media_type is MediaType.TV else "film"
    country = title.countries[0] if len(title.countries) == 1 else ""
    foreign_country = country if country not in ("", "US") else ""
    maker = matches.maker or matches.same_maker
    makers = (title.directors or title.creators)[:2]
    gaps = {
        "kind": kind,
        "thing": with_article(_thing(title, kind, foreign_country)),
        "moods": joined(matches.moods),
        "own": joined([*matches.moods, *(mood for mood in title.moods if mood not in matches.moods)][:3]),
        "own_first": (matches.moods or title.moods or ("",))[0],
        "mood": matches.moods[0] if matches.moods else "",
        "shared": joined(matches.shared),
        "like": matches.like,
        "star": matches.star,
        "maker": maker or joined(makers),
        "stars": joined([name for name in title.stars if name not in makers][:2]),
        "genres": _plural(matches.genres[0], kind) if matches.genres else "",
        "keywords": joined(_short_ones(matches.keywords or title.keywords)),
        "year": str(title.year or ""),
        "decade": f"{title.year // 10 * 10}s" if title.year else "",
        "minutes": str(title.runtime_minutes or ""),
        "tongue": language_name(title.language) if title.language and title.language != "en" else "",
        "country": the_country(foreign_country) if foreign_country else "",
        "votes": _few_votes(title),
    }
    gaps["foreign_thing"] = with_article(f"{gaps['tongue']} {kind}") if gaps["tongue"] else ""
    if appeal is not None:
        gaps |= {"tone": appeal.tone, "theme": appeal.theme, "who": appeal.who}
    return gaps


def _plural(genre: str, kind: str) -> str:
    """`comedies`, `crime films`, `crime series`, `drama series`."""
    if kind == "series":
        return f"{genre} series"
    return _PLURALS.get(genre, f"{genre} films")


def _thing(title: Title, kind: str, country: str) -> str:
    """`Korean drama series`, `comedy film from Ireland`."""
    genre = joined([name.lower() for name in title.genres[:2]])
    tongue = language_name(title.language) if title.language and title.language != "en" else ""
    words = " ".join(part for part in (tongue, genre, kind) if part)
    if not country or tongue:
        return words
    return f"{words} from {the_country(country)}"


def _short_ones(keywords: Sequence[str]) -> list[str]:
    """The first two keywords that are no whole sentences."""
    return [keyword for keyword in keywords if len(keyword) <= _LONGEST_KEYWORD][:2]


def _few_votes(title: Title) -> str:
    """How many rated it, where those are few."""
    votes = title.rating.votes if title.rating else None
    return f"{votes:,}" if votes and title.rating and title.rating.weight < _FEW_VOTES else ""


def _fits(frame: str, gaps: Mapping[str, str]) -> bool:
    return all(name.lower() in gaps for _, name, _, _ in Formatter().parse(frame) if name)


def _reads(frame: str, gaps: Mapping[str, str]) -> bool:
    """Whether it reads well filled: not "with noise with a tune"."""
    return _filled(frame, gaps).lower().count("with ") < _TOO_MANY_WITH


def _filled(frame: str, gaps: Mapping[str, str]) -> str:
    """The frame with its gaps filled; those written with a capital get one, and so does the beginning."""
    parts = []
    for text, name, _, _ in Formatter().parse(frame):
        parts.append(text)
        if name:
            value = gaps[name.lower()]
            parts.append(capitalised(value) if name[0].isupper() else value)
    return "".join(parts)
