"""The page that shows Matinee without an account: both emulated platforms, looked at and used through a
browser. Here live its server, what a page sees of a platform, and the page itself; not the platforms.
"""
