"""Facts about AWS as data, each with its source; nothing here imports anything of ours."""
