"""What is made once, and shipped: the network, the ports and passages of the sea."""
