"""A stand-in for TMDB over loopback: made-up titles, its limits, and everything that goes wrong."""

from adapters.emulators.tmdb.server import Faults, TmdbServer
from adapters.emulators.tmdb.world import Made, made_titles

__all__ = ["Faults", "Made", "TmdbServer", "made_titles"]
