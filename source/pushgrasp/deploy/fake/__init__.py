"""Devices that speak the real protocols on loopback, with a simulation behind them."""
