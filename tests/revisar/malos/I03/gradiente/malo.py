"""Un módulo del paquete que conoce las herramientas."""


def raiz():
    """La raíz."""
    from herramientas import fuentes  # MAL

    return fuentes.RAIZ
