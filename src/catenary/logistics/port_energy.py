PortEnergy=port_energy=None
