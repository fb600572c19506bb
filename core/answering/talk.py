"""What is said where no film is looked for: small talk, help, and questions back."""

import re
import zlib

__all__ = ["help_text", "nothing_found_text", "smalltalk_text", "unclear_text"]

# One friendly line each; the first pattern that a message meets decides.
_LINES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), lines)
    for pattern, lines in (
        (
            r"\b(thank|thanks|thx|ty|cheers|merci|gracias|danke|obrigad)",
            ("You're welcome.", "Any time.", "Glad that helped.", "My pleasure; enjoy it."),
        ),
        (
            r"\b(bye|goodbye|good night|see (you|ya)|later|gotta go|ciao)\b",
            ("Enjoy the film.", "Good night, and good picture.", "See you at the next showing."),
        ),
        (
            r"how (are|is|r) (you|u|it|things)|how's it going|what'?s up|wassup",
            (
                "Well, thank you: popcorn in hand.",
                "All good here, somewhere between two trailers.",
                "Fine, and ready to choose.",
            ),
        ),
        (
            r"who (are|r) (you|u)|what (are|r) (you|u)|your name|are you (a|an|real|human)",
            (
                "I'm Matinee, a bot that knows a few thousand films and series.",
                "Matinee: I read wishes and answer with films and series.",
            ),
        ),
        (
            r"\b(love|great|awesome|amazing|perfect|nice|cool|good (bot|one|job|pick)|well done|brilliant)\b",
            ("Glad to hear it.", "That's what I'm here for.", "Good to know, thank you."),
        ),
        (
            r"\b(lol|haha|lmao|rofl)|[😂🤣]",
            ("Good to hear you laugh.", "I'm here all week."),
        ),
        (
            r"\b(sorry|my bad|oops|nvm|never ?mind)\b",
            ("No harm done.", "Never mind at all."),
        ),
        (
            r"joke",
            ("I only know plots, and they're better unspoiled.",),
        ),
    )
)
_GREETINGS = ("Hello!", "Hi there.", "Good to see you.", "Hello, and welcome in.")
_INVITATIONS = (
    "Tell me what you feel like watching, for example: *{example}*.",
    "What are you in the mood for? Say, *{example}*.",
    "Give me a mood or a title to start from, like *{example}*.",
    "Whenever you want something to watch, just ask: *{example}*.",
)
_EXAMPLES = (
    "dark comedies from the 90s on Netflix",
    "something slow and rainy about guilt",
    "like Arrival but warmer",
    "a heist film under two hours",
    "a kind series for a Sunday evening",
    "Korean thrillers, nothing gory",
)


def smalltalk_text(asked: str) -> str:
    """One friendly line and an example of what to ask. The same message gets the same one."""
    seed = zlib.crc32(asked.encode())
    lines = next((lines for pattern, lines in _LINES if pattern.search(asked)), _GREETINGS)
    invitation = _INVITATIONS[seed // 7 % len(_INVITATIONS)]
    return f"{lines[seed % len(lines)]} {invitation.format(example=_EXAMPLES[seed // 31 % len(_EXAMPLES)])}"


def help_text() -> str:
    """What it can do, in six lines."""
    return "\n".join(
        (
            "Tell me what you feel like watching, in your own words:",
            "- a mood or a theme: *something slow and rainy about guilt*",
            "- genres, years, length, services: *sci-fi since 2015 on Hulu*, *thrillers under 2 hours*",
            "- a title to start from: *like Arrival but warmer*; what you don't want: *no horror*",
            "- then steer: *something lighter*, *only on Netflix*, *what else?*, *more like 2*",
            "- or ask: *who directed Heat?*, *how long is Oppenheimer?*",
        )
    )


def unclear_text() -> str:
    """What to ask where a message may be no wish at all."""
    return (
        "I'm not sure what you're after. Tell me a mood, a theme or a title to start from, for example: "
        "*something funny and warm*, *like Arrival but lighter*."
    )


def nothing_found_text() -> str:
    """What to say when even the relaxed search found nothing."""
    return "I found nothing in my catalogue for that. Try fewer filters, or say it in other words."
