"""The web app in a real browser: its server, its pages, and checks that hold on every page."""
