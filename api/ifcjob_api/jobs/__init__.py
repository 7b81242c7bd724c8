"""IfcJobs of the API: from requests to manifests, and from the index and the pods to answers."""
