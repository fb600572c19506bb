"""The words of an answer. Every name, year, rating and person in it comes from the catalogue."""
