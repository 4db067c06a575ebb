"""The lab floor: planning, running, storing and comparing many runs. It holds no mechanism of the model."""
