"""Streaming services: canonical names and the ways people and dumps write them."""

from core.vocabulary.names import Names

__all__ = ["SERVICES"]

SERVICES = Names(
    "service",
    {
        "Netflix": ("nflx", "netflix us", "netflix basic with ads", "netflix standard with ads"),
        "Amazon Prime Video": (
            "prime",
            "prime video",
            "amazon prime",
            "amazon",
            "amazon video",
            "amazon prime video with ads",
        ),
        "Disney Plus": ("disney+", "disney", "disneyplus", "d+"),
        "HBO Max": ("max", "hbo", "hbomax", "max amazon channel", "hbo max amazon channel"),
        "Hulu": (),
        "Paramount Plus": (
            "paramount+",
            "paramount",
            "paramountplus",
            "paramount plus essential",
            "paramount+ with showtime",
            "showtime",
        ),
        "Peacock": ("peacock premium", "peacock premium plus", "peacock tv"),
        "Apple TV Plus": ("apple tv+", "apple tv", "apple", "appletv", "apple tv plus amazon channel"),
        "Crunchyroll": ("crunchyroll amazon channel",),
        "Starz": ("starz play", "starz apple tv channel"),
        "AMC Plus": ("amc+", "amc"),
        "MGM Plus": ("mgm+", "mgm", "epix"),
        "MUBI": ("mubi amazon channel",),
        "Shudder": ("shudder amazon channel",),
        "Criterion Channel": ("criterion", "the criterion channel"),
        "Tubi": ("tubi tv",),
        "fuboTV": ("fubo", "fubo tv"),
        "Sling TV": ("sling",),
        "Philo": (),
        "Pluto TV": ("pluto",),
        "The Roku Channel": ("roku", "roku channel"),
        "Discovery Plus": ("discovery+", "discovery"),
        "BritBox": ("brit box",),
        "Acorn TV": ("acorn",),
        "Kanopy": (),
        "Hoopla": (),
    },
)
