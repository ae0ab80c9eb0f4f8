"""An environment in many accounts and Regions: one StackSet, planned, rolled out and followed."""
