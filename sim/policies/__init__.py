"""One file, one policy: each presses levers and nothing else."""
