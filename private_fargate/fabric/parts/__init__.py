"""What a network consists of: values with the names of AWS, and no behaviour."""
