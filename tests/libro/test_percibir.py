"""«Ver, oír, leer y recomendar»: lo que define la página, contra otras cuentas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.ndimage import sobel as sobel_scipy
from scipy.optimize import minimize

p = definiciones(
    "book/01-introduccion/percibir.md",
    "bordes",
    "tono",
    "espectrograma",
    "frases",
    "MOLDES",
    "COSAS",
    "factorizar",
    "resolver",
    "MUESTRAS",
    "FRECUENCIA",
)


@given(st.integers(0, 9999))
def test_los_bordes_son_los_de_scipy(semilla):
    imagen = np.random.default_rng(semilla).random((9, 11))
    esperado = np.hypot(*(sobel_scipy(imagen, axis=e, mode="wrap") for e in (0, 1)))
    np.testing.assert_allclose(p.bordes(imagen), esperado / (4 * np.sqrt(2)))


@pytest.mark.parametrize(("clase", "signo"), [(0, 0), (1, 1), (2, -1)])
def test_cada_tono_cambia_hacia_donde_dice_su_clase(clase, signo):
    rng = np.random.default_rng(5)
    for _ in range(10):
        pico = p.espectrograma(p.tono(clase, rng)).argmax(axis=0)
        assert np.sign(np.round((pico[-1] - pico[0]) / 4)) == signo


def test_el_espectrograma_encuentra_la_frecuencia():
    t = np.arange(p.MUESTRAS) / p.FRECUENCIA
    imagen = p.espectrograma(np.sin(2 * np.pi * 960 * t))
    assert imagen.shape == (126, 8)
    assert set(imagen.argmax(axis=0)) == {960 * 250 // p.FRECUENCIA}


def test_hay_una_frase_por_molde_cosa_y_palabra():
    todas = p.frases(["uno", "dos"])
    assert len(set(todas)) == len(todas) == 2 * len(p.MOLDES) * len(p.COSAS)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9999), st.floats(0.05, 2))
def test_cada_mitad_de_la_factorizacion_es_el_minimo(semilla, freno):
    rng = np.random.default_rng(semilla)
    R, q = rng.normal(size=(4, 6)), rng.normal(size=(6, 2))
    M = (rng.random((4, 6)) < 0.6).astype(float)

    def objetivo(plano):
        factores = plano.reshape(4, 2)
        fallo = M * (factores @ q.T - R)
        return (fallo**2).sum() + freno * (factores**2).sum()

    directo = minimize(objetivo, np.zeros(8), tol=1e-12).x.reshape(4, 2)
    np.testing.assert_allclose(p.resolver(R, M, q, freno), directo, atol=1e-4)


def test_sin_ruido_ni_freno_recupera_la_tabla_entera():
    rng = np.random.default_rng(0)
    verdad = rng.normal(size=(20, 2)) @ rng.normal(size=(2, 15))
    M = (rng.random(verdad.shape) < 0.6).astype(float)
    u, v = p.factorizar(M * verdad, M, rng.normal(size=(15, 2)), 200, 1e-9)
    np.testing.assert_allclose(u @ v.T, verdad, atol=1e-3)


def test_el_descenso_de_los_marcos_y_los_minimos_cuadrados_minimizan_lo_mismo():
    """El objetivo de los tres marcos, con su freno, tiene el mínimo de `factorizar`."""
    rng = np.random.default_rng(3)
    R = rng.normal(size=(12, 2)) @ rng.normal(size=(2, 9))
    M = (rng.random(R.shape) < 0.7).astype(float)
    u, v = 0.1 * rng.normal(size=(12, 2)), 0.1 * rng.normal(size=(9, 2))
    alternos = p.factorizar(M * R, M, v.copy(), 500, 0.1)
    for _ in range(20_000):
        fallo = M * (u @ v.T - R)
        u, v = u - 0.02 * (fallo @ v + 0.1 * u), v - 0.02 * (fallo.T @ u + 0.1 * v)
    np.testing.assert_allclose(u @ v.T, alternos[0] @ alternos[1].T, atol=1e-3)
