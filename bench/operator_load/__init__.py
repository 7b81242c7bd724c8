"""How fast and how small the operator is, with thousands of IfcJobs whose pods kwok plays: no containers, real APIs."""
