"""Whether Slack takes what is configured."""

import aiohttp

from adapters.delivery import DeliveryFailed
from adapters.slack.calls import Calls
from adapters.slack.credentials import OneSeat, SlackOptions, checked_app_token, seated

__all__ = ["looked_at"]

_SECONDS = 10


async def looked_at(options: SlackOptions) -> str:
    """Ask Slack about the tokens; no connection for events is opened. Returns how it would be met, in words.

    Raises:
        ConfigurationError: a token is refused, or lacks what it cannot do without.
        OSError: Slack cannot be reached.
    """
    way = "Socket Mode" if options.app_token else "requests to PORT"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session:
        calls = Calls(session, OneSeat(), options.api_url)
        try:
            if options.app_token:
                await checked_app_token(calls, options.app_token)
            if options.bot_token is None:
                return f"by {way}, for workspaces that install it at /slack/install"
            seat = await seated(calls, options.bot_token)
        except DeliveryFailed as error:
            raise OSError(str(error) or type(error).__name__) from None
    return f"by {way}, in the workspace {seat.team}"
