"""CommonMark as Slack's own markup, and what people typed as plain text.

Slack's markup has no escapes: a sign that would be taken for a mark is replaced by its like. Only links to
the web and to mailboxes are made, so that no text can call a user, a channel or everyone.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
import string
from collections.abc import Iterator, Sequence
from itertools import takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.pager import Limit, pages, utf16_length

__all__ = ["clipped", "fitted", "link", "literal", "mrkdwn", "mrkdwn_pages", "shortened", "typed"]

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
_BOLD, _ITALIC, _STRUCK, _CODE, _FENCE = "*", "_", "~", "`", "```"
_MARKS = {"strong": _BOLD, "em": _ITALIC, "s": _STRUCK}
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Signs that look like marks and are none.
_LIKES = str.maketrans({_BOLD: "∗", _ITALIC: "ˍ", _STRUCK: "∼", _CODE: "ˋ"})
_BAR = "∣"
_INSIDE_A_WORD = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")
# Beside anything else, Slack takes a mark for text; there it gets a space of no width.
_BESIDE_MARKS = frozenset(string.whitespace + string.punctuation) - set("*_~`")
_NO_WIDTH = "\u200b"
_LINKED = re.compile(r"(?:https?://[^\s/]|mailto:\S)", re.IGNORECASE)
_IN_URLS = {ord(char): f"%{ord(char):02X}" for char in '<>|"` '} | {ord("&"): "&amp;"}
_BARE_URL = re.compile(r"\bhttps?://\w[^\s<>|`]*")
_AFTER_URLS = ".,;:!?'\"*_~)]}…"
_BULLETS = ("•", "◦", "▪")
_INDENT = "    "
_RULE = "———"
_ELLIPSIS = "…"
# By no more than this does a text grow: an ampersand five times, a line in a quoted list eight times.
_MOST_GROWTH = 10
# The smallest piece that the pager cuts.
_LEAST = 40
_TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def mrkdwn(text: str) -> str:
    """A text in Slack's markup.

    Args:
        text: CommonMark with `~~strikethrough~~`, cut wherever it may be. Of lists and quotations in each
            other, more than 20 levels are not shown.
    """
    return _blocks(iter(_PARSER.parse(text)), "")


def mrkdwn_pages(text: str, size: int) -> list[str]:
    """A text in Slack's markup, cut at good places into parts of at most `size` characters, 400 at least."""
    shown: list[str] = []
    for room in (size, size * 4 // 5, size // _MOST_GROWTH):
        shown = [mrkdwn(page.text) for page in pages(text, Limit(room))]
        if all(utf16_length(part) <= size for part in shown):
            break
    return shown


def fitted(text: str, size: int) -> str:
    """A text in Slack's markup, or as much of it as `size` characters hold, with an ellipsis."""
    shown = mrkdwn(text)
    if utf16_length(shown) <= size:
        return shown
    for room in (size - 2, size * 4 // 5, size // 2):
        if room >= _LEAST:
            shown = _with_ellipsis(mrkdwn(pages(text, Limit(room))[0].text))
            if utf16_length(shown) <= size:
                return shown
    return clipped(text, size)


def clipped(text: str, size: int) -> str:
    """Plain text so that Slack's markup shows it as it is, or as much of it as `size` characters hold."""
    return literal(shortened(text, size))


def shortened(text: str, size: int) -> str:
    """Plain text, or as much of it as `size` characters hold once it is made markup, with an ellipsis."""
    if utf16_length(literal(text)) <= size:
        return text
    kept, room = "", size - len(_ELLIPSIS)
    for char in text:
        room -= utf16_length(char.translate(_ENTITIES))
        if room < 0:
            break
        kept += char
    return kept.rstrip() + _ELLIPSIS


def literal(text: str) -> str:
    """Plain text so that Slack's markup shows it as it is."""
    return _unmarked(text, in_marks=True)


def link(url: str, label: str) -> str:
    """A link; the label alone where the address leads neither to the web nor to a mailbox.

    Args:
        url: The address.
        label: Plain text.
    """
    shown = literal(" ".join(label.split())).replace("|", _BAR)
    if not _LINKED.match(url):
        return shown
    address = url.translate(_IN_URLS)
    return f"<{address}|{shown}>" if shown and label != url else f"<{address}>"


def typed(text: str) -> str:
    """What a person typed, from how Slack sends it: links and mentions by their labels, no entities."""
    plain = _TOKEN.sub(_told, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _told(found: re.Match[str]) -> str:
    target, label = found[1], found[2]
    sign = {"@": "@", "#": "#", "!": "@"}.get(target[:1], "")
    if label:
        return label if label.startswith(sign) else sign + label
    return target.replace("!", sign, 1) if sign else target.removeprefix("mailto:")


def _with_ellipsis(shown: str) -> str:
    beside_a_mark = shown.endswith((_BOLD, _ITALIC, _STRUCK, _CODE))
    return shown + (f" {_ELLIPSIS}" if beside_a_mark else _ELLIPSIS)


# --- blocks ---


def _blocks(tokens: Iterator[Token], closing: str, depth: int = 0) -> str:
    """The blocks before a closing token; `depth` tells how many lists they stand in."""
    shown, gap = "", "\n\n"
    for token in takewhile(lambda token: token.type != closing, tokens):
        match token.type:
            case "inline":
                block = _running(token.children or ())
            case "heading_open":
                block = _running(next(tokens).children or (), (_BOLD,))
            case "fence" | "code_block":
                block = _code_block(token.content)
            case "blockquote_open":
                inside = _blocks(tokens, "blockquote_close", depth)
                block = inside if depth else _quoted(inside)  # in a list, Slack knows no quotations
            case "bullet_list_open" | "ordered_list_open":
                block = _list(token, tokens, depth)
            case "hr":
                block = _RULE
            case "paragraph_open" if token.hidden:  # in a list without empty lines
                gap = "\n"
                continue
            case _:
                continue
        shown += gap + block if shown and block else block
    return shown


def _list(opening: Token, tokens: Iterator[Token], depth: int) -> str:
    """A list, up to and with its closing token."""
    inside = list(takewhile(lambda token: token.type[-5:] != "close" or token.level > opening.level, tokens))
    loose = any(
        token.type == "paragraph_open" and not token.hidden and token.level == opening.level + 2
        for token in inside
    )
    bullet = _BULLETS[min(depth, len(_BULLETS) - 1)]
    items, walk = [], iter(inside)
    for item in walk:
        content = _blocks(walk, "list_item_close", depth + 1)
        mark = f"{item.info}{item.markup}" if item.info else bullet
        items.append(f"{mark} {_indented(content) if depth < len(_BULLETS) else content}".rstrip())
    return ("\n\n" if loose else "\n").join(items)


def _indented(text: str) -> str:
    """The lines after the first one moved to the right, but those of code."""
    first, *others = text.split("\n")
    lines, in_code = [first], _FENCE in first
    for line in others:
        at_fence = _FENCE in line
        lines.append(line if in_code or at_fence or not line else _INDENT + line)
        in_code ^= at_fence
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Each line as a quotation; Slack knows but one level of it."""
    lines = text.split("\n") if text else []
    return "\n".join(line if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def _code_block(code: str) -> str:
    inside = code.strip("\n").replace(_FENCE, _FENCE.translate(_LIKES)).translate(_ENTITIES)
    return f"{_FENCE}\n{inside}\n{_FENCE}" if inside.strip() else ""


# --- running text ---


class _Writer:
    """Text with marks that open and close where Slack sees them, and end with each line."""

    def __init__(self, marks: Sequence[str]) -> None:
        self.marks = list(marks)
        """Those in force, the innermost last; one that is in force already may come again."""
        self._shown = ""
        self._open: list[str] = []

    def write(self, text: str) -> None:
        """Show some text, markup already, with the marks in force."""
        if not text:
            return
        wanted = list(dict.fromkeys(self.marks))
        still = (at for at, mark in enumerate(self._open) if wanted[at : at + 1] != [mark])
        kept = next(still, len(self._open))
        closed = self._close(kept)
        opening = "".join(wanted[kept:])
        beside = self._shown[-1:] if opening else text[0]
        if (opening or closed) and self._shown and beside not in _BESIDE_MARKS:
            self._shown += _NO_WIDTH
        self._shown += opening + text
        self._open = wanted

    def break_line(self) -> None:
        """Go on in the next line."""
        self._close(0)
        self._shown += "\n"

    def ended(self) -> str:
        """All of it."""
        self._close(0)
        return self._shown

    def _close(self, kept: int) -> bool:
        self._shown += "".join(reversed(self._open[kept:]))
        closed = len(self._open) > kept
        del self._open[kept:]
        return closed


def _running(tokens: Sequence[Token], marks: Sequence[str] = ()) -> str:
    """Running text, in these marks from the start."""
    writer = _Writer(marks)
    walk = iter(tokens)
    for token in walk:
        kind, _, side = token.type.rpartition("_")
        match token.type:
            case "text":
                _write_text(writer, token.content)
            case "code_inline":
                writer.marks.append(_CODE)
                writer.write(token.content.replace(_CODE, _CODE.translate(_LIKES)).translate(_ENTITIES))
                writer.marks.pop()
            case "softbreak" | "hardbreak":
                writer.break_line()
            case "link_open" if _LINKED.match(str(token.attrs["href"])):
                inside = list(takewhile(lambda token: token.type != "link_close", walk))
                bare = token.markup == "autolink" and not str(token.attrs["href"]).startswith("mailto:")
                writer.write(link(str(token.attrs["href"]), "" if bare else _label(inside)))
            case "image":
                writer.write(link(str(token.attrs["src"]), _label(token.children or ())))
            case _ if kind in _MARKS and side == "open":
                writer.marks.append(_MARKS[kind])
            case _ if kind in _MARKS:
                writer.marks.pop()
            case _:
                pass
    return writer.ended()


def _write_text(writer: _Writer, text: str) -> None:
    """Text with its addresses as links, since Slack is told to look for none."""
    at = 0
    for found in _BARE_URL.finditer(text):
        url = _without_trailing_signs(found[0])
        writer.write(_unmarked(text[at : found.start()], in_marks=bool(writer.marks)))
        writer.write(link(url, ""))
        at = found.start() + len(url)
    writer.write(_unmarked(text[at:], in_marks=bool(writer.marks)))


def _without_trailing_signs(url: str) -> str:
    while url[-1] in _AFTER_URLS and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url


def _label(tokens: Sequence[Token]) -> str:
    """What stands in a link or for an image, as plain text: Slack shows no marks there."""
    parts = (
        _label(token.children or ()) if token.type == "image" else token.content or " "
        for token in tokens
        if token.content or token.type in ("softbreak", "hardbreak")
    )
    return "".join(parts)


def _unmarked(text: str, *, in_marks: bool) -> str:
    """Plain text with no sign left that could be a mark. Outside marks, an underscore in a word is none."""
    if in_marks or _ITALIC not in text:
        return text.translate(_LIKES).translate(_ENTITIES)
    kept = {place for found in _INSIDE_A_WORD.finditer(text) for place in range(*found.span())}
    shown = (char if at in kept else char.translate(_LIKES) for at, char in enumerate(text))
    return "".join(shown).translate(_ENTITIES)
