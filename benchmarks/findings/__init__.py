"""What bevparse and other validators find in the same broken bodies, and where they say it is."""
