"""The network of a deployed system on this machine: first of all, what it consists of.

`describing.read` asks any AWS, real or embedded, and gives a `model.Network`.  Network namespaces are to be
built from that and from nothing else, so that a packet meets what was deployed and not what was meant.
"""
