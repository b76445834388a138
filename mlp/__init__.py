"""The command line `mlp`: thin verbs that join the rooms."""
