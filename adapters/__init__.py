"""Platforms: each turns its own payloads into requests and reply events into its own messages."""
