"""«De la neurona lógica a las redes profundas»: contra otras referencias."""

from __future__ import annotations

import re

import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import RAIZ, definiciones
from sklearn.linear_model import Perceptron
from sklearn.svm import SVC

PAGINA = "book/01-introduccion/historia.md"
p = definiciones(
    PAGINA,
    "neurona",
    "red_logica",
    "perceptron",
    "mayor_margen",
    "separable",
    "red",
    "retropropagar",
    "entrenar",
    "c1",
    "c3",
    "lenet5",
    "HITOS",
)
semillas = st.integers(0, 2**31)
bits = st.lists(st.integers(0, 1), max_size=5)


def separables(semilla: int, hueco: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Puntos con una columna de unos, a los dos lados de un plano, y su lado."""
    rng = np.random.default_rng(semilla)
    X = np.column_stack([rng.uniform(-3, 3, size=(40, 3)), np.ones(40)])
    lado = X @ rng.normal(size=4)
    lejos = np.abs(lado) > hueco
    return X[lejos], np.sign(lado[lejos])


@given(bits, bits, st.integers(0, 5))
def test_la_neurona_es_una_suma_con_veto(excitadoras, inhibidoras, umbral):
    peso = len(excitadoras) + umbral + 1  # una inhibidora pesa más que todo lo demás
    z = sum(excitadoras) - peso * sum(inhibidoras) - umbral
    assert p.neurona(excitadoras, inhibidoras, umbral) == (z >= 0)


@given(st.integers(1, 4), semillas)
def test_dos_capas_calculan_cualquier_tabla(d, semilla):
    filas = [tuple(int(b) for b in np.binary_repr(i, d)) for i in range(2**d)]
    valores = np.random.default_rng(semilla).integers(0, 2, size=2**d).tolist()
    tabla = dict(zip(filas, valores, strict=True))
    assert [p.red_logica(tabla, fila) for fila in filas] == valores


@given(semillas)
@settings(max_examples=12, deadline=None)
def test_el_perceptron_es_el_de_scikit_learn(semilla):
    X, s = separables(semilla)
    assume(len(set(s)) == 2)
    camino, errores = p.perceptron(X, s, vueltas=2000)
    assume(errores[-1] == 0)
    ajeno = Perceptron(
        shuffle=False, tol=None, max_iter=len(errores), fit_intercept=False
    )
    np.testing.assert_allclose(ajeno.fit(X, s).coef_[0], camino[-1], atol=1e-9)
    assert len(camino) - 1 == sum(errores)
    assert np.all(s * (X @ camino[-1]) > 0)


@given(semillas)
@settings(max_examples=12, deadline=None)
def test_la_cota_de_novikoff_se_cumple(semilla):
    X, s = separables(semilla, hueco=0.5)
    assume(len(set(s)) == 2)
    u, gamma = p.mayor_margen(X, s)
    camino, _ = p.perceptron(X, s, vueltas=5000)
    assert gamma > 0 and np.isclose(np.linalg.norm(u), 1)
    assert len(camino) - 1 <= (np.linalg.norm(X, axis=1).max() / gamma) ** 2 + 1e-6


@given(semillas)
@settings(max_examples=8, deadline=None)
def test_el_mayor_margen_es_el_de_una_svm(semilla):
    X, s = separables(semilla, hueco=0.5)
    # Con los ejemplos y sus opuestos, la simetría anula el sesgo de la SVM.
    dobles, lados = np.concatenate([X, -X]), np.concatenate([s, -s])
    svm = SVC(kernel="linear", C=1e8, tol=1e-8).fit(dobles, lados)
    _, gamma = p.mayor_margen(X, s)
    np.testing.assert_allclose(gamma, 1 / np.linalg.norm(svm.coef_), rtol=1e-3)


def test_separable_distingue():
    X, s = separables(0)
    assert p.separable(X, s)
    centro = np.append(X[s == 1, :3].mean(axis=0), 1.0)  # rodeado por los suyos
    assert not p.separable(np.vstack([X, centro]), np.append(s, -1.0))


@given(arrays(float, (5, 2), elements=st.floats(-3, 3)), semillas)
@settings(deadline=None)
def test_retropropagar_es_autograd(X, semilla):
    rng = np.random.default_rng(semilla)
    y, formas = rng.normal(size=5), [(2, 3), (3,), (3,), ()]
    parametros = [np.asarray(rng.normal(size=forma)) for forma in formas]
    W1, b1, w2, b2 = hojas = [torch.tensor(q, requires_grad=True) for q in parametros]
    salida = torch.tanh(torch.tensor(X) @ W1 + b1) @ w2 + b2
    np.testing.assert_allclose(p.red(parametros, X)[1], salida.detach(), atol=1e-12)
    torch.nn.functional.mse_loss(salida, torch.tensor(y)).backward()
    for mia, hoja in zip(p.retropropagar(parametros, X, y), hojas, strict=True):
        np.testing.assert_allclose(mia, hoja.grad, atol=1e-10)


def test_entrenar_es_el_sgd_de_pytorch():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(6, 2)), rng.normal(size=6)
    iniciales = [rng.normal(size=(2, 3)), np.zeros(3), rng.normal(size=3), np.zeros(())]
    finales, costes = p.entrenar(iniciales, X, y, pasos=20, tasa=0.05)
    W1, b1, w2, b2 = hojas = [torch.tensor(q, requires_grad=True) for q in iniciales]
    optimizador, ajenos = torch.optim.SGD(hojas, lr=0.05), []
    for _ in range(20):
        optimizador.zero_grad()
        salida = torch.tanh(torch.tensor(X) @ W1 + b1) @ w2 + b2
        perdida = torch.nn.functional.mse_loss(salida, torch.tensor(y))
        perdida.backward()
        optimizador.step()
        ajenos.append(perdida.item())
    np.testing.assert_allclose(costes, ajenos, rtol=1e-10)
    for mio, suyo in zip(finales, hojas, strict=True):
        np.testing.assert_allclose(mio, suyo.detach(), atol=1e-10)


def cuenta(capa: torch.nn.Module) -> int:
    return sum(q.numel() for q in capa.parameters())


def test_los_parametros_de_lenet5_son_los_de_sus_capas():
    conv, densa = torch.nn.Conv2d, torch.nn.Linear
    assert p.c1 == cuenta(conv(1, 6, 5))
    veces = {3: 6, 4: 9, 6: 1}  # cuántos mapas de C3 miran a tantos de S2
    assert p.c3 == sum(n * cuenta(conv(k, 1, 5)) for k, n in veces.items())
    assert p.lenet5[4:] == [cuenta(densa(400, 120)), cuenta(densa(120, 84))]
    assert sum(p.lenet5) == 60_000  # lo que declara el artículo de 1998


def test_alexnet_y_la_red_de_1989_en_la_salida_guardada():
    conv, densa = torch.nn.Conv2d, torch.nn.Linear
    alexnet = [
        *(conv(3, 96, 11), conv(96, 256, 5, groups=2), conv(256, 384, 3)),
        *(conv(384, 384, 3, groups=2), conv(384, 256, 3, groups=2)),
        *(densa(256 * 36, 4096), densa(4096, 4096), densa(4096, 1000)),
    ]
    cuaderno = (RAIZ / PAGINA).with_suffix(".ipynb").read_text("utf-8")
    total = f"{sum(cuenta(capa) for capa in alexnet):,}".replace(",", " ")
    assert re.search(rf"AlexNet +{total}", cuaderno)
    assert re.search(r"códigos postales +9 760", cuaderno)  # el artículo de 1989


def test_cada_hito_tiene_su_obra_y_se_cita():
    bibliografia = (RAIZ / "book/referencias.bib").read_text("utf-8")
    entradas = dict(re.findall(r"(?ms)^@\w+\{([^,]+),(.*?)^\}", bibliografia))
    prosa = (RAIZ / PAGINA).read_text("utf-8")
    citadas = set(",".join(re.findall(r"\{cite(?::t)?\}`([^`]+)`", prosa)).split(","))
    fechas = [hito[0] for hito in p.HITOS]
    assert fechas == sorted(fechas)
    for fecha, quienes, _, _, clave in p.HITOS:
        entrada = entradas[clave]
        assert re.search(rf"year\s*=\s*\{{{fecha}\}}", entrada), clave
        for apellido in re.split(r", | y ", quienes.removesuffix(" y otros")):
            assert apellido in entrada, (clave, apellido)
        assert clave in citadas, clave
