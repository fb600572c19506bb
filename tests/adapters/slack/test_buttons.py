"""Buttons, choices and the form under answers on the emulated Slack."""

from pathlib import Path

from adapters.emulators.slack import Problem
from tests.adapters.slack.people import Club, button, has_buttons, said, titles, working, written

WISH = "dark comedies from the 90s"


def labels(blocks: list[dict[str, object]]) -> list[str]:
    return [
        item["text"]["text"]
        for block in blocks
        if block["type"] == "actions"
        for item in block["elements"]  # type: ignore[attr-defined]
    ]


async def test_cards_come_in_a_carousel_with_buttons_of_their_own(club: Club, worker: None) -> None:
    _, answer = await club.asked(WISH)
    [carousel] = [block for block in answer.blocks if block["type"] == "carousel"]
    on_card = [item["text"]["text"] for item in carousel["elements"][0]["actions"]]
    assert on_card == ["More like this", "Seen it", "Save"]
    posters = [card["hero_image"] for card in carousel["elements"] if "hero_image" in card]
    assert posters
    assert all(poster["alt_text"].startswith("Poster of ") for poster in posters)
    assert labels(answer.blocks) == ["Refine", "Next picks", "👍", "👎"]


async def test_where_a_workspace_takes_no_carousels_cards_are_sections(club: Club, worker: None) -> None:
    club.slack.faults.append(Problem("invalid_blocks", messages=["unsupported type: carousel"]))
    _, answer = await club.asked(WISH)
    assert "carousel" not in str(answer.blocks)
    cards = [block for block in answer.blocks if "<https://www.themoviedb.org/" in str(block.get("text"))]
    assert len(cards) >= 3
    assert any("accessory" in card for card in cards), "the poster, where there is one"
    assert labels(answer.blocks) == [
        *("More like…", "Refine", "Next picks"),
        *("Seen it", "Save", "👍", "👎"),
    ]
    other = club.workspace.channel("other")
    await club.slack.say(other, club.ann, "@Matinee bleak westerns")
    second = await club.answer(other)
    assert "carousel" not in str(second.blocks)
    assert len(club.calls("chat.postMessage")) == 3, "it is not tried again"


async def test_next_picks_are_others_by_the_same_filters(club: Club, worker: None) -> None:
    question, first = await club.asked(WISH)
    pressed = await club.slack.press(first, club.ann, *button(first, "next"))
    assert pressed.acknowledged
    following = await club.answer(club.general, question, before=1)
    assert said(following).startswith("`comedy` `1990 to 1999`")
    assert not set(titles(first)) & set(titles(following))


async def test_someone_else_gets_a_copy_of_their_own_unless_the_workspace_says_all(
    club: Club, worker: None
) -> None:
    question, first = await club.asked(WISH)
    own = await club.word(await club.slack.press(first, club.bob, *button(first, "next")))
    assert own.ephemeral_for is club.bob
    assert own.thread_ts == question.ts
    assert said(own).startswith("`comedy` `1990 to 1999`")
    club.ann.admin = True
    view = await club.form(
        await club.slack.command(club.general, club.ann, "/movies-preferences", "workspace")
    )
    await club.slack.submit(view, club.ann, {"refined_by_all": "yes"})
    await club.slack.press(first, club.bob, *button(first, "next"))
    shared = await club.answer(club.general, question, before=1)
    assert shared.ephemeral_for is None


async def test_more_like_a_card_and_like_one_of_the_picks(club: Club, worker: None) -> None:
    question, first = await club.asked(WISH)
    await club.slack.press(first, club.ann, "matinee:more:1")
    like = await club.answer(club.general, question, before=1)
    assert said(like).startswith(f"`like {titles(first)[1][:6]}")
    assert titles(first)[1] not in titles(like)


async def test_a_word_on_titles_is_asked_for_kept_and_told_to_the_presser_alone(
    club: Club, worker: None
) -> None:
    question, first = await club.asked(WISH)
    asked = await club.word(await club.slack.press(first, club.bob, *button(first, "like")))
    assert asked.ephemeral_for is club.bob
    assert asked.thread_ts == question.ts
    assert said(asked).startswith("Which do you like?")
    [(action_id, _)] = club.slack.actions(asked)
    told = await club.word(await club.slack.choose(asked, club.bob, action_id, "0", "2"))
    assert said(told) == f"Noted, you like {titles(first)[0]}, {titles(first)[2]}."
    seen = await club.word(await club.slack.press(first, club.ann, "matinee:seen:0"))
    assert said(seen) == f"Seen: {titles(first)[0]}. I'll leave out what you have seen from now on."
    _, again = await club.asked(WISH)
    assert titles(first)[0] not in titles(again)


async def test_refining_by_the_form(club: Club, worker: None) -> None:
    question, first = await club.asked(WISH)
    view = await club.form(await club.slack.press(first, club.ann, *button(first, "refine")))
    assert "Comedy" in str([block for block in view.blocks if block["block_id"] == "genres"])
    filled = {"genres": ["Comedy", "Crime"], "year_from": "1970", "year_to": "1989", "min_rating": "7"}
    await club.slack.submit(view, club.ann, filled)
    refined = await club.answer(club.general, question, before=1)
    assert said(refined).startswith("`comedy` `crime` `1970 to 1989` `★ 7 or more`")
    assert not view.is_open


async def test_buttons_work_after_a_restart(club: Club, data: Path) -> None:
    async with working(club, data):
        question, first = await club.asked(WISH)
    async with working(club, data):
        await club.slack.press(first, club.ann, *button(first, "next"))
        following = await club.answer(club.general, question, before=1)
        assert not set(titles(first)) & set(titles(following))


async def test_a_forged_button_is_told(club: Club, worker: None) -> None:
    _, first = await club.asked(WISH)
    row = next(block for block in first.blocks if block["type"] == "actions")
    row["elements"][0] |= {"action_id": "matinee:next", "value": "somebody.else"}
    told = await club.slack.press(first, club.ann, "matinee:next", "somebody.else")
    assert said(await club.word(told)) == "I don't know that button."


async def test_a_private_answer_is_shared_with_its_cards_and_gone_on_from(club: Club, worker: None) -> None:
    asked = await club.slack.command(club.general, club.ann, "/recommend", "cosy series private:yes")
    private = await club.word(asked)
    assert "Share" in labels(private.blocks)
    await club.slack.press(private, club.ann, *button(private, "share"))
    shared = await club.answer(club.general)
    assert shared.ephemeral_for is None
    assert titles(shared) == titles(private)
    assert said(shared).startswith(said(private)[:200])
    assert "Share" not in labels(shared.blocks)
    await club.slack.press(shared, club.ann, *button(shared, "next"))
    following = await club.answer(club.general, shared, before=1)
    assert not set(titles(shared)) & set(titles(following))


async def test_an_answer_where_the_bot_is_not_is_gone_on_from_there(club: Club, worker: None) -> None:
    elsewhere = club.workspace.channel("elsewhere", member=False)
    first = await club.word(await club.slack.command(elsewhere, club.ann, "/recommend", WISH))
    pressed = await club.slack.press(first, club.ann, *button(first, "next"))
    following = await club.word(pressed)
    assert has_buttons(following)
    assert not set(titles(first)) & set(titles(following))
    assert not first.deleted


async def test_stop_says_that_nothing_is_to_be_stopped(club: Club, worker: None) -> None:
    _, first = await club.asked(WISH)
    row = next(block for block in first.blocks if block["type"] == "actions")
    row["elements"][0] |= {"action_id": "matinee:stop", "value": "999"}
    told = await club.slack.press(first, club.ann, "matinee:stop", "999")
    assert said(await club.word(told)).startswith("Only whoever asked can stop an answer")
    assert len(written(club.general)) == 1
