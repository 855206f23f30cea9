"""What each command of ``alexnet-lab`` does."""
