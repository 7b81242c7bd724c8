"""The web app: where its built files are, and how they are served."""
