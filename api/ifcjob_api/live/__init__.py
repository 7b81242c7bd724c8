"""The live state: IfcJobs and IfcQueues in memory, kept by one watch per kind and replica."""
