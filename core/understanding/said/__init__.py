"""Readers, one for each kind of filter said in words. Each takes what it knows out of a draft."""
