"""From words to meaning: intent, filters said in words, and what is left to search by.

Local: closed lists, the names of the catalogue and a small classifier. Only `understander` asks the index for
titles that are spoken of, and `model_reader` a language model, through its port.
"""
