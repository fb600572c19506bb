"""From words to meaning: intent, filters said in words, and what is left to search by.

Local and pure but for one look-up of title names; never calls a model.
"""
