"""What is told of a long command where nobody looks at a terminal."""

from io import StringIO

from rich.console import Console

from bot.progress import _Lines


def test_a_line_every_half_minute_with_rate_and_time_left() -> None:
    now = 0.0
    text = StringIO()
    lines = _Lines(Console(file=text), lambda: now)
    for second in range(0, 95, 5):
        now = float(second)
        lines.report("fetching", 30 * second, 15_000)
    assert text.getvalue().splitlines() == [
        "fetching: 900 of 15,000, 30/s, 8 min left",
        "fetching: 1,800 of 15,000, 30/s, 7 min left",
        "fetching: 2,700 of 15,000, 30/s, 7 min left",
    ]


def test_what_is_quick_or_stands_still_needs_no_rate() -> None:
    now = 0.0
    text = StringIO()
    lines = _Lines(Console(file=text), lambda: now)
    lines.report("choosing", 0, 10)
    assert text.getvalue() == ""
    now = 40.0
    lines.report("choosing", 0, 10)
    assert text.getvalue() == "choosing: 0 of 10\n"
