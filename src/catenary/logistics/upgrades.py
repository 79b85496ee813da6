Upgrades=upgrades=None
