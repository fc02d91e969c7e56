"""The cell on loopback: processes that speak the devices' protocols, with physics behind them."""
