"""«Memoria, compresión y modelos fundacionales»: contra otras referencias."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizadores import entrenar_en_torch, poner_pesos
from paginas import definiciones
from scipy.ndimage import shift
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

PAGINA = "book/01-introduccion/fundacionales.md"
p = definiciones(
    PAGINA,
    "iniciar",
    "red",
    "exactitud",
    "derivadas",
    "entrenar",
    "recordar",
    "bits_al_paso",
    "cuantizar",
    "PLANO",
    "iluminar",
    "acierto_mayoria",
    "mover",
    "promediar",
    "pluralidad",
)
semillas = st.integers(0, 2**31)


def problema(semilla: int, n: int = 12, d: int = 5, k: int = 3):
    rng = np.random.default_rng(semilla)
    parametros = p.iniciar(rng, d, 7, k)
    parametros[1] = rng.normal(size=7)
    return parametros, rng.normal(size=(n, d)), rng.integers(0, k, size=n)


def red_de_torch(parametros) -> torch.nn.Sequential:
    (d, n), k = parametros[0].shape, parametros[3].size
    capas = torch.nn.Linear(d, n), torch.nn.ReLU(), torch.nn.Linear(n, k)
    modelo = torch.nn.Sequential(*capas).double()
    poner_pesos(modelo, [valor.T for valor in parametros])
    return modelo


@given(semillas)
def test_la_red_y_sus_derivadas_son_las_de_pytorch(semilla):
    parametros, X, y = problema(semilla)
    modelo = red_de_torch(parametros)
    Z = modelo(torch.tensor(X))
    np.testing.assert_allclose(p.red(parametros, X)[1], Z.detach(), atol=1e-10)
    esperada = np.mean(Z.argmax(dim=1).numpy() == y)
    assert p.exactitud(parametros, X, y) == esperada
    torch.nn.functional.cross_entropy(Z, torch.tensor(y)).backward()
    for g, parametro in zip(
        p.derivadas(parametros, X, y), modelo.parameters(), strict=True
    ):
        np.testing.assert_allclose(g, parametro.grad.numpy().T, atol=1e-10)


@settings(max_examples=20)
@given(semillas, st.sampled_from([0, 2]))
def test_entrenar_es_el_sgd_de_pytorch_con_inercia(semilla, fijos):
    parametros, X, y = problema(semilla)
    copia = [a.copy() for a in parametros]
    finales = p.entrenar(parametros, X, y, pasos=15, tasa=0.05, fijos=fijos)
    modelo = red_de_torch(parametros)
    modelo[0].requires_grad_(fijos == 0)
    entrenar_en_torch(modelo, X, y, tasa=0.05, inercia=0.9)
    for a, b in zip(finales, modelo.parameters(), strict=True):
        np.testing.assert_allclose(a, b.detach().numpy().T, atol=1e-8)
    for a, b in zip(parametros, copia, strict=True):  # no toca lo que recibe
        np.testing.assert_array_equal(a, b)


@given(semillas)
def test_recordar_va_del_vecino_mas_cercano_a_la_media(semilla):
    rng = np.random.default_rng(semilla)
    claves, consultas = rng.normal(size=(20, 3)), rng.normal(size=(6, 3))
    valores = rng.normal(size=(20, 4))
    cerca = KNeighborsRegressor(1).fit(claves, valores).predict(consultas)
    dos = np.sort(KNeighborsRegressor(2).fit(claves, valores).kneighbors(consultas)[0])
    claro = dos[:, 1] ** 2 - dos[:, 0] ** 2 > 1e-3
    hallado = p.recordar(claves, valores, consultas, beta=1e5)
    np.testing.assert_allclose(hallado[claro], cerca[claro], atol=1e-6)
    media = p.recordar(claves, valores, consultas, beta=0)
    np.testing.assert_allclose(media, np.tile(valores.mean(axis=0), (6, 1)))
    a = np.exp(
        -0.7 * np.array([[np.sum((q - c) ** 2) for c in claves] for q in consultas])
    )
    esperado = (a @ valores) / a.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p.recordar(claves, valores, consultas, 0.7), esperado)


def test_los_bits_son_la_perdida_logaritmica_de_cada_tramo():
    rng = np.random.default_rng(0)
    y = np.concatenate([np.arange(10), rng.integers(0, 10, size=110)])
    X = np.eye(10)[y] + 0.5 * rng.normal(size=(120, 10))
    modelo = LogisticRegression(C=10, max_iter=2000).fit(X[:60], y[:60])
    P = 1e-4 + (1 - 1e-3) * modelo.predict_proba(X[60:])
    np.testing.assert_allclose(P.sum(axis=1), 1)  # un código posible (Kraft)
    esperados = 60 * np.log2(10)
    esperados += 60 * log_loss(y[60:], P, labels=np.arange(10)) / np.log(2)
    np.testing.assert_allclose(p.bits_al_paso(X, y, [60, 120]), esperados, rtol=1e-6)
    # Un tramo inicial sin alguna de las clases no la hace imposible.
    orden = np.argsort(y == 9, kind="stable")
    assert np.isfinite(p.bits_al_paso(X[orden], y[orden], [60, 120]))


@given(semillas, st.integers(1, 6))
def test_cuantizar_da_el_nivel_mas_cercano(semilla, b):
    rng = np.random.default_rng(semilla)
    limite = rng.uniform(0.5, 3, size=4)
    T = 2 * rng.normal(size=(15, 4))
    Q = p.cuantizar(T, limite, b)
    for j in range(4):
        niveles = -limite[j] + (2 * np.arange(2**b) + 1) * limite[j] / 2**b
        cerca = niveles[np.abs(T[:, j, None] - niveles).argmin(axis=1)]
        np.testing.assert_allclose(Q[:, j], cerca, atol=1e-9)


@given(semillas)
def test_iluminar_suma_un_plano(semilla):
    rng = np.random.default_rng(semilla)
    X = rng.random((4, 64))
    con_luz, luces = p.iluminar(rng, X)
    for antes, despues, (a, b, c) in zip(X, con_luz, luces, strict=True):
        for fila, columna in product(range(8), range(8)):
            i = 8 * fila + columna
            luz = a + b * (2 * fila / 7 - 1) + c * (2 * columna / 7 - 1)
            np.testing.assert_allclose(despues[i] - antes[i], luz, atol=1e-12)


@given(st.floats(0.01, 0.99), st.integers(0, 12).map(lambda m: 2 * m + 1))
def test_la_mayoria_es_la_suma_de_la_formula(acierto, k):
    suma = sum(
        comb(k, j) * acierto**j * (1 - acierto) ** (k - j)
        for j in range((k + 1) // 2, k + 1)
    )
    np.testing.assert_allclose(p.acierto_mayoria(acierto, k), suma, rtol=1e-9)


@given(st.floats(0.02, 0.48), st.integers(1, 20))
def test_con_menos_de_la_mitad_votar_empeora_y_con_mas_mejora(acierto, m):
    pocos, muchos = (p.acierto_mayoria(acierto, 2 * j + 1) for j in (m - 1, m))
    assert muchos < pocos
    np.testing.assert_allclose(p.acierto_mayoria(1 - acierto, 2 * m + 1), 1 - muchos)


def test_la_pluralidad_con_tres_votos_sale_de_enumerarlos():
    probabilidades, exacta = np.array([0.5, 0.3, 0.2]), 0.0
    for votos in product(range(3), repeat=3):
        recuento = np.bincount(votos, minlength=3)
        ganan = np.flatnonzero(recuento == recuento.max())
        exacta += probabilidades[list(votos)].prod() * (0 in ganan) / len(ganan)
    rng = np.random.default_rng(0)
    simulada = p.pluralidad(rng, probabilidades, 3, veces=200_000)
    assert abs(simulada - exacta) < 0.006


@given(semillas, st.integers(-2, 2))
def test_mover_desplaza_columnas(semilla, s):
    Z = np.zeros((3, 8, 12))  # con márgenes de dos columnas, como en la página
    Z[:, :, 2:10] = np.random.default_rng(semilla).random((3, 8, 8))
    movidas = p.mover(Z.reshape(3, 96), s).reshape(3, 8, 12)
    np.testing.assert_allclose(movidas, shift(Z, (0, 0, s), order=0), atol=1e-12)


def test_promediar_es_la_media_de_las_tres_vistas():
    rng = np.random.default_rng(0)
    parametros, Z = p.iniciar(rng, 96, 6, 10), rng.random((5, 96))
    vistas = []
    for s in (-1, 0, 1):
        movidas = torch.tensor(p.mover(Z, s))
        vistas.append(red_de_torch(parametros)(movidas).softmax(dim=1).detach())
    media = p.promediar(parametros, Z)
    np.testing.assert_allclose(media, torch.stack(vistas).mean(dim=0), atol=1e-10)
    np.testing.assert_allclose(media.sum(axis=1), 1)


def test_la_tabla_de_la_pagina_coincide_con_un_vecino():
    rng = np.random.default_rng(1)
    claves, clases = rng.normal(size=(50, 4)), rng.integers(0, 3, size=50)
    recordado = p.recordar(claves, np.eye(3)[clases], claves, beta=1e6)
    np.testing.assert_array_equal(recordado.argmax(axis=1), clases)
    vecino = KNeighborsClassifier(1).fit(claves, clases)
    np.testing.assert_array_equal(vecino.predict(claves), clases)
