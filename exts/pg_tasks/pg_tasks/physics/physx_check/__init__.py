"""PhysX on the CPU by way of the package ``sapien``: checks what the preset ``physx`` would hand to Isaac Sim."""
