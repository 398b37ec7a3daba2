"""Has the weekly report run by itself: a crontab line, a systemd timer, a hosted workflow."""
