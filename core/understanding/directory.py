"""The names of titles and people that a catalogue holds, to be found in a text."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.ports import RosterEntry
from core.vocabulary.names import folded

__all__ = ["PARTICLES", "Directory", "Person"]

MAX_NAME_WORDS = 16
# How alike a misspelt name and the right one must be (1 less edits per letter); shorter names must be right.
TITLE_LIKENESS = 0.86
WORD_LIKENESS = 0.75
FULL_NAME_LIKENESS = 0.86
MIN_FUZZY_LETTERS = 5
# One of several people of a name is meant where they are this many times as well known as the next.
DOMINANCE = 2.5
# A given name alone ("Denzel") means someone only where nearly all mean them.
GIVEN_NAME_DOMINANCE = 5.0
# "godfather" is The Godfather although another title is called just that.
MUCH_BETTER_KNOWN = 0.3
# How well known someone must be to be meant by one name: the sum of the fame of their titles.
KNOWN_BY_ONE_NAME = 2.0

_SUBTITLE = re.compile(r"\s*(?::|\s[-–—]\s).*$")
_ARTICLES = frozenset({"the", "a", "an"})
_APOSTROPHES = re.compile(r"[’'`.]")
# "Alien³" is written "alien 3".
_LETTER_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
# What belongs to a last name.
PARTICLES = frozenset({"de", "del", "di", "da", "van", "von", "la", "le", "du", "dos", "ben", "mc", "o"})
_SIBLINGS = frozenset({"brothers", "bros", "sisters", "siblings"})


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whom titles name."""

    name: str
    acts: float
    """Sum of the fame of titles that they act in."""
    makes: float
    """Sum of the fame of titles that they direct or create."""

    @property
    def weight(self) -> float:
        """How well known they are."""
        return self.acts + self.makes


class Directory:
    """Names by spelling.

    Args:
        entries: Titles of the catalogue, with their people.
    """

    def __init__(self, entries: Iterable[RosterEntry] = ()) -> None:
        self._titles: dict[str, list[RosterEntry]] = {}
        self._short: dict[str, RosterEntry] = {}
        acts: dict[str, float] = defaultdict(float)
        makes: dict[str, float] = defaultdict(float)
        for entry in entries:
            for key in _spellings(entry.name):
                self._titles.setdefault(key, []).append(entry)
            for key in _short_spellings(entry.name):
                if key not in self._short or self._short[key].fame < entry.fame:
                    self._short[key] = entry
            for name in entry.stars:
                acts[name] += entry.fame + 0.01
            for name in entry.makers:
                makes[name] += entry.fame + 0.01
        for versions in self._titles.values():
            versions.sort(key=lambda entry: -entry.fame)
        self._sorted = sorted(self._titles)
        self._longest: dict[str, int] = {}
        """First word of a name → how many words the longest name has that begins so."""
        for key in self._short:
            first, count = key.split(" ", 1)[0], key.count(" ") + 1
            if count > self._longest.get(first, 0):
                self._longest[first] = min(count, MAX_NAME_WORDS)
        self._words = {word for key in self._sorted for word in key.split()}
        self._people: dict[str, Person] = {}
        self._by_last: dict[str, list[Person]] = {}
        self._by_given: dict[str, list[Person]] = {}
        for name in sorted({*acts, *makes}):
            self._add(Person(name, acts.get(name, 0.0), makes.get(name, 0.0)))

    def _add(self, person: Person) -> None:
        words = folded(person.name).split()
        if len(words) < 2:
            return
        # One key for "Shah Rukh" and "Shahrukh"; middle initials, and what follows two names, may lack.
        spellings = {"".join(words), "".join(word for word in words if len(word) > 1), "".join(words[:2])}
        for key in spellings:
            if key not in self._people or self._people[key].weight < person.weight:
                self._people[key] = person
        self._words.update(words)
        for index, key in ((self._by_last, words[-1]), (self._by_given, words[0])):
            index.setdefault(key, []).append(person)
        if len(words) > 2 and words[-2] in PARTICLES:  # "De Niro"
            self._by_last.setdefault(" ".join(words[-2:]), []).append(person)

    # --- titles ---

    def title_at(self, words: Sequence[str], start: int) -> tuple[int, RosterEntry, bool] | None:
        """The longest title name that begins at a word: how many words it takes, its best-known bearer, and
        whether it stands there in full.

        Full names go before short ones ("the lord of the rings", "godfather").
        """
        longest = min(self._longest.get(words[start], 0), len(words) - start) if start < len(words) else 0
        for count in range(longest, 0, -1):
            key = " ".join(words[start : start + count])
            versions, short = self._titles.get(key), self._short.get(key)
            if versions and short and short.fame > versions[0].fame + MUCH_BETTER_KNOWN:
                return count, short, False
            if versions:
                return count, versions[0], True
            if short:
                return count, short, False
        return None

    def knows(self, word: str) -> bool:
        """Whether a folded word occurs in any name, so that it is no misspelling of another."""
        return word in self._words

    def versions(self, name: str) -> list[RosterEntry]:
        """Every title of this name, the best known first."""
        return self._titles.get(folded(name), [])

    def nearest_title(self, spelling: str) -> RosterEntry | None:
        """The title that a misspelt or cut name means ("intersteller", "parks and rec"), or None."""
        key = folded(spelling)
        if len(key) < MIN_FUZZY_LETTERS:
            return None
        begun: list[RosterEntry] = []
        place = bisect_left(self._sorted, key)
        while place < len(self._sorted) and self._sorted[place].startswith(key) and len(begun) < 50:
            begun.append(self._titles[self._sorted[place]][0])
            place += 1
        if begun:
            return max(begun, key=lambda entry: entry.fame)
        near = process.extract(
            key, self._sorted, scorer=OSA.normalized_similarity, score_cutoff=TITLE_LIKENESS, limit=3
        )
        found = [self._titles[name][0] for name, _, _ in near]
        return max(found, key=lambda entry: entry.fame, default=None)

    def titles_of(self, people: Sequence[str]) -> list[RosterEntry]:
        """Titles that all of these people act in or made, the best known first."""
        wanted = set(people)
        found = [
            entry
            for versions in self._titles.values()
            for entry in versions
            if wanted and wanted <= {*entry.stars, *entry.makers}
        ]
        distinct = {(entry.name, entry.year): entry for entry in found}
        return sorted(distinct.values(), key=lambda entry: (-entry.fame, entry.name))

    # --- people ---

    def person(self, words: Sequence[str]) -> Person | None:
        """Someone by their full name."""
        return self._people.get("".join(words))

    def is_given_name(self, word: str) -> bool:
        """Whether someone is called so by their first name."""
        return word in self._by_given

    def by_one_name(self, word: str, *, maker: bool = False) -> Person | None:
        """Someone by their last name alone, or by a rare given name, where hardly anyone else is meant.

        Args:
            word: The name, folded.
            maker: Look among directors and creators ("by Anderson").
        """
        bearers = self._by_last.get(word, [])
        chosen = _dominant(bearers, DOMINANCE, maker=maker)
        if chosen is None or chosen.weight < KNOWN_BY_ONE_NAME:
            chosen = _dominant(self._by_given.get(word, []), GIVEN_NAME_DOMINANCE, maker=False)
        return chosen if chosen and chosen.weight >= KNOWN_BY_ONE_NAME else None

    def siblings(self, word: str, kin: str) -> list[Person]:
        """`coen`, `brothers` → both, the best known first: the two makers of that name."""
        if kin not in _SIBLINGS:
            return []
        makers = [person for person in self._by_last.get(word, []) if person.makes > KNOWN_BY_ONE_NAME / 2]
        return sorted(makers, key=lambda person: (-person.makes, person.name))[:2]

    def nearest_person(self, given: str, last: str) -> Person | None:
        """Someone of a misspelt or shortened name: one of the two words must be right, the other alike
        ("meryl strep", "jason stathem", "leo dicaprio").
        """
        found: list[tuple[float, Person]] = []
        for person in self._by_last.get(last, []):
            own = folded(person.name).split()[0]
            if len(given) >= 2 and own.startswith(given):
                found.append((0.9, person))
            else:
                found.append((_likeness(given, own), person))
        found += [
            (_likeness(last, folded(person.name).split()[-1]), person)
            for person in self._by_given.get(given, [])
        ]
        alike = [(score, person) for score, person in found if score >= WORD_LIKENESS]
        if not alike:
            return None
        return max(alike, key=lambda item: (round(item[0], 1), item[1].weight))[1]

    def nearest_full_name(self, spelling: str) -> Person | None:
        """Someone both of whose names are misspelt ("scarlet johanson")."""
        key = spelling.replace(" ", "")
        near = process.extract(
            key,
            self._people.keys(),
            scorer=OSA.normalized_similarity,
            score_cutoff=FULL_NAME_LIKENESS,
            limit=3,
        )
        people = [self._people[name] for name, _, _ in near]
        return max(people, key=lambda person: person.weight, default=None)

    def nearest_one_name(self, word: str) -> Person | None:
        """Someone known by their last name, misspelt ("tarentino")."""
        if len(word) < MIN_FUZZY_LETTERS + 1:
            return None
        near = process.extract(
            word, list(self._by_last), scorer=OSA.normalized_similarity, score_cutoff=0.82, limit=5
        )
        people = [person for name, _, _ in near if (person := self.by_one_name(name))]
        return max(people, key=lambda person: person.weight, default=None)


def _likeness(one: str, other: str) -> float:
    """How alike two names are, also by their sound ("Sofia", "Sophia")."""
    if min(len(one), len(other)) < MIN_FUZZY_LETTERS - 1:
        return 0.0
    pairs = ((one, other), (_sound(one), _sound(other)))
    return max(float(OSA.normalized_similarity(a, b)) if a[0] == b[0] else 0.0 for a, b in pairs)


def _sound(name: str) -> str:
    """Letters that sound alike made one: ph and f, c and k, y and i; doubled ones single."""
    for written, heard in (("ph", "f"), ("ck", "k"), ("c", "k"), ("y", "i"), ("z", "s")):
        name = name.replace(written, heard)
    return "".join(char for place, char in enumerate(name) if place == 0 or char != name[place - 1])


def _dominant(people: Sequence[Person], factor: float, *, maker: bool) -> Person | None:
    """The one who is `factor` times as well known as the next, or None."""
    known = sorted(((person.makes if maker else person.weight, person) for person in people), key=_weight)
    if not known or (len(known) > 1 and known[-1][0] <= factor * known[-2][0]):
        return None
    return known[-1][1]


def _weight(item: tuple[float, Person]) -> float:
    return item[0]


def _spellings(name: str) -> set[str]:
    """Full spellings of a title: "&" as "and", apostrophes left out or not."""
    written = {name, _APOSTROPHES.sub("", name)}
    written |= {text.replace("&", " and ") for text in written}
    keys = {key for text in written if (key := folded(text))}
    return keys | {_LETTER_DIGIT.sub(" ", key) for key in keys}


def _short_spellings(name: str) -> set[str]:
    """Without the article in front, without the subtitle, without both."""
    found: set[str] = set()
    for full in (name, _SUBTITLE.sub("", name)):
        for key in _spellings(full):
            words = key.split()
            found.add(key)
            if words[0] in _ARTICLES and len(words) > 1:
                found.add(" ".join(words[1:]))
    return found
