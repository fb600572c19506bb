"""Slash commands, the shortcut in a message's menu, and the forms that they open.

https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters import copy
from adapters.delivery import DeliveryFailed
from adapters.slack.blocks import card, section, state_of
from adapters.slack.buttons import Buttons
from adapters.slack.calls import SlackRefused
from adapters.slack.desk import Desk
from adapters.slack.flags import Wish, read_flags
from adapters.slack.mrkdwn import literal, typed
from adapters.slack.places import Place
from adapters.slack.views import (
    RECOMMEND,
    REFINE,
    RefusedForm,
    owner_in,
    preferences_modal,
    read_preferences,
    read_wish,
    recommend_modal,
)
from core.answering.talk import help_text
from core.domain import SearchFilters, Title
from core.errors import ExpiredInteraction, ForgedInteraction, InvalidRequest, StoreFault
from core.memory.records import Owner, Subject
from core.vocabulary.certifications import ADULTS_ALONE
from core.vocabulary.names import folded

__all__ = ["COMMANDS", "FIND_LIKE", "Commands"]

COMMANDS = (
    *("/recommend", "/similar", "/title"),
    *("/movies-preferences", "/movies-forget", "/movies-export", "/movies-help"),
)
"""As the app's manifest names them."""
FIND_LIKE = "matinee-find-like"
"""The `callback_id` of the shortcut in a message's menu."""
# Of a message that titles are to be like: its words, and the picks of an answer.
_MOST_READ, _MOST_LIKED = 1_000, 3
# The most words that a title is looked for in, in front of the others.
_MOST_WORDS = 12
_QUOTED = re.compile(r'\s*["“”„](?P<name>[^"“”„]+)["“”„][\s,;:]*(?P<twist>.*)', re.DOTALL)
_HELP = """

**Commands**
- `/recommend dark comedies genre:crime year:1990-1999 on:netflix` — without words, a form opens
- `/similar In Bruges but funnier`
- `/title Fargo`
- `/movies-preferences` — yours; `workspace` or `channel` behind it: what holds for everyone there
- `/movies-forget`, `/movies-export` — what I know of you

Or mention me, or write to me.

Titles: TMDB. This product uses the TMDB API but is not endorsed or certified by TMDB. \
Where to watch: JustWatch."""
_NOT_ALLOWED = "Only owners and administrators of this workspace can change what holds for everyone."
_ADULTS_ALONE = "That one is for adults alone: ask me for it in a direct message."
_NO_FILES = "I may not send files here; whoever hosts me has to add the scope files:write for that."


class Commands:
    """Does what commands and forms ask for.

    Args:
        desk: Takes wishes, and says words.
        buttons: Knows what stands behind an answer.
    """

    def __init__(self, desk: Desk, buttons: Buttons) -> None:
        self._desk = desk
        self._buttons = buttons

    async def run(self, place: Place, command: str, text: str) -> None:
        """A command was run."""
        match command:
            case "/recommend":
                await self._recommend(place, text)
            case "/similar":
                await self._similar(place, typed(text))
            case "/title":
                await self._title(place, typed(text).strip())
            case "/movies-preferences":
                await self._preferences(place, text.strip().lower())
            case "/movies-forget":
                await self._forget(place)
            case "/movies-export":
                await self._export(place)
            case _:
                await self._desk.say(place, help_text() + _HELP)

    async def _recommend(self, place: Place, text: str) -> None:
        try:
            wish = read_flags(text)
        except InvalidRequest as error:
            await self._desk.say(place, copy.sentence(str(error)))
            return
        if wish.text or wish.filters.set_keys():
            await self._desk.ask(place, wish)
        else:
            await self._desk.open_form(place, recommend_modal(place.as_text()))

    async def _similar(self, place: Place, text: str) -> None:
        if not text.strip():
            await self._desk.open_form(place, recommend_modal(place.as_text()))
            return
        name, twist = await self._name_and_twist(text)
        await self._desk.ask(place, Wish(twist, SearchFilters(like_titles=(name,))))

    async def _name_and_twist(self, text: str) -> tuple[str, str]:
        """`In Bruges but funnier` → `In Bruges`, `but funnier`: as much of its beginning as names a title."""
        quoted = _QUOTED.fullmatch(text)
        if quoted:
            return quoted["name"].strip(), quoted["twist"].strip()
        words = text.split()
        begins = [" ".join(words[:count]) for count in range(min(len(words), _MOST_WORDS), 0, -1)]
        names = [begin.rstrip(",;:") for begin in begins]
        known = {folded(title.name) for title in await self._desk.library.named(names)}
        for begin, name in zip(begins, names, strict=True):
            if folded(name) in known:
                return name, " ".join(words[len(begin.split()) :])
        return " ".join(words), ""

    async def _title(self, place: Place, name: str) -> None:
        if not name:
            await self._desk.say(place, "Write a title behind it: `/title Fargo`.")
            return
        found: Sequence[Title] = await self._desk.library.named([name])
        if not found:
            said = literal(f"I don't know a title called {name}.")
            await self._desk.say_blocks(place, said, [section(said)])
        elif found[0].certification == ADULTS_ALONE and not place.direct:
            await self._desk.say(place, _ADULTS_ALONE)
        else:
            title = found[0].seen_from(await self._desk.region(place))
            await self._desk.say_blocks(place, literal(title.label), [card(title, title.overview)])

    # --- preferences and what is known of someone ---

    async def _preferences(self, place: Place, scope: str) -> None:
        owners = {"": place.user_owner, "workspace": place.team_owner, "channel": place.channel_owner}
        owner = owners.get(scope)
        if owner is None:
            await self._desk.say(place, "Write `workspace` or `channel` behind it, or nothing for yours.")
            return
        await self.open_preferences(place, owner)

    async def open_preferences(self, place: Place, owner: Owner) -> None:
        """Open the form of someone's preferences, or of what holds for all."""
        if owner.kind is not Subject.USER and not await self._desk.may_manage(place):
            await self._desk.say(place, _NOT_ALLOWED)
            return
        try:
            [kept] = await self._desk.store.preferences(owner)
        except StoreFault:
            await self._desk.say(place, copy.cannot_keep())
            return
        await self._desk.open_form(place, preferences_modal(owner, kept))

    async def _forget(self, place: Place) -> None:
        try:
            gone = await self._desk.store.forget(place.user_owner)
        except StoreFault:
            await self._desk.say(place, copy.cannot_keep())
            return
        told = "Forgotten: everything that I knew of you." if gone else "I knew nothing of you."
        await self._desk.say(place, told)

    async def _export(self, place: Place) -> None:
        try:
            known = await self._desk.store.export(place.user_owner)
        except StoreFault:
            await self._desk.say(place, copy.cannot_keep())
            return
        text = json.dumps(known, ensure_ascii=False, indent=2)
        line = self._desk.line(place.team)
        try:
            opened = await line.call("conversations.open", users=place.user)
            await line.upload(opened.data["channel"]["id"], "matinee.json", text, "What I know of you")
        except DeliveryFailed as error:
            missing = isinstance(error, SlackRefused) and error.error == "missing_scope"
            await self._desk.say(place, _NO_FILES if missing else copy.cannot_show())
        else:
            await self._desk.say(place, "I've sent you everything that I know of you, as a file.")

    # --- the shortcut ---

    async def find_like(self, place: Place, message: Mapping[str, Any]) -> None:
        """Answer with titles like the picks of an answer, or like what a message says."""
        state_id = state_of(message.get("blocks") or ())
        if state_id is not None:
            try:
                state = await self._buttons.state(state_id)
            except (StoreFault, ExpiredInteraction, ForgedInteraction):
                state = None
            if state is not None:
                names = tuple(pick.name for pick in state.picks[:_MOST_LIKED])
                await self._desk.ask(place, Wish("", SearchFilters(like_titles=names)))
                return
        text = typed(str(message.get("text") or "")).strip()[:_MOST_READ]
        if text:
            await self._desk.ask(place, Wish(text, SearchFilters()))
        else:
            await self._desk.say(place, "There is no text in that message to go by.")

    # --- forms ---

    async def sent(self, place: Place, view: Mapping[str, Any]) -> None:
        """A form was sent.

        Raises:
            RefusedForm: it cannot be taken as it was filled in.
        """
        match view["callback_id"]:
            case name if name == RECOMMEND:
                wish = read_wish(view)
                await self._desk.ask(Place.from_text(view["private_metadata"]).sent_by(place), wish)
            case name if name == REFINE:
                await self._buttons.refined(place, view)
            case _:
                await self._set_preferences(place, view)

    async def _set_preferences(self, place: Place, view: Mapping[str, Any]) -> None:
        owner = owner_in(view)
        first = next(iter(view["state"]["values"]))
        if owner.kind is not Subject.USER and not await self._desk.may_manage(place):
            raise RefusedForm({first: _NOT_ALLOWED})
        if owner.kind is Subject.USER and owner != place.user_owner:
            raise RefusedForm({first: copy.fault("forged_interaction")})
        try:
            [before] = await self._desk.store.preferences(owner)
            await self._desk.store.set_preferences(owner, read_preferences(view, before))
        except StoreFault:
            raise RefusedForm({first: copy.cannot_keep()}) from None
