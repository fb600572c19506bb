"""Anthropic: structured answers as the input of a tool that it must use.

https://docs.anthropic.com/en/docs/build-with-claude/tool-use
"""

from collections.abc import Mapping
from typing import Any

from anthropic import AsyncAnthropic

from core.errors import ModelUnavailable

__all__ = ["AnthropicModel"]

_MAX_TOKENS = 600


class AnthropicModel:
    """A `StructuredModel`.

    Args:
        api_key: Sent with every request, shown nowhere.
        model: Its name at the server.
        base_url: Another server than Anthropic's.
        timeout_seconds: After which a request is given up; none is repeated.
    """

    def __init__(self, api_key: str, model: str, base_url: str | None, timeout_seconds: float) -> None:
        self._model = model
        self._client = AsyncAnthropic(
            api_key=api_key, base_url=base_url, timeout=timeout_seconds, max_retries=0
        )

    async def structured(self, system: str, user: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            message = await self._client.messages.create(
                model=self._model,
                max_tokens=_MAX_TOKENS,
                system=system,
                messages=[{"role": "user", "content": user}],
                tools=[{"name": "reading", "description": "The form.", "input_schema": dict(schema)}],
                tool_choice={"type": "tool", "name": "reading"},
            )
            answer = next(block.input for block in message.content if block.type == "tool_use")
        except Exception as error:  # odd bodies leak bare TypeError, AssertionError … beside the SDK's own
            raise ModelUnavailable(f"Anthropic's model gave no answer ({type(error).__name__})") from None
        if not isinstance(answer, dict):
            raise ModelUnavailable("Anthropic's model gave no object")
        return answer

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()
