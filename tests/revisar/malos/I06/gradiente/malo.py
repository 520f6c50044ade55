"""Un módulo que enseña."""


def entrenar(modelo, optimizador, lotes):
    """Entrena."""
    for x, y in lotes:
        optimizador.zero_grad()  # MAL
        modelo(x, y).backward()  # MAL
        optimizador.step()  # MAL
