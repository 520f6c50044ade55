"""Cuentas de las descripciones y de los pósteres (las de la figura están en JS).

Reproducen lo que la figura muestra; lo que se enseña está en las secciones.
"""

from __future__ import annotations

import numpy as np


def sigmoide(z: np.ndarray) -> np.ndarray:
    """σ(z) elemento a elemento, sin desbordar; z y salida de la misma forma."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def coste(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, l2: float = 0.0
) -> float:
    """Entropía cruzada media más ``l2 / 2 · ‖w‖²``; X (N, 2), y (N,), w (2,)."""
    margen = (1 - 2 * y) * (X @ w + b)
    return float(np.logaddexp(0.0, margen).mean() + 0.5 * l2 * (w @ w))


def gradiente_w(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, l2: float = 0.0
) -> np.ndarray:
    """Gradiente del coste respecto de w, forma (2,)."""
    return X.T @ (sigmoide(X @ w + b) - y) / len(y) + l2 * w


def optimo_w(
    X: np.ndarray, y: np.ndarray, b: float, l2: float = 0.0
) -> np.ndarray | None:
    """Mínimo del coste en w (2,) con b fijo, por Newton; ``None`` si no es finito."""
    w = np.zeros(2)
    for _ in range(100):
        p = sigmoide(X @ w + b)
        hessiana = (X * (p * (1 - p))[:, None]).T @ X / len(y) + l2 * np.eye(2)
        if np.linalg.cond(hessiana) > 1e12:
            return None
        paso = np.linalg.solve(hessiana, gradiente_w(X, y, w, b, l2))
        t, previo = 1.0, coste(X, y, w, b, l2)
        while coste(X, y, w - t * paso, b, l2) > previo and t > 1e-6:
            t /= 2
        w = w - t * paso
        if np.abs(w * X.std(axis=0)).max() > 1e3:
            return None
        if np.abs(paso).max() <= 1e-9 * (1 + np.abs(w).max()):
            return w
    return None


def confusion(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, umbral: float
) -> dict[str, int]:
    """Recuentos ``vp, fp, fn, vn``; se predice 1 cuando ``p >= umbral``."""
    predicha = sigmoide(X @ w + b) >= umbral
    real = y == 1
    return {
        "vp": int(np.sum(predicha & real)),
        "fp": int(np.sum(predicha & ~real)),
        "fn": int(np.sum(~predicha & real)),
        "vn": int(np.sum(~predicha & ~real)),
    }


def metricas(m: dict[str, int]) -> dict[str, float | None]:
    """Exactitud, precisión y exhaustividad; ``None`` donde el cociente es 0/0."""

    def cociente(numerador: int, denominador: int) -> float | None:
        return numerador / denominador if denominador else None

    return {
        "exactitud": cociente(m["vp"] + m["vn"], sum(m.values())),
        "precision": cociente(m["vp"], m["vp"] + m["fp"]),
        "exhaustividad": cociente(m["vp"], m["vp"] + m["fn"]),
    }
