"""Countries and languages: ISO codes for the names in dumps and requests. Names come from Babel."""

from functools import lru_cache

from babel import Locale

from core.vocabulary.names import Names

__all__ = ["countries", "country_name", "is_country", "language_name", "languages", "the_country"]

_COUNTRY_SPELLINGS = {
    "usa": "US",
    "us": "US",
    "america": "US",
    "united states of america": "US",
    "uk": "GB",
    "britain": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "korea": "KR",
    "russian federation": "RU",
    "soviet union": "RU",
    "czech republic": "CZ",
    "czechoslovakia": "CZ",
    "west germany": "DE",
    "east germany": "DE",
    "turkey": "TR",
    "hong kong": "HK",
    "taiwan": "TW",
    "china": "CN",
    "macedonia": "MK",
    "bosnia and herzegovina": "BA",
    "palestine": "PS",
    "palestinian territory": "PS",
    "syrian arab republic": "SY",
    "libyan arab jamahiriya": "LY",
    "lao people s democratic republic": "LA",
    "holy see vatican city state": "VA",
    "serbia and montenegro": "RS",
    "yugoslavia": "RS",
    "ivory coast": "CI",
    "cote d ivoire": "CI",
    "myanmar": "MM",
    # TMDB's codes for countries that are no more.
    "su": "RU",
    "xc": "CZ",
    "cs": "RS",
    "yu": "RS",
    "xg": "DE",
    "dd": "DE",
}

# TMDB's codes for languages that ISO 639-1 spells otherwise; `cn` is its Cantonese.
_LANGUAGE_SPELLINGS = {
    "cn": "zh",
    "cantonese": "zh",
    "mandarin": "zh",
    "farsi": "fa",
    "castilian": "es",
    "tagalog": "tl",
    "bengali": "bn",
    "bokmal": "no",
    "nb": "no",
    "flemish": "nl",
    "greek": "el",
}


_WITH_ARTICLE = frozenset({"AE", "BS", "CF", "DO", "GB", "GM", "MV", "NL", "PH", "US"})
# Codes that CLDR lists beside the countries: groups, pseudo-locales and the unknown.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@lru_cache(maxsize=1)
def _locale() -> Locale:
    return Locale("en")


def country_name(code: str) -> str:
    """English name of a country code (`KR` → `South Korea`); the code itself where unknown."""
    return str(_locale().territories.get(code, code))


def the_country(code: str) -> str:
    """The name as it stands in a sentence: `Germany`, `the United States`."""
    return f"the {country_name(code)}" if code in _WITH_ARTICLE else country_name(code)


def language_name(code: str) -> str:
    """English name of a language code (`ja` → `Japanese`); the code itself where unknown."""
    return str(_locale().languages.get(code, code))


def is_country(word: str) -> bool:
    """Whether a folded word is the name of a country; two letters ("in", "it") are none."""
    return len(word) > 2 and countries().find(word) is not None


@lru_cache(maxsize=1)
def countries() -> Names:
    """ISO 3166-1 alpha-2 codes by code, English name and the spellings of dumps."""
    codes = {
        code: [name]
        for code, name in _locale().territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
    for spelling, code in _COUNTRY_SPELLINGS.items():
        codes[code].append(spelling)
    return Names("country", codes, shown=country_name)


@lru_cache(maxsize=1)
def languages() -> Names:
    """ISO 639-1 codes by code, English name and the spellings of dumps."""
    codes = {code: [name] for code, name in _locale().languages.items() if len(code) == 2}
    for spelling, code in _LANGUAGE_SPELLINGS.items():
        codes[code].append(spelling)
    return Names("language", codes, shown=language_name)
