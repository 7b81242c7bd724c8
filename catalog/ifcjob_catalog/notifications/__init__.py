"""The outbox of notifications: written with the history, sent by the operator, listed by the command."""
