"""La aritmética de JavaScript, en Chromium, contra NumPy y scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    log_loss,
    precision_recall_curve,
    precision_score,
    recall_score,
)

from gradiente import figuras
from gradiente.figuras import _base, _logistica

SEMILLAS = range(12)


@pytest.fixture(scope="module")
def js(navegador):
    """``js("funcion", *args)`` ejecuta esa función de los cálculos en Chromium."""
    pagina = navegador.new_page()
    pagina.set_content("<!doctype html><title>Cálculos</title>")
    for nombre in figuras.nombres():
        pagina.add_script_tag(content=figuras.script_clasico(nombre))
    pagina.evaluate(
        "window.todos = Object.assign({}, "
        "...Object.values(GradienteFiguras).map((f) => f.calculos))"
    )

    def llamar(funcion, *args):
        args = [a.tolist() if isinstance(a, np.ndarray) else a for a in args]
        return pagina.evaluate("([f, a]) => todos[f](...a)", [funcion, args])

    def cada_uno(funcion, valores):
        orden = "([f, valores]) => valores.map((v) => todos[f](v))"
        return pagina.evaluate(orden, [funcion, valores.tolist()])

    llamar.cada_uno = cada_uno

    yield llamar
    pagina.close()


def problema(semilla, n=80, escala=(1.0, 1.0)):
    """Dos nubes solapadas y unos pesos cualesquiera; escala, las unidades de X."""
    azar = np.random.default_rng(semilla)
    y = azar.integers(0, 2, n)
    y[:2] = 0, 1
    X = azar.normal(size=(n, 2)) + 0.9 * y[:, None] * azar.normal(1, 0.5, 2)
    return X * escala, y, azar.normal(0, 2, 2) / escala, float(azar.normal())


def test_sigmoide_y_softplus_no_desbordan(js):
    z = np.concatenate([np.linspace(-800, 800, 321), np.linspace(-5, 5, 101)])
    for funcion, esperado in (("sigmoide", expit(z)), ("softplus", np.logaddexp(0, z))):
        obtenido = js.cada_uno(funcion, z)
        np.testing.assert_allclose(obtenido, esperado, rtol=1e-13, atol=1e-300)
    assert js("sigmoide", 800.0) == 1 and 0 <= js("sigmoide", -800.0) < 1e-300
    assert js("sigmoide", 0) == 0.5


@pytest.mark.parametrize("semilla", SEMILLAS)
def test_coste_y_gradiente(js, semilla):
    X, y, w, b = problema(semilla)
    l2 = [0.0, 0.3][semilla % 2]
    p = expit(X @ w + b)
    esperado = log_loss(y, p, labels=[0, 1]) + 0.5 * l2 * w @ w
    assert js("coste", X, y, w, b, l2) == pytest.approx(esperado, rel=1e-10)
    g = js("gradiente", X, y, w, b, l2)
    np.testing.assert_allclose(g["w"], X.T @ (p - y) / len(y) + l2 * w, rtol=1e-9)
    assert g["b"] == pytest.approx((p - y).mean(), rel=1e-9)
    # La derivada analítica, contra diferencias finitas del propio coste.
    h = 1e-6
    for j, e in enumerate(np.eye(2)):
        mas, menos = (js("coste", X, y, w + s * h * e, b, l2) for s in (1, -1))
        assert g["w"][j] == pytest.approx((mas - menos) / (2 * h), rel=1e-5, abs=1e-8)


def test_coste_estable_con_logits_enormes(js):
    X, y = [[800.0, 0.0], [-800.0, 0.0], [40.0, 0.0]], [1, 1, 1]
    esperado = np.logaddexp(0, [-800.0, 800.0, -40.0]).mean()
    assert js("coste", X, y, [1.0, 0.0], 0.0, 0.0) == pytest.approx(esperado, rel=1e-14)
    assert js("coste", [[40.0, 0.0]], [1], [1.0, 0.0], 0.0, 0.0) == pytest.approx(
        np.log1p(np.exp(-40.0)), rel=1e-12
    )


@pytest.mark.parametrize("semilla", SEMILLAS)
@pytest.mark.parametrize("con_sesgo", [True, False])
def test_pasos_de_descenso(js, semilla, con_sesgo):
    X, y, w, b = problema(semilla)
    tasa, l2 = 10.0 ** (semilla % 4 - 2), 0.01 * (semilla % 3)
    actual = {"w": w, "b": b}
    for _ in range(15):
        actual = js("pasoDescenso", X, y, actual["w"], actual["b"], tasa, l2, con_sesgo)
        resto = (expit(X @ w + b) - y) / len(y)
        w, b = w - tasa * (X.T @ resto + l2 * w), b - tasa * resto.sum() * con_sesgo
        np.testing.assert_allclose(actual["w"], w, rtol=1e-8)
        assert actual["b"] == pytest.approx(b, rel=1e-8)


@pytest.mark.parametrize("semilla", SEMILLAS)
def test_trayectoria(js, semilla, nubes):
    figura = figuras.DescensoLogistico(
        *nubes, tasa=10.0 ** (semilla % 3 - 1), b=0.1 * semilla, pasos=40, l2=0.02
    )
    X, y = np.array(figura.x), np.array(figura.y)
    camino = js(
        "trayectoria", X, y, figura.inicio, figura.b, figura.tasa, figura.pasos, 0.02
    )
    esperada = figura.trayectoria()
    np.testing.assert_allclose([q["w"] for q in camino], esperada, rtol=1e-7)
    costes = [_logistica.coste(X, y, w, figura.b, 0.02) for w in esperada]
    np.testing.assert_allclose([q["J"] for q in camino], costes, rtol=1e-7)


@pytest.mark.parametrize("semilla", SEMILLAS)
def test_confusion_y_metricas(js, semilla):
    X, y, w, b = problema(semilla)
    p = expit(X @ w + b)
    np.testing.assert_allclose(js("probabilidades", X, w, b), p, rtol=1e-12)
    for umbral in (0.05, 0.5, 0.77, float(p[3])):
        predicha = (p >= umbral).astype(int)
        vn, fp, fn, vp = confusion_matrix(y, predicha, labels=[0, 1]).ravel()
        m = js("confusion", p, y, umbral)
        assert m == {"vp": vp, "fp": fp, "fn": fn, "vn": vn}
        medidas = js("metricas", m)
        assert medidas["exactitud"] == pytest.approx(accuracy_score(y, predicha))
        assert medidas["exhaustividad"] == pytest.approx(recall_score(y, predicha))
        if vp + fp:
            assert medidas["precision"] == pytest.approx(precision_score(y, predicha))
        else:
            assert medidas["precision"] is None
        assert _logistica.metricas(m) == pytest.approx(medidas)


def test_cocientes_indefinidos(js):
    nada = js("metricas", {"vp": 0, "fp": 0, "fn": 0, "vn": 0})
    assert nada == {"exactitud": None, "precision": None, "exhaustividad": None}
    sin_positivos = js("metricas", {"vp": 0, "fp": 0, "fn": 3, "vn": 4})
    assert sin_positivos["precision"] is None and sin_positivos["exhaustividad"] == 0
    todos_negativos = js("metricas", {"vp": 0, "fp": 2, "fn": 0, "vn": 4})
    assert todos_negativos["precision"] == 0
    assert todos_negativos["exhaustividad"] is None


@pytest.mark.parametrize("semilla", SEMILLAS)
def test_curva_precision_exhaustividad(js, semilla):
    X, y, w, b = problema(semilla)
    p = np.round(expit(X @ w + b), 1 + semilla % 3)  # con empates
    precision, exhaustividad, umbrales = precision_recall_curve(y, p)
    curva = js("curvaPR", p, y)
    assert [q["umbral"] for q in curva] == umbrales[::-1].tolist()
    np.testing.assert_allclose([q["precision"] for q in curva], precision[-2::-1])
    np.testing.assert_allclose(
        [q["exhaustividad"] for q in curva], exhaustividad[-2::-1]
    )


@pytest.mark.parametrize("semilla", SEMILLAS)
@pytest.mark.parametrize("escala", [(1.0, 1.0), (0.01, 900.0)])
@pytest.mark.parametrize("con_sesgo", [True, False])
def test_el_ajuste_es_el_de_scikit_learn(js, semilla, escala, con_sesgo):
    X, y, _, _ = problema(semilla, escala=escala)
    l2 = 0.02 * min(escala) ** 2 * (semilla % 3)
    penalizacion = {"C": 1 / (len(y) * l2)} if l2 else {"C": np.inf}
    modelo = LogisticRegression(
        **penalizacion,
        fit_intercept=con_sesgo,
        solver="newton-cholesky",
        tol=1e-10,
        max_iter=1000,
    ).fit(X, y)
    ajuste = js("ajustar", X, y, l2, con_sesgo, 0.0)
    assert ajuste["converge"] and not ajuste["separable"]
    np.testing.assert_allclose(ajuste["w"], modelo.coef_[0], rtol=1e-5)
    sesgo = modelo.intercept_[0] if con_sesgo else 0.0
    assert ajuste["b"] == pytest.approx(sesgo, rel=1e-5, abs=1e-6)
    g = js("gradiente", X, y, ajuste["w"], ajuste["b"], l2)
    assert np.abs(np.array(g["w"]) / X.std(axis=0)).max() < 1e-9
    assert not con_sesgo or abs(g["b"]) < 1e-9


@pytest.mark.parametrize("semilla", SEMILLAS)
def test_el_ajuste_con_sesgo_fijo_es_el_de_python(js, semilla):
    X, y, _, b = problema(semilla)
    ajuste = js("ajustar", X, y, 0.01, False, b)
    assert ajuste["b"] == b
    np.testing.assert_allclose(ajuste["w"], _logistica.optimo_w(X, y, b, 0.01), 1e-7)


def test_los_datos_separables_se_reconocen(js):
    X, y, _, _ = problema(0)
    separables = X + 20 * y[:, None]
    for con_sesgo in (True, False):
        Z = separables if con_sesgo else separables - [10, 10]
        sin_regularizar = js("ajustar", Z, y, 0.0, con_sesgo, 0.0)
        assert sin_regularizar["separable"] and not sin_regularizar["converge"]
        assert np.isfinite(sin_regularizar["w"]).all()
        assert js("ajustar", Z, y, 0.01, con_sesgo, 0.0)["converge"]


def test_curvas_de_nivel(js):
    u, v = np.meshgrid(np.arange(31.0), np.arange(31.0))
    plano = 0.5 * u - 0.25 * v
    tramos = np.array(js("curvaDeNivel", plano, 3.1))
    np.testing.assert_allclose(0.5 * tramos[:, ::2] - 0.25 * tramos[:, 1::2], 3.1)
    circulo = np.array(js("curvaDeNivel", (u - 15) ** 2 + (v - 15) ** 2, 100.0))
    radios = np.hypot(circulo[:, ::2] - 15, circulo[:, 1::2] - 15)
    assert np.abs(radios - 10).max() < 0.03
    largo = np.hypot(*(circulo[:, 2:] - circulo[:, :2]).T).sum()
    assert largo == pytest.approx(2 * np.pi * 10, rel=0.01)
    assert js("curvaDeNivel", plano, 99.0) == []


def test_redondeo_y_numeros_como_en_python(js):
    azar = np.random.default_rng(3)
    for v in azar.normal(size=60) * 10.0 ** azar.integers(-6, 6, 60):
        assert js("redondear", v, 4) == _base.redondear(v, 4)
        assert js("num", v, 2) == _base.coma(v, 2)
    assert js("num", None, 2) == _base.coma(None) == "—"
    assert js("num", -0.001, 2) == _base.coma(-0.001, 2) == "0,00"
