"""Tree to model and back, driven by the models' wire marks."""
