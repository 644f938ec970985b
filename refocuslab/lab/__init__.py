"""The lab: notebooks, figures, runs. It imports the method, which imports nothing of it."""
