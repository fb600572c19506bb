"""TMDB, version 3 of its interface: https://developer.themoviedb.org/reference/intro/getting-started"""
