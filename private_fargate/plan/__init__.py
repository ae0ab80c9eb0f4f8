"""What a deployment would do, before it does it: values that are compared, judged and shown, with no AWS."""
