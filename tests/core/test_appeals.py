"""Every appeal of the bundled titles."""

from core.catalog.appeals import Appeal, read_appeals
from core.catalog.bundle import CURATED
from core.catalog.reader import read_catalogue
from core.domain import Title
from tests.wording import runs

APPEALS = read_appeals()
TITLES = read_catalogue([CURATED]).titles
APPEAL_OF = {title.id: next((APPEALS[key] for key in title.ids if key in APPEALS), None) for title in TITLES}

# part → fewest and most words: the frames are built for phrases of this size
WORDS = {"tone": (3, 11), "theme": (3, 14), "who": (4, 15)}
WORDS_OF_A_LINE = (8, 24)
# Texts of ours about a title must not say the same thing twice.
LONGEST_RUN_OF_THE_OVERVIEW = 5


def borrowed(text: str, overview: str) -> set[tuple[str, ...]]:
    length = LONGEST_RUN_OF_THE_OVERVIEW + 1
    return set(runs(text, length)) & set(runs(overview, length))


def described() -> list[tuple[Title, Appeal]]:
    return [(title, appeal) for title in TITLES if (appeal := APPEAL_OF[title.id]) is not None]


def test_every_described_title_has_one_and_none_is_left_over() -> None:
    assert [title.name for title in TITLES if APPEAL_OF[title.id] is None] == []
    assert set(APPEALS) <= {key for title in TITLES for key in title.ids}


def test_phrases_and_lines_have_the_size_that_frames_are_built_for() -> None:
    wrong = [
        (title.name, part, text)
        for title, appeal in described()
        for part, text, (least, most) in [
            *((part, getattr(appeal, part), size) for part, size in WORDS.items()),
            *(("line", line, WORDS_OF_A_LINE) for line in appeal.lines),
        ]
        if not least <= len(text.split()) <= most
    ]
    assert wrong == []


def test_phrases_are_parts_of_sentences_and_lines_are_whole_ones() -> None:
    wrong = [
        (title.name, appeal)
        for title, appeal in described()
        if any(phrase[-1] in ".!?," for phrase in (appeal.tone, appeal.theme, appeal.who))
        or not all(line[0].isupper() or not line[0].isalpha() for line in appeal.lines)
        or not all(line[-1] in ".!?" for line in appeal.lines)
    ]
    assert wrong == []


def test_none_repeats_the_overview() -> None:
    wrong = [
        (title.name, sorted(borrowed(text, title.overview)))
        for title, appeal in described()
        for text in appeal.texts
        if borrowed(text, title.overview)
    ]
    assert wrong == []


def test_no_text_stands_for_two_titles() -> None:
    texts = [text for _, appeal in described() for text in appeal.texts]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []
