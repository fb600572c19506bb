"""Closed lists and their aliases: genres, services, certifications, countries and languages.

Every spelling that a person or a dump may use is resolved here, once.
"""
