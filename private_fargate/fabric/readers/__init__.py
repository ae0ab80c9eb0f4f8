"""From the words of the services to the values of the model; nothing here talks to anybody."""
