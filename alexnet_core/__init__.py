"""AlexNet: the family, its data and its training, without a screen."""
