"""The terminal: one request (`ask`), a conversation (`chat`), or JSON lines for programs."""
