"""What is remembered: conversations, preferences, marks, buttons' state, events, what was used up.
Records and ports; the database behind them is a provider.
"""
