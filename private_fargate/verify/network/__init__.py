"""Where packets go, and who lets them through: routes, endpoints, security groups, ACLs, names."""
