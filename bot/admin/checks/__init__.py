"""What `check` asks of each service, one module a service; `bot.admin.check` runs them side by side."""
