"""Paisajes y trayectorias de la carrera (las de la figura están en JS).

Reproducen lo que la figura muestra, para el póster, la descripción y las pruebas; lo
que se enseña está en las secciones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEJOS = 1e6  # a esta distancia del origen, el método ha divergido
METODOS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
NOMBRES = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}


@dataclass(frozen=True)
class Paisaje:
    """Una función de dos variables y lo que hace falta para recorrerla."""

    nombre: str
    formula: str
    f: Callable[[np.ndarray], np.ndarray]  # (2, …) -> (…)
    gradiente: Callable[[np.ndarray], np.ndarray]  # (2,) -> (2,)
    limites: tuple[float, float, float, float]  # x mínima, x máxima, y mínima, y máxima
    inicio: tuple[float, float]
    minimos: tuple[tuple[float, float], ...]
    logaritmica: bool  # la curva de f se dibuja en escala logarítmica (f* = 0)
    tasas: tuple[float, ...]  # una por método, en el orden de METODOS


def _valle(t: np.ndarray) -> np.ndarray:
    return 0.5 * (t[0] ** 2 + 20 * t[1] ** 2)


def _g_valle(t: np.ndarray) -> np.ndarray:
    return np.array([t[0], 20 * t[1]])


def _silla(t: np.ndarray) -> np.ndarray:
    return t[0] ** 2 - t[1] ** 2 + 0.25 * t[1] ** 4


def _g_silla(t: np.ndarray) -> np.ndarray:
    return np.array([2 * t[0], t[1] ** 3 - 2 * t[1]])


def _rosenbrock(t: np.ndarray) -> np.ndarray:
    return (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2


def _g_rosenbrock(t: np.ndarray) -> np.ndarray:
    resto = t[1] - t[0] ** 2
    return np.array([2 * (t[0] - 1) - 400 * t[0] * resto, 200 * resto])


def _restos_beale(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = t
    return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3


def _beale(t: np.ndarray) -> np.ndarray:
    a, b, c = _restos_beale(t)
    return a**2 + b**2 + c**2


def _g_beale(t: np.ndarray) -> np.ndarray:
    x, y = t
    a, b, c = _restos_beale(t)
    return np.array(
        [
            2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1)),
            2 * x * (a + 2 * b * y + 3 * c * y**2),
        ]
    )


def _ondas(t: np.ndarray) -> np.ndarray:
    x, y = t
    return np.sin(x) * np.cos(y) + np.sin(x / 2) * np.cos(y / 2)


def _g_ondas(t: np.ndarray) -> np.ndarray:
    x, y = t
    return np.array(
        [
            np.cos(x) * np.cos(y) + 0.5 * np.cos(x / 2) * np.cos(y / 2),
            -np.sin(x) * np.sin(y) - 0.5 * np.sin(x / 2) * np.sin(y / 2),
        ]
    )


PAISAJES = {
    "valle": Paisaje(
        "Valle estrecho",
        "f(x, y) = ½(x² + 20y²)",
        _valle,
        _g_valle,
        (-2.5, 2.5, -2.0, 2.0),
        (-2.0, 1.5),
        ((0.0, 0.0),),
        True,
        (0.08, 0.01, 0.01, 0.5, 0.05, 0.1),
    ),
    "silla": Paisaje(
        "Silla",
        "f(x, y) = x² − y² + ¼y⁴",
        _silla,
        _g_silla,
        (-2.5, 2.5, -2.0, 2.0),
        (-2.0, 0.01),
        ((0.0, 2**0.5), (0.0, -(2**0.5))),
        False,
        (0.05, 0.01, 0.01, 0.2, 0.02, 0.1),
    ),
    "rosenbrock": Paisaje(
        "Rosenbrock",
        "f(x, y) = (1 − x)² + 100(y − x²)²",
        _rosenbrock,
        _g_rosenbrock,
        (-2.5, 2.5, -1.0, 3.0),
        (-1.2, 1.0),
        ((1.0, 1.0),),
        True,
        (0.002, 0.001, 0.001, 0.5, 0.05, 0.2),
    ),
    "beale": Paisaje(
        "Beale",
        "f(x, y) = (1,5 − x + xy)² + (2,25 − x + xy²)² + (2,625 − x + xy³)²",
        _beale,
        _g_beale,
        (-2.5, 4.5, -2.5, 2.5),
        (1.0, 1.5),
        ((3.0, 0.5),),
        True,
        (0.01, 0.002, 0.002, 0.5, 0.05, 0.2),
    ),
    "ondas": Paisaje(
        "Ondas",
        "f(x, y) = sen x cos y + sen(x/2) cos(y/2)",
        _ondas,
        _g_ondas,
        (0.0, 10.0, 0.0, 10.0),
        (1.0, 1.2),
        (
            (1.6378, 3.5097),
            (1.6378, 9.0567),
            (4.4113, 6.2832),
            (5.1475, 0.0),
            (7.921, 2.7735),
            (7.921, 9.7929),
        ),
        False,
        (0.1, 0.2, 0.2, 0.5, 0.1, 0.3),
    ),
}


def trayectoria(
    paisaje: str, metodo: str, inicio: np.ndarray, tasa: float, pasos: int
) -> np.ndarray:
    """Camino de un método desde ``inicio``, con las ecuaciones de PyTorch.

    Args:
        paisaje: clave de ``PAISAJES``.
        metodo: uno de ``METODOS``. Momentum y Nesterov, con 0,9; RMSprop, con media
            móvil 0,99; Adam, con 0,9 y 0,999 y corrección de sesgo.
        inicio: punto de salida, forma (2,).
        tasa: tasa de aprendizaje.
        pasos: cuántos se dan.

    Returns:
        Forma (pasos + 1, 2), el inicio incluido. Si el método diverge, menos filas: el
        camino acaba en el primer punto a ``LEJOS`` o más del origen, o no finito.
    """
    gradiente = PAISAJES[paisaje].gradiente
    punto = np.array(inicio, dtype=float)
    camino = [punto]
    m, v = np.zeros(2), np.zeros(2)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, pasos + 1):
            g = gradiente(punto)
            if metodo == "sgd":
                salto = g
            elif metodo in ("momentum", "nesterov"):
                m = 0.9 * m + g
                salto = m if metodo == "momentum" else g + 0.9 * m
            elif metodo == "adagrad":
                v = v + g * g
                salto = g / (np.sqrt(v) + 1e-10)
            elif metodo == "rmsprop":
                v = 0.99 * v + (1 - 0.99) * g * g
                salto = g / (np.sqrt(v) + 1e-8)
            else:
                m = 0.9 * m + (1 - 0.9) * g
                v = 0.999 * v + (1 - 0.999) * g * g
                raiz = np.sqrt(v) / np.sqrt(1 - 0.999**t)
                salto = m / (1 - 0.9**t) / (raiz + 1e-8)
            punto = punto - tasa * salto
            camino.append(punto)
            if not np.hypot(*punto) < LEJOS:
                break
    return np.array(camino)
