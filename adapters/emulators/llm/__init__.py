"""A stand-in for the servers of OpenAI and Anthropic: scripted texts, and everything that goes wrong."""

from adapters.emulators.llm.script import Fault, Script, argue
from adapters.emulators.llm.server import ModelServer

__all__ = ["Fault", "ModelServer", "Script", "argue"]
