"""The versions of the catalog's schema, for Alembic."""
