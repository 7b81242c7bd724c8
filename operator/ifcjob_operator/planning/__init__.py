"""Decisions about one IfcJob: pure functions of an observation, a policy and the time."""
