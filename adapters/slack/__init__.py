"""Slack: `hearing` takes what comes in and `ports` shows what goes out, through `calls`. `mrkdwn`, `blocks`,
`views`, `flags` and `places` only make and read what is sent and received.
"""
