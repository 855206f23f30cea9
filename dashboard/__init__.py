"""The lab on a screen: pages over alexnet_core. It holds no science."""
