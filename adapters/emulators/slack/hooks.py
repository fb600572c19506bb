"""What apps say by `response_url` and by acknowledgements.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from typing import Any

from adapters.emulators.slack.blocks import checked_message
from adapters.emulators.slack.chat import Chat
from adapters.emulators.slack.interactions import Interaction
from adapters.emulators.slack.places import Problem
from adapters.emulators.slack.world import World

__all__ = ["Hooks"]


class Hooks:
    """Answers to an interaction, for which the bot need not be in the conversation.

    Args:
        world: Where.
        chat: Posts them.
    """

    def __init__(self, world: World, chat: Chat) -> None:
        self._world, self._chat = world, chat

    def use(self, hook: str, body: dict[str, Any]) -> None:
        """One post to a `response_url`.

        Raises:
            Problem: it is none, is used up or too old, or what was posted is past a limit.
        """
        interaction = self._world.hooks.get(hook)
        if interaction is None or interaction.channel is None:
            raise Problem("invalid_url", 404)
        interaction.use_hook(self._world.clock.now(), self._world.deadlines.hook)
        self.respond(interaction, body)

    def respond(self, interaction: Interaction, body: dict[str, Any]) -> None:
        """Say something to whom began it, or (`response_type` `in_channel`) to all; `replace_original` and
        `delete_original` mean the message that was acted in, of commands the last answer.

        Raises:
            Problem: it is past a limit.
        """
        original = interaction.original
        if body.get("delete_original"):
            if original is None or original.deleted:
                raise Problem("message_not_found", 404)
            self._chat.remove(original)
            return
        checked = checked_message(body)
        if body.get("replace_original") and original is not None and not original.deleted:
            if original.ephemeral_for is None:
                self._chat.change(original, checked)
            else:
                original.change(checked)
            return
        assert interaction.channel is not None
        to_all = body.get("response_type") == "in_channel"
        thread_ts = str(body.get("thread_ts") or "")
        root = self._world.root(interaction.channel, thread_ts) if thread_ts else None
        message = self._chat.post(
            interaction.channel, checked, root, ephemeral_for=None if to_all else interaction.user
        )
        interaction.responses.append(message)
