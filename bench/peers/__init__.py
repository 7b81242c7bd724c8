"""The programs ifcjob is measured against, each as short as a fair user of that engine would write it."""
