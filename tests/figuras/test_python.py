"""La parte de Python de las figuras: validación, estado y representaciones."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, precision_score, recall_score

from gradiente import estilo, figuras
from gradiente.figuras import ClasificadorLogistico, DescensoLogistico, ErrorFigura

FIGURAS = (ClasificadorLogistico, DescensoLogistico)
X2 = [[0.0, 0.0], [1.0, 1.0], [2.0, 0.5]]
Y2 = [0, 1, 1]


def estado_de(figura):
    """El JSON que queda dentro del text/html."""
    texto = re.search(
        r'<script type="application/json">(.*?)</script>', figura.html(), re.S
    )
    return json.loads(texto.group(1))


@pytest.mark.parametrize("clase", FIGURAS)
@pytest.mark.parametrize(
    ("X", "y", "dice"),
    [
        ([[0, 1, 2]] * 3, Y2, r"forma \(N, 2\).*\(3, 3\)"),
        ([0, 1, 2], Y2, r"forma \(N, 2\)"),
        (X2, [0, 1], r"y debe tener forma \(3,\).*\(2,\)"),
        ([[0, 0], [1, np.nan], [2, 1]], Y2, "NaN o infinitos.*fila 1"),
        ([[0, 0], [1, np.inf], [2, 1]], Y2, "NaN o infinitos"),
        (X2, [0, 1, 2], "deben ser 0 y 1; hay 0, 1, 2"),
        (X2, [0, 1, np.nan], "deben ser 0 y 1"),
        (X2, [1, 1, 1], "las dos clases; solo aparece la 1"),
        (X2, ["a", "b", "c"], "numéricos"),
        ([[0, 1], [1, 1], [2, 1]], Y2, "constante"),
        (np.zeros((1001, 2)), np.zeros(1001), "de 2 a 1000 puntos"),
    ],
)
def test_datos_malos(clase, X, y, dice):
    with pytest.raises(ErrorFigura, match=dice):
        clase(X, y)


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"umbral": 0}, "umbral.*entre 0 y 1"),
        ({"umbral": 1.0}, "umbral.*entre 0 y 1"),
        ({"umbral": float("nan")}, "umbral"),
        ({"umbral": "medio"}, "umbral debe ser un número"),
        ({"w": [1, 2]}, "los dos o ninguno"),
        ({"w": [1, 2, 3], "b": 0}, r"w debe tener forma \(2,\)"),
        ({"w": [0, 0], "b": 0}, "no puede ser nulo"),
        ({"w": [1, np.inf], "b": 0}, "NaN o infinitos"),
        ({"l2": -1}, "l2 debe ser al menos 0"),
        ({"nombres": "ab"}, "nombres debe ser una lista de 2 textos"),
        ({"clases": ["uno"]}, "clases debe ser una lista de 2 textos"),
    ],
)
def test_parametros_malos_del_clasificador(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        ClasificadorLogistico(X2, Y2, **opciones)


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"tasa": 0}, "tasa debe ser"),
        ({"tasa": 1000}, "entre 0.01 y 100"),
        ({"tasas": (1, 0.1)}, "tasas debe ser"),
        ({"inicio": [1]}, r"inicio debe tener forma \(2,\)"),
        ({"inicio": [9, 0], "limites": 2}, "fuera del plano"),
        ({"limites": 0}, "limites debe ser mayor que 0"),
        ({"pasos": 5}, "pasos debe ser entre 10 y 1000"),
        ({"pasos": 20.5}, "pasos debe ser un entero"),
        ({"b": None}, "b debe ser un número"),
    ],
)
def test_parametros_malos_del_descenso(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        DescensoLogistico(X2, Y2, **opciones)


def test_se_admiten_matrices_y_tuplas():
    figura = ClasificadorLogistico(
        np.array(X2), np.array(Y2, dtype=bool), w=np.array([1, 2]), b=np.float32(0.5)
    )
    assert (figura.w, figura.b) == ([1.0, 2.0], 0.5)
    figura.w = np.array([3.0, 4.0])
    assert figura.w == [3.0, 4.0]
    assert DescensoLogistico(X2, Y2, inicio=np.array([1, 2])).inicio == [1.0, 2.0]


def test_asignar_un_umbral_malo_no_cambia_la_figura():
    figura = ClasificadorLogistico(X2, Y2, umbral=0.3)
    with pytest.raises(ErrorFigura, match="umbral"):
        figura.umbral = 1.5
    assert figura.umbral == 0.3


@pytest.mark.parametrize("clase", FIGURAS)
def test_el_ruido_de_otra_maquina_no_cambia_lo_emitido(clase, nubes):
    X, y = nubes
    ruido = 1 + 1e-13 * np.random.default_rng(1).standard_normal(X.shape)
    assert clase(X, y).html() == clase(X * ruido, y.astype(float)).html()
    assert repr(clase(X, y)) == repr(clase(X * ruido, y))


@pytest.mark.parametrize("clase", FIGURAS)
def test_representaciones(clase, nubes):
    figura = clase(*nubes, clases=("<sí> & «no»", "</script>"))
    datos, _ = figura._repr_mimebundle_()
    assert set(datos) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "text/plain",
        "image/png",
    }
    assert datos["text/plain"] == repr(figura)
    assert max(map(len, datos["text/html"].splitlines())) <= 100
    assert datos["text/html"].count("</script>") == 1
    assert estado_de(figura) == figura.estado()
    assert "&lt;sí&gt; &amp;" in datos["text/html"]
    imagen = Image.open(io.BytesIO(figura.poster()))
    assert imagen.format == "PNG" and imagen.width > 600
    assert len(imagen.convert("RGB").getcolors(1 << 20)) > 50  # no está en blanco
    assert figura.poster() == figura.poster()


def test_la_descripcion_dice_las_medidas_de_scikit_learn(nubes):
    X, y = nubes
    figura = ClasificadorLogistico(X, y, w=[1.2, 0.4], b=0.3, umbral=0.7)
    X = np.array(figura.x)
    predicha = 1 / (1 + np.exp(-(X @ [1.2, 0.4] + 0.3))) >= 0.7
    texto = figura.descripcion()
    for nombre, medida in (
        ("Exactitud", accuracy_score),
        ("precisión", precision_score),
        ("exhaustividad", recall_score),
    ):
        assert f"{nombre} {medida(y, predicha):.2f}".replace(".", ",") in texto
    assert "120 puntos" in texto and "umbral es 0,70" in texto


def test_la_precision_indefinida_se_dice():
    figura = ClasificadorLogistico(X2, Y2, w=[0.1, 0.1], b=-9, umbral=0.9)
    assert "precisión —" in figura.descripcion()
    assert "no está definida" in figura.descripcion()


def test_el_descenso_dice_el_minimo_de_scikit_learn(nubes):
    X, y = nubes
    l2 = 0.05
    figura = DescensoLogistico(X, y, l2=l2)
    modelo = LogisticRegression(
        C=1 / (len(y) * l2), fit_intercept=False, tol=1e-10, max_iter=10_000
    ).fit(X, y)
    w1, w2 = (f"{v:.2f}".replace(".", ",") for v in modelo.coef_[0])
    assert f"w = ({w1}; {w2})" in figura.descripcion()


def test_datos_separables_no_tienen_minimo():
    X = [[-2, -1], [-1, -2], [1, 2], [2, 1]]
    figura = DescensoLogistico(X, [0, 0, 1, 1])
    assert "no alcanza su mínimo" in figura.descripcion()
    assert figura.limites >= 6


def test_modulos_y_scripts():
    modulos = [m for c in vars(figuras).values() if (m := getattr(c, "modulo", ""))]
    assert figuras.nombres() == sorted(modulos)
    for nombre in figuras.nombres():
        modulo, script = figuras.modulo_es(nombre), figuras.script_clasico(nombre)
        assert modulo.count("export default { render };") == 1
        assert not re.search(r"(?m)^\s*(export|import)\b", script)
        assert len(script.encode()) <= 60_000
        for texto in (modulo, script, figuras.css()):
            assert "innerHTML" not in texto and "@import" not in texto
            direcciones = set(re.findall(r"https?://[^\s\"')]+", texto))
            assert direcciones <= {"http://www.w3.org/2000/svg"}
    with pytest.raises(ErrorFigura, match="No hay ninguna figura «otra»"):
        figuras.script_clasico("otra")


def test_importar_las_figuras_no_carga_ningun_marco_ni_matplotlib():
    orden = (
        "import sys, gradiente.figuras; "
        "print({'torch', 'tensorflow', 'jax', 'matplotlib'} & set(sys.modules))"
    )
    salida = subprocess.run(
        [sys.executable, "-c", orden], capture_output=True, text=True, check=True
    )
    assert salida.stdout.strip() == "set()"


def test_los_colores_claros_son_los_del_estilo():
    claro = figuras.css().split("}", 1)[0]
    for nombre in ("clase0", "clase1", "acento", "tinta", "gris"):
        assert f"--gr-{nombre}: {estilo.COLORES[nombre]};" in claro
    assert f"--gr-fondo: {estilo.FONDO};" in claro
