"""The store on SQLite or PostgreSQL. Nothing here knows what a turn is for."""
