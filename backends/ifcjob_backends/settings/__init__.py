"""Settings from environment variables, and the page that lists them; operator and API use both."""
