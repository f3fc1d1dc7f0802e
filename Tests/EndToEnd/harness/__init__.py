"""What the end-to-end tests stand on: sandboxes, engines, registries, images, clients and leak checks."""
