"""Nationalities as they stand before "film": a language where it has one of its own, else a country."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["BY_COUNTRY", "BY_LANGUAGE", "LANGUAGE_OF_COUNTRY", "NATIONALITIES"]

# Nationalities without a language of their own, and those whose language is hardly heard in their films.
BY_COUNTRY: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("british", "scottish", "welsh", "uk"), "GB"),
        **dict.fromkeys(("american", "hollywood", "usa"), "US"),
        **dict.fromkeys(("australian", "aussie"), "AU"),
        **dict.fromkeys(("new zealand", "kiwi"), "NZ"),
        **dict.fromkeys(("south african",), "ZA"),
        **{"canadian": "CA", "irish": "IE", "mexican": "MX", "brazilian": "BR", "argentinian": "AR"},
        **{"argentine": "AR", "chilean": "CL", "colombian": "CO", "peruvian": "PE", "cuban": "CU"},
        **{"venezuelan": "VE", "uruguayan": "UY", "austrian": "AT", "swiss": "CH", "belgian": "BE"},
        **{"iranian": "IR", "israeli": "IL", "egyptian": "EG", "lebanese": "LB", "moroccan": "MA"},
        **{"tunisian": "TN", "algerian": "DZ", "nigerian": "NG", "senegalese": "SN", "kenyan": "KE"},
        **{"indian": "IN", "pakistani": "PK", "taiwanese": "TW", "hong kong": "HK", "filipino": "PH"},
        **{"bosnian": "BA", "palestinian": "PS", "syrian": "SY", "iraqi": "IQ", "saudi": "SA"},
        **{"nollywood": "NG", "cypriot": "CY", "luxembourgish": "LU", "jamaican": "JM", "soviet": "RU"},
        **{"south korean": "KR", "north american": "US", "singaporean": "SG", "afghan": "AF"},
    }
)
BY_LANGUAGE: Mapping[str, str] = MappingProxyType(
    {
        **{
            "korean": "ko",
            "french": "fr",
            "spanish": "es",
            "german": "de",
            "italian": "it",
            "japanese": "ja",
        },
        **{"chinese": "zh", "mandarin": "zh", "cantonese": "zh", "russian": "ru", "swedish": "sv"},
        **{"norwegian": "no", "danish": "da", "finnish": "fi", "icelandic": "is", "dutch": "nl"},
        **{"polish": "pl", "czech": "cs", "slovak": "sk", "hungarian": "hu", "romanian": "ro"},
        **{"bulgarian": "bg", "greek": "el", "turkish": "tr", "portuguese": "pt", "english": "en"},
        **{"hindi": "hi", "tamil": "ta", "telugu": "te", "malayalam": "ml", "kannada": "kn", "bengali": "bn"},
        **{
            "punjabi": "pa",
            "marathi": "mr",
            "urdu": "ur",
            "thai": "th",
            "vietnamese": "vi",
            "indonesian": "id",
        },
        **{"malay": "ms", "persian": "fa", "farsi": "fa", "arabic": "ar", "hebrew": "he", "ukrainian": "uk"},
        **{"serbian": "sr", "croatian": "hr", "slovenian": "sl", "estonian": "et", "latvian": "lv"},
        **{"lithuanian": "lt", "georgian": "ka", "armenian": "hy", "mongolian": "mn", "catalan": "ca"},
        **{"basque": "eu", "galician": "gl", "albanian": "sq", "macedonian": "mk", "bollywood": "hi"},
        **{"flemish": "nl", "yiddish": "yi", "swahili": "sw", "nepali": "ne", "gaelic": "ga"},
    }
)
NATIONALITIES = frozenset(BY_COUNTRY) | frozenset(BY_LANGUAGE)

# What most series of a country are spoken in; countries of several languages are left out.
LANGUAGE_OF_COUNTRY: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("US", "GB", "IE", "AU", "NZ"), "en"),
        **dict.fromkeys(("ES", "MX", "AR", "CL", "CO", "PE", "UY", "VE", "CU"), "es"),
        **dict.fromkeys(("DE", "AT"), "de"),
        **dict.fromkeys(("BR", "PT"), "pt"),
        **dict.fromkeys(("CN", "TW", "HK"), "zh"),
        **dict.fromkeys(("EG", "SA", "AE", "JO", "LB", "KW", "SY", "IQ"), "ar"),
        **{"KR": "ko", "JP": "ja", "FR": "fr", "IT": "it", "RU": "ru", "SE": "sv", "NO": "no", "DK": "da"},
        **{"FI": "fi", "IS": "is", "NL": "nl", "PL": "pl", "CZ": "cs", "HU": "hu", "RO": "ro", "BG": "bg"},
        **{"GR": "el", "TR": "tr", "IL": "he", "IR": "fa", "TH": "th", "VN": "vi", "ID": "id", "UA": "uk"},
        **{"HR": "hr", "RS": "sr", "SK": "sk", "SI": "sl", "EE": "et", "LV": "lv", "LT": "lt"},
    }
)
