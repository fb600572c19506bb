"""Matinee on the emulated Slack: what people see, with the real SDK, core and store in between."""

import asyncio

import pytest

from tests.adapters.slack.people import Club, has_buttons, said, titles, written


async def test_a_mention_is_answered_once_in_its_thread_with_cards(club: Club, worker: None) -> None:
    question, answer = await club.asked("dark comedies from the 90s")
    assert answer.thread_ts == question.ts
    assert said(answer).startswith("`comedy` `1990 to 1999`")
    assert 3 <= len(titles(answer)) <= 5
    assert all(title in said(answer) for title in titles(answer))
    await club.slack.delivery.settle()
    assert written(club.general) == [answer], "the message and the mention of it are one wish"
    [posted] = club.calls("chat.postMessage")
    assert (posted["unfurl_links"], posted["link_names"], posted["parse"]) == (False, False, "none")


async def test_follow_ups_in_the_thread_need_no_mention(club: Club, worker: None) -> None:
    question, first = await club.asked("film noir from before 1950")
    await club.slack.say(club.general, club.bob, "something lighter", question)
    second = await club.answer(club.general, question, before=1)
    assert "`until 1949`" in said(second), "a thread is everybody's conversation"
    assert not set(titles(first)) & set(titles(second))
    await club.slack.say(club.general, club.ann, "what else?", second)
    third = await club.answer(club.general, question, before=2)
    assert "`until 1949`" in said(third)
    assert not set(titles(first)) & set(titles(third))


async def test_what_is_not_for_it_is_left_alone(club: Club, worker: None) -> None:
    another = club.workspace.person("another bot", bot=True)
    question, _ = await club.asked("dark comedies from the 90s")
    await club.slack.say(club.general, club.ann, "dark comedies, anyone?")
    await club.slack.say(club.general, another, "@Matinee dark comedies")
    talk = await club.slack.say(club.general, club.ann, "who's coming tonight?")
    await club.slack.say(club.general, club.bob, "something lighter", talk)
    await club.slack.say(club.general, club.ann, "@bob what do you say?", question)
    await club.slack.say(club.general, club.ann, "", question, files=[{"id": "F1"}])
    await club.slack.delivery.settle()
    await asyncio.sleep(0.3)
    assert len(written(club.general)) == 2, "the other bot's, and one answer"


async def test_a_direct_message_and_what_follows_in_and_beside_its_thread(club: Club, worker: None) -> None:
    question = await club.slack.say(club.direct, club.ann, "film noir from before 1950")
    first = await club.answer(club.direct)
    assert first.thread_ts == question.ts
    await club.slack.say(club.direct, club.ann, "something lighter", first)
    second = await club.answer(club.direct, question, before=1)
    assert "`until 1949`" in said(second)
    beside = await club.slack.say(club.direct, club.ann, "what else?")
    third = await club.answer(club.direct, beside)
    assert "`until 1949`" in said(third)


async def test_among_several_in_private_it_answers_who_names_it(club: Club, worker: None) -> None:
    several = club.workspace.direct(club.ann, club.bob)
    await club.slack.say(several, club.ann, "what shall we see tonight?")
    question = await club.slack.say(several, club.ann, "@Matinee film noir from before 1950")
    first = await club.answer(several, question)
    await club.slack.say(several, club.bob, "@Matinee something lighter", first)
    second = await club.answer(several, question, before=1)
    assert "`until 1949`" in said(second)
    assert len(written(several)) == 2, "what they say to each other is not for it"


async def test_a_message_that_holds_no_words_gets_an_example_of_some(club: Club, worker: None) -> None:
    await club.slack.say(club.direct, club.ann, "", files=[{"id": "F1"}], subtype="file_share")
    await club.slack.until(lambda: written(club.direct))
    [told] = written(club.direct)
    assert said(told).startswith("Tell me in words what you feel like watching")
    question = await club.slack.say(club.general, club.ann, "@Matinee")
    await club.slack.until(lambda: len(club.general.thread(question)) == 2)
    assert said(club.general.thread(question)[1]).startswith("Tell me in words")


async def test_a_message_of_blocks_alone_gets_an_example_too(club: Club, worker: None) -> None:
    divider = {"type": "divider", "block_id": "b1"}
    await club.slack.say(club.direct, club.ann, "", blocks=[divider])
    await club.slack.until(lambda: written(club.direct))
    assert said(written(club.direct)[0]).startswith("Tell me in words")


async def test_while_it_looks_it_says_so_and_not_any_more_once_it_has_answered(
    club: Club, worker: None
) -> None:
    question, _ = await club.asked("dark comedies from the 90s")
    [looking] = club.calls("assistant.threads.setStatus")
    assert looking["status"] == "is looking for something to watch…"
    assert club.slack.status(club.general, question) == ""


async def test_markup_of_slacks_own_in_what_is_written_calls_nobody(club: Club, worker: None) -> None:
    question = await club.slack.say(club.general, club.ann, "@Matinee who is <!channel> & <@U1>?")
    await club.slack.until(lambda: len(club.general.thread(question)) == 2)
    told = club.general.thread(question)[1]
    assert "<!channel>" not in str(told.body)


# --- commands ---


async def test_a_command_is_answered_below_a_message_that_repeats_it(club: Club, worker: None) -> None:
    asked = await club.slack.command(
        club.general, club.ann, "/recommend", "something tense genre:crime year:2010- type:series"
    )
    assert asked.acknowledged
    answer = await club.answer(club.general)
    anchor = club.general.messages[answer.thread_ts or ""]
    assert anchor.text == f"<@{club.ann.id}>: something tense `series` `crime` `from 2010`"
    assert said(answer).startswith("`series` `crime` `from 2010`")
    await club.slack.say(club.general, club.bob, "something lighter", anchor)
    second = await club.answer(club.general, anchor, before=1)
    assert "`from 2010`" in said(second), "what follows below it goes on from it"
    assert not asked.responses


async def test_where_the_bot_is_not_a_command_is_answered_once_by_its_response_url(
    club: Club, worker: None
) -> None:
    elsewhere = club.workspace.channel("elsewhere", member=False)
    asked = await club.slack.command(elsewhere, club.ann, "/recommend", "dark comedies from the 90s")
    answer = await club.word(asked)
    assert has_buttons(answer)
    assert answer.ephemeral_for is None
    assert len(answer.versions) == 1
    assert asked.hook_uses == 1


async def test_a_private_answer_is_seen_by_the_asker_alone_and_comes_whole(club: Club, worker: None) -> None:
    asked = await club.slack.command(club.general, club.ann, "/recommend", "cosy series private:yes")
    answer = await club.word(asked)
    assert answer.ephemeral_for is club.ann
    assert len(answer.versions) == 1
    assert has_buttons(answer)
    assert not written(club.general)


async def test_flags_that_cannot_be_read_are_told_to_the_asker(club: Club, worker: None) -> None:
    asked = await club.slack.command(club.general, club.ann, "/recommend", "x year:2010-1990")
    contradiction = await club.word(asked)
    assert "2010" in said(contradiction)
    assert contradiction.ephemeral_for is club.ann
    wrong = await club.word(await club.slack.command(club.general, club.ann, "/recommend", "genre:comdy x"))
    assert "Comedy" in said(wrong)
    assert not written(club.general)


async def test_titles_like_one_with_a_twist(club: Club, worker: None) -> None:
    await club.slack.command(club.general, club.ann, "/similar", "Interstellar but funnier")
    answer = await club.answer(club.general)
    assert said(answer).startswith("`like Interstellar`")
    assert "Interstellar (2014)" not in titles(answer)
    quoted = club.workspace.channel("quoted")
    await club.slack.command(quoted, club.ann, "/similar", '"In Bruges", lighter')
    assert said(await club.answer(quoted)).startswith("`like In Bruges`")


async def test_a_title_by_its_name(club: Club, worker: None) -> None:
    known = await club.word(await club.slack.command(club.general, club.ann, "/title", "fargo"))
    assert "Fargo" in said(known)
    assert known.blocks[0]["accessory"]["type"] == "image"
    unknown = await club.word(await club.slack.command(club.general, club.ann, "/title", "No *Such* Title"))
    assert said(unknown) == "I don't know a title called No ∗Such∗ Title."
    nothing = await club.word(await club.slack.command(club.general, club.ann, "/title"))
    assert said(nothing).startswith("Write a title behind it")


async def test_a_title_for_adults_alone_is_told_of_in_private(
    club: Club, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundled titles hold none, so that one for adults with company is taken for one."""
    monkeypatch.setattr("adapters.slack.commands.ADULTS_ALONE", "R")
    told = await club.word(await club.slack.command(club.general, club.ann, "/title", "Fargo"))
    assert said(told) == "That one is for adults alone: ask me for it in a direct message."
    told = await club.word(await club.slack.command(club.direct, club.ann, "/title", "Fargo"))
    assert "Fargo (1996)" in said(told)


async def test_help_names_the_commands(club: Club, worker: None) -> None:
    told = await club.word(await club.slack.command(club.general, club.ann, "/movies-help"))
    assert "/movies-preferences" in said(told)
    assert "not endorsed or certified" in said(told)


async def test_what_is_known_of_someone_is_exported_as_a_file_and_forgotten(club: Club, worker: None) -> None:
    await club.asked("dark comedies from the 90s")
    exported = await club.word(await club.slack.command(club.general, club.ann, "/movies-export"))
    assert said(exported).startswith("I've sent you everything")
    [message] = written(club.direct)
    content = (message.files[0].content or b"").decode()
    assert "Comedy" in content
    forgotten = await club.word(await club.slack.command(club.general, club.ann, "/movies-forget"))
    assert said(forgotten) == "Forgotten: everything that I knew of you."


# --- forms ---


async def test_a_command_without_words_opens_a_form_with_every_filter(club: Club, worker: None) -> None:
    asked = await club.slack.command(club.general, club.ann, "/recommend")
    view = await club.form(asked)
    nothing = await club.slack.type_into(view, club.ann, "people", "zzzzqq")
    assert nothing.options == []
    titled = await club.slack.type_into(view, club.ann, "like_titles", "interst")
    assert titled.options
    typed = await club.slack.type_into(view, club.ann, "people", "bill mur")
    assert typed.options
    assert typed.options[0]["value"] == "Bill Murray"
    sent = await club.slack.submit(
        view, club.ann, {"words": "something tense", "media_type": "movie", "people": ["Bill Murray"]}
    )
    assert (sent.failed, view.is_open) == ("", False)


async def test_a_form_is_answered_where_its_command_was_run(club: Club, worker: None) -> None:
    view = await club.form(await club.slack.command(club.general, club.ann, "/recommend"))
    await club.slack.submit(
        view, club.ann, {"words": "funny", "genres": ["Comedy"], "year_from": "1990", "year_to": "1999"}
    )
    answer = await club.answer(club.general)
    assert said(answer).startswith("`comedy` `1990 to 1999`")
    private = await club.slack.command(club.general, club.ann, "/recommend")
    await club.slack.submit(await club.form(private), club.ann, {"words": "cosy", "private": ["private"]})
    assert (await club.word(private)).ephemeral_for is club.ann


async def test_a_form_with_contradictions_or_values_never_offered_stays_open_and_says_why(
    club: Club, worker: None
) -> None:
    view = await club.form(await club.slack.command(club.general, club.ann, "/recommend"))
    await club.slack.submit(view, club.ann)
    assert view.errors == {"words": "Say what you feel like watching, or choose something below."}
    await club.slack.submit(view, club.ann, {"words": "x", "year_from": "2010", "year_to": "1990"})
    assert list(view.errors) == ["year_to"]
    await club.slack.submit(view, club.ann, {"year_to": None})
    view = await club.form(await club.slack.command(club.general, club.ann, "/recommend"))
    forged = {"text": {"type": "plain_text", "text": "?"}, "value": "Cooking"}
    view.state["genres"] = {"genres": {"type": "multi_static_select", "selected_options": [forged]}}
    await club.slack.submit(view, club.ann, {"words": "x"})
    assert "Cooking" in view.errors["genres"]
    assert view.is_open


async def test_preferences_are_set_by_a_form_and_hold_for_what_is_asked_next(
    club: Club, worker: None
) -> None:
    view = await club.form(await club.slack.command(club.general, club.ann, "/movies-preferences"))
    await club.slack.type_into(view, club.ann, "providers", "netf")
    await club.slack.submit(view, club.ann, {"providers": ["Netflix"], "blocked_genres": ["Horror"]})
    assert not view.is_open
    _, answer = await club.asked("something tense")
    assert "`Netflix`" in said(answer)
    again = await club.form(await club.slack.command(club.general, club.ann, "/movies-preferences"))
    assert "Netflix" in str(again.body)


async def test_only_administrators_set_what_holds_in_the_workspace(club: Club, worker: None) -> None:
    refused = await club.slack.command(club.general, club.ann, "/movies-preferences", "workspace")
    assert said(await club.word(refused)).startswith("Only owners and administrators")
    club.ann.admin = True
    view = await club.form(
        await club.slack.command(club.general, club.ann, "/movies-preferences", "workspace")
    )
    await club.slack.type_into(view, club.ann, "providers", "netf")
    await club.slack.submit(view, club.ann, {"providers": ["Netflix"]})
    _, answer = await club.asked("something tense", club.bob)
    assert "`Netflix`" in said(answer)


# --- the shortcut in a message's menu ---


async def test_find_something_like_a_message_and_like_an_answer(club: Club, worker: None) -> None:
    talk = await club.slack.say(club.general, club.ann, "I loved the slow tense bits of that submarine film")
    await club.slack.shortcut_on_message(talk, club.bob, "matinee-find-like")
    found = await club.answer(club.general, talk)
    await club.slack.shortcut_on_message(found, club.ann, "matinee-find-like")
    like = await club.answer(club.general, talk, before=1)
    assert said(like).startswith("`like ")
    empty = await club.slack.say(club.general, club.ann, "", files=[{"id": "F1"}])
    told = await club.slack.shortcut_on_message(empty, club.ann, "matinee-find-like")
    assert said(await club.word(told)) == "There is no text in that message to go by."
