"""Una herramienta que importa un marco."""


def unos():
    """Unos."""
    import jax  # MAL

    return jax.numpy.ones(1)
