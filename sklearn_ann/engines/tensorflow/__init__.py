"""The TensorFlow engine: training compiled by XLA, for long float32 fits, GPUs and users' functions of tensors."""
