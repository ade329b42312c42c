"""Pod, cells and pool: a brand-new container for every command."""
