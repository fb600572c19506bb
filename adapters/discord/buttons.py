"""Buttons, selects and the form under an answer. Their ids hold all that it takes to act on them, so that
whichever worker hears of a press can.

https://discord.com/developers/docs/components/reference
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol, Self, TypeVar

import discord

from adapters import copy
from adapters.buttons import (
    DONE,
    LABELS,
    MARKS,
    NEXT_TEXT,
    QUESTIONS,
    STORE_SECONDS,
    Action,
    AnswerState,
    Pick,
    Rest,
    keep_state,
    kept_state,
)
from adapters.discord.commands import Ask
from adapters.discord.owners import owner_of
from adapters.discord.ports import CONTENT
from adapters.discord.words import no_silence, say_privately
from adapters.forms import FIELDS, filled_in, read_form
from adapters.pager import pages
from adapters.turns import Ending
from core.domain import SearchFilters, filters_from_mapping
from core.errors import ExpiredInteraction, ForgedInteraction, InvalidRequest, StoreFault
from core.memory.ports import InteractionStore, MarkStore
from core.memory.records import IncomingEvent, Owner, Preferences

__all__ = [
    "AnswerButton",
    "Buttons",
    "PickSelect",
    "answer_buttons",
    "refine_form",
    "state_of",
    "stop_view",
    "view_of",
]

log = logging.getLogger("matinee.discord")

_ACTIONS = "|".join(Action)
_FORM = "matinee-refine:"
_OPTION, _FIELD = 100, 500
# Of the rest of an answer, at a time: as many as an interaction takes where only its user brought the bot.
_PAGES = 4
_Kept = TypeVar("_Kept")

_BY_EMOJI = (Action.LIKE, Action.DISLIKE)

Pressed = discord.Interaction[Any]
View = discord.ui.View


class Presses(Protocol):
    """A client that hears of presses."""

    @property
    def buttons(self) -> "Buttons":
        """What is done about them."""
        ...


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[View]],
    template=rf"matinee:(?P<action>{_ACTIONS}):(?P<state>\S+)",
):
    """A button under an answer.

    Args:
        action: What it does.
        state: The signed id of the answer's state; for *Stop* the number of the event.
        label: Instead of the usual one.
    """

    def __init__(self, action: Action, state: str, label: str | None = None) -> None:
        usual = LABELS[action]
        emoji = usual if action in _BY_EMOJI else None
        style = discord.ButtonStyle.primary if action is Action.MORE else discord.ButtonStyle.secondary
        custom_id = f"matinee:{action}:{state}"
        super().__init__(
            discord.ui.Button(
                style=style,
                label=None if emoji else label or usual,
                emoji=emoji,
                custom_id=custom_id,
                row=int(action in MARKS),
            )
        )
        self._action, self._state = action, state

    @classmethod
    async def from_custom_id(
        cls, interaction: Pressed, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(Action(match["action"]), match["state"])

    async def callback(self, interaction: Pressed) -> None:
        """Do it."""
        async with no_silence(interaction):
            await interaction.client.buttons.pressed(interaction, self._action, self._state)


class PickSelect(
    discord.ui.DynamicItem[discord.ui.Select[View]],
    template=rf"matinee-pick:(?P<action>{_ACTIONS}):(?P<state>\S+)",
):
    """A choice of the picks of an answer, for what a button does.

    Args:
        action: What the choice is for.
        state: The signed id of the answer's state.
        picks: What there is to choose from.
    """

    def __init__(self, action: Action, state: str, picks: Sequence[Pick] = ()) -> None:
        options = [
            discord.SelectOption(label=pick.label[:_OPTION], value=str(place))
            for place, pick in enumerate(picks)
        ]
        most = len(options) if action in MARKS else 1
        super().__init__(
            discord.ui.Select(
                custom_id=f"matinee-pick:{action}:{state}",
                placeholder=QUESTIONS.get(action),
                options=options,
                max_values=max(most, 1),
            )
        )
        self._action, self._state = action, state

    @classmethod
    async def from_custom_id(
        cls, interaction: Pressed, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The select that was used."""
        return cls(Action(match["action"]), match["state"])

    async def callback(self, interaction: Pressed) -> None:
        """Do it."""
        async with no_silence(interaction):
            await interaction.client.buttons.chosen(interaction, self._action, self._state, self.item.values)


def stop_view(claim_id: int) -> View:
    """What stands under an answer while it is written."""
    return view_of([AnswerButton(Action.STOP, str(claim_id))])


def state_of(message: discord.Message | None) -> str | None:
    """The signed id of an answer's state, as its buttons hold it; None where there are none."""
    for row in message.components if message is not None else ():
        for item in getattr(row, "children", ()):
            found = re.fullmatch(rf"matinee:({_ACTIONS}):(\S+)", getattr(item, "custom_id", None) or "")
            if found and found[1] not in (Action.STOP, Action.CONTINUE):
                return found[2]
    return None


class Buttons:
    """Puts buttons under answers, and does what they are pressed for.

    Args:
        states: Where what stands behind them is kept.
        marks: Where someone's word on a title is kept.
        ask: Asks for titles in the presser's name; the last argument is the answer that is gone on from.
        stop: Ends an answer, by the number of its event and who wants it.
        rules: What is set on a server, by its id; nothing where that cannot be asked.
    """

    def __init__(
        self,
        states: InteractionStore,
        marks: MarkStore,
        ask: Callable[[Pressed, Ask, Mapping[str, Any] | None], Awaitable[None]],
        stop: Callable[[int, str], bool],
        rules: Callable[[int], Awaitable[Preferences]],
    ) -> None:
        self._states = states
        self._marks = marks
        self._ask = ask
        self._stop = stop
        self._rules = rules

    async def view(self, owner: Owner, event: IncomingEvent, ending: Ending, *, private: bool) -> View | None:
        """The buttons of an answer to an event, in two rows; None where there is nothing to go on from.

        Raises:
            StoreFault: what stands behind them cannot be kept.
        """
        rest = Rest.of(event, ending, private=private)
        going_on = []
        if rest is not None:
            rest_id = await keep_state(self._states, owner, rest.as_dict())
            going_on.append(AnswerButton(Action.CONTINUE, rest_id))
        state = AnswerState.of(event.author_id, ending, private=private)
        if state is not None:
            going_on += answer_buttons(
                await keep_state(self._states, owner, state.as_dict()), private=private, cut=ending.cut
            )
        return view_of(going_on) if going_on else None

    async def state(self, signed_id: str) -> AnswerState:
        """What stands behind the buttons of an answer.

        Raises:
            StoreFault: it cannot be had, or not in time.
            ForgedInteraction, ExpiredInteraction: there is none.
        """
        return AnswerState.from_dict(await kept_state(self._states, signed_id))

    async def pressed(self, interaction: Pressed, action: Action, state_id: str) -> None:
        """A button was pressed."""
        if action is Action.STOP:
            await self._stopped(interaction, state_id)
            return
        if action is Action.CONTINUE:
            await self._continued(interaction, state_id)
            return
        state = await self._state_or_word(interaction, state_id)
        if state is None:
            return
        match action:
            case Action.NEXT:
                await self._go_on(interaction, state, NEXT_TEXT, SearchFilters())
            case Action.REFINE:
                await interaction.response.send_modal(refine_form(state_id, state))
            case Action.SHARE:
                await self._shared(interaction, state)
            case _ if len(state.picks) == 1:
                await self.chosen(interaction, action, state_id, ["0"])
            case _:
                view = view_of([PickSelect(action, state_id, state.picks)])
                await interaction.response.send_message(QUESTIONS[action], view=view, ephemeral=True)

    async def chosen(
        self, interaction: Pressed, action: Action, state_id: str, places: Sequence[str]
    ) -> None:
        """Picks were chosen, by their places in the answer."""
        state = await self._state_or_word(interaction, state_id)
        if state is None:
            return
        picks = [state.picks[int(place)] for place in places if int(place) < len(state.picks)]
        if action is Action.MORE:
            names = tuple(pick.name for pick in picks)
            await self._go_on(interaction, state, "", SearchFilters(like_titles=names))
            return
        owner = owner_of(interaction.user.id)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                for pick in picks:
                    await self._marks.mark(owner, pick.id, MARKS[action])
        except (StoreFault, TimeoutError):
            await say_privately(interaction, copy.cannot_keep())
            return
        labels = ", ".join(discord.utils.escape_markdown(pick.label) for pick in picks)
        said = DONE[action].format(labels)
        chose = interaction.message is not None and interaction.message.flags.ephemeral
        if chose and not state_of(interaction.message):
            with suppress(discord.NotFound):  # it was deleted meanwhile
                await interaction.response.edit_message(content=said, view=None)
                return
        await say_privately(interaction, said)

    async def submitted(self, interaction: Pressed) -> None:
        """A form was sent; others than ours are none of our business."""
        data: Mapping[str, Any] = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if not custom_id.startswith(_FORM):
            return
        state = await self._state_or_word(interaction, custom_id.removeprefix(_FORM))
        if state is None:
            return
        values = _values(data.get("components", ()))
        try:
            filters = read_form(values, filters_from_mapping(state.turn["filters"]))
        except InvalidRequest as error:
            await say_privately(interaction, copy.sentence(str(error)))
            return
        after = {**state.turn, "filters": filters.as_dict()}
        words = values.get("words", "").strip()
        await self._go_on(interaction, state, words or NEXT_TEXT, filters, after)

    async def _go_on(
        self,
        interaction: Pressed,
        state: AnswerState,
        text: str,
        filters: SearchFilters,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Ask for what follows an answer: for all to see, where the presser may."""
        own = str(interaction.user.id) == state.asker
        private = state.private
        if not (own or private) and interaction.guild_id is not None:
            private = not (await self._rules(interaction.guild_id)).refined_by_all
        await self._ask(interaction, Ask(text, filters, private), after or state.turn)

    async def _stopped(self, interaction: Pressed, claim_id: str) -> None:
        if claim_id.isdigit() and self._stop(int(claim_id), str(interaction.user.id)):
            await interaction.response.defer()
        else:
            await say_privately(interaction, "Only whoever asked can stop an answer, and only until it ends.")

    async def _continued(self, interaction: Pressed, rest_id: str) -> None:
        """Show what an answer's place did not hold."""
        state = await self._or_word(interaction, kept_state(self._states, rest_id))
        if state is None:
            return
        rest = Rest(**state)
        private = rest.private or str(interaction.user.id) != rest.asker
        if not rest.text:
            ask = Ask(rest.wish["text"], filters_from_mapping(rest.wish["filters"]), private)
            await self._ask(interaction, ask, rest.wish.get("after"))
            return
        await interaction.response.defer(ephemeral=private, thinking=True)
        first, *following = pages(rest.text, CONTENT)[:_PAGES]
        last = following[-1] if following else first
        view = await self._view_of_rest(rest, rest.text[last.end :].lstrip())
        none = discord.AllowedMentions.none()
        await interaction.edit_original_response(
            content=first.text, view=None if following else view, allowed_mentions=none
        )
        for page in following:
            under = view if page is last and view is not None else View(timeout=None)
            await interaction.followup.send(page.text, ephemeral=private, allowed_mentions=none, view=under)

    async def _view_of_rest(self, rest: Rest, text: str) -> View | None:
        """The button to what is left still; None where nothing is, or it cannot be kept."""
        if not text:
            return None
        try:
            more = replace(rest, text=text).as_dict()
            rest_id = await keep_state(self._states, owner_of(int(rest.asker)), more)
        except StoreFault as fault:
            log.warning("the rest of an answer could not be kept", extra={"code": fault.code})
            return None
        return view_of([AnswerButton(Action.CONTINUE, rest_id)])

    async def _shared(self, interaction: Pressed, state: AnswerState) -> None:
        """Show a private answer to all."""
        message = interaction.message
        if message is None or not state.private:
            await say_privately(interaction, copy.fault("forged_interaction"))
            return
        await interaction.response.defer()
        try:
            shared = AnswerState(state.asker, state.turn, state.picks, private=False)
            state_id = await keep_state(self._states, owner_of(int(state.asker)), shared.as_dict())
            view = view_of(answer_buttons(state_id, private=False, cut=False))
        except StoreFault:
            view = View(timeout=None)
        await interaction.followup.send(
            content=message.content,
            embeds=message.embeds,
            view=view,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def _state_or_word(self, interaction: Pressed, state_id: str) -> AnswerState | None:
        return await self._or_word(interaction, self.state(state_id))

    async def _or_word(self, interaction: Pressed, kept: Awaitable[_Kept]) -> _Kept | None:
        """What stands behind a button; None where the presser had to be told that it cannot be had."""
        try:
            return await kept
        except (StoreFault, ForgedInteraction, ExpiredInteraction) as error:
            known = isinstance(error, (ForgedInteraction, ExpiredInteraction))
            await say_privately(interaction, copy.fault(error.code) if known else copy.cannot_keep())
            return None


def view_of(items: Sequence[discord.ui.DynamicItem[Any]]) -> View:
    """A fresh view of dynamic items alone: discord.py forgets the classes of any other one."""
    view = View(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def answer_buttons(state_id: str, *, private: bool, cut: bool) -> list[AnswerButton]:
    """What stands under an answer: of a `private` one also *Share*; of one that was `cut`, *Continue*."""
    actions = [Action.MORE, Action.REFINE, Action.NEXT, *([Action.SHARE] if private else [])]
    actions += [Action.SEEN, Action.SAVE, Action.LIKE, Action.DISLIKE]
    renamed = {Action.NEXT: LABELS[Action.CONTINUE]} if cut else {}
    return [AnswerButton(action, state_id, renamed.get(action)) for action in actions]


def refine_form(state_id: str, state: AnswerState) -> discord.ui.Modal:
    """The form that refines an answer, filled in with its filters."""
    form = discord.ui.Modal(title="Refine", custom_id=f"{_FORM}{state_id}")
    form.stop()  # what is sent is heard of by its id; nothing of it is to be kept in memory
    shown = filled_in(filters_from_mapping(state.turn["filters"]))
    for field in FIELDS:
        value = shown[field.key][:_FIELD]
        text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=field.key,
            placeholder=field.example,
            default=value or None,
            required=False,
            max_length=_FIELD,
        )
        form.add_item(discord.ui.Label(text=field.label, component=text))
    return form


def _values(components: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Texts of a form that was sent, by the ids of their fields, in labels or in rows."""
    values: dict[str, str] = {}
    for item in components:
        inside = [item["component"]] if "component" in item else item.get("components", ())
        values.update({str(text["custom_id"]): str(text.get("value") or "") for text in inside})
    return values
