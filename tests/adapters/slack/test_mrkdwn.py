"""CommonMark as Slack's markup: what it looks like, and that nothing in a text can call anyone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.pager import utf16_length
from adapters.slack.mrkdwn import clipped, fitted, link, literal, mrkdwn, mrkdwn_pages, typed

GAP = "\u200b"
# Escaped text, links to the web or a mailbox, and the signs of quotations: nothing else has `<`, `>` or `&`.
WELL_FORMED = re.compile(
    r"(?:[^<>&]|&(?:amp|lt|gt);|<(?i:https?://|mailto:)(?:[^<>|&\s]|&amp;)+(?:\|(?:[^<>|&\n]|&(?:amp|lt|gt);)+)?>"
    r"|^>(?=[ \n]|\Z))*",
    re.MULTILINE,
)
PIECES = st.sampled_from(
    [
        *("word", "Fargo (1996)", "snake_case", "é", "🎬", "1990", " ", " ", "\n", "\n\n", "  \n", "\\", "|"),
        *("*", "**", "_", "__", "~~", "~", "`", "``", "```", "\n```\n", "~~~", "***"),
        *("# ", "- ", "* ", "1. ", "2) ", "> ", "    ", "---", "===", "\t", "[x]: http://a.b\n"),
        *("<", ">", "&", "&lt;", "&#60;", "<!channel>", "<!here>", "<@U123>", "<#C123>", "@here", "<!--"),
        *("[", "](", ")", "![", "](!channel)", "](@U123)", "](http://a.b/c?d=1&e=2)", "(javascript:x)"),
        *("https://a.b/c_d", "<https://a.b>", "<a@b.co>", "(http://x.y)", "http://", "mailto:a@b.co"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60))


@pytest.mark.parametrize(
    ("commonmark", "shown"),
    [
        ("**bold** *italic* ~~struck~~ ***both***", "*bold* _italic_ ~struck~ _*both*_"),
        ("**out *in* out**", "*out _in_ out*"),
        ("`a < b` and ``a`b``", "`a &lt; b` and `aˋb`"),
        ("```py\nx = '<!here>'\n  y\n```", "```\nx = '&lt;!here&gt;'\n  y\n```"),
        ("````\n```\n````", "```\nˋˋˋ\n```"),
        ("[Fargo](https://x.y/275 'a film')", "<https://x.y/275|Fargo>"),
        ("[**Fargo** | `1996`](https://x.y/?a=1&b=2)", "<https://x.y/?a=1&amp;b=2|Fargo ∣ 1996>"),
        ("**[Fargo](https://x.y)**", "*<https://x.y|Fargo>*"),
        ("<https://x.y> <a@b.co>", "<https://x.y> <mailto:a@b.co|a@b.co>"),
        ("see https://x.y/Fargo_(film), ok", "see <https://x.y/Fargo_(film)>, ok"),
        ("(https://x.y/a).", "(<https://x.y/a>)."),
        ("![A poster](https://x.y/p.jpg)", "<https://x.y/p.jpg|A poster>"),
        ("[![A poster](https://x.y/p.jpg)](https://x.y)", "<https://x.y|A poster>"),
        ("[here](relative) [x](slack://open)", "here x"),
        ("# Tonight's **three**\n\ntext", "*Tonight's three*\n\ntext"),
        ("Tonight\n===\ntext", "*Tonight*\n\ntext"),
        ("- a\n- b\n  - c\n    - d\n- e", "• a\n• b\n    ◦ c\n        ▪ d\n• e"),
        ("1. a\n2. b\n\n3. c", "1. a\n\n2. b\n\n3. c"),
        ("7) a\n8) b", "7) a\n8) b"),
        ("1. a\n   b\n2. c", "1. a\n    b\n2. c"),
        ("- ```\n  code\n  ```\n- b", "• ```\ncode\n```\n• b"),
        ("> a\n> b\n>\n> > c\n\nd", "> a\n> b\n>\n> c\n\nd"),
        ("- a\n  > b", "• a\n    b"),
        ("one  \ntwo\\\nthree\nfour", "one\ntwo\nthree\nfour"),
        ("**one\ntwo**", "*one*\n*two*"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("AT&T &amp; <b>x</b> 1 > 0", "AT&amp;T &amp; &lt;b&gt;x&lt;/b&gt; 1 &gt; 0"),
        (r"\*no\* 5 \* 3 ~5 snake_case _x", "∗no∗ 5 ∗ 3 ∼5 snake_case ˍx"),
        (r"**M\*A\*S\*H (1970)**: war", "*M∗A∗S∗H (1970)*: war"),
        ("a**b**c, **d**… *e*`f`", f"a{GAP}*b*{GAP}c, *d*{GAP}… _e_{GAP}`f`"),
        ("", ""),
    ],
)
def test_what_commonmark_becomes(commonmark: str, shown: str) -> None:
    assert mrkdwn(commonmark) == shown


@pytest.mark.parametrize(
    "text",
    [
        "<!channel>",
        "&lt;!channel&gt;",
        "&#60;!here>",
        "\\<!everyone>",
        "[x](!channel)",
        "[x](<!channel>)",
        "[x](@U123)",
        "[x](#C123)",
        "<@U123>",
        "![x](!here)",
        "`<!channel>`",
        "```\n<!channel>\n```",
        "    <!channel>",
        "[a\\|b>](http://x.y/>|<!channel>)",
        "http://x.y/<!channel>",
    ],
)
def test_no_text_calls_anyone(text: str) -> None:
    shown = mrkdwn(text)
    assert not re.search(r"<[!@#]", shown)
    assert WELL_FORMED.fullmatch(shown)


@given(TEXTS)
def test_whatever_is_written_is_well_formed(text: str) -> None:
    shown = mrkdwn(text)
    assert WELL_FORMED.fullmatch(shown)
    assert shown.count("```") % 2 == 0


@given(TEXTS, st.integers(0, 100))
def test_a_stream_cut_anywhere_is_well_formed(text: str, percent: int) -> None:
    shown = mrkdwn(text[: len(text) * percent // 100])
    assert WELL_FORMED.fullmatch(shown)
    assert shown.count("```") % 2 == 0


@given(st.lists(st.sampled_from(["*a*", "**b", "b**", "`c`", "~~d~~", "e", " ", "_f_", "\n"]), max_size=12))
def test_marks_come_in_pairs_in_each_line(parts: list[str]) -> None:
    for line in mrkdwn("".join(parts)).replace("```", "").split("\n"):
        for mark in "*`~":
            assert line.count(mark) % 2 == 0


@given(st.text(max_size=80))
def test_literal_text_has_no_marks(text: str) -> None:
    assert not set(literal(text)) & set("<>*_~`")


def test_deep_nesting_is_no_trouble() -> None:
    assert mrkdwn("**" * 3_000 + "a" + "**" * 3_000).count("a") == 1
    for mark in ("> ", "- ", "1. ", "> - "):
        assert mrkdwn(mark * 4 + "a").count("a") == 1
        assert WELL_FORMED.fullmatch(mrkdwn(mark * 500 + "a"))


@given(TEXTS, st.integers(10, 300))
def test_what_is_fitted_fits(text: str, size: int) -> None:
    shown = fitted(text, size)
    assert utf16_length(shown) <= size
    assert WELL_FORMED.fullmatch(shown)
    # Where marks do not fit but the text does, it is shown as it was written.
    assert shown in (mrkdwn(text), literal(text)) or shown.endswith("…")


@given(st.text(max_size=80), st.integers(1, 60))
def test_what_is_clipped_fits(text: str, size: int) -> None:
    assert utf16_length(clipped(text, size)) <= size


def test_a_long_text_is_cut_at_a_good_place() -> None:
    assert fitted("The jokes land. Because **nobody** here is clean, and then some more.", 56) == (
        "The jokes land. Because *nobody* here is clean, and…"
    )


@given(st.lists(TEXTS, max_size=6).map("\n\n".join))
@settings(deadline=None)
def test_each_page_fits(text: str) -> None:
    parts = mrkdwn_pages(text, 400)
    assert all(utf16_length(part) <= 400 for part in parts)
    assert all(WELL_FORMED.fullmatch(part) for part in parts)


def test_pages_hold_all_of_a_text() -> None:
    text = "\n\n".join(f"{number}. **Title {number}** — because of & <this>." for number in range(60))
    parts = mrkdwn_pages(text, 500)
    assert "\n\n".join(parts) == mrkdwn(text)


def test_a_link_leads_to_the_web_or_is_none() -> None:
    assert link("https://x.y/a|b?c=1&d=<e>", "A | <b>\n*c*") == (
        "<https://x.y/a%7Cb?c=1&amp;d=%3Ce%3E|A ∣ &lt;b&gt; ∗c∗>"
    )
    assert link("!channel", "all of you") == "all of you"
    assert link("javascript:alert(1)", "x") == "x"


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("Q &amp; A &lt;3", "Q & A <3"),
        ("&amp;lt;", "&lt;"),
        ("like <https://x.y/275|x.y/275> and <https://a.b>", "like x.y/275 and https://a.b"),
        ("<@U1|bob> in <#C1|general> <!here|here> <!here>", "@bob in #general @here @here"),
        ("<mailto:a@b.co|a@b.co>", "a@b.co"),
    ],
)
def test_what_people_typed_is_read_as_they_typed_it(sent: str, plain: str) -> None:
    assert typed(sent) == plain
