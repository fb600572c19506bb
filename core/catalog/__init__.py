"""The titles: the bundled catalogue, one reader for it and for dumps, and the texts that are indexed.

Nothing here talks to an index or a model; `core.library` brings the three together.
"""
