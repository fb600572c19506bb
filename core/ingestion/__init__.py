"""Taking in titles: from TMDB (by a `TitleSource`), from dumps, and what is kept of both in the data folder.

Knows no vendor and no command line; `bot/ingesting.py` brings source, holdings and index together.
"""
