"""The upper floor: notebooks, figures, runs. It imports the method, which never imports it."""
