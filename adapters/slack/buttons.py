"""What is done when a button under an answer is pressed. Their ids hold all that it takes, so that whichever
worker hears of a press can act on it.
"""

import json
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from adapters import copy
from adapters.buttons import MARKS, NEXT_TEXT, Action, AnswerState, Rest, keep_state, kept_state
from adapters.delivery import DeliveryFailed
from adapters.pager import pages
from adapters.slack.blocks import Press, done, pick_select, section
from adapters.slack.desk import Desk
from adapters.slack.flags import Wish
from adapters.slack.hooks import HookPort
from adapters.slack.messages import CALM, TEXT, Dressing, shown
from adapters.slack.places import Place, owner_of
from adapters.slack.views import read_wish, refine_modal
from adapters.turns import Ending
from core.domain import PickedTitle, RankedTitle, ScoreBreakdown, SearchFilters, filters_from_mapping
from core.errors import ExpiredInteraction, ForgedInteraction, StoreFault
from core.memory.records import IncomingEvent

__all__ = ["Buttons"]

_T = TypeVar("_T")
_ONLY_THE_ASKER = "Only whoever asked can stop an answer, and only until it ends."
# Of the rest of an answer, at a time: a `response_url` takes 5, and one is kept for a word.
_PAGES = 4
_UNRANKED = ScoreBreakdown(0.0, 0.0, 0.0, 0.0, 0.0)


class Buttons:
    """Puts buttons under answers, and does what they are pressed for.

    Args:
        desk: Takes wishes, and says words.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._states = desk.store

    # --- under answers ---

    async def dressing(self, event: IncomingEvent, ending: Ending, *, private: bool) -> Dressing:
        """What comes under an answer to an event.

        Raises:
            StoreFault: what stands behind the buttons cannot be kept.
        """
        owner = owner_of(event.workspace, event.author_id)
        rest = Rest.of(event, ending, private=private)
        rest_id = await keep_state(self._states, owner, rest.as_dict()) if rest else None
        state = AnswerState.of(event.author_id, ending, private=private)
        state_id = None
        if state is not None:
            kept = state.as_dict()
            if private:  # Slack does not say what an ephemeral message held when it is to be shared
                kept |= {"text": ending.text, "reasons": [pick.reason for pick in ending.picks]}
            state_id = await keep_state(self._states, owner, kept)
        return Dressing(ending.picks, state_id, rest_id, private, ending.cut)

    async def state(self, state_id: str) -> AnswerState:
        """What stands behind the buttons of an answer.

        Raises:
            StoreFault: it cannot be had, or not in time.
            ForgedInteraction, ExpiredInteraction: there is none.
        """
        return AnswerState.from_dict(await kept_state(self._states, state_id))

    # --- presses ---

    async def pressed(self, place: Place, press: Press) -> None:
        """A button was pressed, or a choice was made."""
        if press.action is Action.STOP:
            if not (press.state_id.isdigit() and self._desk.stop(int(press.state_id), place.user)):
                await self._desk.say(place, _ONLY_THE_ASKER)
            return
        kept = await self._or_word(place, kept_state(self._states, press.state_id))
        if kept is None:
            return
        if press.action is Action.CONTINUE:
            await self._continued(place, Rest(**kept))
            return
        state = AnswerState.from_dict(kept)
        match press.action:
            case Action.NEXT:
                await self._go_on(place, state, Wish(NEXT_TEXT, SearchFilters()))
            case Action.REFINE:
                context = json.dumps({"state": press.state_id, "place": place.as_text()})
                filters = filters_from_mapping(state.turn["filters"])
                await self._desk.open_form(place, refine_modal(context, filters))
            case Action.SHARE:
                await self._shared(place, state, kept)
            case _:
                await self._about_picks(place, press, state)

    async def refined(self, place: Place, view: Mapping[str, Any]) -> None:
        """The form of an answer was sent.

        Raises:
            RefusedForm: it cannot be taken as it was filled in.
        """
        context = json.loads(view["private_metadata"])
        wish = read_wish(view)
        opened = Place.from_text(context["place"]).sent_by(place)
        state = await self._or_word(opened, self.state(context["state"]))
        if state is not None:
            turn = {**state.turn, "filters": wish.filters.as_dict()}
            await self._go_on(opened, state, replace(wish, text=wish.text or NEXT_TEXT), turn)

    async def _about_picks(self, place: Place, press: Press, state: AnswerState) -> None:
        """Something is wanted of one of the picks, or said of some."""
        places = press.places or ((0,) if len(state.picks) == 1 else ())
        picks = [state.picks[at] for at in places if at < len(state.picks)]
        if not picks:
            question = pick_select(press.action, press.state_id, state.picks)
            await self._desk.say_blocks(place, question["text"]["text"], [question])
            return
        if press.action is Action.MORE:
            like = SearchFilters(like_titles=tuple(pick.name for pick in picks))
            await self._go_on(place, state, Wish("", like))
            return
        try:
            for pick in picks:
                await self._states.mark(place.user_owner, pick.id, MARKS[press.action])
        except StoreFault:
            await self._desk.say(place, copy.cannot_keep())
            return
        said = done(press.action, picks)
        await self._desk.say_blocks(place, said, [section(said)])

    async def _go_on(
        self, place: Place, state: AnswerState, wish: Wish, turn: Mapping[str, Any] | None = None
    ) -> None:
        """Ask for what follows an answer: for all to see, where the presser may."""
        alone = state.private
        if not alone and place.user != state.asker:
            alone = not (await self._desk.rules(place.team_owner)).refined_by_all
        await self._desk.ask(place, wish, turn or state.turn, alone=alone)

    async def _continued(self, place: Place, rest: Rest) -> None:
        """Show what an answer's place did not hold."""
        alone = rest.private or place.user != rest.asker
        if not rest.text:
            wish = Wish(rest.wish["text"], filters_from_mapping(rest.wish["filters"]))
            await self._desk.ask(place, wish, rest.wish.get("after"), alone=alone)
            return
        port = place.port(self._desk.line(place.team), private=alone)
        if port is None:
            return
        parts = pages(rest.text, TEXT)[:_PAGES]
        left = rest.text[parts[-1].end :].lstrip()
        with suppress(DeliveryFailed):
            for part in parts[:-1]:
                await port.send(part.text, f"{place.trigger}-{part.start}")
            rest_id = None
            if left:
                more = replace(rest, text=left)
                rest_id = await keep_state(self._states, place.user_owner, more.as_dict())
            await port.send_whole(parts[-1].text, place.trigger, Dressing(rest_id=rest_id))

    async def _shared(self, place: Place, state: AnswerState, kept: Mapping[str, Any]) -> None:
        """Show a private answer to all: by the bot, else through what was pressed."""
        if not state.private or "text" not in kept:
            await self._desk.say(place, copy.fault("forged_interaction"))
            return
        titles = await self._desk.library.known([pick.id for pick in state.picks])
        region = await self._desk.region(place)
        picks = tuple(
            PickedTitle(RankedTitle(titles[pick.id].seen_from(region), _UNRANKED), reason)
            for pick, reason in zip(state.picks, kept["reasons"], strict=True)
            if pick.id in titles
        )
        open_to_all = AnswerState(state.asker, state.turn, state.picks, private=False)
        state_id = None
        with suppress(StoreFault):
            owner = owner_of(place.team, state.asker)
            state_id = await keep_state(self._states, owner, open_to_all.as_dict())
        line, text = self._desk.line(place.team), str(kept["text"])
        part = pages(text, TEXT)[0].text
        dressing = Dressing(picks, state_id)
        message = shown(part, dressing, in_carousel=line.takes_carousels)
        try:
            thread = {"thread_ts": place.thread} if place.thread else {}
            await line.call("chat.postMessage", channel=place.channel, **thread, **CALM, **message)
        except DeliveryFailed:
            if place.hook:
                with suppress(DeliveryFailed):
                    await HookPort(line, place.hook, private=False).send_whole(part, place.trigger, dressing)

    async def _or_word(self, place: Place, kept: Awaitable[_T]) -> _T | None:
        """What stands behind a button; None where the presser had to be told that it cannot be had."""
        try:
            return await kept
        except (StoreFault, ForgedInteraction, ExpiredInteraction) as error:
            known = isinstance(error, (ForgedInteraction, ExpiredInteraction))
            await self._desk.say(place, copy.fault(error.code) if known else copy.cannot_keep())
            return None
