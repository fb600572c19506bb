"""The shared async core: from a request to a streamed, grounded reply.

Knows no platform and, outside `providers` and `training`, no vendor.
"""
