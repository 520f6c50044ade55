"""«Regresión logística»: lo que define la página, contra referencias ajenas a ella."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.optimize import check_grad, minimize
from scipy.special import expit, log_expit, softmax
from scipy.stats import norm
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

PAGINA = "book/05-modelos-lineales/regresion-logistica.md"
p = definiciones(
    PAGINA,
    "sigmoide",
    "sigmoide_a",
    "sigmoide_b",
    "perdida",
    "perdida_signo",
    "coste",
    "gradientes",
    "entrenar",
    "predecir",
    "confusion",
    "normal_acumulada",
    "coste_cuadratico",
)
logits = st.floats(-1e4, 1e4)


@pytest.fixture(scope="module")
def cancer() -> tuple[np.ndarray, ...]:
    """Dos medidas estandarizadas: entrenamiento y prueba, 1 = maligno."""
    X, y = load_breast_cancer(return_X_y=True)
    X_ent, X_pru, y_ent, y_pru = train_test_split(
        X[:, :2], (y == 0).astype(float), stratify=y, random_state=7
    )
    escala = StandardScaler().fit(X_ent)
    return escala.transform(X_ent), escala.transform(X_pru), y_ent, y_pru


@given(arrays(float, st.integers(1, 20), elements=logits))
def test_sigmoide_es_la_de_scipy_y_no_avisa(z):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        obtenida = p.sigmoide(z)
    np.testing.assert_allclose(obtenida, expit(z), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(p.sigmoide(-z), 1 - obtenida, atol=1e-15)


@given(logits, logits)
def test_sigmoide_no_decrece(a, b):
    menor, mayor = sorted((a, b))
    assert p.sigmoide(menor) <= p.sigmoide(mayor)


def test_las_sigmoides_ingenuas_fallan_de_verdad():
    with pytest.raises(FloatingPointError), np.errstate(over="raise"):
        p.sigmoide_a(np.array([-1000.0]))
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(p.sigmoide_b(np.array([1000.0]))).all()


@given(logits, st.sampled_from([0, 1]))
def test_la_perdida_es_menos_log_expit(z, y):
    exacta = -log_expit(z if y else -z)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert p.perdida(z, y) == pytest.approx(exacta, abs=1e-11)
        assert p.perdida_signo(z, y) == pytest.approx(exacta, rel=1e-12)


@given(
    arrays(float, (30, 3), elements=st.floats(-5, 5)),
    arrays(float, 3, elements=st.floats(-3, 3)),
    st.floats(-3, 3),
    st.integers(0, 2**31),
)
def test_coste_y_gradiente(X, w, b, semilla):
    y = np.random.default_rng(semilla).integers(0, 2, 30).astype(float)
    p1 = expit(X @ w + b)
    assert p.coste(w, b, X, y) == pytest.approx(
        log_loss(y, np.column_stack([1 - p1, p1]), labels=[0, 1]), rel=1e-6, abs=1e-9
    )
    error = check_grad(
        lambda t: p.coste(t[:3], t[3], X, y),
        lambda t: np.append(*p.gradientes(t[:3], t[3], X, y)),
        np.append(w, b),
    )
    assert error < 1e-5


@given(
    arrays(float, (2, 4), elements=st.floats(-20, 20)),
    arrays(float, (25, 3), elements=st.floats(-5, 5)),
    st.floats(0, 1),
)
def test_el_coste_logaritmico_es_convexo(extremos, X, t):
    y = (np.arange(25) % 2).astype(float)
    (*u, bu), (*v, bv) = extremos
    u, v = np.array(u), np.array(v)
    medio = p.coste(t * u + (1 - t) * v, t * bu + (1 - t) * bv, X, y)
    cuerda = t * p.coste(u, bu, X, y) + (1 - t) * p.coste(v, bv, X, y)
    assert medio <= cuerda + 1e-9


def test_el_cuadratico_no_es_convexo_y_sus_derivadas_son_las_de_la_pagina():
    def cuadratica(z):
        return (p.sigmoide(z) - 1) ** 2

    assert cuadratica(-4.0) > (cuadratica(-8.0) + cuadratica(0.0)) / 2
    X, y = np.array([[-1.0], [1.0]]), np.array([0.0, 1.0])
    de_menos_4, de_menos_2, de_0 = (
        p.coste_cuadratico(np.array([k]), 0.0, X, y) for k in (-4.0, -2.0, 0.0)
    )
    assert de_menos_2 > (de_menos_4 + de_0) / 2
    h = 1e-4
    for z in (-10.0, -3.0, 0.0, 3.0):
        q = p.sigmoide(z)
        primera = (cuadratica(z + h) - cuadratica(z - h)) / (2 * h)
        segunda = (cuadratica(z + h) - 2 * cuadratica(z) + cuadratica(z - h)) / h**2
        assert primera == pytest.approx(2 * (q - 1) * q * (1 - q), abs=1e-8)
        curvatura = 2 * q * (1 - q) ** 2 * (3 * q - 1)
        assert segunda == pytest.approx(curvatura, abs=1e-6)
        assert (segunda < 0) == (q < 1 / 3)


def test_reproduce_las_cifras_del_ejemplo_de_doscientos_puntos():
    azar = np.random.RandomState(1)
    X = np.vstack([azar.randn(100, 2) - 2, azar.randn(100, 2) + 2])
    y = np.repeat([0.0, 1.0], 100)
    w, b, costes = p.entrenar(X, y)
    assert len(costes) == 1000
    assert (round(costes[0], 4), round(costes[900], 4)) == (0.6931, 0.0171)
    assert np.mean(p.predecir(w, b, X) == y) == 0.995
    exacta = norm.cdf((2 * w.sum() + np.array([-b, b])) / np.linalg.norm(w)).mean()
    assert (round(exacta, 5), round(norm.cdf(8**0.5), 5)) == (0.99760, 0.99766)


@given(st.floats(-40, 40))
def test_la_normal_acumulada_es_la_de_scipy(t):
    assert p.normal_acumulada(t) == pytest.approx(norm.cdf(t), abs=1e-15)


def test_ninguna_frontera_gana_a_la_de_los_centros():
    """La exactitud exacta de cada recta, entre nubes redondas e iguales."""

    def exacta(w, b):
        return norm.cdf((2 * w.sum() + np.array([-b, b])) / np.linalg.norm(w)).mean()

    techo = norm.cdf(2 * 2**0.5)
    assert exacta(np.ones(2), 0.0) == pytest.approx(techo)
    rng = np.random.default_rng(0)
    assert all(exacta(rng.normal(size=2), rng.normal()) < techo for _ in range(500))


@pytest.mark.marcos
def test_con_dos_sigmoides_keras_avisa_solo_con_tensorflow():
    """Lo que dice «aplicar la sigmoide dos veces», con el motor que haya."""
    import keras

    z, uno = np.array([[-40.0]], "float32"), np.ones((1, 1), "float32")
    perdida = keras.losses.BinaryCrossentropy(from_logits=True)
    with warnings.catch_warnings(record=True) as avisos:
        warnings.simplefilter("always")
        valor = float(perdida(uno, keras.ops.sigmoid(z)))
    avisa = any("from_logits=True" in str(a.message) for a in avisos)
    con_tf = keras.backend.backend() == "tensorflow"
    assert avisa == con_tf
    assert valor == pytest.approx(40.0 if con_tf else np.log(2), rel=1e-4)


def test_entrenar_baja_el_coste_con_una_tasa_segura(cancer):
    X, _, y, _ = cancer
    X1 = np.c_[X, np.ones(len(y))]
    lipschitz = np.linalg.eigvalsh(X1.T @ X1).max() / (4 * len(y))  # σ' <= 1/4
    _, _, costes = p.entrenar(X, y, pasos=200, tasa=1 / lipschitz)
    assert np.all(np.diff(costes) <= 0)


def test_entrenar_llega_adonde_scikit_learn(cancer):
    X, X_pru, y, _ = cancer
    w, b, _ = p.entrenar(X, y, pasos=5000, tasa=1.0)
    otra = LogisticRegression(C=1e10, tol=1e-8, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(w, otra.coef_[0], atol=1e-3)
    assert b == pytest.approx(otra.intercept_[0], abs=1e-3)
    np.testing.assert_allclose(
        p.sigmoide(X_pru @ w + b), otra.predict_proba(X_pru)[:, 1], atol=1e-3
    )
    optimo = minimize(lambda t: p.coste(t[:2], t[2], X, y), np.zeros(3))
    assert p.coste(w, b, X, y) == pytest.approx(optimo.fun, abs=1e-6)


@given(
    arrays(float, 20, elements=st.floats(0, 1)),
    arrays(int, 20, elements=st.integers(0, 1)),
    st.floats(0.01, 0.99),
)
def test_confusion_es_la_de_scikit_learn(probabilidades, y, umbral):
    esperada = confusion_matrix(y, probabilidades >= umbral, labels=[0, 1])
    np.testing.assert_array_equal(p.confusion(probabilidades, y, umbral), esperada)


@given(st.floats(-5, 5), st.floats(0.05, 0.95))
def test_predecir_respeta_el_umbral(z, umbral):
    clase = p.predecir(np.array([1.0]), 0.0, np.array([[z]]), umbral)
    assert clase[0] == (expit(z) >= umbral)


def test_en_el_umbral_justo_se_da_la_alarma():
    """El libro decide con `>=`, como las figuras."""
    assert p.predecir(np.array([1.0]), 0.0, np.array([[0.0]]), 0.5)[0] == 1
    assert p.confusion(np.array([0.5]), np.array([0.0]), 0.5)[0, 1] == 1


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.integers(0, 2**31))
def test_el_umbral_de_los_costes_es_el_mejor(c_fp, c_fn, semilla):
    q = np.random.default_rng(semilla).uniform(size=200)  # probabilidades verdaderas

    def coste_esperado(u):
        return np.where(q >= u, (1 - q) * c_fp, q * c_fn).sum()

    mejor = coste_esperado(c_fp / (c_fp + c_fn))
    assert all(mejor <= coste_esperado(u) + 1e-9 for u in np.linspace(0, 1, 41))


@given(arrays(float, (5, 2), elements=st.floats(-50, 50)))
def test_dos_clases_son_una_softmax(z):
    np.testing.assert_allclose(
        softmax(z, axis=1)[:, 1], p.sigmoide(z[:, 1] - z[:, 0]), atol=1e-12
    )


def test_las_cifras_de_la_decision(cancer):
    """Las del texto: 51 de 53, 52 de 53, y las facturas 19 y 23."""
    X, y = load_breast_cancer(return_X_y=True)
    y = (y == 0).astype(float)
    X_ent, X_pru, y_ent, y_pru = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=0
    )
    escala = StandardScaler().fit(X_ent)
    X_ent, X_pru = escala.transform(X_ent), escala.transform(X_pru)
    w, b = np.zeros(30), 0.0
    for _ in range(20):
        for i in range(0, len(y_ent), 32):
            dw, db = p.gradientes(w, b, X_ent[i : i + 32], y_ent[i : i + 32])
            w, b = w - 0.1 * dw, b - 0.1 * db
    q = expit(X_pru @ w + b)
    matrices = {u: confusion_matrix(y_pru, q >= u) for u in (0.5, 0.1)}
    assert matrices[0.5].tolist() == [[89, 1], [2, 51]]
    assert matrices[0.1].tolist() == [[76, 14], [1, 52]]
    assert [m[0, 1] + 9 * m[1, 0] for m in matrices.values()] == [19, 23]


@pytest.mark.marcos
def test_las_versiones_de_los_marcos_con_otros_datos(cancer):
    """Las funciones de Keras y de JAX de la página, contra las de NumPy y autograd."""
    import jax.numpy as jnp
    import torch

    pagina = definiciones(
        PAGINA, "coste_jx", "paso_jx", "optimizador_jx", "logistica_ks"
    )
    X, _, y, _ = cancer
    w, b, costes = p.entrenar(X, y, pasos=50)
    parametros = {"w": jnp.zeros(2), "b": jnp.array(0.0)}
    estado = pagina.optimizador_jx.init(parametros)
    modelo = pagina.logistica_ks(2)
    X32, y32 = X.astype("float32"), y.astype("float32")[:, None]
    for esperado in costes:
        parametros, estado, valor = pagina.paso_jx(
            parametros, estado, jnp.asarray(X), jnp.asarray(y)
        )
        assert float(valor) == pytest.approx(esperado, abs=1e-5)
        modelo.reset_metrics()  # Keras 3.13 acumula la media
        assert float(modelo.train_on_batch(X32, y32)) == pytest.approx(
            esperado, abs=1e-5
        )
    np.testing.assert_allclose(parametros["w"], w, atol=1e-5)
    np.testing.assert_allclose(modelo.get_weights()[0][:, 0], w, atol=1e-5)

    t = torch.tensor(np.append(w, b), requires_grad=True)
    z = torch.tensor(X) @ t[:2] + t[2]
    torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y)).backward()
    np.testing.assert_allclose(np.append(*p.gradientes(w, b, X, y)), t.grad, atol=1e-12)
