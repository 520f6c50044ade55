"""«Reglas latentes y rasgos aprendidos»: contra otras referencias."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from optimizadores import entrenar_en_torch, poner_pesos
from paginas import definiciones
from scipy import ndimage, stats
from scipy.optimize import linprog, minimize_scalar

PAGINA = "book/01-introduccion/representaciones.md"
p = definiciones(
    PAGINA,
    "inclinaciones",
    "mejor_recta",
    "red_a_mano",
    "capas_al_azar",
    "activaciones",
    "entrenar",
    "exactitud",
    "perfiles",
    "orientados",
    "semianchura",
    "media_e_intervalo",
    "aciertos_red",
    "CABECERA",
    "TABLA",
)
semillas = st.integers(0, 2**31)


def regla(X: np.ndarray) -> np.ndarray:
    return (X[:, 0] * X[:, 1] > 0).astype(int)


def hay_recta(X: np.ndarray, lado: np.ndarray) -> bool:
    """¿Alguna recta deja cada punto en su lado, −1 o 1? Programación lineal."""
    A = -lado[:, None] * np.column_stack([X, np.ones(len(X))])
    hallado = linprog(np.zeros(3), A, -np.ones(len(X)), bounds=(None, None))
    return hallado.status == 0


@given(semillas)
@settings(max_examples=4)
def test_la_mejor_recta_es_la_mejor_de_todos_los_repartos(semilla):
    rng = np.random.default_rng(semilla)
    X, y = rng.uniform(-1, 1, size=(7, 2)), rng.integers(0, 2, size=7)
    repartos = np.array(list(product([-1, 1], repeat=7)))
    aciertos = ((repartos == 1) == y).mean(axis=1)
    esperada = next(  # del que más acierta al que menos, el primero separable
        aciertos[i] for i in np.argsort(-aciertos) if hay_recta(X, repartos[i])
    )
    assert np.isclose(p.mejor_recta(X, y, p.inclinaciones(X))[0], esperada)


@given(semillas, st.integers(2, 60))
def test_la_recta_devuelta_acierta_lo_que_dice(semilla, n):
    rng = np.random.default_rng(semilla)
    X = rng.uniform(-1, 1, size=(n, 2))
    y = regla(X)
    exactitud, normal, altura = p.mejor_recta(X, y, p.inclinaciones(X))
    assert np.isclose(np.linalg.norm(normal), 1)
    assert np.isclose(np.mean((X @ normal > altura) == y), exactitud)  # y el 1, encima


def test_en_el_cuadrado_el_maximo_es_dos_tercios():
    lado = (np.arange(300) + 0.5) / 150 - 1
    X = np.stack(np.meshgrid(lado, lado), axis=-1).reshape(-1, 2)
    y = regla(X)

    def fallos(t: float) -> float:
        return 1 - np.mean((X.sum(axis=1) > t) == y)

    def formula(t: float) -> float:
        return 1 - (1 + t**2 / 2 + (1 - t) ** 2) / 4

    for t in (0, 0.3, 2 / 3, 1):
        assert abs(1 - fallos(t) - formula(t)) < 5e-3
    optimo = minimize_scalar(lambda t: -formula(t), bounds=(0, 1), method="bounded")
    np.testing.assert_allclose([optimo.x, -optimo.fun], 2 / 3, atol=1e-5)
    al_azar = np.random.default_rng(0).uniform(-1, 1, size=(20_000, 2))
    mejor, _, _ = p.mejor_recta(al_azar, regla(al_azar), np.radians(np.arange(180)))
    assert abs(mejor - 2 / 3) < 0.015


@given(
    arrays(float, (20, 2), elements=st.floats(-5, 5).filter(lambda v: abs(v) > 1e-6))
)
def test_la_red_a_mano_es_la_regla(X):
    np.testing.assert_array_equal(p.red_a_mano(X) > 0, X[:, 0] * X[:, 1] > 0)


def red_de_torch(capas: list) -> torch.nn.Sequential:
    modulos: list[torch.nn.Module] = []
    for W, b in capas:
        capa = torch.nn.Linear(*W.shape, dtype=torch.float64)
        poner_pesos(capa, [W.T, b])
        modulos += [capa, torch.nn.Tanh()]
    return torch.nn.Sequential(*modulos[:-1])


@given(semillas, st.sampled_from([(3, 2), (2, 5, 3), (4, 6, 5, 3)]))
@settings(max_examples=12)
def test_entrenar_es_el_sgd_con_momentum_de_pytorch(semilla, anchuras):
    rng = np.random.default_rng(semilla)
    X, y = rng.normal(size=(9, anchuras[0])), rng.integers(0, anchuras[-1], size=9)
    capas = [(W, rng.normal(size=b.shape)) for W, b in p.capas_al_azar(rng, *anchuras)]
    red = red_de_torch(capas)
    salida = red(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(p.activaciones(capas, X)[-1], salida, atol=1e-12)
    entrenar_en_torch(red, X, y, tasa=0.2, inercia=0.8)
    finales = p.entrenar(capas, X, y, pasos=15, tasa=0.2, inercia=0.8)
    for (W, b), modulo in zip(finales, red[::2], strict=True):
        np.testing.assert_allclose(W, modulo.weight.detach().numpy().T, atol=1e-9)
        np.testing.assert_allclose(b, modulo.bias.detach().numpy(), atol=1e-9)
    clases = red(torch.tensor(X)).argmax(dim=1).numpy()
    assert p.exactitud(finales, X, y) == np.mean(clases == y)


def test_las_activaciones_son_las_de_cada_capa():
    rng = np.random.default_rng(3)
    capas, X = p.capas_al_azar(rng, 4, 6, 5, 3), rng.normal(size=(7, 4))
    red = red_de_torch(capas)
    H = p.activaciones(capas, X)
    assert [h.shape for h in H] == [(7, 4), (7, 6), (7, 5), (7, 3)]
    for k, h in enumerate(H[:-1]):
        esperada = red[: 2 * k](torch.tensor(X)).detach().numpy()
        np.testing.assert_allclose(h, esperada, atol=1e-12)


digitos = arrays(float, (3, 64), elements=st.integers(0, 16).map(lambda v: v / 16))


@given(digitos)
def test_los_perfiles_son_medias_de_columnas_y_filas(X):
    for fila, imagen in zip(p.perfiles(X), X.reshape(-1, 8, 8), strict=True):
        columnas = [np.mean([imagen[i, j] for i in range(8)]) for j in range(8)]
        filas = [np.mean([imagen[i, j] for j in range(8)]) for i in range(8)]
        np.testing.assert_allclose(fila, columnas + filas, atol=1e-12)


@given(digitos)
@settings(max_examples=20)
def test_los_gradientes_orientados_pixel_a_pixel(X):
    for obtenido, imagen in zip(p.orientados(X), X.reshape(-1, 8, 8), strict=True):
        dx, dy = (
            ndimage.correlate1d(imagen, [-1.0, 0.0, 1.0], axis=eje, mode="constant")
            for eje in (1, 0)
        )
        esperado = np.zeros((4, 4, 8))
        for i, j in np.ndindex(8, 8):
            grados = np.degrees(np.arctan2(dy[i, j], dx[i, j])) % 360
            rumbo = int((grados + 22.5) // 45) % 8
            esperado[i // 2, j // 2, rumbo] += np.hypot(dx[i, j], dy[i, j])
        np.testing.assert_allclose(obtenido, esperado.ravel(), atol=1e-12)


@given(arrays(float, 8, elements=st.floats(-1, 1)), st.floats(0, 2))
def test_el_intervalo_es_el_de_student_ensanchado(diferencias, r):
    diferencias = diferencias + np.linspace(0, 1, 8) ** 2  # que no sean todas iguales
    intervalo = stats.ttest_1samp(diferencias, 0).confidence_interval(0.95)
    ordinaria = (intervalo.high - intervalo.low) / 2
    np.testing.assert_allclose(p.semianchura(diferencias, 0), ordinaria, rtol=1e-9)
    razon = p.semianchura(diferencias, r) / ordinaria
    np.testing.assert_allclose(razon, np.sqrt(1 + 8 * r), rtol=1e-9)


def test_el_intervalo_se_escribe_en_puntos():
    texto = p.media_e_intervalo([0.01, 0.03], r=0)  # t de Student con 1 grado: 12,706
    assert texto == f"2.0 ± {12.7062 * 1.0:.1f} puntos"


def test_la_red_de_los_vinos_no_mira_la_escala_ni_la_prueba():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.normal(size=(60, 4)) + 3 * np.eye(4)[y]
    argumentos = X[:40], y[:40], X[40:], y[40:]
    acierto = p.aciertos_red(*argumentos)
    assert acierto > 0.6
    escala = np.array([1.0, 8.0, 0.25, 1024.0])  # potencias de dos: sin redondeo
    assert p.aciertos_red(X[:40] * escala, y[:40], X[40:] * escala, y[40:]) == acierto
    # Un ejemplo de prueba disparatado no cambia lo que se contesta en los demás.
    raro = np.vstack([X[40:], 1e6 * np.ones((1, 4))])
    otra = p.aciertos_red(X[:40], y[:40], raro, np.append(y[40:], 99))
    np.testing.assert_allclose(otra * 21, acierto * 20)


def test_la_tabla_tiene_las_cinco_filas_y_su_contraejemplo():
    assert [fila[0] for fila in p.TABLA] == [
        *("Datos", "Rasgos a mano", "Interpretable", "Máquina", "Tareas")
    ]
    assert all(len(fila) == len(p.CABECERA) == 5 for fila in p.TABLA)
    assert [fila[-1][:2] for fila in p.TABLA] == [f"{k}:" for k in range(1, 6)]
