"""Qdrant as the title index: embedded on disk, or a server, cloud or in-memory client.

All of them share one payload (`payload`) and one reading of the filters (`conditions`).
"""
