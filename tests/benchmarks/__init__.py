"""Tables of speed, memory and retrieval quality: `make bench`. Nothing here asserts a time.

Every figure is measured in a process of its own (`measure.py`); what is compared is measured in turn,
in one run. The tables over 48,000 titles and those over `vibe_dev` need the shared data; they are left
out with a plain line where it is not there.
"""
