"""A stand-in for Slack over loopback: its Web API, Socket Mode, requests to the app, and what people do."""

from adapters.emulators.slack.calls import Exchange
from adapters.emulators.slack.interactions import Interaction, View
from adapters.emulators.slack.limits import RateLimits, Window
from adapters.emulators.slack.places import Channel, Message, Organisation, Problem, User, Workspace
from adapters.emulators.slack.server import SlackServer
from adapters.emulators.slack.world import App, Deadlines

__all__ = [
    "App",
    "Channel",
    "Deadlines",
    "Exchange",
    "Interaction",
    "Message",
    "Organisation",
    "Problem",
    "RateLimits",
    "SlackServer",
    "User",
    "View",
    "Window",
    "Workspace",
]
