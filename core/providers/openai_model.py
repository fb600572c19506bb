"""OpenAI, and every server that speaks its chat completions: structured answers.

https://platform.openai.com/docs/guides/structured-outputs
"""

import json
from collections.abc import Mapping
from typing import Any

from openai import AsyncOpenAI

from core.errors import ModelUnavailable

__all__ = ["OpenAIModel"]


class OpenAIModel:
    """A `StructuredModel`.

    Args:
        api_key: Sent with every request, shown nowhere.
        model: Its name at the server.
        base_url: Another server than OpenAI's.
        timeout_seconds: After which a request is given up; none is repeated.
    """

    def __init__(self, api_key: str, model: str, base_url: str | None, timeout_seconds: float) -> None:
        self._model = model
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout_seconds, max_retries=0)

    async def structured(self, system: str, user: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            completion = await self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "reading", "schema": dict(schema), "strict": True},
                },
            )
            answer = json.loads(completion.choices[0].message.content or "")
        except Exception as error:  # odd bodies leak bare TypeError, AssertionError … beside the SDK's own
            raise ModelUnavailable(f"OpenAI's model gave no answer ({type(error).__name__})") from None
        if not isinstance(answer, dict):
            raise ModelUnavailable("OpenAI's model gave no object")
        return answer

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()
