"""Streaming services: canonical names and the ways people, dumps and TMDB write them.

One that goes by one name in several countries (Hulu, NOW) is one service; the country tells them apart.
"""

import re
from types import MappingProxyType

from core.vocabulary.names import Names, folded
from core.vocabulary.tmdb_services import TMDB_NUMBERS

__all__ = ["SERVICES", "TMDB_SERVICES", "listed_service"]

_EVERYWHERE = {
    "Netflix": ("nflx", "netflix us"),
    "Amazon Prime Video": ("prime", "prime video", "amazon prime", "amazon", "amazon video"),
    "Disney Plus": ("disney+", "disney", "disneyplus", "d+"),
    "HBO Max": ("max", "hbo", "hbomax", "hbo go"),
    "Hulu": ("hulu japan",),
    "Paramount Plus": ("paramount+", "paramount", "paramountplus", "showtime"),
    "Peacock": ("peacock premium", "peacock premium plus", "peacock tv"),
    "Apple TV Plus": ("apple tv+", "apple tv", "apple", "appletv"),
    "Crunchyroll": ("funimation", "funimation now"),
    "Starz": ("starz play", "starzplay"),
    "AMC Plus": ("amc+", "amc"),
    "MGM Plus": ("mgm+", "mgm", "epix"),
    "MUBI": (),
    "Shudder": (),
    "Criterion Channel": ("criterion", "the criterion channel"),
    "Tubi": ("tubi tv",),
    "fuboTV": ("fubo", "fubo tv"),
    "Sling TV": ("sling",),
    "Philo": (),
    "Pluto TV": ("pluto",),
    "The Roku Channel": ("roku", "roku channel"),
    "Discovery Plus": ("discovery+", "discovery"),
    "BritBox": ("brit box",),
    "Acorn TV": ("acorn", "acorntv"),
    "Kanopy": (),
    "Hoopla": (),
    "Plex": (),
    "Freevee": ("amazon freevee", "imdb tv"),
    "YouTube Premium": ("youtube red",),
    "Rakuten TV": ("rakuten",),
    "Rakuten Viki": ("viki",),
    "Curiosity Stream": ("curiositystream",),
    "MagellanTV": ("magellan tv",),
    "BroadwayHD": ("broadway hd",),
    "GuideDoc": (),
    "Hayu": (),
    "Viaplay": (),
    "SkyShowtime": ("sky showtime",),
    "Lionsgate Plus": ("lionsgate+",),
    "Lionsgate Play": ("lionsgate",),
    "iQIYI": (),
    "Shahid VIP": ("shahid",),
    "WOW Presents Plus": ("wow presents",),
}
_BY_COUNTRY = {
    # The United States
    "Hallmark Plus": ("hallmark+", "hallmark"),
    "BET Plus": ("bet+",),
    "ALLBLK": ("urban movie channel", "umc"),
    "Crackle": ("sony crackle",),
    "PBS": ("pbs masterpiece", "pbs passport"),
    "Sundance Now": ("sundance",),
    "The CW": ("cw", "cw seed"),
    "Adult Swim": (),
    "Fandango at Home": ("vudu", "vudu free"),
    "DIRECTV": ("direct tv",),
    "Fandor": (),
    "OVID": ("ovid tv",),
    "Metrograph": (),
    "Night Flight Plus": ("night flight",),
    "Arrow Player": ("arrow video",),
    "Screambox": (),
    "Midnight Pulp": (),
    "Hi-YAH": (),
    "HIDIVE": (),
    "RetroCrush": (),
    "AsianCrush": ("asian crush",),
    "KOCOWA": ("kocowa+",),
    "ViX": ("vix+",),
    "MHz Choice": ("mhz",),
    "Shout! TV": ("shout factory tv", "shout factory"),
    "Cineverse": (),
    "FilmRise": (),
    "Xumo Play": ("xumo",),
    "Pure Flix": ("pureflix",),
    "Angel Studios": (),
    "Lifetime Movie Club": (),
    "Dekkoo": (),
    # The United Kingdom
    "BBC iPlayer": ("iplayer", "bbc", "bbc player"),
    "ITVX": ("itv", "itv hub"),
    "Channel 4": ("channel four", "all4"),
    "Channel 5": ("my5", "channel five"),
    "NOW": ("now tv", "nowtv"),
    "Sky Go": ("skygo",),
    "UKTV Play": ("uktv",),
    "STV Player": ("stv",),
    "BFI Player": ("bfi",),
    "Curzon Home Cinema": ("curzon",),
    "Virgin TV Go": ("virgin tv",),
    # Germany
    "WOW": (),
    "RTL+": ("rtl plus", "rtl", "tvnow"),
    "Joyn": ("joyn plus", "joyn plus+"),
    "ARD Mediathek": ("ard", "ardmediathek"),
    "ARD Plus": ("ard+",),
    "ZDF": ("zdf mediathek", "zdfmediathek"),
    "Arte": ("artetv",),
    "MagentaTV": ("magenta tv", "magenta"),
    "Netzkino": (),
    "filmfriend": (),
    "Sooner": (),
    "Kino on Demand": (),
    "Filmtastic": (),
    "Home of Horror": (),
    "TELE 5": (),
    # France
    "Canal+": ("canal plus", "canal", "mycanal", "my canal"),
    "OCS": ("ocs go",),
    "France TV": ("francetv",),
    "TF1+": ("tf1", "tf1 plus", "mytf1"),
    "M6+": ("m6", "m6 plus", "6play", "sixplay"),
    "Anime Digital Network": ("adn", "anime digital networks", "animation digital network"),
    "FILMO": ("filmo tv", "filmotv"),
    "UniversCiné": (),
    "LaCinetek": (),
    "Molotov TV": ("molotov",),
    "Shadowz": (),
    "Tënk": (),
    "Orange VOD": (),
    "Universal+": ("universal plus",),
    # Canada
    "Crave": ("cravetv",),
    "CBC Gem": ("cbc",),
    "CTV": (),
    "Citytv": ("citytv+",),
    "Global TV": (),
    "StackTV": ("stack tv",),
    "illico": ("club illico", "illico+"),
    "ICI TOU.TV": ("icitoutv", "tou tv"),
    "Hollywood Suite": (),
    "Noovo": (),
    "NFB": (),
    "Knowledge Network": (),
    # Australia
    "Stan": (),
    "Binge": (),
    "Foxtel Now": ("foxtel",),
    "SBS On Demand": ("sbs",),
    "ABC iview": ("iview",),
    "9Now": (),
    "7plus": (),
    "10 Play": ("10play", "tenplay"),
    "DocPlay": (),
    "Brollie": (),
    # India
    "JioHotstar": ("hotstar", "jio hotstar", "disney+ hotstar", "jiocinema", "jio cinema"),
    "SonyLIV": ("sony liv",),
    "ZEE5": ("zee 5",),
    "MX Player": ("amazon mx player", "amazon minitv"),
    "Sun NXT": ("sunnxt",),
    "aha": (),
    "Hoichoi": (),
    "Eros Now": (),
    "ALTT": ("altbalaji", "alt balaji"),
    "ManoramaMAX": ("manorama max",),
    "ShemarooMe": (),
    "EPIC ON": (),
    "Hungama Play": (),
    "Voot": (),
    # Brazil
    "Globoplay": ("globo play",),
    "Telecine": ("telecine play",),
    "Claro TV+": ("claro tv", "claro video", "claro"),
    "Star Plus": ("star+",),
    "Looke": (),
    "Oldflix": (),
    "Belas Artes à La Carte": ("belas artes",),
    "Reserva Imovision": ("imovision",),
    "Filmicca": (),
    # Spain
    "Movistar Plus+": ("movistar plus", "movistar+", "movistar"),
    "Filmin": (),
    "atresplayer": ("atres player",),
    "RTVE Play": ("rtve",),
    "FlixOlé": (),
    "Mitele": (),
    "Tivify": (),
    "Acontra+": ("acontra plus",),
    # Italy
    "RaiPlay": ("rai play", "rai"),
    "Mediaset Infinity": ("infinity+", "infinity plus"),
    "Timvision": ("tim vision",),
    "Chili": (),
    "VVVVID": (),
    "Nexo Plus": ("nexo+",),
    # Japan
    "U-NEXT": ("unext",),
    "Lemino": ("dtv",),
    "ABEMA": ("abematv", "abema tv"),
    "d Anime Store": ("danime store",),
    "FOD": ("fod premium",),
    "WOWOW": ("wowow on demand",),
    "TELASA": (),
    "DMM TV": ("dmm",),
    "TVer": (),
    "NHK On Demand": ("nhk",),
}
SERVICES = Names("service", {**_EVERYWHERE, **_BY_COUNTRY})
TMDB_SERVICES = MappingProxyType(
    {number: name for name, numbers in TMDB_NUMBERS.items() for number in numbers}
)
"""TMDB's number of a service → its canonical name."""

# TMDB lists a service again for each plan, and for each shop through which it is sold.
_SOLD_AS = re.compile(
    r" (?:(?:(?:amazon|apple tv|roku premium) channel|(?:basic|standard)? ?with (?:ads|showtime)|essential|"
    r"premium|free|kids|player) ?)+$"
)
# What only lists write: people who write it mean more by it than the service ("Canal+ series").
_LISTED = MappingProxyType(
    {
        "arrow": "Arrow Player",
        "canal+ series": "Canal+",
        "crave starz": "Crave",
        "filmin plus": "Filmin",
        "hallmark movies now": "Hallmark Plus",
        "hallmark tv": "Hallmark Plus",
        "now tv cinema": "NOW",
    }
)


def listed_service(name: str) -> str | None:
    """The canonical name of what TMDB or a dump lists, or None: `Shudder Amazon Channel` is Shudder."""
    whole = folded(name)
    bare = _SOLD_AS.sub("", whole)
    return SERVICES.by_spelling.get(whole) or SERVICES.by_spelling.get(bare) or _LISTED.get(bare)
