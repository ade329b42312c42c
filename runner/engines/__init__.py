"""What makes containers. One module per engine, each the only importer of its library."""
