"""Profiles, out of preferences of user and server and of marks."""

from pathlib import Path

import pytest

from core.domain import SearchFilters
from core.errors import UnknownFilterValue
from core.memory.profiles import Profiles, checked_preferences
from core.memory.records import MarkKind, Owner, Preferences, Subject
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import opened_store

ANN, TEAM = Owner(Subject.USER, "slack", "T/ann"), Owner(Subject.SERVER, "slack", "T")


async def test_the_users_defaults_come_first_and_the_servers_rules_hold(tmp_path: Path) -> None:
    async with opened_store(sqlite_url(tmp_path / "state.sqlite")) as store:
        profiles = Profiles(store, store)
        await store.set_preferences(
            ANN, Preferences(("Netflix",), blocked_genres=("War",), max_certification="R")
        )
        shared = Preferences(
            ("Hulu",), language="en", genres=("Comedy",), blocked_genres=("Horror",), max_certification="PG"
        )
        await store.set_preferences(TEAM, shared)
        await store.mark(ANN, "tmdb:movie:1", MarkKind.SEEN)
        await store.mark(ANN, "tmdb:movie:2", MarkKind.SAVED)
        here, alone = await profiles.profile(ANN, TEAM), await profiles.profile(ANN)
    assert here.defaults == SearchFilters(providers=("Netflix",), languages=("en",), genres=("Comedy",))
    assert (here.blocked_genres, here.forbidden_genres) == (("War",), ("Horror",))
    assert (here.max_certification, alone.max_certification) == ("PG", "R")
    assert here.seen == ("tmdb:movie:1",)
    assert alone.defaults == SearchFilters(providers=("Netflix",))
    assert alone.forbidden_genres == ()


async def test_a_channels_rules_join_those_of_its_server(tmp_path: Path) -> None:
    channel = Owner(Subject.CHANNEL, "scripted", "C")
    async with opened_store(sqlite_url(tmp_path / "state.sqlite")) as store:
        profiles = Profiles(store, store)
        await store.set_preferences(
            TEAM, Preferences(("Hulu",), language="en", blocked_genres=("Horror",), max_certification="R")
        )
        await store.set_preferences(
            channel, Preferences(("MUBI",), blocked_genres=("War", "Horror"), max_certification="PG")
        )
        profile = await profiles.profile(ANN, TEAM, channel)
    assert profile.defaults == SearchFilters(providers=("MUBI",), languages=("en",))
    assert profile.forbidden_genres == ("Horror", "War")
    assert profile.max_certification == "PG"


async def test_the_nearest_region_counts(tmp_path: Path) -> None:
    async with opened_store(sqlite_url(tmp_path / "state.sqlite")) as store:
        profiles = Profiles(store, store)
        await store.set_preferences(TEAM, Preferences(region="GB"))
        shared = await profiles.profile(ANN, TEAM)
        await store.set_preferences(ANN, Preferences(region="DE"))
        own, nobodys = (
            await profiles.profile(ANN, TEAM),
            await profiles.profile(Owner(Subject.USER, "slack", "T/bo")),
        )
    assert (shared.region, own.region, nobodys.region) == ("GB", "DE", None)


def test_spellings_are_resolved_and_unknown_names_told() -> None:
    given = Preferences(("hbo",), "germany", ("sci-fi",), "korean", ("HORROR",), "pg13")
    checked = checked_preferences(given)
    assert checked == Preferences(("HBO Max",), "DE", ("Science Fiction",), "ko", ("Horror",), "PG-13"), (
        checked
    )
    with pytest.raises(UnknownFilterValue):
        checked_preferences(Preferences(genres=("cooking",)))
