"""The peers: programs that ifcjob is measured against, each as short as a user of that engine would write it."""
