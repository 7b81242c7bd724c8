"""Speed and memory of the operator with thousands of IfcJobs: a real control plane, and pods simulated by kwok."""
