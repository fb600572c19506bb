"""Slack. `mrkdwn`, `blocks`, `views` and `flags` only make and read what is sent and received."""
